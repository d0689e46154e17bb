//! A layer with an activation that rides on it, as a network calls them.

use std::marker::PhantomData;

use tintype::Activation;
use tintype::layer::{Backward, Layer, Memory, Mode, Room};
use tintype::parameters::Layout;
use tintype::simd::Simd;
use tintype::{Element, Parameters, Shape, Tensor};

/// A layer with an activation that rides on it.
#[derive(Debug)]
#[repr(transparent)]
pub struct Fused<L, A>(L, PhantomData<A>);

// SAFETY: a layer, and a marker.
unsafe impl<L: bytemuck::Zeroable, A> bytemuck::Zeroable for Fused<L, A> {}
// SAFETY: transparent over a value that is parameters and nothing else.
unsafe impl<E: Element, L: Parameters<E>, A: Activation<E> + 'static> Parameters<E> for Fused<L, A> {
    const LAYOUT: Layout = L::LAYOUT;
}

impl<E: Element, I: Shape, O: Shape, L: Layer<E, I, O>, A: Activation<E> + Default + 'static> Layer<E, I, O>
    for Fused<L, A>
{
    const MEMORY: Memory = L::MEMORY;
    const REPLACES_GRADIENT: bool = L::REPLACES_GRADIENT;
    const MACS: u64 = L::MACS;

    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<I, E>],
        y: &mut [Tensor<O, E>],
        room: Room<'_, E>,
        mode: Mode,
    ) {
        self.0.forward_activated(simd, x, y, room, mode, A::default());
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, I, O>, gradient: &mut Self) {
        self.0.backward_activated(simd, pass, &mut gradient.0, A::default());
    }

    #[inline(always)]
    fn pack<S: Simd>(&self, simd: S, packed: &mut [E], input_gradient: bool) {
        self.0.pack(simd, packed, input_gradient);
    }
}
