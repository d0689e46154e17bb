//! Sums and maxima, split the same way at every SIMD level.
//!
//! A sum that went through its terms one by one could not use vectors, and one that used them as wide as they come would
//! round differently on each machine. So the terms are dealt out to a fixed number of parts, in turn, and the parts are
//! joined in a fixed tree: halves are added until one number is left.

use pulp::Simd;

use super::{load, load_part, store};
use crate::Element;
use crate::element::lanes;

/// How many parts the elements of a run are dealt out to: the lanes of the widest vector.
const PARTS: usize = 16;

/// How many parts the terms of [`terms`] are dealt out to: enough to hide the latency of an addition.
const TERM_PARTS: usize = 8;

/// After so many elements [`wide`] goes on in `f64`.
pub const BLOCK: usize = 1024;

/// Folds runs of equal length with `f(part, [a, b, …])`, starting from `neutral`, and the parts with `join`.
#[inline(always)]
fn fold<S: Simd, E: Element, const K: usize>(
    simd: S,
    runs: [&[E]; K],
    neutral: E,
    f: impl Fn(E::Vector<S>, [E::Vector<S>; K]) -> E::Vector<S>,
    join: impl Fn(E, E) -> E,
) -> E {
    let lanes = lanes::<S, E>();
    let len = runs.iter().map(|run| run.len()).min().unwrap_or(0);
    let runs = runs.map(|run| &run[..len]);
    // `PARTS / lanes` vectors of them are used.
    let mut parts = [E::splat(simd, neutral); PARTS];
    let whole = len - len % PARTS;
    for start in (0..whole).step_by(PARTS) {
        // A loop of known length, so that the parts stay in registers.
        for (index, part) in parts.iter_mut().enumerate().take(PARTS / lanes) {
            let here = start + index * lanes..start + (index + 1) * lanes;
            let mut vectors = [E::splat(simd, neutral); K];
            for (vector, run) in vectors.iter_mut().zip(&runs) {
                *vector = load::<S, E>(&run[here.clone()]);
            }
            *part = f(*part, vectors);
        }
    }
    if whole < len {
        let numbers: [E; PARTS] = core::array::from_fn(|number| E::from_f64(number as f64));
        let count = E::splat(simd, E::from_f64((len - whole) as f64));
        for (index, part) in parts.iter_mut().enumerate().take(PARTS / lanes) {
            let first = index * lanes;
            let here = (whole + first).min(len)..(whole + first + lanes).min(len);
            let mut vectors = [E::splat(simd, neutral); K];
            for (vector, run) in vectors.iter_mut().zip(&runs) {
                *vector = load_part(simd, &run[here.clone()]);
            }
            // Lanes beyond the end keep what they have.
            let counts = E::less_than(simd, load::<S, E>(&numbers[first..first + lanes]), count);
            *part = E::select(simd, counts, f(*part, vectors), *part);
        }
    }
    let mut joined = [neutral; PARTS];
    for (part, joined) in parts.iter().zip(joined.chunks_exact_mut(lanes)) {
        store::<S, E>(joined, *part);
    }
    // Parts without an element are neutral, and joining them changes nothing.
    let used = if len < PARTS { len } else { PARTS };
    let mut half = PARTS / 2;
    while half > 0 {
        for i in 0..half {
            if i + half < used {
                joined[i] = join(joined[i], joined[i + half]);
            }
        }
        half /= 2;
    }
    joined[0]
}

/// The sum of a run.
///
/// ```
/// # struct Sum<'a>(&'a [f32]);
/// # impl tintype::simd::Work for Sum<'_> {
/// #     type Output = f32;
/// #     fn run<S: tintype::simd::Simd>(self, simd: S) -> f32 { tintype::kernels::sum::of(simd, self.0) }
/// # }
/// # let sum = |run: &[f32]| tintype::simd::dispatch(Sum(run));
/// assert_eq!(sum(&[1.0, 2.0, 3.0, 4.0, 5.0]), 15.0);
/// ```
#[inline(always)]
pub fn of<S: Simd, E: Element>(simd: S, run: &[E]) -> E {
    fold(
        simd,
        [run],
        E::zero(),
        #[inline(always)]
        |part, [a]| E::vector_add(simd, part, a),
        |a, b| a + b,
    )
}

/// The sum of the products of two runs, element by element.
#[inline(always)]
pub fn of_products<S: Simd, E: Element>(simd: S, a: &[E], b: &[E]) -> E {
    fold(
        simd,
        [a, b],
        E::zero(),
        #[inline(always)]
        |part, [a, b]| E::vector_mul_add(simd, a, b, part),
        |a, b| a + b,
    )
}

/// `Σ f(a, b, …)` over the elements of runs of equal length.
///
/// ```
/// use tintype::Element;
/// use tintype::kernels::sum;
/// use tintype::simd::{Simd, Work, dispatch};
///
/// struct Distance<'a>(&'a [f32], &'a [f32]);
/// impl Work for Distance<'_> {
///     type Output = f32;
///     fn run<S: Simd>(self, simd: S) -> f32 {
///         sum::of_values(simd, [self.0, self.1], |[a, b]| f32::vector_abs(simd, f32::vector_sub(simd, a, b)))
///     }
/// }
/// assert_eq!(dispatch(Distance(&[1.0, 2.0, 3.0], &[4.0, 2.0, 2.5])), 3.5);
/// ```
#[inline(always)]
pub fn of_values<S: Simd, E: Element, const K: usize>(
    simd: S,
    runs: [&[E]; K],
    f: impl Fn([E::Vector<S>; K]) -> E::Vector<S>,
) -> E {
    fold(
        simd,
        runs,
        E::zero(),
        #[inline(always)]
        |part, values| E::vector_add(simd, part, f(values)),
        |a, b| a + b,
    )
}

/// `Σ f(a)` over a run that may be long: every [`BLOCK`] elements by themselves, and the sums of the blocks in `f64`, in
/// the order of memory.
#[inline(always)]
pub fn wide<S: Simd, E: Element>(simd: S, run: &[E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) -> f64 {
    run.chunks(BLOCK).fold(0.0, |total, block| {
        total
            + of_values(
                simd,
                [block],
                #[inline(always)]
                |[a]| f(a),
            )
            .to_f64()
    })
}

/// The largest element of a run, negative infinity if it has none. What is not a number is passed over.
#[inline(always)]
pub fn maximum<S: Simd, E: Element>(simd: S, run: &[E]) -> E {
    let larger = |a: E, b: E| if a < b { b } else { a };
    fold(
        simd,
        [run],
        E::neg_infinity(),
        #[inline(always)]
        |part, [a]| E::vector_max(simd, part, a),
        larger,
    )
}

/// The sum of `term(0)`, `term(1)`, … `term(count - 1)` in each lane.
#[inline(always)]
pub fn terms<S: Simd, E: Element>(simd: S, count: usize, term: impl Fn(usize) -> E::Vector<S>) -> E::Vector<S> {
    let mut parts = [E::splat(simd, E::zero()); TERM_PARTS];
    let whole = count - count % TERM_PARTS;
    for first in (0..whole).step_by(TERM_PARTS) {
        for (index, part) in parts.iter_mut().enumerate() {
            *part = E::vector_add(simd, *part, term(first + index));
        }
    }
    for (index, part) in (whole..count).zip(&mut parts) {
        *part = E::vector_add(simd, *part, term(index));
    }
    let mut half = TERM_PARTS / 2;
    while half > 0 {
        for i in 0..half {
            parts[i] = E::vector_add(simd, parts[i], parts[i + half]);
        }
        half /= 2;
    }
    parts[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::store_part;
    use crate::simd::{Work, at_every_level};
    use proptest::prelude::*;

    /// The sum, the sum of squares, the maximum, the sum of the first lanes, and the sum of twice the elements.
    #[derive(Clone, Copy)]
    struct All<'a, E>(&'a [E]);

    impl<E: Element> Work for All<'_, E> {
        type Output = [E; 5];

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let columns = terms::<S, E>(simd, self.0.len(), |index| E::splat(simd, self.0[index]));
            let mut first = [E::zero()];
            store_part(simd, &mut first, columns);
            let twice = of_values(simd, [self.0, self.0], |[a, b]| E::vector_add(simd, a, b));
            [of(simd, self.0), of_products(simd, self.0, self.0), maximum(simd, self.0), first[0], twice]
        }
    }

    #[derive(Clone, Copy)]
    struct Wide<'a>(&'a [f32]);

    impl Work for Wide<'_> {
        type Output = f64;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> f64 {
            wide(simd, self.0, |a| a)
        }
    }

    /// The order that the module promises, spelled out.
    fn sum_in_parts(run: &[f32]) -> f32 {
        let mut parts = [0.0; 16];
        for (index, element) in run.iter().enumerate() {
            parts[index % 16] += element;
        }
        let eight: [f32; 8] = core::array::from_fn(|i| parts[i] + parts[i + 8]);
        let four: [f32; 4] = core::array::from_fn(|i| eight[i] + eight[i + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }

    proptest! {
        // Whole numbers, so that every order of the terms gives the same sum.
        #[test]
        fn every_element_counts_once(numbers in proptest::collection::vec(-1000i32..1000, 0..70)) {
            let run: std::vec::Vec<f64> = numbers.iter().map(|&n| f64::from(n)).collect();
            for (level, [sum, squares, largest, columns, twice]) in at_every_level(All(&run)) {
                prop_assert_eq!(sum, run.iter().sum::<f64>(), "{}", level);
                prop_assert_eq!(squares, run.iter().map(|x| x * x).sum::<f64>(), "{}", level);
                prop_assert_eq!(largest, run.iter().copied().fold(f64::NEG_INFINITY, f64::max), "{}", level);
                prop_assert_eq!(columns, sum, "{}", level);
                prop_assert_eq!(twice, 2.0 * sum, "{}", level);
            }
        }

        #[test]
        fn the_order_is_the_same_at_every_level(run in proptest::collection::vec(-1e3f32..1e3, 0..100)) {
            let results = at_every_level(All(&run));
            for (level, sums) in &results {
                prop_assert_eq!(sums[0].to_bits(), sum_in_parts(&run).to_bits(), "{}", level);
                prop_assert_eq!(sums.map(f32::to_bits), results[0].1.map(f32::to_bits), "{}", level);
            }
        }
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        let run = std::vec![0.1f32; 200_003];
        let truth = f64::from(0.1f32) * 200_003.0;
        let sums = at_every_level(Wide(&run));
        for (level, sum) in &sums {
            assert_eq!(sum.to_bits(), sums[0].1.to_bits(), "{level}");
            assert!((sum - truth).abs() < 1e-5 * truth, "{level}: {sum}");
        }
    }
}
