//! Learning rates that change with time.

/// Where in the training a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The number of the step, from 1.
    pub step: u64,
    /// The time in epochs since the beginning: 2.5 in the middle of the third epoch.
    pub epochs: f64,
    /// How many epochs the training has at most.
    pub of_epochs: usize,
}

/// What the optimizer's learning rate is multiplied by, step by step.
///
/// A closure is a schedule too: `|now: &Moment| (now.step as f64 / 100.0).min(1.0)` warms up.
///
/// ```
/// use tintype::train::{Cosine, Moment, Schedule};
/// let middle = Moment { step: 51, epochs: 5.0, of_epochs: 10 };
/// assert!((Cosine.factor(&middle) - 0.5).abs() < 1e-12);
/// ```
pub trait Schedule {
    /// The factor for the step at this moment.
    fn factor(&self, now: &Moment) -> f64;
}

impl<F: Fn(&Moment) -> f64> Schedule for F {
    fn factor(&self, now: &Moment) -> f64 {
        self(now)
    }
}

/// Multiplies by `factor` after every `epochs` epochs: PyTorch's `StepLR`.
///
/// ```
/// use tintype::train::{Moment, Schedule, StepDecay};
/// let halved = StepDecay { epochs: 3, factor: 0.5 };
/// assert_eq!(halved.factor(&Moment { step: 1, epochs: 7.9, of_epochs: 10 }), 0.25);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// How many epochs one factor holds; 0 counts as 1.
    pub epochs: usize,
    /// What the rate is multiplied by then.
    pub factor: f64,
}

impl Schedule for StepDecay {
    fn factor(&self, now: &Moment) -> f64 {
        libm::pow(self.factor, libm::floor(now.epochs / self.epochs.max(1) as f64))
    }
}

/// From 1 to 0 along half a cosine, `(1 + cos(π t)) / 2` with `t` the part of the training that is over (Loshchilov and
/// Hutter, 2017, without restarts).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cosine;

impl Schedule for Cosine {
    fn factor(&self, now: &Moment) -> f64 {
        let over = (now.epochs / now.of_epochs.max(1) as f64).min(1.0);
        0.5 * (1.0 + libm::cos(core::f64::consts::PI * over))
    }
}
