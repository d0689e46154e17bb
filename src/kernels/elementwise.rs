//! Loops over the elements of one or more runs, a vector at a time, with a partial vector at the end.

use pulp::Simd;

use super::{load, load_up_to, store, store_up_to};
use crate::Element;
use crate::element::lanes;

/// `y = f(y)`
#[inline(always)]
pub fn update<S: Simd, E: Element>(simd: S, y: &mut [E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) {
    let mut chunks = y.chunks_exact_mut(lanes::<S, E>());
    for y in &mut chunks {
        store::<S, E>(y, f(load::<S, E>(y)));
    }
    let y = chunks.into_remainder();
    if !y.is_empty() {
        let value = f(E::load_partial(simd, y));
        E::store_partial(simd, y, value);
    }
}

/// `y = f(y, a)`
#[inline(always)]
pub fn update_with<S: Simd, E: Element>(
    simd: S,
    y: &mut [E],
    a: &[E],
    f: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) {
    let len = y.len().min(a.len());
    let mut ys = y[..len].chunks_exact_mut(lanes::<S, E>());
    let mut xs = a[..len].chunks_exact(lanes::<S, E>());
    for (y, a) in (&mut ys).zip(&mut xs) {
        store::<S, E>(y, f(load::<S, E>(y), load::<S, E>(a)));
    }
    let (y, a) = (ys.into_remainder(), xs.remainder());
    if !y.is_empty() {
        let value = f(E::load_partial(simd, y), E::load_partial(simd, a));
        E::store_partial(simd, y, value);
    }
}

/// `y = f(a)`
#[inline(always)]
pub fn map<S: Simd, E: Element>(simd: S, y: &mut [E], a: &[E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) {
    update_with(simd, y, a, |_, a| f(a));
}

/// `y = f(a, b)`
#[inline(always)]
pub fn map_with<S: Simd, E: Element>(
    simd: S,
    y: &mut [E],
    a: &[E],
    b: &[E],
    f: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) {
    let len = y.len().min(a.len()).min(b.len());
    let mut ys = y[..len].chunks_exact_mut(lanes::<S, E>());
    let mut xs = a[..len].chunks_exact(lanes::<S, E>());
    let mut zs = b[..len].chunks_exact(lanes::<S, E>());
    for ((y, a), b) in (&mut ys).zip(&mut xs).zip(&mut zs) {
        store::<S, E>(y, f(load::<S, E>(a), load::<S, E>(b)));
    }
    let (y, a, b) = (ys.into_remainder(), xs.remainder(), zs.remainder());
    if !y.is_empty() {
        let value = f(E::load_partial(simd, a), E::load_partial(simd, b));
        E::store_partial(simd, y, value);
    }
}

/// `y += a`
#[inline(always)]
pub fn accumulate<S: Simd, E: Element>(simd: S, y: &mut [E], a: &[E]) {
    update_with(simd, y, a, |y, a| E::vector_add(simd, y, a));
}

/// `(y₀, y₁, …) = f((y₀, y₁, …), (a₀, a₁, …))`: several runs are changed in one pass over memory. The shortest of them
/// says how many elements there are.
///
/// ```
/// use tintype::kernels::elementwise::update_all;
/// use tintype::simd::{Simd, Work, dispatch};
/// use tintype::Element;
///
/// struct Swap<'a>(&'a mut [f32], &'a mut [f32]);
/// impl Work for Swap<'_> {
///     type Output = ();
///     fn run<S: Simd>(self, simd: S) {
///         update_all(simd, [self.0, self.1], [], |[a, b], []| [b, a]);
///     }
/// }
/// let (mut a, mut b) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]);
/// dispatch(Swap(&mut a, &mut b));
/// assert_eq!((a, b), ([4.0, 5.0, 6.0], [1.0, 2.0, 3.0]));
/// ```
#[inline(always)]
pub fn update_all<S: Simd, E: Element, const Y: usize, const A: usize>(
    simd: S,
    y: [&mut [E]; Y],
    a: [&[E]; A],
    f: impl Fn([E::Vector<S>; Y], [E::Vector<S>; A]) -> [E::Vector<S>; Y],
) {
    let len = y.iter().map(|y| y.len()).chain(a.iter().map(|a| a.len())).min().unwrap_or(0);
    let (y, a) = (y.map(|y| &mut y[..len]), a.map(|a| &a[..len]));
    let zero = E::splat(simd, E::zero());
    let mut start = 0;
    // `f` is called at one place only, so that it is inlined however large it is.
    while start < len {
        let here = start..len.min(start + lanes::<S, E>());
        let (mut ys, mut xs) = ([zero; Y], [zero; A]);
        for index in 0..Y {
            ys[index] = load_up_to(simd, &y[index][here.clone()]);
        }
        for index in 0..A {
            xs[index] = load_up_to(simd, &a[index][here.clone()]);
        }
        let ys = f(ys, xs);
        for index in 0..Y {
            store_up_to(simd, &mut y[index][here.clone()], ys[index]);
        }
        start = here.end;
    }
}
