//! Loops over the elements of one or more runs, a vector at a time, with a partial vector at the end.
//!
//! The loop is a macro and not a function of a closure: a closure is compiled without the vector instructions of its
//! level until it is inlined, and whether it is inlined is up to the compiler. What stands in a macro is in place.

use core::hint::black_box;
use core::marker::PhantomData;
use core::ops::Range;

use pulp::Simd;

use super::{load, load_part, store, store_part};
use crate::Element;
use crate::element::lanes;

/// `elementwise!(simd, [y₀, y₁, …], [a₀, …], |[y₀, y₁, …], [a₀, …]| [f₀, f₁, …])`: changes several runs in one pass over
/// memory. The first runs are read and written, the second ones only read; the shortest of them says how many elements
/// there are. The names between the bars are vectors.
macro_rules! elementwise {
    ($simd:expr, $targets:expr, $sources:expr, |$target:pat_param, $source:pat_param| $values:expr) => {{
        use $crate::kernels::elementwise::{lanes_of, load_all, shortest, store_all};
        let mut targets = $targets;
        let sources = $sources;
        let (len, lanes) = (shortest(&targets, &sources), lanes_of($simd, &targets));
        let mut start = 0;
        while start + lanes <= len {
            let here = start..start + lanes;
            let ($target, $source) = load_all::<_, _, true, _, _>($simd, &targets, &sources, here.clone());
            let values = $values;
            store_all::<_, _, true, _>($simd, &mut targets, values, here);
            start += lanes;
        }
        if start < len {
            let here = start..len;
            let ($target, $source) = load_all::<_, _, false, _, _>($simd, &targets, &sources, here.clone());
            let values = $values;
            store_all::<_, _, false, _>($simd, &mut targets, values, here);
        }
    }};
}
pub(crate) use elementwise;

/// `in_place!(simd, y, [a₀, …], |y, [a₀, …]| f)`: the same with one run that is read and written, for values that may be what was
/// there before, such as those of a rectifier. Of such a choice the compiler makes a masked store, which takes ten times as long as a
/// whole one on some processors; so it does not learn here that what is written is what was read.
macro_rules! in_place {
    ($simd:expr, $target:expr, $sources:expr, |$y:pat_param, $source:pat_param| $value:expr) => {{
        use $crate::kernels::elementwise::{InPlace, lanes_of, load_all, shortest, store_all};
        let target: &mut [_] = $target;
        let sources = $sources;
        let (len, lanes) = (shortest(&[&mut *target], &sources), lanes_of($simd, &[&mut *target]));
        let mut start = 0;
        {
            let mut run = InPlace::new(target);
            while start + lanes <= len {
                let ([], $source) = load_all::<_, _, true, _, _>($simd, &[], &sources, start..start + lanes);
                let $y = run.load($simd, start);
                run.store($simd, start, $value);
                start += lanes;
            }
        }
        if start < len {
            let here = start..len;
            let ([$y], $source) = load_all::<_, _, false, _, _>($simd, &[&mut *target], &sources, here.clone());
            let value = $value;
            store_all::<_, _, false, _>($simd, &mut [target], [value], here);
        }
    }};
}
pub(crate) use in_place;

/// A run that is read and written through two pointers, of which the compiler does not know that they are one.
pub(crate) struct InPlace<'a, E> {
    read: *const E,
    write: *mut E,
    len: usize,
    run: PhantomData<&'a mut [E]>,
}

impl<'a, E: Element> InPlace<'a, E> {
    #[inline(always)]
    pub(crate) fn new(run: &'a mut [E]) -> Self {
        let (pointer, len) = (run.as_mut_ptr(), run.len());
        Self { read: pointer, write: black_box(pointer), len, run: PhantomData }
    }

    /// The vector from `start` on.
    #[inline(always)]
    pub(crate) fn load<S: Simd>(&self, _: S, start: usize) -> E::Vector<S> {
        assert!(start + lanes::<S, E>() <= self.len, "a vector lies within the run");
        // SAFETY: the run is borrowed mutably for as long as this lives, and has all lanes of the vector.
        unsafe { self.read.add(start).cast::<E::Vector<S>>().read_unaligned() }
    }

    /// Replaces the vector from `start` on.
    #[inline(always)]
    pub(crate) fn store<S: Simd>(&mut self, _: S, start: usize, value: E::Vector<S>) {
        assert!(start + lanes::<S, E>() <= self.len, "a vector lies within the run");
        // SAFETY: as for `load`.
        unsafe { self.write.add(start).cast::<E::Vector<S>>().write_unaligned(value) }
    }
}

/// The length of the shortest run.
#[inline(always)]
pub(crate) fn shortest<E, const Y: usize, const A: usize>(targets: &[&mut [E]; Y], sources: &[&[E]; A]) -> usize {
    let mut len = usize::MAX;
    for target in targets {
        len = len.min(target.len());
    }
    for source in sources {
        len = len.min(source.len());
    }
    len
}

/// The lanes of a vector of the runs' elements.
#[inline(always)]
pub(crate) fn lanes_of<S: Simd, E: Element, const Y: usize>(_: S, _: &[&mut [E]; Y]) -> usize {
    lanes::<S, E>()
}

/// A vector of each target and of each source.
type Vectors<S, E, const Y: usize, const A: usize> = ([<E as Element>::Vector<S>; Y], [<E as Element>::Vector<S>; A]);

/// A vector of each run.
#[inline(always)]
pub(crate) fn load_all<S: Simd, E: Element, const WHOLE: bool, const Y: usize, const A: usize>(
    simd: S,
    targets: &[&mut [E]; Y],
    sources: &[&[E]; A],
    here: Range<usize>,
) -> Vectors<S, E, Y, A> {
    let zero = E::splat(simd, E::zero());
    let (mut ys, mut xs) = ([zero; Y], [zero; A]);
    for index in 0..Y {
        let slice = &targets[index][here.clone()];
        ys[index] = if WHOLE { load::<S, E>(slice) } else { load_part(simd, slice) };
    }
    for index in 0..A {
        let slice = &sources[index][here.clone()];
        xs[index] = if WHOLE { load::<S, E>(slice) } else { load_part(simd, slice) };
    }
    (ys, xs)
}

/// A vector into each run.
#[inline(always)]
pub(crate) fn store_all<S: Simd, E: Element, const WHOLE: bool, const Y: usize>(
    simd: S,
    targets: &mut [&mut [E]; Y],
    values: [E::Vector<S>; Y],
    here: Range<usize>,
) {
    for index in 0..Y {
        let slice = &mut targets[index][here.clone()];
        if WHOLE {
            store::<S, E>(slice, values[index]);
        } else {
            store_part(simd, slice, values[index]);
        }
    }
}

/// `y += a`
#[inline(always)]
pub fn accumulate<S: Simd, E: Element>(simd: S, y: &mut [E], a: &[E]) {
    elementwise!(simd, [y], [a], |[y], [a]| [E::vector_add(simd, y, a)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, dispatch};
    use std::vec::Vec;

    struct Swap<'a>(&'a mut [f32], &'a mut [f32]);

    impl Work for Swap<'_> {
        type Output = ();

        fn run<S: Simd>(self, simd: S) {
            elementwise!(simd, [self.0, self.1], [], |[a, b], []| [b, a]);
        }
    }

    struct Rectify<'a>(&'a mut [f32], &'a [f32]);

    impl Work for Rectify<'_> {
        type Output = ();

        fn run<S: Simd>(self, simd: S) {
            in_place!(simd, self.0, [self.1], |dy, [y]| {
                let zero = f32::splat(simd, 0.0);
                f32::select(simd, f32::less_than(simd, zero, y), dy, zero)
            });
        }
    }

    #[test]
    fn what_is_changed_in_place_is_reached_once_and_nothing_beyond_the_shortest_run() {
        for len in 0..70 {
            let y: Vec<f32> = (0..len).map(|i| (i * 7 % 5) as f32 - 2.0).collect();
            let mut dy: Vec<f32> = (1..len + 4).map(|i| i as f32).collect();
            let old = dy.clone();
            dispatch(Rectify(&mut dy, &y));
            for (index, (new, old)) in dy.iter().zip(old).enumerate() {
                let kept = y.get(index).is_none_or(|&y| y > 0.0);
                assert_eq!(*new, if kept { old } else { 0.0 });
            }
        }
    }

    #[test]
    fn every_element_is_reached_once_and_none_beyond_the_shortest_run() {
        for len in 0..70 {
            let mut a: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let mut b: Vec<f32> = (0..len + 3).map(|i| -(i as f32)).collect();
            let (old_a, old_b) = (a.clone(), b.clone());
            dispatch(Swap(&mut a, &mut b));
            assert_eq!(a, old_b[..len]);
            assert_eq!(b[..len], old_a);
            assert_eq!(b[len..], old_b[len..]);
        }
    }
}
