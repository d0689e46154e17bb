//! What the tests of the optimizers share.

use std::vec::Vec;

use bytemuck::Zeroable;
use pulp::Simd;
use typenum::U37;

use super::{Optimizer, Run, State};
use crate::Element;
use crate::simd::{Work, at_every_level};

#[derive(Clone, Copy)]
struct Steps<'a, P, E> {
    optimizer: P,
    initial: &'a [E],
    gradients: &'a [Vec<E>],
    range: (usize, usize),
    rate: E,
}

impl<E: Element, P: Optimizer<E>> Work for Steps<'_, P, E> {
    type Output = Vec<Vec<E>>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut parameters = self.initial.to_vec();
        let range = self.range.0..self.range.1;
        let mut after = Vec::new();
        let mut state = P::State::<U37>::zeroed();
        for (step, gradient) in (1..).zip(self.gradients) {
            let run = Run {
                parameters: &mut parameters[range.clone()],
                gradient: &gradient[range.clone()],
                state: state.run(range.clone()),
            };
            self.optimizer.step::<S, U37>(simd, run, step, self.rate);
            after.push(parameters.clone());
        }
        after
    }
}

/// The parameters, 37 at most, after each of the steps with these gradients.
pub fn run<P: Optimizer<f64>>(optimizer: P, initial: &[f64], gradients: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let range = (0, initial.len());
    crate::simd::dispatch(Steps { optimizer, initial, gradients, range, rate: 1.0 })
}

/// Checks that half the rate is half the learning rate: `slow` is `optimizer` with that.
pub fn rate_multiplies_the_learning_rate<P: Optimizer<f64> + Copy>(optimizer: P, slow: P) {
    let (initial, gradients) = ([1.0, -2.0], [[0.5, 1.0].to_vec(), [-0.25, 2.0].to_vec()]);
    let steps = Steps { optimizer, initial: &initial, gradients: &gradients, range: (0, 2), rate: 0.5 };
    let found = crate::simd::dispatch(steps);
    assert_eq!(found, run(slow, &initial, &gradients));
    assert_ne!(found, run(optimizer, &initial, &gradients));
}

/// Checks that some steps give the same bits at every SIMD level and leave what is outside of their range.
pub fn bits_agree_at_every_level<P: Optimizer<f32> + Copy>(optimizer: P) {
    let wave = |seed: usize| (0..37).map(|i| ((i * i + 7 * seed) % 23) as f32 / 7.0 - 1.5).collect::<Vec<_>>();
    let (initial, gradients) = (wave(0), [wave(1), wave(2), wave(3)]);
    let range = (3, 34);
    let results = at_every_level(Steps { optimizer, initial: &initial, gradients: &gradients, range, rate: 1.0 });
    for (level, result) in &results {
        for (step, parameters) in result.iter().enumerate() {
            for (index, (p, first)) in parameters.iter().zip(&results[0].1[step]).enumerate() {
                assert_eq!(p.to_bits(), first.to_bits(), "{level}: parameter {index} after step {step}");
                let outside = !(range.0..range.1).contains(&index);
                assert!(!outside || *p == initial[index], "{level}: parameter {index} after step {step}");
            }
        }
    }
}
