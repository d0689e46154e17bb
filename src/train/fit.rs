//! The training loop.

use std::boxed::Box;
use std::time::Instant;
use std::vec::Vec;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use super::batch::{Batches, Task};
use super::crew;
use super::descent::{Descent, Update};
use super::error::TrainError;
use super::evaluator::{Evaluation, Evaluator};
use super::metrics::Metrics;
use super::progress::Display;
use super::report::{Epoch, Report, Stop};
use super::schedule::{Moment, Schedule};
use super::trainer::{Callbacks, Settings, Step, Trainer};
use crate::Network;
use crate::data::Dataset;
use crate::io;
use crate::losses::Loss;
use crate::memory::zeroed_box;
use crate::network::AsNetwork;
use crate::optimizers::Optimizer;

impl<L, Opt, M> Trainer<'_, L, Opt, M> {
    /// Trains `network` on `train`, and measures it on `validation` after each epoch.
    ///
    /// The optimizer begins afresh. An epoch's last batch is smaller where the samples run out.
    ///
    /// # Errors
    /// If a data set is empty, a setting is 0 or the network ends with what the loss applies itself, as in
    /// `Dense(10), Softmax` with [`CrossEntropy`](crate::losses::CrossEntropy), before anything has changed; if a loss or gradient is not finite, with
    /// the weights before that step; if a checkpoint cannot be written; if the system gives no threads.
    pub fn fit<N, Kind, D, V>(
        &mut self,
        network: &mut impl AsNetwork<Kind, Network = N>,
        train: &D,
        validation: &V,
    ) -> Result<Report, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
        V: Dataset<N::Element, Input = N::Input, Target = D::Target> + ?Sized,
        L: Loss<N::Element, N::Output, D::Target>,
        Opt: Optimizer<N::Element>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        self.run(network.as_network_mut(), train, Some(validation))
    }

    /// Trains `network` on `train`, and measures it on nothing else: early stopping and checkpoints go by the training
    /// loss.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_without_validation<N, Kind, D>(
        &mut self,
        network: &mut impl AsNetwork<Kind, Network = N>,
        train: &D,
    ) -> Result<Report, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
        L: Loss<N::Element, N::Output, D::Target>,
        Opt: Optimizer<N::Element>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        self.run(network.as_network_mut(), train, None::<&D>)
    }

    fn run<N, D, V>(&mut self, network: &mut N, train: &D, validation: Option<&V>) -> Result<Report, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
        V: Dataset<N::Element, Input = N::Input, Target = D::Target> + ?Sized,
        L: Loss<N::Element, N::Output, D::Target>,
        Opt: Optimizer<N::Element>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        let Self { evaluator, optimizer, settings, schedule, callbacks } = self;
        settings.check()?;
        // The kind of a layer with an activation fused into it is `Dense, Sigmoid`.
        if let (Some(kind), Some(last)) = (L::APPLIES, N::LAYERS.last())
            && last.kind.rsplit(", ").next() == Some(kind)
        {
            return Err(TrainError::AppliedTwice { network: N::NAME, kind });
        }
        if train.is_empty() {
            return Err(TrainError::NoSamples { data: "training" });
        }
        if validation.is_some_and(Dataset::is_empty) {
            return Err(TrainError::NoSamples { data: "validation" });
        }
        let threads = if cfg!(feature = "rayon") { settings.threads } else { Some(1) };
        let threads = threads.unwrap_or_else(crew::available_threads);
        let (evaluator, optimizer, settings) = (&*evaluator, &*optimizer, &*settings);
        let schedule = schedule.as_deref();
        let work = || {
            let session = Session { evaluator, optimizer, settings, schedule, train, validation, threads };
            session.run(network, callbacks)
        };
        crew::with_threads(threads, work)
    }
}

impl Settings {
    fn check(&self) -> Result<(), TrainError> {
        let zero = |setting| Err(TrainError::Zero { setting });
        match self {
            Self { epochs: 0, .. } => zero("epochs"),
            Self { batch_size: 0, .. } => zero("batch_size"),
            Self { micro_batch: Some(0), .. } => zero("micro_batch"),
            Self { threads: Some(0), .. } => zero("threads"),
            Self { max_steps: Some(0), .. } => zero("max_steps"),
            _ => Ok(()),
        }
    }
}

/// All that does not change while a network is trained.
struct Session<'s, 'a, L, Opt, M, D: ?Sized, V: ?Sized> {
    evaluator: &'s Evaluator<L, M>,
    optimizer: &'s Opt,
    settings: &'s Settings,
    schedule: Option<&'s (dyn Schedule + Send + Sync + 'a)>,
    train: &'s D,
    validation: Option<&'s V>,
    threads: usize,
}

/// All that changes from step to step besides the network, allocated before the first.
struct State<N: Network, Opt: Optimizer<N::Element>, T> {
    descent: Box<Descent<N, Opt>>,
    batches: Batches<N, T>,
    order: Vec<usize>,
    /// The sums of the metrics over the epoch so far.
    metrics: Vec<f64>,
    step_losses: Vec<f64>,
}

impl<L, Opt, M, D: ?Sized, V: ?Sized> Session<'_, '_, L, Opt, M, D, V> {
    fn run<N>(&self, network: &mut N, callbacks: &mut Callbacks<'_>) -> Result<Report, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input>,
        V: Dataset<N::Element, Input = N::Input, Target = D::Target>,
        L: Loss<N::Element, N::Output, D::Target>,
        Opt: Optimizer<N::Element>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        let settings = self.settings;
        let samples = self.train.len();
        let batch_size = if Opt::FULL_BATCH { samples } else { settings.batch_size.min(samples) };
        let mut state = State {
            descent: zeroed_box::<Descent<N, Opt>>(),
            batches: Batches::new(batch_size, settings.micro_batch, self.threads, M::COUNT),
            order: (0..samples).collect(),
            metrics: std::vec![0.0; M::COUNT],
            step_losses: Vec::new(),
        };
        let mut names = Vec::with_capacity(M::COUNT);
        self.evaluator.metrics.names(&mut names);
        let mut best = Best::default();
        let mut display = Display::new(settings.progress, settings.epochs);
        let mut epochs = Vec::new();
        let mut stop = None;
        for number in 1..=settings.epochs {
            let clock = Instant::now();
            display.begin(number, samples.div_ceil(batch_size));
            let mut watch = |step: &Step, mean: f64| {
                display.step(mean);
                callbacks.step.as_mut().is_some_and(|callback| callback(step).is_break())
            };
            let taken = self.epoch(number, batch_size, network, &mut state, &mut watch)?;
            let training_seconds = clock.elapsed().as_secs_f64();
            let training = Evaluation::from_sums(&names, taken.loss, &state.metrics, taken.samples);
            let validation = self.validation.map(|data| self.evaluator.evaluate_on(self.threads, network, data));
            let seconds = clock.elapsed().as_secs_f64();
            let epoch = Epoch { number, training, validation, rate: taken.rate, seconds, training_seconds };
            display.end(&epoch);
            // The callback sees the epoch even if a step has ended the training.
            let verdict = self.verdict(&epoch, callbacks);
            stop = taken.stop.or(verdict);
            let gave_up = best.see(&epoch, network, settings)?;
            epochs.push(epoch);
            stop = stop.or(gave_up.then_some(Stop::Early));
            if stop.is_some() {
                break;
            }
        }
        best.restore(network);
        let stop = stop.unwrap_or(Stop::Epochs);
        Ok(Report { epochs, step_losses: state.step_losses, best_epoch: best.epoch, stop })
    }

    /// Whether the epoch's numbers or the callback end the training.
    fn verdict(&self, epoch: &Epoch, callbacks: &mut Callbacks<'_>) -> Option<Stop> {
        let broken = callbacks.epoch.as_mut().is_some_and(|callback| callback(epoch).is_break());
        let below = self.settings.stop_below.is_some_and(|threshold| epoch.training.loss < threshold);
        if below { Some(Stop::BelowLoss) } else { broken.then_some(Stop::Callback) }
    }

    fn epoch<N>(
        &self,
        number: usize,
        batch_size: usize,
        network: &mut N,
        state: &mut State<N, Opt, D::Target>,
        watch: &mut dyn FnMut(&Step, f64) -> bool,
    ) -> Result<Taken, TrainError>
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input>,
        L: Loss<N::Element, N::Output, D::Target>,
        Opt: Optimizer<N::Element>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        let Settings { shuffle, seed, penalty, clip, max_steps, epochs, .. } = *self.settings;
        let State { descent, batches, order, metrics, step_losses } = state;
        if shuffle {
            order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed.part(0).part(number).0));
        }
        step_losses.reserve(order.len().div_ceil(batch_size));
        metrics.fill(0.0);
        let mut taken = Taken { loss: 0.0, samples: 0, rate: 1.0, stop: None };
        for indices in order.chunks(batch_size) {
            let step = descent.steps() + 1;
            let done = taken.samples as f64 / order.len() as f64;
            let now = Moment { step, epochs: (number - 1) as f64 + done, of_epochs: epochs };
            taken.rate = self.schedule.map_or(1.0, |schedule| schedule.factor(&now));
            let Evaluator { loss, metrics: measures } = self.evaluator;
            let task = Task { network: &*network, data: self.train, loss, metrics: measures };
            let key = seed.part(1).part(step as usize).0;
            let sum = batches.gradient(&task, indices, key, metrics);
            let loss = sum / indices.len() as f64;
            if !loss.is_finite() {
                return Err(TrainError::NonFiniteLoss { epoch: number, step, loss });
            }
            let update = Update { optimizer: self.optimizer, rate: taken.rate, penalty, clip };
            descent
                .step_on(self.threads, network, batches.result(), &update)
                .map_err(|_| TrainError::NonFiniteGradient { epoch: number, step, loss })?;
            taken.loss += sum;
            taken.samples += indices.len();
            step_losses.push(loss);
            let view = Step { number: step, epoch: number, loss, rate: taken.rate };
            if watch(&view, taken.loss / taken.samples as f64) {
                taken.stop = Some(Stop::Callback);
            } else if max_steps.is_some_and(|most| step >= most) {
                taken.stop = Some(Stop::MaxSteps);
            }
            if taken.stop.is_some() {
                break;
            }
        }
        Ok(taken)
    }
}

/// What an epoch of steps comes to.
struct Taken {
    loss: f64,
    samples: usize,
    rate: f64,
    stop: Option<Stop>,
}

/// The best epoch so far.
struct Best<N> {
    epoch: Option<usize>,
    loss: f64,
    /// Its weights, if they are to be restored.
    weights: Option<Box<N>>,
    /// The epochs since.
    since: usize,
}

impl<N> Default for Best<N> {
    fn default() -> Self {
        Self { epoch: None, loss: f64::INFINITY, weights: None, since: 0 }
    }
}

impl<N: Network> Best<N> {
    /// Takes note of an epoch, and gives whether patience is at its end.
    fn see(&mut self, epoch: &Epoch, network: &N, settings: &Settings) -> Result<bool, TrainError> {
        let loss = epoch.watched_loss();
        if loss < self.loss - settings.early_stopping.map_or(0.0, |early| early.min_delta) {
            self.epoch = Some(epoch.number);
            self.loss = loss;
            self.since = 0;
            if settings.early_stopping.is_some() {
                let weights = self.weights.get_or_insert_with(zeroed_box);
                weights.as_mut_slice().copy_from_slice(network.as_slice());
            }
            if let Some(path) = &settings.checkpoint {
                io::save(network, path)?;
            }
        } else {
            self.since += 1;
        }
        Ok(settings.early_stopping.is_some_and(|early| self.since >= early.patience.max(1)))
    }

    fn restore(&self, network: &mut N) {
        if let Some(weights) = &self.weights {
            network.as_mut_slice().copy_from_slice(weights.as_slice());
        }
    }
}
