//! The backward pass of layers with weights, as two functions of their own: the gradient by the parameters and the gradient
//! by the input.
//!
//! Without optimisation a function's frame has a place for every inlined local; so the frames of the two do not add up.

use pulp::{Simd, WithSimd};

use crate::layer::Backward;
use crate::network::operations;
use crate::simd::{Part, call};
use crate::tensor::{elements, elements_mut};
use crate::{Activation, Element, Layer, Shape, Tensor};

/// A layer whose backward pass falls into two parts, neither of which needs the other.
pub(super) trait Gradients<E: Element, I: Shape, O: Shape>: Layer<E, I, O> {
    /// Adds the gradient by the parameters to `gradient`, or puts it there, as [`Backward::accumulate`] says.
    fn parameter_gradient<S: Simd>(
        simd: S,
        x: &[Tensor<I, E>],
        dy: &[Tensor<O, E>],
        accumulate: bool,
        scratch: &mut [E],
        gradient: &mut Self,
    );

    /// Writes the gradient by the input, from what [`Layer::pack`] has made of the weights.
    fn input_gradient<S: Simd>(simd: S, dy: &[Tensor<O, E>], packed: &[E], scratch: &mut [E], dx: &mut [Tensor<I, E>]);
}

/// Both parts, the second one where somebody wants it.
#[inline(always)]
pub(super) fn backward<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd>(
    simd: S,
    pass: Backward<'_, E, I, O>,
    gradient: &mut L,
) {
    let samples = pass.x.len().min(pass.dy.len());
    let (x, dy) = (&pass.x[..samples], &pass.dy[..samples]);
    let scratch = pass.room.scratch;
    call(simd, ByParameters { x, dy, accumulate: pass.accumulate, scratch: &mut *scratch, gradient });
    if let Some(dx) = pass.dx {
        call(simd, ByInput { dy, packed: pass.packed, scratch, dx, layer: core::marker::PhantomData::<L> });
    }
}

/// The first part alone, behind the derivative of an activation.
#[inline(always)]
pub(super) fn backward_parameters<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd, A: Activation<E>>(
    simd: S,
    pass: Backward<'_, E, I, O>,
    gradient: &mut L,
    activation: A,
) {
    let Backward { x, y, dy, dx, room, accumulate, .. } = pass;
    debug_assert!(dx.is_none(), "nobody wants the gradient by the inputs");
    activation.backward_in_place(simd, elements(y), elements_mut(dy));
    let samples = x.len().min(dy.len());
    let (x, dy) = (&x[..samples], &dy[..samples]);
    call(simd, ByParameters { x, dy, accumulate, scratch: room.scratch, gradient });
}

struct ByParameters<'a, L, E: Element, I: Shape, O: Shape> {
    x: &'a [Tensor<I, E>],
    dy: &'a [Tensor<O, E>],
    accumulate: bool,
    scratch: &'a mut [E],
    gradient: &'a mut L,
}

impl<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape> Part for ByParameters<'_, L, E, I, O> {
    const OPERATIONS: u64 = operations::<L, E, I, O>();
}

impl<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape> WithSimd for ByParameters<'_, L, E, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        L::parameter_gradient(simd, self.x, self.dy, self.accumulate, self.scratch, self.gradient);
    }
}

struct ByInput<'a, L, E: Element, I: Shape, O: Shape> {
    dy: &'a [Tensor<O, E>],
    packed: &'a [E],
    scratch: &'a mut [E],
    dx: &'a mut [Tensor<I, E>],
    layer: core::marker::PhantomData<L>,
}

impl<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape> Part for ByInput<'_, L, E, I, O> {
    const OPERATIONS: u64 = operations::<L, E, I, O>();
}

impl<L: Gradients<E, I, O>, E: Element, I: Shape, O: Shape> WithSimd for ByInput<'_, L, E, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        L::input_gradient(simd, self.dy, self.packed, self.scratch, self.dx);
    }
}
