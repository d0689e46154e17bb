//! What the tests of the losses share.

use std::vec::Vec;

use pulp::Simd;

use super::Loss;
use crate::simd::{Work, at_every_level, dispatch};
use crate::{Element, Shape, Tensor};

struct Gradient<'a, L, O: Shape, E: Element, T> {
    loss: &'a L,
    output: &'a Tensor<O, E>,
    target: &'a T,
    scale: E,
}

impl<L, O: Shape, E: Element, T> Clone for Gradient<'_, L, O, E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, O: Shape, E: Element, T> Copy for Gradient<'_, L, O, E, T> {}

impl<L: Loss<E, O, T>, O: Shape, E: Element, T> Work for Gradient<'_, L, O, E, T> {
    type Output = (E, E, Tensor<O, E>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        // What was there before must not matter.
        let mut gradient = Tensor::full(E::nan());
        let loss = self.loss.gradient(simd, self.output, self.target, self.scale, &mut gradient);
        (self.loss.value(simd, self.output, self.target), loss, gradient)
    }
}

/// The loss and its gradient.
pub fn gradient<L: Loss<E, O, T>, O: Shape, E: Element, T>(
    loss: &L,
    output: &Tensor<O, E>,
    target: &T,
) -> (E, Tensor<O, E>) {
    let (_, value, gradient) = dispatch(Gradient { loss, output, target, scale: E::one() });
    (value, gradient)
}

/// Compares the gradient with central differences of the value (the five-point stencil, of fourth order), to a relative
/// error of 1e-6.
pub fn check_gradient<L: Loss<f64, O, T>, O: Shape, T>(loss: &L, output: &Tensor<O, f64>, target: &T) {
    const SCALE: f64 = 0.25;
    let (value, too, analytic) = dispatch(Gradient { loss, output, target, scale: SCALE });
    assert_eq!(value.to_bits(), too.to_bits(), "the value and the value beside the gradient");
    for index in 0..O::LEN {
        let x = output.as_slice()[index];
        let step = 1e-4 * x.abs().max(0.1);
        let at = |x: f64| {
            let mut moved = *output;
            moved.as_mut_slice()[index] = x;
            super::evaluate(loss, &moved, target)
        };
        let difference = |step: f64| at(x + step) - at(x - step);
        let numeric = SCALE * (8.0 * difference(step) - difference(2.0 * step)) / (12.0 * step);
        let analytic = analytic.as_slice()[index];
        // What the difference of values, each exact to a few units in the last place, can resolve.
        let resolution = 4.0 * SCALE * value.abs().max(1.0) * f64::EPSILON / step;
        let error = (numeric - analytic).abs();
        let allowed = 1e-6 * numeric.abs().max(analytic.abs()) + resolution;
        assert!(error <= allowed, "by element {index}: {analytic}, but differences give {numeric}");
    }
}

/// Checks that the loss and its gradient have the same bits at every SIMD level.
pub fn bits_agree_at_every_level<L: Loss<f32, O, T>, O: Shape, T>(loss: &L, output: &Tensor<O, f32>, target: &T) {
    let bits = |tensor: &Tensor<O, f32>| tensor.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let results = at_every_level(Gradient { loss, output, target, scale: 0.1 });
    let (_, (first, _, first_gradient)) = &results[0];
    assert!(first.is_finite());
    for (level, (value, too, gradient)) in &results {
        assert_eq!((value.to_bits(), too.to_bits()), (first.to_bits(), first.to_bits()), "{level}");
        assert_eq!(bits(gradient), bits(first_gradient), "{level}");
    }
}
