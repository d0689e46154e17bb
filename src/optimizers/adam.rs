//! Adam.

use generic_array::ArrayLength;
use pulp::Simd;

use super::subnormal::{mean_or_zero, mean_square};
use super::{Optimizer, Run, Two};
use crate::Element;
use crate::kernels::elementwise::elementwise;

/// Adam (Kingma and Ba, 2015), with the corrections of the bias:
///
/// `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`,
/// `p ← p - η m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε)`
///
/// The place of `ε` is PyTorch's. Keras' formula has `ε` before the correction, and 1e-7 by default.
///
/// To the mean square 1e-36 (`f64`: 1e-300) is added in each step, which an `ε` of zero alone could feel.
///
/// ```
/// use tintype::optimizers::Adam;
/// let adam = Adam::new(1e-3);
/// assert_eq!((adam.beta1, adam.beta2, adam.epsilon), (0.9, 0.999, 1e-8));
/// let slow = Adam::new(1e-3).beta2(0.9999).epsilon(1e-7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The learning rate.
    pub learning_rate: f64,
    /// The share of the mean gradient that is kept from step to step.
    pub beta1: f64,
    /// The share of the mean squared gradient that is kept from step to step.
    pub beta2: f64,
    /// What keeps the quotient finite where the gradient has always been zero.
    pub epsilon: f64,
}

impl Adam {
    /// Adam with this learning rate (1e-3 is usual), `β₁` = 0.9, `β₂` = 0.999 and `ε` = 1e-8.
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// With another `β₁`.
    #[must_use]
    pub const fn beta1(self, beta1: f64) -> Self {
        Self { beta1, ..self }
    }

    /// With another `β₂`.
    #[must_use]
    pub const fn beta2(self, beta2: f64) -> Self {
        Self { beta2, ..self }
    }

    /// With another `ε`.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// A step that first multiplies the parameters by `kept`.
    #[inline(always)]
    pub(super) fn step_after_decay<S: Simd, E: Element, N: ArrayLength>(
        &self,
        simd: S,
        run: Run<'_, E, Two<E, N>>,
        step: u64,
        rate: E,
        kept: f64,
    ) {
        let number = |x: f64| E::splat(simd, E::from_f64(x));
        // By squaring, which is quicker; where a `usize` of 32 bits ends, the power has long been zero for any usual β.
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        let correction1 = 1.0 - num_traits::pow(self.beta1, step);
        let correction2 = 1.0 - num_traits::pow(self.beta2, step);
        let downhill = number(-self.learning_rate * rate.to_f64() / correction1);
        let root_factor = number(1.0 / libm::sqrt(correction2));
        let (beta1, rest1) = (number(self.beta1), number(1.0 - self.beta1));
        let (beta2, rest2) = (number(self.beta2), number(1.0 - self.beta2));
        let (epsilon, kept) = (number(self.epsilon), number(kept));
        let [means, squares] = run.state;
        elementwise!(simd, [run.parameters, means, squares], [run.gradient], |[p, m, v], [g]| {
            let m = E::vector_mul_add(simd, beta1, m, E::vector_mul(simd, rest1, g));
            let m = mean_or_zero::<S, E>(simd, m);
            let v = mean_square::<S, E>(simd, (beta2, v), (rest2, g));
            let size = E::vector_mul_add(simd, E::vector_sqrt(simd, v), root_factor, epsilon);
            let direction = E::vector_div(simd, m, size);
            [E::vector_mul_add(simd, downhill, direction, E::vector_mul(simd, kept, p)), m, v]
        });
    }
}

impl<E: Element> Optimizer<E> for Adam {
    /// The mean gradient and the mean squared gradient.
    type State<N: ArrayLength> = Two<E, N>;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, Two<E, N>>, step: u64, rate: E) {
        self.step_after_decay(simd, run, step, rate, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::testing::{bits_agree_at_every_level, rate_multiplies_the_learning_rate, run};
    use std::vec;

    #[test]
    fn under_a_constant_gradient_each_step_is_the_learning_rate() {
        // Both corrected means are exact then: m = g and √v = |g|.
        let after = run(Adam::new(0.25).epsilon(0.0), &[0.0, 0.0], &vec![vec![3.0, -1e-4]; 4]);
        for (step, p) in after.iter().enumerate() {
            let way = 0.25 * (step + 1) as f64;
            assert!((p[0] + way).abs() < 1e-12 && (p[1] - way).abs() < 1e-12, "{p:?}");
        }
    }

    #[test]
    fn what_has_no_gradient_stays() {
        assert_eq!(run(Adam::new(0.1), &[5.0], &[vec![0.0]]), [vec![5.0]]);
    }

    #[test]
    fn a_schedule_acts_on_the_learning_rate() {
        rate_multiplies_the_learning_rate(Adam::new(0.5), Adam::new(0.25));
    }

    #[test]
    fn the_bits_are_the_same_at_every_level() {
        bits_agree_at_every_level(Adam::new(0.01));
    }
}
