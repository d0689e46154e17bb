//! Gradient descent over the whole data set.

use generic_array::ArrayLength;
use pulp::Simd;

use super::{Optimizer, Run, sgd::descend};
use crate::Element;

/// Gradient descent (Cauchy, 1847): `p ← p - η g`, where `g` is the gradient over the whole data set.
///
/// It differs from [`Sgd`](super::Sgd) in what a step is given: all samples, whatever the batch size.
///
/// ```
/// use tintype::optimizers::{GradientDescent, Optimizer};
/// let descent = GradientDescent::new(0.1);
/// assert!(<GradientDescent as Optimizer<f32>>::FULL_BATCH);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientDescent {
    /// The learning rate.
    pub learning_rate: f64,
}

impl GradientDescent {
    /// Descent with this learning rate.
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate }
    }
}

impl<E: Element> Optimizer<E> for GradientDescent {
    type State<N: ArrayLength> = ();
    const FULL_BATCH: bool = true;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, ()>, _: u64, rate: E) {
        descend(simd, E::from_f64(self.learning_rate) * rate, run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::testing::{bits_agree_at_every_level, rate_multiplies_the_learning_rate, run};
    use std::vec;

    #[test]
    fn a_quadratic_shrinks_by_a_constant_factor() {
        // The gradient of p²/2 is p, so each step multiplies by 1 - η.
        let mut p = 8.0;
        for _ in 0..3 {
            p = run(GradientDescent::new(0.5), &[p], &[vec![p]])[0][0];
        }
        assert_eq!(p, 1.0);
    }

    #[test]
    fn a_schedule_acts_on_the_learning_rate() {
        rate_multiplies_the_learning_rate(GradientDescent::new(0.5), GradientDescent::new(0.25));
    }

    #[test]
    fn the_bits_are_the_same_at_every_level() {
        bits_agree_at_every_level(GradientDescent::new(0.1));
    }
}
