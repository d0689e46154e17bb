//! The passes of the convolution.

use pulp::Simd;

use super::super::gradients::{self, Gradients};
use super::sizes::{Sizes, sizes};
use super::{Conv2d, Slide};
use crate::activation::{Activation, Identity};
use crate::layer::{Backward, Layer, Memory, Mode, Room};
use crate::shape::Rank3;
use crate::{Element, Tensor};

/// A forward pass; its last memory is scratch.
type Forward<L, S, E, I, O, A> = fn(&L, S, &[Tensor<I, E>], &mut [Tensor<O, E>], &mut [E], A);
/// A gradient by the parameters: inputs, upstream gradients, whether it is added, scratch.
type ParameterGradient<L, S, E, I, O> = fn(S, &[Tensor<I, E>], &[Tensor<O, E>], bool, &mut [E], &mut L);
/// A gradient by the inputs: upstream gradients, packed weights, scratch.
type InputGradient<S, E, I, O> = fn(S, &[Tensor<O, E>], &[E], &mut [E], &mut [Tensor<I, E>]);
/// Arranges the weights.
type Pack<L, S, E> = fn(&L, S, &mut [E]);

/// Direct or Winograd's convolution, whichever is cheaper for the sizes: constant functions of pointers, so that the compiler makes
/// but the one that is chosen.
impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
> Sizes<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>
{
    const fn forward<S: Simd, A: Activation<E>>()
    -> Forward<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, S, E, Rank3<H, W, C>, Rank3<OH, OW, OUT>, A> {
        if Self::WINOGRAD { Self::forward_winograd::<S, A> } else { Self::forward_direct::<S, A> }
    }

    const fn parameter_gradient<S: Simd>()
    -> ParameterGradient<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, S, E, Rank3<H, W, C>, Rank3<OH, OW, OUT>> {
        if Self::WINOGRAD { Self::parameter_gradient_winograd::<S> } else { Self::parameter_gradient_direct::<S> }
    }

    const fn input_gradient<S: Simd>() -> InputGradient<S, E, Rank3<H, W, C>, Rank3<OH, OW, OUT>> {
        if Self::WINOGRAD { Self::input_gradient_winograd::<S> } else { Self::input_gradient_direct::<S> }
    }

    const fn pack<S: Simd>() -> Pack<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, S, E> {
        if Self::WINOGRAD { Self::pack_winograd::<S> } else { Self::pack_direct::<S> }
    }
}

impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
> Gradients<E, Rank3<H, W, C>, Rank3<OH, OW, OUT>> for Conv2d<E, IN, OUT, KH, KW, BIAS, G>
{
    #[inline(always)]
    fn parameter_gradient<S: Simd>(
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        accumulate: bool,
        scratch: &mut [E],
        gradient: &mut Self,
    ) {
        (const { <sizes!()>::parameter_gradient::<S>() })(simd, x, dy, accumulate, scratch, gradient);
    }

    #[inline(always)]
    fn input_gradient<S: Simd>(
        simd: S,
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        packed: &[E],
        scratch: &mut [E],
        dx: &mut [Tensor<Rank3<H, W, C>, E>],
    ) {
        (const { <sizes!()>::input_gradient::<S>() })(simd, dy, packed, scratch, dx);
    }
}

impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
> Layer<E, Rank3<H, W, C>, Rank3<OH, OW, OUT>> for Conv2d<E, IN, OUT, KH, KW, BIAS, G>
{
    const MEMORY: Memory = Memory {
        scratch: <sizes!()>::FORWARD_SCRATCH,
        backward_scratch: <sizes!()>::BACKWARD_SCRATCH,
        packed: <sizes!()>::PACKED_LEN,
        ..Memory::NONE
    };
    const MACS: u64 = (OH * OW * OUT) as u64 * (KH * KW * IN) as u64;
    const REPLACES_GRADIENT: bool = true;

    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank3<OH, OW, OUT>, E>],
        room: Room<'_, E>,
        mode: Mode,
    ) {
        self.forward_activated(simd, x, y, room, mode, Identity);
    }

    #[inline(always)]
    fn forward_activated<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank3<OH, OW, OUT>, E>],
        room: Room<'_, E>,
        _: Mode,
        activation: A,
    ) {
        const { <sizes!()>::CHECK };
        (const { <sizes!()>::forward::<S, A>() })(self, simd, x, y, room.scratch, activation);
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(
        &self,
        simd: S,
        pass: Backward<'_, E, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
        gradient: &mut Self,
    ) {
        const { <sizes!()>::CHECK };
        gradients::backward(simd, pass, gradient);
    }

    #[inline(always)]
    fn backward_parameters<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        pass: Backward<'_, E, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
        gradient: &mut Self,
        activation: A,
    ) {
        const { <sizes!()>::CHECK };
        gradients::backward_parameters(simd, pass, gradient, activation);
    }

    #[inline(always)]
    fn pack<S: Simd>(&self, simd: S, packed: &mut [E], input_gradient: bool) {
        if input_gradient {
            (const { <sizes!()>::pack::<S>() })(self, simd, packed);
        }
    }
}
