//! Winograd's convolution F(4x4, 3x3): with a quarter of the multiplications, for 3 by 3 kernels that slide by one pixel.
//!
//! Filters, inputs and outputs are transformed to 36 matrices of points, which are multiplied as they are: for each matrix,
//! outputs are inputs times filters, with a row for each tile. The gradients go the same way back. Sums are in another order
//! than those of the direct convolution, and their rounding errors some ten times as large.

use pulp::Simd;

use super::sizes::{FilterPoints, InputPoints, OutputPoints, Sizes};
use super::tiles::{Finish, MATRICES, Put, apart, from_points, to_points};
use super::{Conv2d, Slide};
use crate::activation::{Activation, Identity};
use crate::kernels::tile::{Apart, Block, Operands, Size, Start, Terms, block, column_sums};
use crate::kernels::winograd::{Filters, Inputs, Outputs, ToFilters, ToInputs, ToOutputs};
use crate::shape::Rank3;
use crate::tensor::elements;
use crate::{Element, Tensor};

/// Points of the convolution at hand.
macro_rules! points_of {
    ($points:ident) => {
        $points<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>
    };
}

/// Three matrices, or rather three times 36 of them, `output = left * right` or `output += left * right`.
struct Products<'a, E> {
    left: &'a [E],
    right: &'a [E],
    output: &'a mut [E],
    start: Start<E>,
}

/// Multiplies 36 pairs of matrices; `B` is the size of each product, `rows` says how far apart the left operand's rows are, `terms` how
/// many terms there are and how far the left operand moves with each.
#[inline(always)]
fn multiply<S: Simd, E: Element, B: Block>(
    simd: S,
    products: Products<'_, E>,
    rows: usize,
    (count, step): (usize, usize),
) {
    let Products { left, right, output, start } = products;
    let (left_len, right_len, output_len) = (B::ROWS * count, count * B::COLUMNS, B::ROWS * B::COLUMNS);
    // Of constants, so that it costs nothing where it holds.
    assert!((B::ROWS.max(1) - 1) * rows + (count.max(1) - 1) * step < left_len.max(1));
    for matrix in 0..MATRICES {
        let operands = Operands {
            left: left[matrix * apart(left_len)..][..left_len].as_ptr(),
            right: right[matrix * apart(right_len)..][..right_len].as_ptr(),
            output: output[matrix * apart(output_len)..][..output_len].as_mut_ptr(),
            output_row: B::COLUMNS,
            start,
        };
        let terms = Terms { counts: [1, 1, count], left: [0, 0, step], right: [0, 0, B::COLUMNS] };
        // SAFETY: a matrix of `ROWS` by `count` elements, whose last one was asserted to lie in it, one of `count` by `COLUMNS`, and one of `ROWS` by
        // `COLUMNS`, each within its slice. The products are borrowed mutably, so nothing overlaps them.
        unsafe {
            block::<S, E, Identity, B, _, 1>(simd, operands, terms, Apart(rows), Identity);
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
> Sizes<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>
{
    /// The memory for the points of filters, of an image's inputs, and of its outputs.
    #[inline(always)]
    fn points(scratch: &mut [E]) -> (&mut [E], &mut [E], &mut [E]) {
        let (filters, scratch) = scratch.split_at_mut(Self::FILTER_POINTS);
        let (inputs, scratch) = scratch.split_at_mut(Self::INPUT_POINTS);
        (filters, inputs, &mut scratch[..Self::OUTPUT_POINTS])
    }

    /// The forward pass.
    #[inline(always)]
    pub(super) fn forward_winograd<S: Simd, A: Activation<E>>(
        layer: &Conv2d<E, IN, OUT, KH, KW, BIAS, G>,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank3<OH, OW, OUT>, E>],
        scratch: &mut [E],
        activation: A,
    ) {
        let (filters, inputs, outputs) = Self::points(scratch);
        let weights = layer.weight.as_flattened().as_flattened().as_flattened();
        to_points::<Filters, points_of!(FilterPoints), S, E, _>(simd, weights, filters);
        for (x, y) in x.iter().zip(y) {
            to_points::<Inputs, points_of!(InputPoints), S, E, _>(simd, x.as_slice(), inputs);
            multiply::<S, E, points_of!(OutputPoints)>(
                simd,
                Products { left: inputs, right: filters, output: outputs, start: Start::Zero },
                C,
                (C, 1),
            );
            let finish = Finish { bias: &layer.bias, activation };
            from_points::<ToOutputs, points_of!(OutputPoints), S, E, _, _>(simd, outputs, y.as_mut_slice(), finish);
        }
    }

    /// The gradient by the parameters.
    #[inline(always)]
    pub(super) fn parameter_gradient_winograd<S: Simd>(
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        accumulate: bool,
        scratch: &mut [E],
        gradient: &mut Conv2d<E, IN, OUT, KH, KW, BIAS, G>,
    ) {
        if BIAS > 0 {
            if !accumulate {
                gradient.bias = [E::zero(); BIAS];
            }
            column_sums::<S, E, Size<1, OUT>, false>(simd, elements(dy), &mut gradient.bias);
        }
        let (filters, inputs, outputs) = Self::points(scratch);
        let mut start = Start::Zero;
        for (x, dy) in x.iter().zip(dy) {
            to_points::<Inputs, points_of!(InputPoints), S, E, _>(simd, x.as_slice(), inputs);
            to_points::<Outputs, points_of!(OutputPoints), S, E, _>(simd, dy.as_slice(), outputs);
            let products = Products { left: &*inputs, right: &*outputs, output: &mut *filters, start };
            multiply::<S, E, Size<IN, OUT>>(simd, products, 1, (Self::TILE_COUNT, C));
            start = Start::Output;
        }
        let gradient = gradient.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        if x.is_empty() {
            filters.fill(E::zero());
        }
        from_points::<ToFilters, points_of!(FilterPoints), S, E, _, _>(simd, filters, gradient, Put { accumulate });
    }

    /// Writes the gradient by the inputs.
    #[inline(always)]
    pub(super) fn input_gradient_winograd<S: Simd>(
        simd: S,
        dy: &[Tensor<Rank3<OH, OW, OUT>, E>],
        packed: &[E],
        scratch: &mut [E],
        dx: &mut [Tensor<Rank3<H, W, C>, E>],
    ) {
        let (_, inputs, outputs) = Self::points(scratch);
        for (dx, dy) in dx.iter_mut().zip(dy) {
            to_points::<Outputs, points_of!(OutputPoints), S, E, _>(simd, dy.as_slice(), outputs);
            multiply::<S, E, points_of!(InputPoints)>(
                simd,
                Products { left: &*outputs, right: packed, output: &mut *inputs, start: Start::Zero },
                OUT,
                (OUT, 1),
            );
            let dx = dx.as_mut_slice();
            dx.fill(E::zero());
            from_points::<ToInputs, points_of!(InputPoints), S, E, _, _>(simd, inputs, dx, Put { accumulate: true });
        }
    }

    /// The points of the filters with input and output channels exchanged.
    #[inline(always)]
    pub(super) fn pack_winograd<S: Simd>(layer: &Conv2d<E, IN, OUT, KH, KW, BIAS, G>, simd: S, packed: &mut [E]) {
        let (points, transposed) = packed[..Self::WINOGRAD_PACKED_LEN].split_at_mut(Self::FILTER_POINTS);
        for (tap, target) in layer.weight.as_flattened().iter().zip(transposed.chunks_exact_mut(Self::PAIRS)) {
            crate::kernels::transpose(tap.as_flattened(), (target, IN), IN, OUT);
        }
        to_points::<Filters, points_of!(FilterPoints), S, E, _>(simd, transposed, points);
    }
}

#[cfg(test)]
mod tests;
