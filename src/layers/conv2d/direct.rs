//! The convolution as it is defined: a sum over the taps for every output, made of the register tile.

use core::marker::PhantomData;

use pulp::Simd;

use super::sizes::{ForwardBlock, InputBlock, LastWeightBlock, Positions, Sizes, WeightBlock, Weights};
use super::{Conv2d, Slide};
use crate::activation::{Activation, Identity};
use crate::kernels::elementwise::accumulate;
use crate::kernels::tile::{Apart, Operands, Size, Start, Terms, block, column_sums};
use crate::shape::Rank3;
use crate::tensor::elements;
use crate::{Element, Parameters, Tensor};

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
    /// The forward pass.
    #[inline(always)]
    pub(super) fn forward_direct<S: Simd, A: Activation<E>>(
        layer: &Conv2d<E, IN, OUT, KH, KW, BIAS, G>,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank3<OH, OW, OUT>, E>],
        scratch: &mut [E],
        activation: A,
    ) {
        for (x, y) in x.iter().zip(y) {
            let image = Self::padded(x.as_slice(), scratch);
            let y = y.as_mut_slice();
            for group in 0..Self::GROUPS {
                let filter = group * Self::GROUP_FILTERS;
                let rows = if const { Self::WHOLE_OUTPUT } { 1 } else { OH };
                for row in 0..rows {
                    let operands = Operands {
                        left: image[row * G::STRIDE[0] * Self::ROW * C + group * IN..].as_ptr(),
                        right: layer.weight.as_ptr().cast::<E>().wrapping_add(filter),
                        output: y[row * OW * OUT + filter..].as_mut_ptr(),
                        output_row: OUT,
                        start: if BIAS == 0 { Start::Zero } else { Start::Bias(layer.bias[filter..].as_ptr()) },
                    };
                    // SAFETY: the windows of row `row` lie within the image, whose rows and columns reach as far as
                    // the last window: it is padded up to there unless it does so by itlayer. Its pixels have the
                    // channels of all groups, and every filter has its weights, its output and, if there are any,
                    // its offset (`CHECK`). The outputs are borrowed mutably, so nothing overlaps them.
                    unsafe {
                        block::<
                            S,
                            E,
                            A,
                            ForwardBlock<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
                            _,
                            1,
                        >(
                            simd,
                            operands,
                            Self::TERMS,
                            Positions::<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>(
                                PhantomData,
                            ),
                            activation,
                        );
                    }
                }
            }
        }
    }

    /// The gradient by the parameters.
    #[inline(always)]
    pub(super) fn parameter_gradient_direct<S: Simd>(
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        accumulate: bool,
        scratch: &mut [E],
        gradient: &mut Conv2d<E, IN, OUT, KH, KW, BIAS, G>,
    ) {
        if !accumulate {
            Parameters::as_mut_slice(gradient).fill(E::zero());
        }
        if x.is_empty() {
            // No images have no pixel that the first tap could point at.
            return;
        }
        if const { Self::ONE_BY_ONE } {
            for (x, dy) in x.iter().zip(dy) {
                if BIAS > 0 {
                    column_sums::<S, E, Size<1, OUT>, true>(simd, dy.as_slice(), &mut gradient.bias);
                }
                let image = Self::padded(x.as_slice(), scratch);
                Self::weight_gradient(simd, (image, 0), dy.as_slice(), 1, gradient);
            }
        } else {
            if BIAS > 0 {
                column_sums::<S, E, Size<1, OUT>, false>(simd, elements(dy), &mut gradient.bias);
            }
            Self::weight_gradient(simd, (elements(x), H * W * C), elements(dy), x.len(), gradient);
        }
    }

    /// Writes the gradient by the inputs.
    #[inline(always)]
    pub(super) fn input_gradient_direct<S: Simd>(
        simd: S,
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        packed: &[E],
        scratch: &mut [E],
        dx: &mut [Tensor<Rank3<H, W, C>, E>],
    ) {
        for (dx, dy) in dx.iter_mut().zip(dy) {
            Self::image_gradient(simd, dy.as_slice(), packed, dx.as_mut_slice(), scratch);
        }
    }

    /// The weights with input and output channels exchanged: for each row of taps, or for each tap and group, a matrix from the
    /// upstream gradients to the inputs that it reaches.
    #[inline(always)]
    pub(super) fn pack_direct<S: Simd>(layer: &Conv2d<E, IN, OUT, KH, KW, BIAS, G>, _: S, packed: &mut [E]) {
        let weight = layer.weight.as_flattened().as_flattened().as_flattened();
        let packed = &mut packed[..Self::DIRECT_PACKED_LEN];
        let (run, padded) = (Self::RUN, Self::PADDED_RUN);
        let (groups, filters) = (Self::GROUPS, Self::GROUP_FILTERS);
        packed.fill(E::zero());
        if groups == 1 {
            let block = filters * padded;
            for (source, target) in weight.chunks_exact((run * OUT).max(1)).zip(packed.chunks_exact_mut(block.max(1))) {
                crate::kernels::transpose(source, (target, padded), run, OUT);
            }
            return;
        }
        for (row, target) in packed.chunks_exact_mut(padded).enumerate() {
            let (block, filter) = (row / filters, row % filters);
            let (tap, group) = (block / groups, block % groups);
            let source = &weight[tap * run * OUT..][..run * OUT];
            for (weights, target) in source.chunks_exact(OUT).zip(target) {
                *target = weights[group * filters + filter];
            }
        }
    }

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
        let columns = const { if Self::CONTIGUOUS { 1 } else { KW } };
        let weight = gradient.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        for group in 0..Self::GROUPS {
            let filter = group * Self::GROUP_FILTERS;
            for row in (0..KH).step_by(const { Self::TAP_ROWS }) {
                for column in 0..columns {
                    let tap = (row * G::DILATION[0] * Self::ROW + column * G::DILATION[1]) * C + group * IN;
                    let operands = Operands {
                        left: images[tap..].as_ptr(),
                        right: dy[filter..].as_ptr(),
                        output: weight[(row * KW + column) * IN * OUT + filter..].as_mut_ptr(),
                        output_row: OUT,
                        start: Start::Output,
                    };
                    macro_rules! weights {
                        ($block:ident) => {
                            // SAFETY: with any tap of the block, every output position's input lies within its image; there
                            // are upstream gradients for every position, and weights for every row of the block, `OUT` apart.
                            unsafe {
                                block::<
                                    S,
                                    E,
                                    Identity,
                                    $block<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
                                    _, 1,
                                >(
                                    simd,
                                    operands,
                                    terms,
                                    Weights::<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>(
                                        PhantomData,
                                    ),
                                    Identity,
                                )
                            }
                        };
                    }
                    if row + Self::TAP_ROWS <= KH {
                        weights!(WeightBlock);
                    } else {
                        weights!(LastWeightBlock);
                    }
                }
            }
        }
    }

    /// Writes the gradient by the input of one image: each output's upstream gradient times the weights, added up where
    /// the output's window lies.
    #[inline(always)]
    fn image_gradient<S: Simd>(simd: S, dy: &[E], packed: &[E], dx: &mut [E], scratch: &mut [E]) {
        // Whole, though a block reads a part: what is read is known here and not in the kernel.
        let (dy, packed) = (&dy[..OH * OW * OUT], &packed[..Self::DIRECT_PACKED_LEN]);
        let products = &mut scratch[..Self::PRODUCTS_LEN];
        let filters = Self::GROUP_FILTERS;
        let runs = const { if Self::CONTIGUOUS { 1 } else { KW } };
        dx.fill(E::zero());
        if const { Self::RUN * KH * Self::BLOCK_LEN == 0 } {
            return;
        }
        for band in (0..OH).step_by(const { Self::BAND }) {
            for group in 0..Self::GROUPS {
                for (tap_rows, tap) in (0..KH)
                    .step_by(const { Self::TAP_ROWS_AT_ONCE })
                    .flat_map(|first| (0..runs).map(move |tap| (first..first + Self::TAP_ROWS_AT_ONCE, tap)))
                {
                    for (tap_row, products) in tap_rows.clone().zip(products.chunks_exact_mut(Self::BLOCK_LEN)) {
                        let operands = Operands {
                            left: dy[band * OW * OUT + group * filters..].as_ptr(),
                            right: packed
                                [((tap_row * runs + tap) * Self::GROUPS + group) * filters * Self::PADDED_RUN..]
                                .as_ptr(),
                            output: products.as_mut_ptr(),
                            output_row: Self::PADDED_RUN,
                            start: Start::Zero,
                        };
                        let terms = Terms { counts: [1, 1, filters], left: [0, 0, 1], right: [0, 0, Self::PADDED_RUN] };
                        // SAFETY: the upstream gradients of `BAND` rows of outputs, `OUT` for each, of which the group
                        // has `GROUP_FILTERS`; as many rows of `PADDED_RUN` weights; as many products for each output.
                        unsafe {
                            block::<
                                S,
                                E,
                                Identity,
                                InputBlock<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>,
                                _,
                                1,
                            >(simd, operands, terms, Apart(OUT), Identity);
                        }
                    }
                    // Windows of neighbouring outputs overlap, and a load that wants parts of two recent stores waits for the cache; so other
                    // rows, where there are some, come in between.
                    for output in 0..OW {
                        for (tap_row, products) in tap_rows.clone().zip(products.chunks_exact(Self::BLOCK_LEN)) {
                            for row in 0..Self::BAND {
                                let place = (band + row) * G::STRIDE[0] + tap_row * G::DILATION[0];
                                // Above the image this wraps around to a huge number.
                                let place = place.wrapping_sub(G::PADDING[0]);
                                if place < H {
                                    let products =
                                        &products[(row * OW + output) * Self::PADDED_RUN..][..Self::PADDED_RUN];
                                    let column = output * G::STRIDE[1] + tap * G::DILATION[1];
                                    Self::add_products(
                                        simd,
                                        products,
                                        column * C + group * IN,
                                        &mut dx[place * W * C..],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds the products of an output to the gradient by the input, of which `dx` begins with the row that they belong to: from element
    /// `place` of the padded row on. What lies beside the image is left out.
    #[inline(always)]
    fn add_products<S: Simd>(simd: S, products: &[E], place: usize, dx: &mut [E]) {
        let left = G::PADDING[1] * C;
        let inside = place >= left && place - left + Self::RUN <= W * C;
        if inside && place - left + Self::PADDED_RUN <= dx.len() {
            // With the zeros at the end, which spare a partial vector.
            accumulate(simd, &mut dx[place - left..][..Self::PADDED_RUN], products);
        } else {
            let first = left.saturating_sub(place).min(Self::RUN);
            let last = (left + W * C).saturating_sub(place).min(Self::RUN);
            if first < last {
                accumulate(simd, &mut dx[place + first - left..][..last - first], &products[first..last]);
            }
        }
    }
}
