//! The gradient by the inputs of a dense layer.

use pulp::{Simd, WithSimd};

use crate::activation::Identity;
use crate::kernels::tile::{Apart, Operands, Size, Start, Terms, block};
use crate::shape::Rank1;
use crate::{Element, Tensor};

/// The gradient by the inputs of `ROWS` samples: a function of its own, so that without optimisation the frames of all numbers of
/// samples do not add up.
pub struct InputGradientBlock<'a, E: Element, const IN: usize, const OUT: usize, const ROWS: usize> {
    pub dy: &'a [Tensor<Rank1<OUT>, E>],
    pub packed: &'a [E],
    pub dx: &'a mut [Tensor<Rank1<IN>, E>],
}

impl<E: Element, const IN: usize, const OUT: usize, const ROWS: usize> WithSimd
    for InputGradientBlock<'_, E, IN, OUT, ROWS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (dy, packed, dx) = (&self.dy[..ROWS], &self.packed[..IN * OUT], &mut self.dx[..ROWS]);
        let operands = Operands {
            left: dy.as_ptr().cast(),
            right: packed.as_ptr(),
            output: dx.as_mut_ptr().cast(),
            output_row: IN,
            start: Start::Zero,
        };
        let terms = Terms { counts: [1, 1, OUT], left: [0, 0, 1], right: [0, 0, IN] };
        // SAFETY: `ROWS` samples of `OUT` upstream gradients and `IN` results; `OUT` rows of `IN` weights.
        unsafe {
            block::<S, E, Identity, Size<ROWS, IN>, Apart, 1>(simd, operands, terms, Apart(OUT), Identity);
        }
    }
}
