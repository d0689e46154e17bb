//! The passes of the convolution, all made of the register tile.

use core::marker::PhantomData;
use core::ops::Range;

use pulp::Simd;

use super::super::gradients::{self, Gradients};
use super::sizes::{ForwardBlock, InputBlock, Positions, Sizes, WeightBlock, Weights, sizes};
use super::{Conv2d, Slide};
use crate::activation::{Activation, Identity};
use crate::kernels::tile::{Apart, Operands, Start, Terms, block, column_sums};
use crate::layer::{Backward, Layer, Memory, Mode, Room};
use crate::shape::Rank3;
use crate::tensor::elements;
use crate::{Element, Tensor};

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
    /// The image with zeros around it, or as it is where no window leaves it.
    #[inline(always)]
    fn padded<'a>(x: &'a [E], scratch: &'a mut [E]) -> &'a [E] {
        if !const { Self::PADDED } {
            return x;
        }
        let [rows, columns] = Self::REACH;
        let [top, left] = G::PADDING;
        let image = &mut scratch[..Self::PADDED_LEN];
        image.fill(E::zero());
        // With padding wider than the kernel and steps longer than the image, all windows can lie beside it.
        let width = W.min(columns.saturating_sub(left));
        let height = if width == 0 { 0 } else { H.min(rows.saturating_sub(top)) };
        for row in 0..height {
            image[((row + top) * columns + left) * C..][..width * C].copy_from_slice(&x[row * W * C..][..width * C]);
        }
        image
    }

    /// Adds the gradient by the weights of `samples` images that lie `step` elements apart.
    #[inline(always)]
    fn weight_gradient<S: Simd>(
        simd: S,
        (images, step): (&[E], usize),
        dy: &[E],
        samples: usize,
        gradient: &mut Conv2d<E, IN, OUT, KH, KW, BIAS, G>,
    ) {
        let terms = Terms {
            counts: [samples, OH, OW],
            left: [step, G::STRIDE[0] * Self::ROW * C, G::STRIDE[1] * C],
            right: [OH * OW * OUT, OW * OUT, OUT],
        };
        let (rows, columns) = if const { Self::WHOLE_KERNEL } {
            (1, 1)
        } else if const { Self::CONTIGUOUS } {
            (KH, 1)
        } else {
            (KH, KW)
        };
        let weight = gradient.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        for group in 0..Self::GROUPS {
            let filter = group * Self::GROUP_FILTERS;
            for row in 0..rows {
                for column in 0..columns {
                    let tap = (row * G::DILATION[0] * Self::ROW + column * G::DILATION[1]) * C + group * IN;
                    let operands = Operands {
                        left: images[tap..].as_ptr(),
                        right: dy[filter..].as_ptr(),
                        output: weight[(row * KW + column) * IN * OUT + filter..].as_mut_ptr(),
                        output_row: OUT,
                        start: Start::Output,
                    };
                    // SAFETY: with any tap of the block, every output position's input lies within its image; there are
                    // upstream gradients for every position, and weights for every row of the block, `OUT` apart.
                    unsafe {
                        block::<
                            S,
                            E,
                            Identity,
                            WeightBlock<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
                        >(
                            simd,
                            operands,
                            terms,
                            Weights::<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>(
                                PhantomData,
                            ),
                            Identity,
                        );
                    }
                }
            }
        }
    }

    /// The rows of the turned kernel that lie on outputs when it stands on row `row` of the input. The others lie on the
    /// zeros above and below, and add nothing.
    #[inline(always)]
    const fn taps_on_outputs(row: usize) -> Range<usize> {
        // The kernel's tap `k` stands on row `row + k d`; the outputs lie on the rows from `reach - padding` on.
        let reach = KH.saturating_sub(1) * G::DILATION[0];
        let position = row + G::PADDING[0];
        let first = reach.saturating_sub(position).div_ceil(G::DILATION[0]);
        let last = match (reach + OH.saturating_sub(1) * G::STRIDE[0]).checked_sub(position) {
            Some(distance) => distance / G::DILATION[0] + 1,
            None => 0,
        };
        let last = if last > KH { KH } else { last };
        if first < last { first..last } else { 0..0 }
    }

    /// Writes the gradient by the input of one image: a convolution of the upstream gradient, spread out by the stride
    /// and with zeros around it, with the turned kernels.
    #[inline(always)]
    fn input_gradient<S: Simd>(simd: S, dy: &[E], packed: &[E], dx: &mut [E], scratch: &mut [E]) {
        let [height, width] = Self::SPREAD;
        let spread = &mut scratch[..Self::SPREAD_LEN];
        spread.fill(E::zero());
        let start = [
            (KH.saturating_sub(1) * G::DILATION[0]).wrapping_sub(G::PADDING[0]),
            (KW.saturating_sub(1) * G::DILATION[1]).wrapping_sub(G::PADDING[1]),
        ];
        for row in 0..OH {
            // Outputs whose windows lie in the padding alone wrap around to a huge index and are left out.
            let target = start[0].wrapping_add(row * G::STRIDE[0]);
            if target >= height {
                continue;
            }
            for column in 0..OW {
                let place = start[1].wrapping_add(column * G::STRIDE[1]);
                if place < width {
                    spread[(target * width + place) * OUT..][..OUT]
                        .copy_from_slice(&dy[(row * OW + column) * OUT..][..OUT]);
                }
            }
        }
        // Whole, though a group begins within it: what is read of it is known here and not in the kernel.
        let packed = &packed[..KH * KW * IN * OUT];
        let filters = Self::GROUP_FILTERS;
        let row_step = G::DILATION[0] * width * OUT;
        for group in 0..Self::GROUPS {
            for row in 0..H {
                let taps = Self::taps_on_outputs(row);
                let (first, rows) = (taps.start, taps.len());
                let terms = if const { Self::CONTIGUOUS } {
                    Terms { counts: [1, rows, KW * OUT], left: [0, row_step, 1], right: [0, KW * OUT * IN, IN] }
                } else {
                    Terms {
                        counts: [rows, KW, filters],
                        left: [row_step, G::DILATION[1] * OUT, 1],
                        right: [KW * filters * IN, filters * IN, IN],
                    }
                };
                let operands = Operands {
                    left: spread[row * width * OUT + first * row_step + group * filters..].as_ptr(),
                    right: packed[(group * KH + first) * KW * filters * IN..].as_ptr(),
                    output: dx[row * W * C + group * IN..].as_mut_ptr(),
                    output_row: C,
                    start: Start::Zero,
                };
                // SAFETY: the spread-out gradient has a kernel's reach more rows and columns than the image, so every
                // window lies within it; the packed kernels of all groups are there, as was checked above; a row of
                // results has `W` pixels of `C` channels, of which the group has `IN` (`CHECK`).
                unsafe {
                    block::<
                        S,
                        E,
                        Identity,
                        InputBlock<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
                    >(simd, operands, terms, Apart(OUT), Identity);
                }
            }
        }
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
        scratch: &mut [E],
        gradient: &mut Self,
    ) {
        if x.is_empty() {
            // No images have no pixel that the first tap could point at.
            return;
        }
        if BIAS > 0 {
            column_sums::<S, E, OUT>(simd, elements(dy), &mut gradient.bias);
        }
        if const { <sizes!()>::PADDED } {
            for (x, dy) in x.iter().zip(dy) {
                let image = <sizes!()>::padded(x.as_slice(), scratch);
                <sizes!()>::weight_gradient(simd, (image, 0), dy.as_slice(), 1, gradient);
            }
        } else {
            <sizes!()>::weight_gradient(simd, (elements(x), H * W * C), elements(dy), x.len(), gradient);
        }
    }

    #[inline(always)]
    fn input_gradient<S: Simd>(
        simd: S,
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        packed: &[E],
        scratch: &mut [E],
        dx: &mut [Tensor<Rank3<H, W, C>, E>],
    ) {
        for (dx, dy) in dx.iter_mut().zip(dy) {
            <sizes!()>::input_gradient(simd, dy.as_slice(), packed, dx.as_mut_slice(), scratch);
        }
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
        scratch: <sizes!()>::PADDED_LEN,
        backward_scratch: {
            let (padded, spread) = (<sizes!()>::PADDED_LEN, <sizes!()>::SPREAD_LEN);
            if padded > spread { padded } else { spread }
        },
        packed: KH * KW * IN * OUT,
        ..Memory::NONE
    };
    const MACS: u64 = (OH * OW * OUT) as u64 * (KH * KW * IN) as u64;

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
        for (x, y) in x.iter().zip(y) {
            let image = <sizes!()>::padded(x.as_slice(), room.scratch);
            let y = y.as_mut_slice();
            for group in 0..<sizes!()>::GROUPS {
                let filter = group * <sizes!()>::GROUP_FILTERS;
                let rows = if const { <sizes!()>::WHOLE_OUTPUT } { 1 } else { OH };
                for row in 0..rows {
                    let operands = Operands {
                        left: image[row * G::STRIDE[0] * <sizes!()>::ROW * C + group * IN..].as_ptr(),
                        right: self.weight.as_ptr().cast::<E>().wrapping_add(filter),
                        output: y[row * OW * OUT + filter..].as_mut_ptr(),
                        output_row: OUT,
                        start: if BIAS == 0 { Start::Zero } else { Start::Bias(self.bias[filter..].as_ptr()) },
                    };
                    // SAFETY: the windows of row `row` lie within the image, whose rows and columns reach as far as
                    // the last window: it is padded up to there unless it does so by itself. Its pixels have the
                    // channels of all groups, and every filter has its weights, its output and, if there are any,
                    // its offset (`CHECK`). The outputs are borrowed mutably, so nothing overlaps them.
                    unsafe {
                        block::<S, E, A, ForwardBlock<Self, Rank3<H, W, C>, Rank3<OH, OW, OUT>>>(
                            simd,
                            operands,
                            <sizes!()>::TERMS,
                            Positions::<Self, Rank3<H, W, C>, Rank3<OH, OW, OUT>>(PhantomData),
                            activation,
                        );
                    }
                }
            }
        }
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

    /// The kernels turned by half a turn, input and output channels exchanged: the input gradient is a convolution with
    /// them.
    #[inline(always)]
    fn pack<S: Simd>(&self, _: S, packed: &mut [E]) {
        let weight = self.weight.as_flattened();
        let filters = <sizes!()>::GROUP_FILTERS;
        let taps = KH * KW;
        for tap in 0..taps {
            let source = weight[taps - 1 - tap].as_flattened();
            for group in 0..<sizes!()>::GROUPS {
                let target = &mut packed[(group * taps + tap) * filters * IN..][..filters * IN];
                if <sizes!()>::GROUPS == 1 {
                    crate::kernels::transpose(source, target, IN, OUT);
                } else {
                    for filter in 0..filters {
                        for channel in 0..IN {
                            target[filter * IN + channel] = source[channel * OUT + group * filters + filter];
                        }
                    }
                }
            }
        }
    }
}
