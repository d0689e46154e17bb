//! Batch normalisation.

use bytemuck::Zeroable;

use crate::parameters::{Layout, ParameterTensor, Role};
use crate::shape::Text;
use crate::shape::window::Place;
use crate::{Element, Parameters};

mod passes;

/// Batch normalisation (Ioffe and Szegedy, 2015) of the `C` channels of the last axis, with the conventions of Keras:
/// `y = γ (x - mean) / √(variance + epsilon) + β`.
///
/// In training, mean and variance (divided by the number of values, not by one less) are those of each channel over all
/// samples that the pass is given and over all other axes, so the samples of a batch go through together. For inference
/// they are the running ones, which [`update_statistics`](Parameters::update_statistics) moves after each step to
/// `momentum · running + (1 - momentum) · batch`.
///
/// The backward pass leaves mean and variance of the batch in `running_mean` and `running_variance` of the gradient, in
/// place of what was there. `EPSILON` and `MOMENTUM` hold the bits of an `f64`, by default of 0.001 and 0.99.
///
/// ```
/// use tintype::layers::BatchNorm;
/// type Default = BatchNorm<f32, 64>;
/// type Quick = BatchNorm<f32, 64, { 1e-5_f64.to_bits() }, { 0.9_f64.to_bits() }>;
/// ```
#[derive(Clone, Debug)]
#[repr(C)]
pub struct BatchNorm<
    E,
    const C: usize,
    const EPSILON: u64 = { 0.001_f64.to_bits() },
    const MOMENTUM: u64 = { 0.99_f64.to_bits() },
> {
    /// The factors γ.
    pub gamma: [E; C],
    /// The offsets β.
    pub beta: [E; C],
    /// The means for inference.
    pub running_mean: [E; C],
    /// The variances for inference.
    pub running_variance: [E; C],
}

// SAFETY: arrays of elements, for which all bits zero is a value.
unsafe impl<E: Element, const C: usize, const EPSILON: u64, const MOMENTUM: u64> Zeroable
    for BatchNorm<E, C, EPSILON, MOMENTUM>
{
}
// SAFETY: `repr(C)` over four arrays of `E`, so there is no padding; the layout names all four.
unsafe impl<E: Element, const C: usize, const EPSILON: u64, const MOMENTUM: u64> Parameters<E>
    for BatchNorm<E, C, EPSILON, MOMENTUM>
{
    const LAYOUT: Layout = Layout::Tensors(&[
        ParameterTensor { name: "gamma", axes: &[C], role: Role::Scale },
        ParameterTensor { name: "beta", axes: &[C], role: Role::Bias },
        ParameterTensor { name: "running_mean", axes: &[C], role: Role::Statistic(0.0) },
        ParameterTensor { name: "running_variance", axes: &[C], role: Role::Statistic(1.0) },
    ]);

    #[inline(always)]
    fn update_statistics(&mut self, gradient: &Self) {
        // Written as a step towards the batch's value, so that a step of no length changes no bit.
        let step = E::from_f64(1.0 - f64::from_bits(MOMENTUM));
        let running = self.running_mean.iter_mut().chain(&mut self.running_variance);
        let batch = gradient.running_mean.iter().chain(&gradient.running_variance);
        for (running, batch) in running.zip(batch) {
            *running += step * (*batch - *running);
        }
    }
}

/// Reports an epsilon that does not keep the division from overflowing.
///
/// # Panics
/// If `epsilon` is not positive and finite.
#[track_caller]
pub const fn check_epsilon(place: Place, epsilon: f64) {
    let found = if epsilon > 0.0 && epsilon.is_finite() {
        return;
    } else if epsilon == 0.0 {
        "0, by which a channel without variance would be divided"
    } else if epsilon < 0.0 {
        "a negative one"
    } else {
        "one that is not finite"
    };
    Text::new()
        .layer(place.layer)
        .str(" wants an epsilon above 0, 0.001 for instance, but is given ")
        .str(found)
        .report();
}

/// Reports a momentum that lets the running statistics stand still or run away.
///
/// # Panics
/// If `momentum` is not at least 0 and less than 1.
#[track_caller]
pub const fn check_momentum(place: Place, momentum: f64) {
    let found = if momentum >= 0.0 && momentum < 1.0 {
        return;
    } else if momentum < 0.0 {
        "a negative one"
    } else if momentum >= 1.0 {
        "one of 1 or more, with which they would never follow the data"
    } else {
        "one that is not a number"
    };
    Text::new()
        .layer(place.layer)
        .str(
            " wants a momentum from 0 to below 1, the share of the running statistics that stays at each step, but is ",
        )
        .str("given ")
        .str(found)
        .report();
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { layer: "norm", source: "`conv` gives" };

    #[test]
    fn statistics_move_by_the_share_that_does_not_stay() {
        let mut layer = BatchNorm::<f64, 2, { 0.001_f64.to_bits() }, { 0.75_f64.to_bits() }> {
            gamma: [1.0; 2],
            beta: [0.0; 2],
            running_mean: [0.0, 4.0],
            running_variance: [1.0, 8.0],
        };
        let mut gradient = BatchNorm::zeroed();
        gradient.running_mean = [8.0, 4.0];
        gradient.running_variance = [9.0, 0.0];
        layer.update_statistics(&gradient);
        assert_eq!((layer.running_mean, layer.running_variance), ([2.0, 4.0], [3.0, 6.0]));
        assert_eq!((layer.gamma, layer.beta), ([1.0; 2], [0.0; 2]));
    }

    #[test]
    fn the_usual_constants_are_fine() {
        check_epsilon(PLACE, 1e-5);
        check_momentum(PLACE, 0.0);
        check_momentum(PLACE, 0.99);
    }

    #[test]
    #[should_panic(expected = "layer `norm` wants an epsilon above 0, 0.001 for instance, but is given 0")]
    fn an_epsilon_of_zero_is_reported() {
        check_epsilon(PLACE, 0.0);
    }

    #[test]
    #[should_panic(expected = "given one of 1 or more, with which they would never follow the data")]
    fn a_momentum_of_one_is_reported() {
        check_momentum(PLACE, 1.0);
    }
}
