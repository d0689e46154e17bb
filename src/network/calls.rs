//! How a network calls its layers: each in a function of its own, compiled for the level that was chosen for the pass.
//!
//! A layer's pass so has a stack frame of its own, and layers of one type and shape share their code. The compiler may
//! inline a small one, since caller and callee have the same vector instructions, and does so for a single sample; a large one is a
//! function that all passes share.

use core::slice::{from_mut, from_ref};

use pulp::{Simd, WithSimd};

use super::Probe;
use crate::layer::{Backward, Mode, Room};
use crate::simd::{Part, SMALL, call, is_without_vectors};
use crate::{Activation, Element, Layer, Shape, Tensor};

struct Forward<'a, L, E: Element, I: Shape, O: Shape, A> {
    layer: &'a L,
    x: &'a [Tensor<I, E>],
    y: &'a mut [Tensor<O, E>],
    room: Room<'a, E>,
    mode: Mode,
    activation: A,
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> WithSimd for Forward<'_, L, E, I, O, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.layer.forward_activated(simd, self.x, self.y, self.room, self.mode, self.activation);
    }
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> Part for Forward<'_, L, E, I, O, A> {
    const OPERATIONS: u64 = operations::<L, E, I, O>();
}

/// The forward pass of a single sample: so little code that the compiler makes it a part of the network's.
struct ForwardOne<'a, L, E: Element, I: Shape, O: Shape, A> {
    layer: &'a L,
    x: &'a Tensor<I, E>,
    y: &'a mut Tensor<O, E>,
    room: Room<'a, E>,
    mode: Mode,
    activation: A,
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> WithSimd for ForwardOne<'_, L, E, I, O, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (x, y) = (from_ref(self.x), from_mut(self.y));
        self.layer.forward_activated(simd, x, y, self.room, self.mode, self.activation);
    }
}

/// The multiply-accumulates of a layer, its inputs and its outputs.
pub(crate) const fn operations<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape>() -> u64 {
    L::MACS.saturating_add(I::LEN as u64).saturating_add(O::LEN as u64)
}

/// [`Layer::forward_activated`] as a network calls it.
#[inline(always)]
pub fn forward_layer<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd, A: Activation<E>, P: Probe>(
    layer: &L,
    simd: S,
    x: &[Tensor<I, E>],
    y: &mut [Tensor<O, E>],
    room: Room<'_, E>,
    mode: Mode,
    activation: A,
) {
    if const { P::SINGLE_SAMPLE && operations::<L, E, I, O>() <= SMALL && !is_without_vectors::<S>() }
        && let ([x], [y]) = (x, &mut *y)
    {
        // As if the input came from elsewhere: the compiler would take its numbers out of the registers that it still has
        // from the layer before, by shuffles that with AVX-512 stand in the way of multiply-adds, where a load broadcasts for nothing.
        let x = if const { size_of::<S::f32s>() == 64 } { core::hint::black_box(x) } else { x };
        return simd.vectorize(ForwardOne { layer, x, y, room, mode, activation });
    }
    call(simd, Forward { layer, x, y, room, mode, activation });
}

struct PackOf<'a, L, E, I, O> {
    layer: &'a L,
    packed: &'a mut [E],
    input_gradient: bool,
    shapes: core::marker::PhantomData<(I, O)>,
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape> WithSimd for PackOf<'_, L, E, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.layer.pack(simd, self.packed, self.input_gradient);
    }
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape> Part for PackOf<'_, L, E, I, O> {
    const OPERATIONS: u64 = u64::MAX;
}

/// [`Layer::pack`] as a network calls it: a function for each layer, since many of them written out in one take the compiler minutes.
#[inline(always)]
pub fn pack_layer<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd>(
    layer: &L,
    simd: S,
    packed: &mut [E],
    input_gradient: bool,
) {
    call(simd, PackOf::<_, _, I, O> { layer, packed, input_gradient, shapes: core::marker::PhantomData });
}

/// Fills the gradient with zeros where it is to be replaced by a layer that only adds.
#[inline(always)]
pub(crate) fn clear<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape>(
    pass: &mut Backward<'_, E, I, O>,
    gradient: &mut L,
) {
    if !L::REPLACES_GRADIENT && !pass.accumulate {
        gradient.as_mut_slice().fill(E::zero());
        pass.accumulate = true;
    }
}

struct BackwardOf<'a, L, E: Element, I: Shape, O: Shape, A> {
    layer: &'a L,
    pass: Backward<'a, E, I, O>,
    gradient: &'a mut L,
    activation: A,
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> WithSimd for BackwardOf<'_, L, E, I, O, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layer, mut pass, gradient, activation } = self;
        clear(&mut pass, gradient);
        layer.backward_activated(simd, pass, gradient, activation);
    }
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> Part for BackwardOf<'_, L, E, I, O, A> {
    const OPERATIONS: u64 = operations::<L, E, I, O>();
}

/// The backward pass where nobody wants the gradient by the inputs.
struct BackwardParameters<'a, L, E: Element, I: Shape, O: Shape, A>(BackwardOf<'a, L, E, I, O, A>);

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> WithSimd
    for BackwardParameters<'_, L, E, I, O, A>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let BackwardOf { layer, mut pass, gradient, activation } = self.0;
        clear(&mut pass, gradient);
        layer.backward_parameters(simd, pass, gradient, activation);
    }
}

impl<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, A: Activation<E>> Part
    for BackwardParameters<'_, L, E, I, O, A>
{
    const OPERATIONS: u64 = operations::<L, E, I, O>();
}

/// [`Layer::backward_activated`] as a network calls it, or [`Layer::backward_parameters`] if `P` says that nobody wants the gradient
/// by the inputs; only one of them is compiled.
#[inline(always)]
pub fn backward_layer<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd, A: Activation<E>, P: Probe>(
    layer: &L,
    simd: S,
    pass: Backward<'_, E, I, O>,
    gradient: &mut L,
    activation: A,
) {
    let pass = BackwardOf { layer, pass, gradient, activation };
    if const { P::INPUT_GRADIENT } {
        call(simd, pass);
    } else {
        call(simd, BackwardParameters(pass));
    }
}
