//! The rectifier.

use pulp::Simd;

use super::activation_layer;
use crate::Element;
use crate::activation::Activation;

/// The rectified linear unit: `f(x) = max(x, 0)`, with the derivative 0 at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu;

impl<E: Element> Activation<E> for Relu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        E::vector_max(simd, x, E::splat(simd, E::zero()))
    }
    #[inline(always)]
    fn backward<S: Simd>(self, simd: S, y: E::Vector<S>, dy: E::Vector<S>) -> E::Vector<S> {
        let zero = E::splat(simd, E::zero());
        E::select(simd, E::less_than(simd, zero, y), dy, zero)
    }
}

activation_layer!(Relu);
