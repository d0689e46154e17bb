//! Training: what drives a network down its loss.
//!
//! [`Trainer`] is what a program on a computer wants, and [`Learner`] what a microcontroller has room for. Both are made
//! of the same two parts: [`Passes`], which gives the gradient of a run of samples, and [`Descent`], which changes the
//! parameters by it.

mod both;
mod descent;
mod learner;
mod passes;

pub use descent::{Descent, NonFiniteGradient, Update};
pub use learner::{Learner, learner_len};
pub use passes::{Passes, pack, passes_len};

#[cfg(feature = "std")]
mod with_std {
    pub use super::error::TrainError;
    pub use super::evaluator::{Evaluation, Evaluator, predict};
    pub use super::metrics::Metrics;
    pub use super::progress::Progress;
    pub use super::report::{Epoch, Report, Stop};
    pub use super::schedule::{Cosine, Moment, Schedule, StepDecay};
    pub use super::trainer::{Step, Trainer, Verdict};
}

#[cfg(feature = "std")]
pub use with_std::*;

#[cfg(feature = "plot")]
pub use plot::PlotError;

#[cfg(feature = "std")]
pub(crate) mod batch;
#[cfg(feature = "std")]
mod crew;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
mod evaluator;
#[cfg(feature = "std")]
mod fit;
#[cfg(feature = "std")]
mod gather;
#[cfg(feature = "std")]
mod metrics;
#[cfg(feature = "plot")]
mod plot;
#[cfg(feature = "std")]
mod progress;
#[cfg(feature = "std")]
mod report;
#[cfg(feature = "std")]
mod schedule;
#[cfg(feature = "std")]
mod trainer;
