//! What a row of the table says of a layer's inputs and mode.

use tintype::layer::{Mode, Randomness};
use tintype::{Element, Shape, Tensor};

use super::values::Values;

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

impl Inputs {
    /// Random samples at which the layer is smooth.
    pub fn batch<S: Shape, E: Element>(self, values: &mut Values, samples: usize) -> Vec<Tensor<S, E>> {
        (0..samples).map(|_| self.sample(values)).collect()
    }

    fn sample<S: Shape, E: Element>(self, values: &mut Values) -> Tensor<S, E> {
        match self {
            Self::Anything => Tensor::from_fn(|_| E::from_f64(values.uniform(-2.0, 2.0))),
            Self::AwayFromZero => Tensor::from_fn(|_| {
                let value = values.uniform(-2.0, 2.0);
                E::from_f64(value + 0.05_f64.copysign(value))
            }),
            Self::Distinct => {
                let mut order: Vec<usize> = (0..S::LEN).collect();
                for last in (1..S::LEN).rev() {
                    order.swap(last, values.uniform(0.0, last as f64 + 1.0) as usize);
                }
                Tensor::from_fn(|index| E::from_f64(order[index] as f64 / 16.0 - 1.0))
            }
        }
    }
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
