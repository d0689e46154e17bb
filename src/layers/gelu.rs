//! The Gaussian error linear unit.

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use pulp::Simd;

use super::elementwise::{Elementwise, elementwise_layer};
use crate::Element;

/// The Gaussian error linear unit (Hendrycks and Gimpel, 2016): `f(x) = x Φ(x)` with the distribution function of the
/// normal distribution, `Φ(x) = (1 + erf(x / √2)) / 2`. [`GeluTanh`](super::GeluTanh) is its approximation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

/// The distribution function of the normal distribution.
#[inline(always)]
fn distribution<S: Simd, E: Element>(simd: S, x: E::Vector<S>) -> E::Vector<S> {
    let half = E::splat(simd, E::from_f64(0.5));
    let erf = E::vector_erf(simd, E::vector_mul(simd, x, E::splat(simd, E::from_f64(FRAC_1_SQRT_2))));
    E::vector_mul_add(simd, half, erf, half)
}

impl<E: Element> Elementwise<E> for Gelu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        E::vector_mul(simd, x, distribution::<S, E>(simd, x))
    }

    #[inline(always)]
    fn derivative<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        // Φ(x) + x φ(x) with the density φ(x) = exp(-x² / 2) / √(2π).
        let exponent = E::vector_mul(simd, x, E::vector_mul(simd, x, E::splat(simd, E::from_f64(-0.5))));
        let factor = E::splat(simd, E::from_f64(FRAC_2_SQRT_PI * FRAC_1_SQRT_2 / 2.0));
        let density = E::vector_mul(simd, factor, E::vector_exp(simd, exponent));
        E::vector_mul_add(simd, x, density, distribution::<S, E>(simd, x))
    }
}

elementwise_layer!(Gelu);
