//! Stochastic gradient descent.

use generic_array::ArrayLength;
use pulp::Simd;

use super::subnormal::mean_or_zero;
use super::{One, Optimizer, Run};
use crate::Element;
use crate::kernels::elementwise::elementwise;

/// Stochastic gradient descent: `p ← p - η g`, with the learning rate `η`.
///
/// It remembers nothing. [`momentum`](Self::momentum) makes it the [`SgdMomentum`] that does.
///
/// ```
/// use tintype::optimizers::Sgd;
/// let plain = Sgd::new(0.1);
/// let nesterov = Sgd::new(0.1).momentum(0.9).nesterov();
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate.
    pub learning_rate: f64,
}

impl Sgd {
    /// Descent with this learning rate.
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate }
    }

    /// With momentum, which is usually 0.9.
    #[must_use]
    pub const fn momentum(self, momentum: f64) -> SgdMomentum {
        SgdMomentum { learning_rate: self.learning_rate, momentum, nesterov: false }
    }
}

impl<E: Element> Optimizer<E> for Sgd {
    type State<N: ArrayLength> = ();

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, ()>, _: u64, rate: E) {
        descend(simd, E::from_f64(self.learning_rate) * rate, run);
    }
}

/// `p ← p - rate · g`
#[inline(always)]
pub(super) fn descend<S: Simd, E: Element>(simd: S, rate: E, run: Run<'_, E, ()>) {
    let downhill = E::splat(simd, -rate);
    elementwise!(simd, [run.parameters], [run.gradient], |[p], [g]| { [E::vector_mul_add(simd, downhill, g, p)] });
}

/// Stochastic gradient descent with momentum `μ`: `v ← μ v + g`, `p ← p - η v` (Polyak, 1964), and after
/// [`nesterov`](Self::nesterov) `p ← p - η (g + μ v)` (Nesterov, 1983).
///
/// The formulas are those of PyTorch's `SGD` without dampening; the learning rate is outside of the velocity `v`, so a
/// schedule acts at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdMomentum {
    /// The learning rate.
    pub learning_rate: f64,
    /// The share of the velocity that is kept from step to step.
    pub momentum: f64,
    /// Whether the step looks ahead along the velocity.
    pub nesterov: bool,
}

impl SgdMomentum {
    /// With Nesterov's look ahead.
    #[must_use]
    pub const fn nesterov(self) -> Self {
        Self { nesterov: true, ..self }
    }
}

impl<E: Element> Optimizer<E> for SgdMomentum {
    type State<N: ArrayLength> = One<E, N>;

    #[inline(always)]
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, One<E, N>>, _: u64, rate: E) {
        let downhill = E::splat(simd, -(E::from_f64(self.learning_rate) * rate));
        let momentum = E::splat(simd, E::from_f64(self.momentum));
        elementwise!(simd, [run.parameters, run.state], [run.gradient], |[p, v], [g]| {
            let v = mean_or_zero::<S, E>(simd, E::vector_mul_add(simd, momentum, v, g));
            let direction = if self.nesterov { E::vector_mul_add(simd, momentum, v, g) } else { v };
            [E::vector_mul_add(simd, downhill, direction, p), v]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::testing::{bits_agree_at_every_level, rate_multiplies_the_learning_rate, run};
    use std::vec;

    #[test]
    fn a_plain_step_goes_downhill() {
        assert_eq!(run(Sgd::new(0.5), &[1.0, 2.0], &[vec![2.0, -4.0]]), [vec![0.0, 4.0]]);
    }

    #[test]
    fn a_constant_gradient_gathers_speed() {
        // v: 1, 1 + 1/2, 1 + 1/2 + 1/4
        let after = run(Sgd::new(1.0).momentum(0.5), &[0.0], &vec![vec![1.0]; 3]);
        assert_eq!(after, [vec![-1.0], vec![-2.5], vec![-4.25]]);
    }

    #[test]
    fn nesterov_is_one_step_ahead() {
        // g + v/2: 1.5, 1.75
        let after = run(Sgd::new(1.0).momentum(0.5).nesterov(), &[0.0], &vec![vec![1.0]; 2]);
        assert_eq!(after, [vec![-1.5], vec![-3.25]]);
    }

    #[test]
    fn a_schedule_acts_on_the_learning_rate() {
        rate_multiplies_the_learning_rate(Sgd::new(0.5), Sgd::new(0.25));
        rate_multiplies_the_learning_rate(Sgd::new(0.5).momentum(0.9), Sgd::new(0.25).momentum(0.9));
    }

    #[test]
    fn the_bits_are_the_same_at_every_level() {
        bits_agree_at_every_level(Sgd::new(0.1));
        bits_agree_at_every_level(Sgd::new(0.1).momentum(0.9));
        bits_agree_at_every_level(Sgd::new(0.1).momentum(0.9).nesterov());
    }
}
