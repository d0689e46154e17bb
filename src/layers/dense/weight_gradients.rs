//! The gradient by the weights of a dense layer.

use pulp::Simd;

use super::Dense;
use crate::activation::Identity;
use crate::element::lanes;
use crate::kernels::nonzero::{Columns, MOST_ROWS, NonZero, STRETCH};
use crate::kernels::tile::{Apart, Operands, Rows, Size, SomeRows, Start, Terms, block, height};
use crate::kernels::transpose_inlined;
use crate::shape::Rank1;
use crate::tensor::elements;
use crate::{Element, Tensor};

/// The most bytes of results that are exchanged on the stack.
const MOST_EXCHANGED: usize = 4096;

/// A function that computes the gradient by all weights.
type WeightGradients<L, S, E, const IN: usize, const OUT: usize> =
    fn(S, &[Tensor<Rank1<IN>, E>], &[Tensor<Rank1<OUT>, E>], bool, &mut L);

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Dense<E, IN, OUT, BIAS> {
    /// The gradient by the weights; a constant function of a pointer, so that the compiler makes but the one that is chosen.
    pub(super) const fn weight_gradients_of<S: Simd>() -> WeightGradients<Self, S, E, IN, OUT> {
        match (Self::skips::<S>(), Self::exchanges::<S>()) {
            (true, _) => Self::weight_gradients_skipping,
            (_, true) => Self::weight_gradients_exchanged,
            _ => Self::weight_gradients,
        }
    }

    /// Whether the gradient by the weights is computed with inputs and outputs exchanged: in a small layer whose outputs would leave
    /// three lanes of four empty.
    pub(super) const fn exchanges<S: Simd>() -> bool {
        OUT > 0 && OUT <= lanes::<S, E>() / 4 && IN > OUT && size_of::<[[E; OUT]; IN]>() <= MOST_EXCHANGED
    }

    #[inline(always)]
    fn weight_gradients<S: Simd>(
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        dy: &[Tensor<Rank1<OUT>, E>],
        accumulate: bool,
        gradient: &mut Self,
    ) {
        Self::weight_gradient(simd, x, dy, accumulate, (0, &mut gradient.weight), Apart(1));
    }

    /// The same, with a row of results for each output in place of one for each input. Each is the sum of the same products in
    /// the same order.
    #[inline(always)]
    fn weight_gradients_exchanged<S: Simd>(
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        dy: &[Tensor<Rank1<OUT>, E>],
        accumulate: bool,
        gradient: &mut Self,
    ) {
        let weights = gradient.weight.as_flattened_mut();
        let mut exchanged = [[E::zero(); IN]; OUT];
        // With a single output nothing is exchanged but names.
        let in_place = const { OUT == 1 };
        if accumulate && !in_place {
            transpose_inlined(weights, (exchanged.as_flattened_mut(), IN), IN, OUT);
        }
        let results = if in_place { &mut *weights } else { exchanged.as_flattened_mut() };
        let operands = Operands {
            left: dy.as_ptr().cast(),
            right: x.as_ptr().cast(),
            output: results.as_mut_ptr(),
            output_row: IN,
            start: if accumulate { Start::Output } else { Start::Zero },
        };
        let terms = Terms { counts: [1, 1, x.len().min(dy.len())], left: [0, 0, OUT], right: [0, 0, IN] };
        // SAFETY: `OUT` rows of `IN` results; for each of as many terms as there are samples as many upstream gradients, and `IN`
        // inputs.
        unsafe {
            block::<S, E, Identity, Size<OUT, IN>, Apart, 1>(simd, operands, terms, Apart(1), Identity);
        }
        if !in_place {
            transpose_inlined(exchanged.as_flattened(), (weights, OUT), OUT, IN);
        }
    }

    /// The same, without the products of the inputs that are zero in all samples if they seem to be many, and without the samples in which
    /// all inputs of a tile are zero.
    #[inline(always)]
    fn weight_gradients_skipping<S: Simd>(
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        dy: &[Tensor<Rank1<OUT>, E>],
        accumulate: bool,
        gradient: &mut Self,
    ) {
        if !NonZero::promises(simd, elements(x), IN) {
            return Self::weight_gradients(simd, x, dy, accumulate, gradient);
        }
        let samples = x.len().min(dy.len());
        let (mut nonzero, mut columns) = (NonZero::NONE, Columns::NONE);
        // Once without samples too, whose gradient is zero.
        for start in (0..samples.max(1)).step_by(MOST_ROWS) {
            let together = start..samples.min(start + MOST_ROWS);
            let (x, dy, accumulate) = (&x[together.clone()], &dy[together], accumulate || start > 0);
            for (number, weights) in gradient.weight.chunks_mut(STRETCH).enumerate() {
                let first = number * STRETCH;
                nonzero.look(simd, elements(x), IN, (first, weights.len()));
                // A sum of no terms is zero, and takes the place of what is there, if it is not added.
                for zero in [false, true] {
                    if !(zero && accumulate) {
                        let height = const { height::<S, E, Size<IN, OUT>, 1>() };
                        let (places, wanted) = columns.padded(&nonzero, zero, OUT, height);
                        let rows = SomeRows(places, wanted);
                        Self::weight_gradient(simd, x, dy, accumulate, (first, &mut *weights), rows);
                    }
                }
            }
        }
    }

    /// The gradient by the weights of the inputs from `first` on: of all of them, or of those that the rows list.
    #[inline(always)]
    fn weight_gradient<S: Simd, R: Rows>(
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        dy: &[Tensor<Rank1<OUT>, E>],
        accumulate: bool,
        (first, weights): (usize, &mut [[E; OUT]]),
        rows: R,
    ) {
        let samples = x.len().min(dy.len());
        let operands = Operands {
            left: x.as_ptr().cast::<E>().wrapping_add(first),
            right: dy.as_ptr().cast(),
            output: weights.as_mut_ptr().cast(),
            output_row: OUT,
            start: if accumulate { Start::Output } else { Start::Zero },
        };
        let terms = Terms { counts: [1, 1, samples], left: [0, 0, IN], right: [0, 0, OUT] };
        // SAFETY: as many rows of `OUT` gradients as there are inputs from `first` on, or as are listed of them; for each of
        // `samples` terms as many inputs, and `OUT` upstream gradients.
        unsafe {
            block::<S, E, Identity, Size<IN, OUT>, R, 1>(simd, operands, terms, rows, Identity);
        }
    }
}
