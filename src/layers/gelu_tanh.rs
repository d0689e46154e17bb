//! The Gaussian error linear unit by its approximation.

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use pulp::Simd;

use super::elementwise::{Elementwise, elementwise_layer};
use crate::Element;

/// The approximation of [`Gelu`](super::Gelu) that GPT-2 and BERT use (Hendrycks and Gimpel, 2016):
/// `f(x) = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, which is off by less than 0.0005.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeluTanh;

/// √(2/π)
const SLOPE: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
const CUBIC: f64 = 0.044_715;

/// The hyperbolic tangent within the function.
#[inline(always)]
fn inner<S: Simd, E: Element>(simd: S, x: E::Vector<S>) -> E::Vector<S> {
    let polynomial = E::vector_mul_add(
        simd,
        E::vector_mul(simd, x, x),
        E::splat(simd, E::from_f64(SLOPE * CUBIC)),
        E::splat(simd, E::from_f64(SLOPE)),
    );
    E::vector_tanh(simd, E::vector_mul(simd, x, polynomial))
}

impl<E: Element> Elementwise<E> for GeluTanh {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        let half = E::splat(simd, E::from_f64(0.5));
        E::vector_mul(simd, x, E::vector_mul_add(simd, half, inner::<S, E>(simd, x), half))
    }

    #[inline(always)]
    fn derivative<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        // Far out the tangent is ±1 to the last bit; without the bound, its derivative 0 would meet an x² of infinity.
        let bound = E::splat(simd, E::from_f64(64.0));
        let low = E::splat(simd, E::from_f64(-64.0));
        let x = E::select(simd, E::less_than(simd, bound, x), bound, x);
        let x = E::select(simd, E::less_than(simd, x, low), low, x);
        let t = inner::<S, E>(simd, x);
        let (half, one) = (E::splat(simd, E::from_f64(0.5)), E::splat(simd, E::one()));
        let tangent = E::vector_mul(simd, E::vector_sub(simd, one, t), E::vector_add(simd, one, t));
        let polynomial = E::vector_mul_add(
            simd,
            E::vector_mul(simd, x, x),
            E::splat(simd, E::from_f64(3.0 * SLOPE * CUBIC)),
            E::splat(simd, E::from_f64(SLOPE)),
        );
        let inner_part = E::vector_mul(simd, E::vector_mul(simd, x, tangent), polynomial);
        E::vector_mul(simd, half, E::vector_add(simd, E::vector_add(simd, one, t), inner_part))
    }
}

elementwise_layer!(GeluTanh);
