//! RMSprop.

use generic_array::ArrayLength;
use pulp::Simd;

use super::subnormal::{mean_or_zero, mean_square};
use super::{One, Optimizer, Run, Two};
use crate::Element;
use crate::kernels::elementwise::elementwise;

/// RMSprop (Tieleman and Hinton, 2012): `v ← α v + (1 - α) g²`, `p ← p - η g / (√v + ε)`.
///
/// The place of `ε` is PyTorch's, outside of the root. [`momentum`](Self::momentum) makes it a [`RmsPropMomentum`].
///
/// To the mean square 1e-36 (`f64`: 1e-300) is added in each step, which an `ε` of zero alone could feel.
///
/// ```
/// use tintype::optimizers::RmsProp;
/// let plain = RmsProp::new(1e-2);
/// assert_eq!((plain.alpha, plain.epsilon), (0.99, 1e-8));
/// let quick = RmsProp::new(1e-3).alpha(0.9).momentum(0.9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// The learning rate.
    pub learning_rate: f64,
    /// The share of the mean squared gradient that is kept from step to step.
    pub alpha: f64,
    /// What keeps the quotient finite where the gradient has always been zero.
    pub epsilon: f64,
}

/// [`RmsProp`] with momentum `μ`: `b ← μ b + g / (√v + ε)`, `p ← p - η b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropMomentum {
    /// What scales the gradient.
    pub rms_prop: RmsProp,
    /// The share of the velocity `b` that is kept from step to step.
    pub momentum: f64,
}

impl RmsProp {
    /// RMSprop with this learning rate, `α` = 0.99 and `ε` = 1e-8.
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, alpha: 0.99, epsilon: 1e-8 }
    }

    /// With another `α`; Keras' default is 0.9.
    #[must_use]
    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// With another `ε`.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// With momentum.
    #[must_use]
    pub const fn momentum(self, momentum: f64) -> RmsPropMomentum {
        RmsPropMomentum { rms_prop: self, momentum }
    }

    /// The new mean square, and the gradient over its root.
    #[inline(always)]
    fn scaled<S: Simd, E: Element>(
        &self,
        simd: S,
        square: E::Vector<S>,
        gradient: E::Vector<S>,
    ) -> (E::Vector<S>, E::Vector<S>) {
        let number = |x: f64| E::splat(simd, E::from_f64(x));
        let square = mean_square::<S, E>(simd, (number(self.alpha), square), (number(1.0 - self.alpha), gradient));
        let size = E::vector_add(simd, E::vector_sqrt(simd, square), number(self.epsilon));
        (square, E::vector_div(simd, gradient, size))
    }
}

impl<E: Element> Optimizer<E> for RmsProp {
    /// The mean squared gradient.
    type State<N: ArrayLength> = One<E, N>;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, One<E, N>>, _: u64, rate: E) {
        let downhill = E::splat(simd, -(E::from_f64(self.learning_rate) * rate));
        elementwise!(simd, [run.parameters, run.state], [run.gradient], |[p, square], [g]| {
            let (square, direction) = self.scaled::<S, E>(simd, square, g);
            [E::vector_mul_add(simd, downhill, direction, p), square]
        });
    }
}

impl<E: Element> Optimizer<E> for RmsPropMomentum {
    /// The mean squared gradient and the velocity.
    type State<N: ArrayLength> = Two<E, N>;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, Two<E, N>>, _: u64, rate: E) {
        let downhill = E::splat(simd, -(E::from_f64(self.rms_prop.learning_rate) * rate));
        let momentum = E::splat(simd, E::from_f64(self.momentum));
        let [squares, velocities] = run.state;
        elementwise!(simd, [run.parameters, squares, velocities], [run.gradient], |[p, square, velocity], [g]| {
            let (square, direction) = self.rms_prop.scaled::<S, E>(simd, square, g);
            let velocity = mean_or_zero::<S, E>(simd, E::vector_mul_add(simd, momentum, velocity, direction));
            [E::vector_mul_add(simd, downhill, velocity, p), square, velocity]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::testing::{bits_agree_at_every_level, rate_multiplies_the_learning_rate, run};
    use std::vec;

    #[test]
    fn the_first_step_does_not_depend_on_the_size_of_the_gradient() {
        // √v is then √(1 - α) |g|.
        let after = run(RmsProp::new(0.1).alpha(0.75).epsilon(0.0), &[0.0, 0.0], &[vec![100.0, -0.01]]);
        assert!((after[0][0] + 0.2).abs() < 1e-12 && (after[0][1] - 0.2).abs() < 1e-12, "{after:?}");
    }

    #[test]
    fn without_momentum_both_kinds_agree() {
        let gradients = [vec![1.0, -0.3], vec![0.2, 0.1]];
        let plain = run(RmsProp::new(0.1), &[1.0, 2.0], &gradients);
        assert_eq!(run(RmsProp::new(0.1).momentum(0.0), &[1.0, 2.0], &gradients), plain);
    }

    #[test]
    fn a_schedule_acts_on_the_learning_rate() {
        rate_multiplies_the_learning_rate(RmsProp::new(0.5), RmsProp::new(0.25));
        rate_multiplies_the_learning_rate(RmsProp::new(0.5).momentum(0.9), RmsProp::new(0.25).momentum(0.9));
    }

    #[test]
    fn the_bits_are_the_same_at_every_level() {
        bits_agree_at_every_level(RmsProp::new(0.01));
        bits_agree_at_every_level(RmsProp::new(0.01).momentum(0.9));
    }
}
