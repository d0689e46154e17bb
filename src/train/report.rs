//! What there is to say of a training.

use std::vec::Vec;

use super::evaluator::Evaluation;

/// One epoch of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// The means over the training samples, each measured in the step that took it: in training mode, with weights that
    /// moved meanwhile, and without the penalty.
    pub training: Evaluation,
    /// The means over the validation samples, with the weights at the end of the epoch.
    pub validation: Option<Evaluation>,
    /// What the optimizer's learning rate was multiplied by in the last step.
    pub rate: f64,
    /// How long it took, validation included.
    pub seconds: f64,
}

impl Epoch {
    /// The loss that tells whether the epoch is the best so far: on the validation samples if there are some.
    pub fn watched_loss(&self) -> f64 {
        self.validation.as_ref().unwrap_or(&self.training).loss
    }
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// All epochs are over.
    Epochs,
    /// The largest number of steps is reached.
    MaxSteps,
    /// The training loss of an epoch is below the threshold.
    BelowLoss,
    /// The watched loss has not improved for as many epochs as patience lasted.
    Early,
    /// A callback asked for it.
    Callback,
}

/// Every number of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The epochs in their order.
    pub epochs: Vec<Epoch>,
    /// The mean loss of each batch, measured before the step that it led to.
    pub step_losses: Vec<f64>,
    /// The number, from 1, of the epoch with the lowest watched loss.
    pub best_epoch: Option<usize>,
    /// Why it ended.
    pub stop: Stop,
}
