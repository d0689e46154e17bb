//! Random inputs and parameters.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use tintype::layer::{Mode, Randomness};
use tintype::parameters::Role;
use tintype::{Element, Parameters, Shape, Tensor};

/// Where a layer is smooth.
#[derive(Clone, Copy, Debug)]
pub enum Inputs {
    /// Everywhere.
    Anything,
    /// Not at zero.
    AwayFromZero,
    /// Not where two elements of a sample are equal.
    Distinct,
}

/// What a pass is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Inference,
    Training,
}

impl Purpose {
    pub fn mode(self, seed: u64) -> Mode {
        match self {
            Self::Inference => Mode::Inference,
            Self::Training => Mode::Training(Randomness { key: seed, first_sample: 5 }),
        }
    }
}

/// A source of random values.
pub struct Values(Xoshiro256PlusPlus);

impl Values {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number from `low` to `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    pub fn batch<S: Shape, E: Element>(&mut self, samples: usize, inputs: Inputs) -> Vec<Tensor<S, E>> {
        (0..samples).map(|_| self.sample(inputs)).collect()
    }

    fn sample<S: Shape, E: Element>(&mut self, inputs: Inputs) -> Tensor<S, E> {
        match inputs {
            Inputs::Anything => Tensor::from_fn(|_| E::from_f64(self.uniform(-2.0, 2.0))),
            Inputs::AwayFromZero => Tensor::from_fn(|_| {
                let value = self.uniform(-2.0, 2.0);
                E::from_f64(value + 0.05_f64.copysign(value))
            }),
            Inputs::Distinct => {
                let mut order: Vec<usize> = (0..S::LEN).collect();
                for last in (1..S::LEN).rev() {
                    order.swap(last, (self.0.next_u64() % (last as u64 + 1)) as usize);
                }
                Tensor::from_fn(|index| E::from_f64(order[index] as f64 / 16.0 - 1.0))
            }
        }
    }

    /// Gives a layer parameters of sensible size.
    pub fn fill<E: Element, L: Parameters<E>>(&mut self, layer: &mut L) {
        L::LAYOUT.visit(&mut |tensor, _| {
            for value in &mut layer.as_mut_slice()[tensor.range()] {
                *value = E::from_f64(match tensor.tensor.role {
                    Role::Weight { fan_in, .. } => self.uniform(-1.0, 1.0) / (fan_in as f64).sqrt(),
                    Role::Bias => self.uniform(-0.5, 0.5),
                    Role::Scale => self.uniform(0.5, 1.5),
                    Role::Statistic(start) => start + self.uniform(-0.5, 0.5),
                });
            }
        });
    }
}
