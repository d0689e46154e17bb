//! The gradient of a batch, on several threads, with the same bits for any number of them.
//!
//! A batch is cut into lanes, and how many there are depends on the batch and the network alone. Each lane takes its
//! samples through the network one micro-batch after the other and has a gradient of its own; at the end the lanes'
//! gradients are added up in their order. Threads only decide how many lanes are worked on at a time.

use std::vec::Vec;

use num_traits::One;
use pulp::Simd;

use super::both::{PIECE, both, middle};
use super::crew::share;
use super::gather::gather;
use super::metrics::Metrics;
use super::passes::{Passes, pack, passes_len};
use crate::data::Dataset;
use crate::kernels::elementwise::accumulate;
use crate::layer::Randomness;
use crate::losses::Loss;
use crate::memory::{Boxed, Buffer};
use crate::simd::{Work, dispatch};
use crate::tensor::tensors_mut;
use crate::{Element, Network, Shape};

/// The most lanes that a batch is cut into.
const MAX_LANES: usize = 8;

/// The fewest samples that a lane is worth having for.
const MIN_SAMPLES: usize = 8;

/// How many multiply-accumulates must come with each parameter of a lane's gradient, so that filling it with zeros and
/// adding it up is little beside them.
const MACS_PER_PARAMETER: u64 = 64;

/// The multiply-accumulates below which it takes longer to wake a thread than to do without it.
pub(super) const WORTH_A_THREAD: u64 = 1 << 20;

/// How many lanes a batch of `samples` is cut into.
pub(super) fn lanes<N: Network>(samples: usize) -> usize {
    if N::COUPLES_BATCH {
        return 1;
    }
    let worthwhile = training_macs::<N>(samples) / (N::PARAMS.max(1) as u64 * MACS_PER_PARAMETER);
    let most = samples.div_ceil(MIN_SAMPLES).clamp(1, MAX_LANES);
    (worthwhile.min(MAX_LANES as u64) as usize).clamp(1, most)
}

/// The multiply-accumulates of a training step.
fn training_macs<N: Network>(samples: usize) -> u64 {
    N::TRAINING_MACS.saturating_mul(samples as u64)
}

/// What a batch is taken through.
pub(super) struct Task<'a, N, D: ?Sized, L, M> {
    pub network: &'a N,
    pub data: &'a D,
    pub loss: &'a L,
    pub metrics: &'a M,
}

/// All memory that the gradients of batches take, allocated once.
pub(super) struct Batches<N: Network, T> {
    lanes: Vec<Lane<N>>,
    workers: Vec<Worker<T>>,
    micro_batch: usize,
}

/// What becomes of a lane.
struct Lane<N> {
    gradient: Boxed<N>,
    loss: f64,
    metrics: Vec<f64>,
}

/// What a thread needs to work on lanes.
struct Worker<T> {
    /// The parameters as backward passes read them, of its own: what another thread had arranged would come from that one's cache.
    packed: Buffer,
    /// Whether they are those of this batch.
    has_packed: bool,
    memory: Buffer,
    targets: Vec<T>,
}

impl<N: Network, T: Send> Batches<N, T> {
    /// Memory for batches of up to `batch` samples, of which `micro_batch` go together, for `metrics` metrics.
    pub fn new(batch: usize, micro_batch: Option<usize>, threads: usize, metrics: usize) -> Self {
        let lane_count = lanes::<N>(batch);
        let micro_batch = together::<N>(batch, micro_batch);
        let lane = |_| Lane { gradient: Boxed::zeroed(), loss: 0.0, metrics: std::vec![0.0; metrics] };
        let worker = |_| {
            let (mut packed, mut memory) = (Buffer::default(), Buffer::default());
            packed.elements::<N::Element>(N::MEMORY.packed);
            memory.elements::<N::Element>(worker_len::<N>(micro_batch));
            Worker { packed, has_packed: false, memory, targets: Vec::with_capacity(micro_batch) }
        };
        let lanes = (0..lane_count).map(lane).collect();
        let workers = (0..threads.min(lane_count)).map(worker).collect();
        Self { lanes, workers, micro_batch }
    }

    /// Computes the gradient of the mean loss over the samples `indices`, and gives the sum of their losses; adds their
    /// metrics to `metrics`.
    pub fn gradient<D, L, M>(
        &mut self,
        task: &Task<'_, N, D, L, M>,
        indices: &[usize],
        key: u64,
        metrics: &mut [f64],
    ) -> f64
    where
        D: Dataset<N::Element, Input = N::Input, Target = T> + ?Sized,
        L: Loss<N::Element, N::Output, T>,
        M: Metrics<N::Element, N::Output, T>,
    {
        let samples = indices.len();
        let lane_count = lanes::<N>(samples);
        let threads = if training_macs::<N>(samples) < WORTH_A_THREAD { 1 } else { self.workers.len() };
        let together = if N::COUPLES_BATCH { samples } else { self.micro_batch };
        let lanes = &mut self.lanes[..lane_count];
        let workers = &mut self.workers[..threads];
        for worker in &mut *workers {
            worker.has_packed = false;
        }
        let work = |worker: &mut Worker<T>, number: usize, lane: &mut Lane<N>| {
            let range = number * samples / lane_count..(number + 1) * samples / lane_count;
            let batch = Batch { task, indices, key, together };
            batch.lane(range, worker, lane);
        };
        share(workers, lanes, &work);
        let mut loss = 0.0;
        for lane in &*lanes {
            loss += lane.loss;
            metrics.iter_mut().zip(&lane.metrics).for_each(|(sum, number)| *sum += number);
        }
        if let Some((first, others)) = lanes.split_first_mut() {
            add_all(first.gradient.as_mut_slice(), others, 0, threads);
        }
        loss
    }

    /// The gradient that [`gradient`](Self::gradient) has computed.
    pub fn result(&mut self) -> &mut N {
        &mut self.lanes[0].gradient
    }
}

/// How many samples of a batch go through the network together in training: `wanted`, or as many as suit the caches.
pub(crate) fn together<N: Network>(batch: usize, wanted: Option<usize>) -> usize {
    let for_each = (worker_len::<N>(1) - worker_len::<N>(0)) * size_of::<N::Element>();
    if N::COUPLES_BATCH { batch } else { wanted.unwrap_or(crate::memory::micro_batch(for_each)).min(batch) }
}

/// The elements of memory of a worker that takes `samples` at a time.
const fn worker_len<N: Network>(samples: usize) -> usize {
    (N::Input::LEN + N::Output::LEN) * samples + passes_len::<N>(samples)
}

struct Batch<'a, N: Network, D: ?Sized, L, M> {
    task: &'a Task<'a, N, D, L, M>,
    indices: &'a [usize],
    key: u64,
    together: usize,
}

impl<N: Network, D: ?Sized, L, M> Batch<'_, N, D, L, M> {
    fn lane<T>(&self, range: core::ops::Range<usize>, worker: &mut Worker<T>, lane: &mut Lane<N>)
    where
        D: Dataset<N::Element, Input = N::Input, Target = T>,
        L: Loss<N::Element, N::Output, T>,
        M: Metrics<N::Element, N::Output, T>,
    {
        let Task { network, data, loss, metrics } = *self.task;
        let scale = N::Element::one() / N::Element::from_f64(self.indices.len() as f64);
        let packed = worker.packed.elements::<N::Element>(N::MEMORY.packed);
        if !worker.has_packed {
            pack(network, packed, false);
            worker.has_packed = true;
        }
        lane.loss = 0.0;
        lane.metrics.fill(0.0);
        for start in range.clone().step_by(self.together) {
            let indices = &self.indices[start..range.end.min(start + self.together)];
            let samples = indices.len();
            let memory = worker.memory.elements(worker_len::<N>(samples));
            let (inputs, memory) = memory.split_at_mut(N::Input::LEN * samples);
            let (memory, outputs) = memory.split_at_mut(passes_len::<N>(samples));
            let (inputs, outputs) = (tensors_mut::<N::Input, _>(inputs), tensors_mut::<N::Output, _>(outputs));
            gather(data, indices, inputs, &mut worker.targets);
            lane.loss += Passes {
                network,
                packed,
                inputs,
                targets: &worker.targets,
                outputs: &mut *outputs,
                memory,
                randomness: Randomness { key: self.key, first_sample: start },
                accumulate: start > range.start,
                scale,
            }
            .gradient(loss, &mut lane.gradient);
            for (output, target) in outputs.iter().zip(&worker.targets) {
                metrics.add(output, target, &mut lane.metrics);
            }
        }
    }
}

/// Adds the gradients of `others`, from element number `offset` on, to `sum`, in their order.
fn add_all<N: Network>(sum: &mut [N::Element], others: &[Lane<N>], offset: usize, threads: usize) {
    if others.is_empty() {
        return;
    }
    if let Some(middle) = middle(sum.len(), threads) {
        let (left, right) = sum.split_at_mut(middle);
        both(
            || add_all(left, others, offset, threads / 2),
            || add_all(right, others, offset + middle, threads - threads / 2),
        );
        return;
    }
    // A piece stays in the first-level cache for all others.
    let mut first = offset;
    for sum in sum.chunks_mut(PIECE) {
        for lane in others {
            let addend = &lane.gradient.as_slice()[first..][..sum.len()];
            dispatch(Add { sum, addend });
        }
        first += sum.len();
    }
}

struct Add<'a, E> {
    sum: &'a mut [E],
    addend: &'a [E],
}

impl<E: Element> Work for Add<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        accumulate(simd, self.sum, self.addend);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::InMemory;
    use crate::losses::CrossEntropy;
    use crate::memory::zeroed_box;
    use crate::metrics::Accuracy;
    use crate::shape::Rank3;
    use crate::train::pack;
    use crate::{Class, Parameters, Seed, Tensor, network};
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    network! {
        struct Small: [5, 5, 2] -> [4] {
            Conv2d(6, kernel = 3), Tanh,
            Flatten,
            Dense(4),
        }
    }

    type Image = Tensor<Rank3<5, 5, 2>, f64>;

    fn data(samples: usize) -> InMemory<Rank3<5, 5, 2>, Class<4>, f64> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let images = (0..samples).map(|_| Image::from_fn(|_| random.random_range(-1.0..1.0)));
        images.zip((0..4).cycle()).map(|(image, class)| (image, Class::new(class).unwrap())).collect()
    }

    #[test]
    fn small_batches_and_coupled_ones_are_one_lane() {
        network! { struct Coupled: [5, 5, 2] -> [4] { Conv2d(6, kernel = 3), BatchNorm, Flatten, Dense(4) } }
        assert_eq!(lanes::<Small<f32>>(1), 1);
        assert_eq!(lanes::<Small<f32>>(8), 1);
        assert!(lanes::<Small<f32>>(64) > 1);
        assert_eq!(lanes::<Small<f32>>(1_000_000), MAX_LANES);
        assert_eq!(lanes::<Coupled<f32>>(1_000_000), 1);
    }

    #[test]
    fn lanes_add_up_to_the_gradient_of_the_mean() {
        let (data, samples) = (data(60), 50);
        let mut network = zeroed_box::<Small<f64>>();
        network.initialize(Seed(3));
        let task = Task { network: &*network, data: &data, loss: &CrossEntropy, metrics: &((), Accuracy) };
        let indices: Vec<usize> = (5..5 + samples).rev().collect();
        let mut batches = Batches::new(60, Some(3), 1, 1);
        assert!(lanes::<Small<f64>>(samples) > 2);
        let mut right = [0.0];
        // The second time, nothing must be left of the first, which had other weights.
        let mut other = zeroed_box::<Small<f64>>();
        other.initialize(Seed(4));
        let _ = batches.gradient(&Task { network: &*other, ..task }, &indices[..20], 0, &mut [0.0]);
        let loss = batches.gradient(&task, &indices, 0, &mut right);

        // Sample by sample, with numbers as wide as they are.
        let mut expected = zeroed_box::<Small<f64>>();
        let mut packed = std::vec![0.0; <Small<f64> as crate::Layer<f64, _, _>>::MEMORY.packed];
        pack(&*network, &mut packed, false);
        let mut memory = std::vec![0.0; passes_len::<Small<f64>>(1)];
        let (mut expected_loss, mut expected_right) = (0.0, 0);
        for index in indices {
            let (input, target) = data.sample(index);
            let mut output = [Tensor::zeros()];
            expected_loss += Passes {
                network: &*network,
                packed: &packed,
                inputs: &[input],
                targets: &[target],
                outputs: &mut output,
                memory: &mut memory,
                randomness: Randomness { key: 0, first_sample: 0 },
                accumulate: true,
                scale: 1.0 / samples as f64,
            }
            .gradient(&CrossEntropy, &mut expected);
            expected_right += u32::from(output[0].argmax() == target.index());
        }
        assert!((loss - expected_loss).abs() < 1e-12 * loss);
        assert_eq!(right[0] as u32, expected_right);
        for (found, expected) in batches.result().as_slice().iter().zip(expected.as_slice()) {
            assert!((found - expected).abs() < 1e-13, "{found} {expected}");
        }
    }
}
