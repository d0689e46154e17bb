//! Sums and maxima, split the same way at every SIMD level.
//!
//! A sum that went through its terms one by one could not use vectors, and one that used them as wide as they come would
//! round differently on each machine. So the terms are dealt out to a fixed number of parts, in turn, and the parts are
//! joined in a fixed tree: halves are added until one number is left.

use pulp::Simd;

use super::{load, store};
use crate::Element;
use crate::element::lanes;

/// How many parts the elements of a run are dealt out to: the lanes of the widest vector.
const PARTS: usize = 16;

/// How many parts the terms of [`terms`] are dealt out to: enough to hide the latency of an addition.
const TERM_PARTS: usize = 8;

/// Folds two runs of equal length with `f(part, a, b)`, and the parts with `join`. A rest that does not fill all parts
/// is filled up with `neutral`.
#[inline(always)]
fn fold<S: Simd, E: Element>(
    simd: S,
    (a, b): (&[E], &[E]),
    neutral: E,
    f: impl Fn(E::Vector<S>, E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
    join: impl Fn(E, E) -> E,
) -> E {
    let lanes = lanes::<S, E>();
    let len = a.len().min(b.len());
    let mut vectors = [E::splat(simd, neutral); PARTS];
    let vectors = &mut vectors[..PARTS / lanes];
    let mut step = |a: &[E], b: &[E]| {
        for (v, vector) in vectors.iter_mut().enumerate() {
            *vector = f(*vector, load::<S, E>(&a[v * lanes..][..lanes]), load::<S, E>(&b[v * lanes..][..lanes]));
        }
    };
    let mut left = a[..len].chunks_exact(PARTS);
    let mut right = b[..len].chunks_exact(PARTS);
    for (a, b) in (&mut left).zip(&mut right) {
        step(a, b);
    }
    let (rest_a, rest_b) = (left.remainder(), right.remainder());
    if !rest_a.is_empty() {
        let (mut a, mut b) = ([neutral; PARTS], [neutral; PARTS]);
        a[..rest_a.len()].copy_from_slice(rest_a);
        b[..rest_b.len()].copy_from_slice(rest_b);
        step(&a, &b);
    }
    let mut parts = [neutral; PARTS];
    for (part, vector) in parts.chunks_exact_mut(lanes).zip(vectors) {
        store::<S, E>(part, *vector);
    }
    let mut half = PARTS / 2;
    while half > 0 {
        for i in 0..half {
            parts[i] = join(parts[i], parts[i + half]);
        }
        half /= 2;
    }
    parts[0]
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
    fold(simd, (run, run), E::zero(), |part, a, _| E::vector_add(simd, part, a), |a, b| a + b)
}

/// The sum of the products of two runs, element by element.
#[inline(always)]
pub fn of_products<S: Simd, E: Element>(simd: S, a: &[E], b: &[E]) -> E {
    fold(simd, (a, b), E::zero(), |part, a, b| E::vector_mul_add(simd, a, b, part), |a, b| a + b)
}

/// The largest element of a run, negative infinity if it has none. What is not a number is passed over.
#[inline(always)]
pub fn maximum<S: Simd, E: Element>(simd: S, run: &[E]) -> E {
    let larger = |a: E, b: E| if a < b { b } else { a };
    fold(simd, (run, run), E::neg_infinity(), |part, a, _| E::vector_max(simd, part, a), larger)
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
    use crate::simd::{Work, dispatch};
    use proptest::prelude::*;

    /// The sum, the sum of squares, the maximum and the sum of the first lanes.
    struct All<'a>(&'a [f64]);

    impl Work for All<'_> {
        type Output = [f64; 4];

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let columns = terms::<S, f64>(simd, self.0.len(), |index| simd.splat_f64s(self.0[index]));
            let mut first = [0.0];
            if lanes::<S, f64>() == 1 {
                store::<S, f64>(&mut first, columns);
            } else {
                f64::store_partial(simd, &mut first, columns);
            }
            [of(simd, self.0), of_products(simd, self.0, self.0), maximum(simd, self.0), first[0]]
        }
    }

    proptest! {
        // Whole numbers, so that every order of the terms gives the same sum.
        #[test]
        fn every_element_counts_once(numbers in proptest::collection::vec(-1000i32..1000, 0..70)) {
            let run: std::vec::Vec<f64> = numbers.iter().map(|&n| f64::from(n)).collect();
            let total = run.iter().sum::<f64>();
            let squares = run.iter().map(|x| x * x).sum::<f64>();
            let largest = run.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // As whole numbers, among which there is one zero.
            let whole = |values: [f64; 4]| values.map(|value| value as i64);
            prop_assert_eq!(whole(dispatch(All(&run))), whole([total, squares, largest, total]));
        }
    }
}
