//! The logistic function.

use pulp::Simd;

use super::activation_layer;
use crate::Element;
use crate::activation::Activation;

/// The logistic function `f(x) = 1 / (1 + e^-x)`, from all numbers to those between 0 and 1; its derivative is
/// `y (1 - y)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

impl<E: Element> Activation<E> for Sigmoid {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        E::vector_sigmoid(simd, x)
    }
    #[inline(always)]
    fn backward<S: Simd>(self, simd: S, y: E::Vector<S>, dy: E::Vector<S>) -> E::Vector<S> {
        let one = E::splat(simd, E::one());
        let derivative = E::vector_mul(simd, y, E::vector_sub(simd, one, y));
        E::vector_mul(simd, dy, derivative)
    }
}

activation_layer!(Sigmoid);
