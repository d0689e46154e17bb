//! Sums and maxima over runs of elements, with the same bits at every SIMD level.
//!
//! Element number `i` belongs to part `i mod 16`; each part is summed in the order of memory, and the parts are added
//! in pairs: part `i` and part `i + 8`, then `i + 4`, `i + 2` and `i + 1`. Sixteen is a multiple of the lanes of every
//! vector, so each level has whole parts in its lanes.

use pulp::Simd;

use super::{load, load_up_to, store};
use crate::Element;
use crate::element::lanes;

/// The number of parts that a sum is split into.
pub const PARTS: usize = 16;

/// After so many elements a [`sum_wide`] goes on in `f64`.
pub const BLOCK: usize = 1024;

/// `Σ f(a, b, …)` over the elements of one or more runs; the shortest of them says how many there are.
///
/// ```
/// use tintype::Element;
/// use tintype::kernels::reduce;
/// use tintype::simd::{Simd, Work, dispatch};
///
/// struct Dot<'a>(&'a [f32], &'a [f32]);
/// impl Work for Dot<'_> {
///     type Output = f32;
///     fn run<S: Simd>(self, simd: S) -> f32 {
///         reduce::sum(simd, [self.0, self.1], |[a, b]| f32::vector_mul(simd, a, b))
///     }
/// }
/// assert_eq!(dispatch(Dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0])), 32.0);
/// ```
#[inline(always)]
pub fn sum<S: Simd, E: Element, const K: usize>(
    simd: S,
    operands: [&[E]; K],
    f: impl Fn([E::Vector<S>; K]) -> E::Vector<S>,
) -> E {
    fold(simd, operands, E::zero(), f, |a, b| E::vector_add(simd, a, b), |a, b| a + b)
}

/// [`sum`] of one run that may be long: every [`BLOCK`] elements by themselves, and the blocks' sums in `f64` in the
/// order of memory.
#[inline(always)]
pub fn sum_wide<S: Simd, E: Element>(simd: S, run: &[E], f: impl Fn(E::Vector<S>) -> E::Vector<S>) -> f64 {
    run.chunks(BLOCK).fold(0.0, |total, block| total + sum(simd, [block], |[a]| f(a)).to_f64())
}

/// The largest element; minus infinity if there is none. What is not a number is passed over.
#[inline(always)]
pub fn max<S: Simd, E: Element>(simd: S, run: &[E]) -> E {
    fold(simd, [run], E::neg_infinity(), |[a]| a, |a, b| E::vector_max(simd, a, b), |a, b| if a < b { b } else { a })
}

#[inline(always)]
fn fold<S: Simd, E: Element, const K: usize>(
    simd: S,
    operands: [&[E]; K],
    neutral: E,
    f: impl Fn([E::Vector<S>; K]) -> E::Vector<S>,
    combine: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
    combine_single: impl Fn(E, E) -> E,
) -> E {
    let lanes = lanes::<S, E>();
    let len = operands.iter().map(|operand| operand.len()).min().unwrap_or(0);
    let mut parts = [neutral; PARTS];
    let mut start = 0;
    while start < len {
        // A loop of known length, so that the parts stay in registers.
        let mut part = 0;
        while part < PARTS {
            let here = (start + part).min(len)..(start + part + lanes).min(len);
            if !here.is_empty() {
                let mut vectors = [E::splat(simd, neutral); K];
                for index in 0..K {
                    vectors[index] = load_up_to(simd, &operands[index][here.clone()]);
                }
                let mut term = f(vectors);
                if here.len() < lanes {
                    let mut padded = [neutral; PARTS];
                    E::store_partial(simd, &mut padded[..here.len()], term);
                    term = load::<S, E>(&padded[..lanes]);
                }
                let parts = &mut parts[part..part + lanes];
                store::<S, E>(parts, combine(load::<S, E>(parts), term));
            }
            part += lanes;
        }
        start += PARTS;
    }
    let mut half = PARTS / 2;
    while half > 0 {
        for part in 0..half {
            parts[part] = combine_single(parts[part], parts[part + half]);
        }
        half /= 2;
    }
    parts[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, at_every_level};
    use proptest::prelude::*;

    #[derive(Clone, Copy)]
    struct Reduce<'a, E>(&'a [E]);

    impl<E: Element> Work for Reduce<'_, E> {
        type Output = (E, E, f64);
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            (sum(simd, [self.0], |[a]| a), max(simd, self.0), sum_wide(simd, self.0, |a| a))
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
        #[test]
        fn the_order_is_the_same_at_every_level(run in proptest::collection::vec(-1e3f32..1e3, 0..100)) {
            let largest = run.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for (sum, max, _) in at_every_level(Reduce(&run)) {
                prop_assert_eq!(sum.to_bits(), sum_in_parts(&run).to_bits());
                prop_assert_eq!(max.to_bits(), largest.to_bits());
            }
        }
    }

    #[test]
    fn a_long_sum_keeps_its_digits() {
        let run = std::vec![0.1f32; 1_000_000];
        let truth = f64::from(0.1f32) * 1e6;
        let sums = at_every_level(Reduce(&run)).into_iter().map(|(_, _, wide)| wide);
        for sum in sums {
            assert!((sum - truth).abs() < 1e-5 * truth, "{sum}");
        }
    }
}
