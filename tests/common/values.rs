//! Random numbers and parameters.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use tintype::parameters::Role;
use tintype::{Element, Parameters};

/// A source of random values.
pub struct Values(Xoshiro256PlusPlus);

impl Values {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A number from `low` to below `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)
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

    /// Gives a network parameters that keep what comes before each activation away from zero, by a tenth or more, as
    /// long as no input exceeds 4: the weights contribute up to 0.9, the biases 1 to either side.
    #[allow(dead_code)]
    pub fn fill_away_from_kinks<E: Element, L: Parameters<E>>(&mut self, network: &mut L) {
        L::LAYOUT.visit(&mut |tensor, _| {
            for value in &mut network.as_mut_slice()[tensor.range()] {
                *value = E::from_f64(match tensor.tensor.role {
                    Role::Weight { fan_in, .. } => self.uniform(-0.9, 0.9) / (4.0 * fan_in as f64),
                    Role::Bias => 1.0_f64.copysign(self.uniform(-1.0, 1.0)),
                    Role::Scale => 1.0,
                    Role::Statistic(start) => start,
                });
            }
        });
    }
}
