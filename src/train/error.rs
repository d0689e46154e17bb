//! Why training stops short.

/// Why a network could not be trained or evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss of a batch is infinite or not a number.
    #[error(
        "the loss is {loss} in step {step}, epoch {epoch}; the weights are those before that step. A smaller learning \
         rate, a limit to the gradient or inputs of about unit size may help"
    )]
    NonFiniteLoss {
        /// The epoch, from 1.
        epoch: usize,
        /// The step, counted from 1 at the beginning of the training.
        step: u64,
        /// The loss.
        loss: f64,
    },
    /// The loss of a batch is finite, but its gradient is not.
    #[error(
        "the gradient is not finite in step {step}, epoch {epoch}, where the loss is {loss}; the weights are those \
         before that step. A smaller learning rate or inputs of about unit size may help"
    )]
    NonFiniteGradient {
        /// The epoch, from 1.
        epoch: usize,
        /// The step, counted from 1 at the beginning of the training.
        step: u64,
        /// The loss.
        loss: f64,
    },
    /// A data set has no samples.
    #[error("the {data} data hold no samples; at least 1 is needed")]
    NoSamples {
        /// Which data set: `training`, `validation` or `test`.
        data: &'static str,
    },
    /// A setting that must be at least 1 is 0.
    #[error("`{setting}` is 0; it must be at least 1")]
    Zero {
        /// The method that sets it.
        setting: &'static str,
    },
    /// The network ends with a layer that the loss applies itself, so that it would be applied twice.
    #[error(
        "the loss applies `{kind}` itself, and `{network}` ends with it; leave it out of the network, or take the loss \
         that is on probabilities"
    )]
    AppliedTwice {
        /// The name of the network.
        network: &'static str,
        /// The kind of the layer.
        kind: &'static str,
    },
    /// The best weights so far could not be saved.
    #[error("a checkpoint could not be written: {0}")]
    Checkpoint(#[from] crate::io::Error),
    /// The operating system gives no threads.
    #[cfg(feature = "rayon")]
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// What the operating system says.
        reason: rayon::ThreadPoolBuildError,
    },
}
