//! How good a network is, and what it says.

use std::vec::Vec;

use super::batch::WORTH_A_THREAD;
use super::crew::{available_threads, share};
use super::error::TrainError;
use super::metrics::Metrics;
use super::report::Short;
use crate::data::Dataset;
use crate::losses::{self, Loss};
use crate::memory::{Buffer, micro_batch};
use crate::network::{AsNetwork, inference_len};
use crate::tensor::{elements_mut, tensors_mut};
use crate::{Element, Network, Shape, Tensor};

/// The samples whose losses are added up by themselves, so that the sum does not depend on the threads.
const BLOCK: usize = 64;

/// What a network is worth on some data.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss.
    pub loss: f64,
    /// The metrics' names and their means, in the order in which they were asked for.
    pub metrics: Vec<(&'static str, f64)>,
}

impl Evaluation {
    /// The metric with this name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The means of sums over `samples`.
    pub(super) fn from_sums(names: &[&'static str], loss: f64, metrics: &[f64], samples: usize) -> Self {
        let count = samples.max(1) as f64;
        let metrics = names.iter().zip(metrics).map(|(name, sum)| (*name, sum / count)).collect();
        Self { loss: loss / count, metrics }
    }
}

impl core::fmt::Display for Evaluation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "loss {}", Short(self.loss))?;
        self.metrics.iter().try_for_each(|(name, value)| write!(f, ", {name} {}", Short(*value)))
    }
}

/// Measures networks by a loss and any number of metrics.
///
/// ```
/// use tintype::data::InMemory;
/// use tintype::prelude::*;
/// use tintype::train::Evaluator;
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
///
/// let mut net = Line::boxed(Seed(1));
/// net.line.weight = [[2.0]];
/// let pairs = [(1.0, 2.0), (2.0, 5.0)].map(|(x, y)| (Tensor::from([x]), Tensor::from([y])));
/// let data: InMemory<_, _> = pairs.into_iter().collect();
/// let evaluation = Evaluator::new(MeanSquaredError).metric(MeanAbsoluteError).evaluate(&net, &data)?;
/// assert_eq!((evaluation.loss, evaluation.metric("mean_absolute_error")), (0.5, Some(0.5)));
/// # Ok::<(), tintype::train::TrainError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Evaluator<L, M = ()> {
    pub(super) loss: L,
    pub(super) metrics: M,
}

impl<L> Evaluator<L> {
    /// Measures by `loss` alone.
    pub const fn new(loss: L) -> Self {
        Self { loss, metrics: () }
    }
}

impl<L, M> Evaluator<L, M> {
    /// Measures by one more metric.
    #[must_use]
    pub fn metric<Metric>(self, metric: Metric) -> Evaluator<L, (M, Metric)> {
        Evaluator { loss: self.loss, metrics: (self.metrics, metric) }
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
        if data.is_empty() {
            return Err(TrainError::NoSamples { data: "test" });
        }
        Ok(self.evaluate_on(available_threads(), network.as_network(), data))
    }

    /// The same on so many threads.
    pub(super) fn evaluate_on<N, D>(&self, threads: usize, network: &N, data: &D) -> Evaluation
    where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
        L: Loss<N::Element, N::Output, D::Target>,
        M: Metrics<N::Element, N::Output, D::Target>,
    {
        let columns = 1 + M::COUNT;
        let mut table = std::vec![0.0; data.len().div_ceil(BLOCK) * columns];
        let mut blocks: Vec<_> = table.chunks_mut(columns).collect();
        share(&mut readers::<N>(threads, data.len()), &mut blocks, &|reader, number, sums| {
            let (loss, metrics) = sums.split_at_mut(1);
            reader.infer(network, data, number * BLOCK, BLOCK, |_, output, target| {
                loss[0] += losses::evaluate(&self.loss, output, &target).to_f64();
                self.metrics.add(output, &target, metrics);
            });
        });
        let mut sums = std::vec![0.0; columns];
        for block in table.chunks(columns) {
            sums.iter_mut().zip(block).for_each(|(sum, number)| *sum += number);
        }
        let mut names = Vec::with_capacity(M::COUNT);
        self.metrics.names(&mut names);
        Evaluation::from_sums(&names, sums[0], &sums[1..], data.len())
    }
}

/// What `network` says of each sample of `data`, in their order; computed on all cores.
///
/// ```
/// use tintype::data::InMemory;
/// use tintype::prelude::*;
/// use tintype::train::predict;
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
///
/// let mut net = Line::boxed(Seed(1));
/// net.line.weight = [[2.0]];
/// let data: InMemory<_, _> = [1.0, 4.0].map(|x| (Tensor::from([x]), ())).into_iter().collect();
/// assert_eq!(predict(&net, &data), [[2.0], [8.0]].map(Tensor::from));
/// ```
pub fn predict<N, Kind, D>(network: &impl AsNetwork<Kind, Network = N>, data: &D) -> Vec<Tensor<N::Output, N::Element>>
where
    N: Network,
    D: Dataset<N::Element, Input = N::Input> + ?Sized,
{
    let network = network.as_network();
    let mut predictions = std::vec![Tensor::zeros(); data.len()];
    let mut blocks: Vec<_> = elements_mut(&mut predictions).chunks_mut(BLOCK * N::Output::LEN).collect();
    share(&mut readers::<N>(available_threads(), data.len()), &mut blocks, &|reader, number, block| {
        let places = tensors_mut::<N::Output, _>(block);
        reader.infer(network, data, number * BLOCK, BLOCK, |index, output, _| places[index] = *output);
    });
    predictions
}

/// What a thread needs for inference.
struct Reader {
    memory: Buffer,
}

/// As many readers as threads are worth their while for `samples`.
fn readers<N: Network>(threads: usize, samples: usize) -> Vec<Reader> {
    let busy = if N::MACS.saturating_mul(samples as u64) < WORTH_A_THREAD { 1 } else { threads };
    (0..busy).map(|_| Reader { memory: Buffer::default() }).collect()
}

impl Reader {
    /// Calls `see` with the number, the output and the target of at most `count` samples from number `first` on; they
    /// are numbered from 0.
    fn infer<N, D>(
        &mut self,
        network: &N,
        data: &D,
        first: usize,
        count: usize,
        mut see: impl FnMut(usize, &Tensor<N::Output, N::Element>, D::Target),
    ) where
        N: Network,
        D: Dataset<N::Element, Input = N::Input> + ?Sized,
    {
        let count = count.min(data.len() - first);
        let together = micro_batch((inference_len::<N>(1) - inference_len::<N>(0)) * size_of::<N::Element>());
        for start in (0..count).step_by(together) {
            let samples = (count - start).min(together);
            let (input_len, output_len) = (N::Input::LEN * samples, N::Output::LEN * samples);
            let memory = self.memory.elements(input_len + output_len + inference_len::<N>(samples));
            let (inputs, memory) = memory.split_at_mut(input_len);
            let (memory, outputs) = memory.split_at_mut(inference_len::<N>(samples));
            let (inputs, outputs) = (tensors_mut::<N::Input, _>(inputs), tensors_mut::<N::Output, _>(outputs));
            let read = |(index, input)| data.read(first + start + index, input);
            let targets: Vec<_> = inputs.iter_mut().enumerate().map(read).collect();
            network.infer(inputs, outputs, memory);
            for (index, (output, target)) in outputs.iter().zip(targets).enumerate() {
                see(start + index, output, target);
            }
        }
    }
}
