//! Activations whose derivative follows from their output, so that they can ride on the layer in front of them.

use pulp::Simd;

use crate::Element;
use crate::kernels::elementwise::in_place;

/// A function of each element by itself, whose derivative can be told from its output.
///
/// A dense layer or a convolution applies it as the results leave the registers.
pub trait Activation<E: Element>: Copy + Send + Sync {
    /// The function, lane by lane.
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S>;

    /// `dy` times the derivative where the function gave `y`.
    fn backward<S: Simd>(self, simd: S, y: E::Vector<S>, dy: E::Vector<S>) -> E::Vector<S>;

    /// Replaces each element by its image.
    #[inline(always)]
    fn apply_in_place<S: Simd>(self, simd: S, y: &mut [E]) {
        in_place!(simd, y, [], |y, []| self.apply(simd, y));
    }

    /// Turns the gradient by the function's output into that by its input.
    #[inline(always)]
    fn backward_in_place<S: Simd>(self, simd: S, y: &[E], dy: &mut [E]) {
        in_place!(simd, dy, [y], |dy, [y]| self.backward(simd, y, dy));
    }
}

/// No activation: `f(x) = x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

impl<E: Element> Activation<E> for Identity {
    #[inline(always)]
    fn apply<S: Simd>(self, _: S, x: E::Vector<S>) -> E::Vector<S> {
        x
    }
    #[inline(always)]
    fn backward<S: Simd>(self, _: S, _: E::Vector<S>, dy: E::Vector<S>) -> E::Vector<S> {
        dy
    }
    #[inline(always)]
    fn apply_in_place<S: Simd>(self, _: S, _: &mut [E]) {}
    #[inline(always)]
    fn backward_in_place<S: Simd>(self, _: S, _: &[E], _: &mut [E]) {}
}
