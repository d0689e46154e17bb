//! Scores into probabilities.

use bytemuck::Zeroable;
use pulp::Simd;

use crate::kernels::elementwise::elementwise;
use crate::kernels::sum;
use crate::layer::{Backward, Layer, Mode, Room};
use crate::parameters::Layout;
use crate::shape::Rank1;
use crate::simd::{Work, dispatch};
use crate::tensor::{elements, elements_mut};
use crate::{Element, Parameters, Shape, Tensor};

/// The softmax over the last axis: `y_i = e^(x_i) / Σ_j e^(x_j)`, positive numbers with the sum 1.
///
/// The largest score is subtracted from all of them first, so nothing overflows. The sums are dealt out to 16 parts at
/// every SIMD level (see [`kernels::sum`](crate::kernels::sum)), so the bits are the same on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax;

// SAFETY: a type without fields.
unsafe impl Zeroable for Softmax {}
// SAFETY: a type without fields, and a layout without tensors.
unsafe impl<E: Element> Parameters<E> for Softmax {
    const LAYOUT: Layout = Layout::NONE;
}

/// Writes `e^(x - maximum)` for a run of scores, and gives the maximum and the sum of what it wrote.
#[inline(always)]
pub(crate) fn exponentials<S: Simd, E: Element>(simd: S, x: &[E], y: &mut [E]) -> (E, E) {
    let maximum = sum::maximum(simd, x);
    let largest = E::splat(simd, maximum);
    elementwise!(simd, [&mut *y], [x], |[_], [x]| [E::vector_exp(simd, E::vector_sub(simd, x, largest))]);
    (maximum, sum::of(simd, y))
}

impl<E: Element, const N: usize> Tensor<Rank1<N>, E> {
    /// The probabilities that these logits stand for: what a network that ends without a [`Softmax`], as
    /// [`CrossEntropy`](crate::losses::CrossEntropy) wants it, makes of a sample.
    ///
    /// ```
    /// use tintype::Tensor;
    /// assert_eq!(Tensor::from([5.0, 5.0]).softmax(), Tensor::from([0.5, 0.5]));
    /// ```
    #[must_use]
    pub fn softmax(&self) -> Self {
        let mut probabilities = [Self::zeros()];
        dispatch(Probabilities { logits: core::slice::from_ref(self), probabilities: &mut probabilities });
        let [probabilities] = probabilities;
        probabilities
    }
}

struct Probabilities<'a, E: Element, const N: usize> {
    logits: &'a [Tensor<Rank1<N>, E>],
    probabilities: &'a mut [Tensor<Rank1<N>, E>],
}

impl<E: Element, const N: usize> Work for Probabilities<'_, E, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let room = Room { tape: &mut [], workspace: &mut [], scratch: &mut [] };
        Softmax.forward_batch(simd, self.logits, self.probabilities, room, Mode::Inference);
    }
}

impl<E: Element, T: Shape> Layer<E, T, T> for Softmax {
    #[inline(always)]
    fn forward_batch<S: Simd>(&self, simd: S, x: &[Tensor<T, E>], y: &mut [Tensor<T, E>], _: Room<'_, E>, _: Mode) {
        let classes = T::DIMS.channels();
        for (x, y) in elements(x).chunks_exact(classes).zip(elements_mut(y).chunks_exact_mut(classes)) {
            let (_, total) = exponentials(simd, x, y);
            let total = E::splat(simd, total);
            elementwise!(simd, [y], [], |[y], []| [E::vector_div(simd, y, total)]);
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, T, T>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        let classes = T::DIMS.channels();
        let (y, dy) = (elements(pass.y).chunks_exact(classes), elements(pass.dy).chunks_exact(classes));
        for ((y, dy), dx) in y.zip(dy).zip(elements_mut(dx).chunks_exact_mut(classes)) {
            // dx_i = y_i (dy_i - Σ_j y_j dy_j)
            let common = E::splat(simd, sum::of_products(simd, y, dy));
            elementwise!(simd, [dx], [y, dy], |[_], [y, dy]| [E::vector_mul(simd, y, E::vector_sub(simd, dy, common))]);
        }
    }
}
