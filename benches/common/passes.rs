//! The passes of a network of one layer.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use tintype::layer::{Backward, Mode, Randomness, Room};
use tintype::memory::{Buffer, zeroed_box};
use tintype::network::inference_len;
use tintype::prelude::*;
use tintype::simd::{Simd, Work, dispatch};
use tintype::tensor::{elements, elements_mut};
use tintype::train::pack;

use super::flops::Flops;
use super::values::tensors;

/// A pass of training, in memory that is lent to it.
struct Pass<'a, N: Network<Element = f32>> {
    network: &'a N,
    x: &'a [Tensor<N::Input>],
    y: &'a mut [Tensor<N::Output>],
    packed: &'a [f32],
    room: Room<'a, f32>,
    /// What a backward pass is given: the gradient by the outputs, and a place for that by the inputs if it is wanted.
    backward: Option<Gradients<'a, N>>,
}

struct Gradients<'a, N: Network<Element = f32>> {
    dy: &'a mut [Tensor<N::Output>],
    dx: Option<&'a mut [Tensor<N::Input>]>,
    parameters: &'a mut N,
}

impl<N: Network<Element = f32>> Work for Pass<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { network, x, y, packed, room, backward } = self;
        let mode = Mode::Training(Randomness { key: 0, first_sample: 0 });
        match backward {
            None => network.forward_batch(simd, x, y, room, mode),
            Some(Gradients { dy, dx, parameters }) => {
                network.backward_batch(
                    simd,
                    Backward { x, y, dy, dx, packed, room, mode, accumulate: true },
                    parameters,
                );
            }
        }
    }
}

/// Copies in pieces that the C library moves with vectors: its `rep movsb` for longer ones takes 9 µs for 16 KiB on some
/// processors, longer than many a pass.
fn copy(source: &[f32], target: &mut [f32]) {
    const PIECE: usize = 256;
    for (source, target) in source.chunks(PIECE).zip(target.chunks_mut(PIECE)) {
        target.copy_from_slice(black_box(source));
    }
}

/// What a pass does: multiply-accumulates, or else the bytes of its inputs and outputs.
fn throughput<N: Network>(samples: usize, macs: u64, tensors: usize) -> Throughput {
    if macs > 0 {
        return Throughput::Elements(macs * samples as u64);
    }
    Throughput::Bytes((tensors * (size_of::<Tensor<N::Input>>() + size_of::<Tensor<N::Output>>()) * samples / 2) as u64)
}

/// Benchmarks inference, and the backward pass with both gradients and with that by the parameters alone.
pub fn passes<N: Network<Element = f32>>(criterion: &mut Criterion<Flops>, samples: usize) {
    let network = N::boxed(Seed(7));
    let x = tensors::<N::Input>(samples);
    let mut y = vec![Tensor::zeros(); samples];
    let mut group = criterion.benchmark_group(format!("{}/{samples}", N::NAME));

    let mut memory = Buffer::default();
    let memory = memory.elements(inference_len::<N>(samples));
    group.throughput(throughput::<N>(samples, N::MACS, 2));
    group.bench_function("inference", |bencher| bencher.iter(|| network.infer(&x, &mut y, memory)));

    let mut buffers: [Buffer; 4] = Default::default();
    let [packed, tape, workspace, scratch] = buffers.each_mut();
    let packed = packed.elements(N::MEMORY.packed);
    let tape = tape.elements(N::MEMORY.tape * samples);
    let workspace = workspace.elements(N::MEMORY.workspace * samples);
    let scratch = scratch.elements(N::MEMORY.training_scratch());
    pack(&*network, packed, false);
    let (upstream, mut dy) = (tensors::<N::Output>(samples), vec![Tensor::zeros(); samples]);
    let mut dx = vec![Tensor::zeros(); samples];
    let mut parameters = zeroed_box::<N>();
    let mut run = |backward: Option<Gradients<N>>| {
        let room = Room { tape: &mut *tape, workspace: &mut *workspace, scratch: &mut *scratch };
        dispatch(Pass { network: &*network, x: &x, y: &mut y, packed: &*packed, room, backward });
    };
    run(None);
    for (name, wanted) in [("backward", true), ("backward, parameters alone", false)] {
        if !wanted && N::PARAMS == 0 {
            continue;
        }
        let unwanted = if wanted { 0 } else { N::INPUT_GRADIENT_MACS };
        group.throughput(throughput::<N>(samples, 2 * N::MACS - unwanted, 3));
        group.bench_function(name, |bencher| {
            let mut backward = |dy: &mut [Tensor<N::Output>]| {
                let dx = wanted.then_some(&mut dx[..]);
                run(Some(Gradients { dy, dx, parameters: &mut parameters }));
            };
            dy.copy_from_slice(&upstream);
            backward(&mut dy);
            // A pass that changes what it is given, as one with an activation that rides along, is given it anew.
            if dy == upstream {
                bencher.iter(|| backward(&mut dy));
            } else {
                bencher.iter(|| {
                    copy(elements(&upstream), elements_mut(&mut dy));
                    backward(&mut dy);
                });
            }
        });
    }
}
