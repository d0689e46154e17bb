//! The sigmoid linear unit.

use pulp::Simd;

use super::elementwise::{Elementwise, elementwise_layer};
use crate::Element;

/// The sigmoid linear unit, also called swish (Elfwing, Uchibe and Doya, 2018): `f(x) = x σ(x)` with the logistic
/// function `σ(x) = 1 / (1 + e^-x)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silu;

impl<E: Element> Elementwise<E> for Silu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        E::vector_mul(simd, x, E::vector_sigmoid(simd, x))
    }

    #[inline(always)]
    fn derivative<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        // σ(x) (1 + x (1 - σ(x)))
        let one = E::splat(simd, E::one());
        let sigmoid = E::vector_sigmoid(simd, x);
        let rest = E::vector_mul_add(simd, x, E::vector_sub(simd, one, sigmoid), one);
        E::vector_mul(simd, sigmoid, rest)
    }
}

elementwise_layer!(Silu);
