//! The settings of a training.

use std::boxed::Box;
use std::path::PathBuf;

use core::ops::ControlFlow;

use super::error::TrainError;
use super::evaluator::{Evaluation, Evaluator};
use super::metrics::Metrics;
use super::progress::Progress;
use super::report::Epoch;
use super::schedule::Schedule;
use crate::clip::Clip;
use crate::data::Dataset;
use crate::losses::Loss;
use crate::network::AsNetwork;
use crate::penalty::Penalty;
use crate::{Network, Seed};

/// A step of a training, as callbacks see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Its number, from 1 at the beginning of the training.
    pub number: u64,
    /// The epoch that it belongs to, from 1.
    pub epoch: usize,
    /// The mean loss of its batch, measured before the step.
    pub loss: f64,
    /// What the optimizer's learning rate was multiplied by.
    pub rate: f64,
}

/// What a callback gives back: nothing, or [`ControlFlow::Break`] to end the training.
pub trait Verdict {
    /// The same as a `ControlFlow`.
    fn into_flow(self) -> ControlFlow<()>;
}

impl Verdict for () {
    fn into_flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Verdict for ControlFlow<()> {
    fn into_flow(self) -> ControlFlow<()> {
        self
    }
}

pub(super) type Callback<'a, T> = Box<dyn FnMut(&T) -> ControlFlow<()> + Send + 'a>;

/// Trains networks.
///
/// A batch is shared out among threads in a way that depends on its size alone, so that weights have the same bits for
/// every number of threads; they follow from the data, the settings and the seed. In a step after the first nothing is
/// allocated, unless the data set or a callback does.
///
/// ```
/// use tintype::data::InMemory;
/// use tintype::prelude::*;
///
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
/// let line = |x: f32| (Tensor::from([x]), Tensor::from([2.0 * x + 1.0]));
/// let data: InMemory<_, _> = (0..100).map(|x| line(x as f32 / 100.0)).collect();
/// let (train, test) = data.split(0.8, Seed(1));
///
/// let mut net = Line::boxed(Seed(7));
/// let report = Trainer::new(MeanSquaredError, Sgd::new(0.5))
///     .epochs(50)
///     .batch_size(16)
///     .fit(&mut net, &train, &test)?;
/// assert!(report.epochs[49].validation.as_ref().unwrap().loss < 1e-3);
/// assert!((net.line.bias[0] - 1.0).abs() < 0.1);
/// # Ok::<(), tintype::train::TrainError>(())
/// ```
pub struct Trainer<'a, L, Opt, M = ()> {
    pub(super) evaluator: Evaluator<L, M>,
    pub(super) optimizer: Opt,
    pub(super) settings: Settings,
    pub(super) schedule: Option<Box<dyn Schedule + Send + Sync + 'a>>,
    pub(super) callbacks: Callbacks<'a>,
}

/// What is called on the way.
#[derive(Default)]
pub(super) struct Callbacks<'a> {
    pub step: Option<Callback<'a, Step>>,
    pub epoch: Option<Callback<'a, Epoch>>,
}

/// When to give up.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyStopping {
    pub patience: usize,
    pub min_delta: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub epochs: usize,
    pub batch_size: usize,
    pub micro_batch: Option<usize>,
    pub shuffle: bool,
    pub seed: Seed,
    pub penalty: Option<Penalty>,
    pub clip: Option<Clip>,
    pub threads: Option<usize>,
    pub stop_below: Option<f64>,
    pub max_steps: Option<u64>,
    pub early_stopping: Option<EarlyStopping>,
    pub checkpoint: Option<PathBuf>,
    pub progress: Progress,
}

impl<L, Opt> Trainer<'_, L, Opt> {
    /// Trains with this loss and this optimizer: one epoch, with shuffled batches of 32 samples, on all cores.
    pub fn new(loss: L, optimizer: Opt) -> Self {
        let settings = Settings {
            epochs: 1,
            batch_size: 32,
            micro_batch: None,
            shuffle: true,
            seed: Seed(0),
            penalty: None,
            clip: None,
            threads: None,
            stop_below: None,
            max_steps: None,
            early_stopping: None,
            checkpoint: None,
            progress: Progress::default(),
        };
        Self { evaluator: Evaluator::new(loss), optimizer, settings, schedule: None, callbacks: Callbacks::default() }
    }
}

impl<'a, L, Opt, M> Trainer<'a, L, Opt, M> {
    /// Takes each sample so many times at most; 1 unless set.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// Takes one step for so many samples, fewer in the last step of an epoch; 32 unless set. An optimizer that wants
    /// the gradient over the whole data set, as [`GradientDescent`](crate::optimizers::GradientDescent) does, takes all
    /// samples for each step in any case.
    #[must_use]
    pub fn batch_size(mut self, samples: usize) -> Self {
        self.settings.batch_size = samples;
        self
    }

    /// Takes at most so many samples through the network together; as many as [`micro_batch`](crate::memory::micro_batch)
    /// says for the network unless set. Fewer need less memory, more are quicker up to a point. Results differ by
    /// rounding alone. Networks whose samples depend on each other, as in batch normalisation, take the whole batch
    /// together.
    #[must_use]
    pub fn micro_batch(mut self, samples: usize) -> Self {
        self.settings.micro_batch = Some(samples);
        self
    }

    /// Whether each epoch takes the samples in another random order, which is so unless set.
    #[must_use]
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.settings.shuffle = shuffle;
        self
    }

    /// Takes the order of the samples, and random decisions of layers, from this seed; `Seed(0)` unless set.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Measures one more metric.
    #[must_use]
    pub fn metric<Metric>(self, metric: Metric) -> Trainer<'a, L, Opt, (M, Metric)> {
        let Self { evaluator, optimizer, settings, schedule, callbacks } = self;
        Trainer { evaluator: evaluator.metric(metric), optimizer, settings, schedule, callbacks }
    }

    /// Makes large weights cost something. The reported losses are without it.
    #[must_use]
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.settings.penalty = Some(penalty);
        self
    }

    /// Limits each number of the gradient to ± `limit`, in place of another limit.
    #[must_use]
    pub fn clip_value(mut self, limit: f64) -> Self {
        self.settings.clip = Some(Clip::Value(limit));
        self
    }

    /// Limits the Euclidean norm of the gradient, in place of another limit.
    #[must_use]
    pub fn clip_norm(mut self, limit: f64) -> Self {
        self.settings.clip = Some(Clip::Norm(limit));
        self
    }

    /// Works on so many threads; on as many as there are cores unless set, and always on one without the feature
    /// `rayon`. They are this training's own, and rest only where there is nothing to share out for a while; work that a callback or a data set
    /// leaves to `rayon` is theirs, and done before the training ends.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = Some(threads);
        self
    }

    /// Ends after the first epoch whose training loss is below `loss`.
    #[must_use]
    pub fn stop_below(mut self, loss: f64) -> Self {
        self.settings.stop_below = Some(loss);
        self
    }

    /// Ends after so many steps.
    #[must_use]
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.settings.max_steps = Some(steps);
        self
    }

    /// Ends when the loss on the validation samples, or on the training samples if there are no others, has not become
    /// lower by more than `min_delta` for `patience` epochs, at least 1. In the end the network has the weights of the best epoch,
    /// whatever ended the training.
    #[must_use]
    pub fn early_stopping(mut self, patience: usize, min_delta: f64) -> Self {
        self.settings.early_stopping = Some(EarlyStopping { patience, min_delta });
        self
    }

    /// Multiplies the learning rate by what `schedule` says, step by step.
    #[must_use]
    pub fn schedule(mut self, schedule: impl Schedule + Send + Sync + 'a) -> Self {
        self.schedule = Some(Box::new(schedule));
        self
    }

    /// Saves the weights to this safetensors file after each epoch that is the best so far, by the loss that
    /// [`early_stopping`](Self::early_stopping) watches.
    ///
    /// To go on from there, [`load`](crate::io::load) the file and call [`fit`](Self::fit) again. The file holds the
    /// weights alone: the optimizer begins afresh, and the first epoch counts as the best so far, so give the new
    /// training another file.
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.checkpoint = Some(path.into());
        self
    }

    /// Calls `callback` after each step. It may return nothing, or [`ControlFlow::Break`] to end the training.
    #[must_use]
    pub fn on_step<V: Verdict>(mut self, mut callback: impl FnMut(&Step) -> V + Send + 'a) -> Self {
        self.callbacks.step = Some(Box::new(move |step| callback(step).into_flow()));
        self
    }

    /// Calls `callback` after each epoch. It may return nothing, or [`ControlFlow::Break`] to end the training.
    #[must_use]
    pub fn on_epoch<V: Verdict>(mut self, mut callback: impl FnMut(&Epoch) -> V + Send + 'a) -> Self {
        self.callbacks.epoch = Some(Box::new(move |epoch| callback(epoch).into_flow()));
        self
    }

    /// What is shown meanwhile; a [`Bar`](Progress::Bar) unless set.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.settings.progress = progress;
        self
    }

    /// The mean loss and metrics of `network` on `data`, measured on all cores.
    ///
    /// # Errors
    /// If there are no samples.
    pub fn evaluate<N, Kind, D>(
        &self,
        network: &impl AsNetwork<Kind, Network = N>,
        data: &D,
    ) -> Result<Evaluation, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
        L: Loss<N::Element, N::Output, D::Target>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        self.evaluator.evaluate(network, data)
    }
}
