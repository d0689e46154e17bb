//! Adam with decoupled weight decay.

use generic_array::ArrayLength;
use pulp::Simd;

use super::{Adam, Optimizer, Run, Two};
use crate::Element;

/// Adam with decoupled weight decay `λ` (Loshchilov and Hutter, 2019): `p ← (1 - η λ) p`, then a step of [`Adam`].
///
/// PyTorch's `AdamW`, which decays all trained parameters, biases too.
///
/// ```
/// use tintype::optimizers::AdamW;
/// let adam = AdamW::new(1e-3).weight_decay(0.05);
/// assert_eq!(AdamW::new(1e-3).weight_decay, 0.01);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The step that follows the decay.
    pub adam: Adam,
    /// The share of a parameter that a step at learning rate 1 takes away.
    pub weight_decay: f64,
}

impl AdamW {
    /// With this learning rate, a weight decay of 0.01, and the other numbers of [`Adam::new`].
    pub const fn new(learning_rate: f64) -> Self {
        Self { adam: Adam::new(learning_rate), weight_decay: 0.01 }
    }

    /// With another weight decay.
    #[must_use]
    pub const fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// With another `β₁`.
    #[must_use]
    pub const fn beta1(self, beta1: f64) -> Self {
        Self { adam: self.adam.beta1(beta1), ..self }
    }

    /// With another `β₂`.
    #[must_use]
    pub const fn beta2(self, beta2: f64) -> Self {
        Self { adam: self.adam.beta2(beta2), ..self }
    }

    /// With another `ε`.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { adam: self.adam.epsilon(epsilon), ..self }
    }
}

impl<E: Element> Optimizer<E> for AdamW {
    /// The mean gradient and the mean squared gradient.
    type State<N: ArrayLength> = Two<E, N>;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, Two<E, N>>, step: u64, rate: E) {
        let kept = 1.0 - self.adam.learning_rate * rate.to_f64() * self.weight_decay;
        self.adam.step_after_decay(simd, run, step, rate, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::testing::{bits_agree_at_every_level, rate_multiplies_the_learning_rate, run};
    use std::vec;

    #[test]
    fn without_a_gradient_only_the_decay_acts() {
        let after = run(AdamW::new(0.5).weight_decay(0.5), &[16.0], &vec![vec![0.0]; 2]);
        assert_eq!(after, [vec![12.0], vec![9.0]]);
    }

    #[test]
    fn without_decay_it_is_adam() {
        let gradients = [vec![1.0, -0.3], vec![0.2, 0.1]];
        let adam = run(Adam::new(0.1), &[1.0, 2.0], &gradients);
        assert_eq!(run(AdamW::new(0.1).weight_decay(0.0), &[1.0, 2.0], &gradients), adam);
    }

    #[test]
    fn a_schedule_acts_on_the_learning_rate() {
        rate_multiplies_the_learning_rate(AdamW::new(0.5).weight_decay(0.1), AdamW::new(0.25).weight_decay(0.1));
    }

    #[test]
    fn the_bits_are_the_same_at_every_level() {
        bits_agree_at_every_level(AdamW::new(0.01).weight_decay(0.05));
    }
}
