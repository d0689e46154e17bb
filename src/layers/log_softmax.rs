//! Scores into logarithms of probabilities.

use bytemuck::Zeroable;
use pulp::Simd;

use super::softmax::exponentials;
use crate::kernels::elementwise::elementwise;
use crate::kernels::sum;
use crate::layer::{Backward, Layer, Mode, Room};
use crate::parameters::Layout;
use crate::tensor::{elements, elements_mut};
use crate::{Element, Parameters, Shape, Tensor};

/// The logarithm of the softmax over the last axis: `y_i = x_i - ln Σ_j e^(x_j)`.
///
/// More exact than the logarithm of [`Softmax`](super::Softmax), whose small probabilities have lost their digits. The
/// largest score is subtracted first, and the sums are split the same way at every SIMD level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSoftmax;

// SAFETY: a type without fields.
unsafe impl Zeroable for LogSoftmax {}
// SAFETY: a type without fields, and a layout without tensors.
unsafe impl<E: Element> Parameters<E> for LogSoftmax {
    const LAYOUT: Layout = Layout::NONE;
}

impl<E: Element, T: Shape> Layer<E, T, T> for LogSoftmax {
    #[inline(always)]
    fn forward_batch<S: Simd>(&self, simd: S, x: &[Tensor<T, E>], y: &mut [Tensor<T, E>], _: Room<'_, E>, _: Mode) {
        let classes = T::DIMS.channels();
        for (x, y) in elements(x).chunks_exact(classes).zip(elements_mut(y).chunks_exact_mut(classes)) {
            let (maximum, total) = exponentials(simd, x, y);
            let maximum = E::splat(simd, maximum);
            let logarithm = E::vector_ln(simd, E::splat(simd, total));
            elementwise!(simd, [y], [x], |[_], [x]| [E::vector_sub(simd, E::vector_sub(simd, x, maximum), logarithm)]);
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, T, T>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        let classes = T::DIMS.channels();
        let (y, dy) = (elements(pass.y).chunks_exact(classes), elements(pass.dy).chunks_exact(classes));
        for ((y, dy), dx) in y.zip(dy).zip(elements_mut(dx).chunks_exact_mut(classes)) {
            // dx_i = dy_i - e^(y_i) Σ_j dy_j
            let total = E::splat(simd, sum::of(simd, dy));
            elementwise!(simd, [dx], [y, dy], |[_], [y, dy]| [{
                E::vector_sub(simd, dy, E::vector_mul(simd, E::vector_exp(simd, y), total))
            }]);
        }
    }
}
