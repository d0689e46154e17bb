//! How a network calls its layers.
//!
//! In an optimised build everything beneath the dispatch is inlined, or else it is compiled without the vector
//! instructions. In a build without optimisation the compiler would inline as well, but without sharing the stack between
//! the layers, and a deep network would overflow it: so there each layer is a call with a frame of its own.

use pulp::Simd;

use crate::layer::{Backward, Mode, Room};
use crate::{Activation, Element, Layer, Shape, Tensor};

/// [`Layer::forward_activated`] as a network calls it.
#[cfg_attr(debug_assertions, inline(never))]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn forward_layer<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd, A: Activation<E>>(
    layer: &L,
    simd: S,
    x: &[Tensor<I, E>],
    y: &mut [Tensor<O, E>],
    room: Room<'_, E>,
    mode: Mode,
    activation: A,
) {
    layer.forward_activated(simd, x, y, room, mode, activation);
}

/// [`Layer::backward_activated`] as a network calls it.
#[cfg_attr(debug_assertions, inline(never))]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn backward_layer<L: Layer<E, I, O>, E: Element, I: Shape, O: Shape, S: Simd, A: Activation<E>>(
    layer: &L,
    simd: S,
    pass: Backward<'_, E, I, O>,
    gradient: &mut L,
    activation: A,
) {
    layer.backward_activated(simd, pass, gradient, activation);
}
