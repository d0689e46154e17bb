//! The passes of every day, with a look at the clock after each node.

use core::iter::zip;
use std::time::{Duration, Instant};
use std::vec;
use std::vec::Vec;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::{Cost, LayerProfile, Profile};
use crate::init::draw::uniform;
use crate::layer::{Backward, Mode, Randomness, Room};
use crate::memory::{Boxed, Buffer, micro_batch};
use crate::network::{Inference, Probe, clear, inference_len, of_one};
use crate::simd::{Simd, Work, dispatch, multiply_add_rate};
use crate::tensor::{elements, elements_mut, tensors_mut};
use crate::train::batch::together;
use crate::train::{pack, passes_len};
use crate::{Element, Network, Shape, Tensor};

/// How long passes are repeated, for inference and again for training.
const BUDGET: Duration = Duration::from_millis(250);

/// How long one repetition takes at least: as many passes as it needs.
const REPETITION: Duration = Duration::from_millis(1);

/// The fewest repetitions, however long they take.
const REPETITIONS: usize = 3;

/// Adds up times, for each phase of a pass and in it for each node; the last place of a phase has what is no node's.
struct Stopwatch {
    nodes: usize,
    phase: usize,
    last: Instant,
    /// What a look at the clock takes.
    look: f64,
    seconds: Vec<f64>,
}

impl Stopwatch {
    fn new(phases: usize, nodes: usize) -> Self {
        Self { nodes, phase: 0, last: Instant::now(), look: look(), seconds: vec![0.0; phases * (nodes + 1)] }
    }

    /// What has passed until now belongs to nobody; what follows, to `phase`.
    #[inline(always)]
    fn enter(&mut self, phase: usize) {
        self.phase = phase;
        self.last = Instant::now();
    }

    /// What has passed since the last node belongs to the phase, but not to a node.
    #[inline(always)]
    fn leave(&mut self) {
        self.node_done(self.nodes);
    }

    fn of_phase(&self, phase: usize) -> &[f64] {
        &self.seconds[phase * (self.nodes + 1)..][..=self.nodes]
    }
}

impl Probe for Stopwatch {
    const INPUT_GRADIENT: bool = false;

    #[inline(always)]
    fn node_done(&mut self, node: usize) {
        let now = Instant::now();
        self.seconds[self.phase * (self.nodes + 1) + node] += (now - self.last).as_secs_f64() - self.look;
        self.last = now;
    }
}

/// What a look at the clock takes: the median of many.
fn look() -> f64 {
    let mut looks: Vec<_> = (0..501)
        .map(|_| {
            let (first, second) = (Instant::now(), Instant::now());
            (second - first).as_secs_f64()
        })
        .collect();
    looks.sort_by(f64::total_cmp);
    looks[looks.len() / 2]
}

/// Repeats a pass: the mean of the times over the faster half of the repetitions.
fn repeat(mut watch: Stopwatch, mut pass: impl FnMut(&mut Stopwatch)) -> Stopwatch {
    // The first pass is cold.
    pass(&mut watch);
    let begin = Instant::now();
    pass(&mut watch);
    let passes = REPETITION.as_nanos().div_ceil(begin.elapsed().as_nanos().max(1)) as usize;
    let begin = Instant::now();
    let mut repetitions = Vec::new();
    while repetitions.len() < REPETITIONS || begin.elapsed() < BUDGET {
        watch.seconds.fill(0.0);
        for _ in 0..passes {
            pass(&mut watch);
        }
        repetitions.push(watch.seconds.clone());
    }
    let total = |seconds: &Vec<f64>| seconds.iter().sum::<f64>();
    repetitions.sort_by(|a, b| total(a).total_cmp(&total(b)));
    let fast = repetitions.len().div_ceil(2);
    for (place, mean) in watch.seconds.iter_mut().enumerate() {
        let sum: f64 = repetitions[..fast].iter().map(|seconds| seconds[place]).sum();
        // A look at the clock is at times faster than the median.
        *mean = (sum / (fast * passes) as f64).max(0.0);
    }
    watch
}

/// A forward and a backward pass. Their gradient is that of half the sum of squares of the outputs, since there is no
/// loss.
struct Training<'a, N: Network> {
    network: &'a N,
    packed: &'a [N::Element],
    inputs: &'a [Tensor<N::Input, N::Element>],
    outputs: &'a mut [Tensor<N::Output, N::Element>],
    /// As many samples go together as it holds.
    memory: &'a mut [N::Element],
    together: usize,
    gradient: &'a mut N,
    watch: &'a mut Stopwatch,
}

impl<N: Network> Training<'_, N> {
    const FORWARD: usize = 0;
    const BACKWARD: usize = 1;
    const PHASES: usize = 2;
}

impl<N: Network> Work for Training<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { network, packed, inputs, outputs, memory, together, gradient, watch } = self;
        for (first_sample, (x, y)) in
            (0..).step_by(together).zip(inputs.chunks(together).zip(outputs.chunks_mut(together)))
        {
            let samples = x.len();
            let (tape, memory) = memory.split_at_mut(N::MEMORY.tape * samples);
            let (workspace, memory) = memory.split_at_mut(N::MEMORY.workspace * samples);
            let (scratch, memory) = memory.split_at_mut(N::MEMORY.training_scratch());
            let dy = tensors_mut::<N::Output, _>(&mut memory[..N::Output::LEN * samples]);
            let mode = Mode::Training(Randomness { key: 0, first_sample });
            let room = Room { tape: &mut *tape, workspace: &mut *workspace, scratch: &mut *scratch };
            watch.enter(Self::FORWARD);
            network.forward_probed(simd, x, y, room, mode, watch);
            watch.leave();
            elements_mut(dy).copy_from_slice(elements(y));
            let room = Room { tape, workspace, scratch };
            let mut pass = Backward { x, y, dy, dx: None, packed, room, mode, accumulate: first_sample > 0 };
            watch.enter(Self::BACKWARD);
            clear(&mut pass, gradient);
            network.backward_probed(simd, pass, gradient, watch);
            watch.leave();
        }
    }
}

fn inference<N: Network>(network: &N, inputs: &[Tensor<N::Input, N::Element>]) -> Stopwatch {
    let mut outputs = vec![Tensor::zeros(); inputs.len()];
    let mut memory = Buffer::default();
    let together = micro_batch(N::MEMORY.workspace * size_of::<N::Element>()).min(inputs.len());
    let memory = memory.elements(inference_len::<N>(together));
    repeat(Stopwatch::new(1, N::LAYERS.len()), |watch| {
        watch.enter(0);
        if !of_one::<_, _, false>(network, inputs, &mut outputs, &mut [], watch) {
            dispatch(Inference { network, inputs, outputs: &mut outputs, memory: &mut *memory, probe: watch });
        }
        watch.leave();
    })
}

fn training<N: Network>(network: &N, inputs: &[Tensor<N::Input, N::Element>]) -> Stopwatch {
    let mut outputs = vec![Tensor::zeros(); inputs.len()];
    let together = together::<N>(inputs.len(), None);
    let (mut memory, mut packed) = (Buffer::default(), Buffer::default());
    let memory = memory.elements::<N::Element>(passes_len::<N>(together));
    let packed = packed.elements::<N::Element>(N::MEMORY.packed);
    let mut gradient = Boxed::<N>::zeroed();
    repeat(Stopwatch::new(Training::<N>::PHASES, N::LAYERS.len()), |watch| {
        watch.enter(Training::<N>::BACKWARD);
        pack(network, packed, false);
        watch.leave();
        dispatch(Training {
            network,
            packed: &*packed,
            inputs,
            outputs: &mut outputs,
            memory: &mut *memory,
            together,
            gradient: &mut gradient,
            watch,
        });
    })
}

impl Profile {
    pub(crate) fn measure<N: Network>(network: &N, samples: usize) -> Self {
        assert!(samples > 0, "a batch has at least one sample");
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut inputs = vec![Tensor::<N::Input, N::Element>::zeros(); samples];
        for x in elements_mut(&mut inputs) {
            *x = N::Element::from_f64(uniform(&mut generator, 1.0));
        }

        let multiply_add_rate = multiply_add_rate::<N::Element>();
        let (inference, training) = (inference(network, &inputs), training(network, &inputs));
        let forward = training.of_phase(Training::<N>::FORWARD);
        let backward = training.of_phase(Training::<N>::BACKWARD);
        let seconds = zip(inference.of_phase(0), zip(forward, backward));
        let other = ("other", "", 0, 0);
        let layers = N::LAYERS.iter().map(|row| (row.name, row.kind, row.macs, row.backward_macs));
        let mut rows = zip(layers.chain([other]), seconds).map(
            |((name, kind, macs, backward_macs), (&inference, (&forward, &backward)))| {
                let cost = |seconds, macs: u64| Cost { seconds, macs: macs.saturating_mul(samples as u64) };
                LayerProfile {
                    name,
                    kind,
                    inference: cost(inference, macs),
                    forward: cost(forward, macs),
                    backward: cost(backward, backward_macs),
                }
            },
        );
        let layers = rows.by_ref().take(N::LAYERS.len()).collect();
        Self { network: N::NAME, samples, multiply_add_rate, layers, other: rows.next().unwrap_or_default() }
    }
}
