//! Whole networks: inference, and steps of training with loss and optimizer, on one thread.
//!
//! A forward pass has the network's `MACS` for each sample; a step of training has its `TRAINING_MACS`: those of the forward
//! pass three times, less those for the gradient by the network's input, which nobody wants.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tintype::losses::Loss;
use tintype::memory::{Buffer, micro_batch, zeroed_box};
use tintype::prelude::*;
use tintype::train::{Learner, Update, learner_len};

mod common {
    pub mod flops;
    pub mod values;
}

use common::flops::{Flops, criterion};
use common::values::tensors;

network! {
    /// Keras' introductory convnet.
    struct Convnet: [28, 28, 1] -> [10] {
        Conv2d(32, kernel = 3), Relu,
        MaxPool2d(2),
        Conv2d(64, kernel = 3), Relu,
        MaxPool2d(2),
        Conv2d(64, kernel = 3), Relu,
        Flatten,
        Dense(64), Relu,
        Dense(10),
    }
}

network! {
    /// A multilayer perceptron for MNIST.
    struct Perceptron: [784] -> [10] { Dense(128), Relu, Dense(64), Relu, Dense(10) }
}

network! {
    /// A network for control, as small as they are there.
    struct Controller: [4] -> [2] { Dense(32), Tanh, Dense(32), Tanh, Dense(2) }
}

network! {
    /// LeNet-5 with the layers of today.
    struct LeNet: [28, 28, 1] -> [10] {
        Conv2d(6, kernel = 5, padding = Same), Relu,
        MaxPool2d(2),
        Conv2d(16, kernel = 5), Relu,
        MaxPool2d(2),
        Flatten,
        Dense(120), Relu,
        Dense(84), Relu,
        Dense(10),
    }
}

fn inference<N: Network<Element = f32>>(criterion: &mut Criterion<Flops>, samples: usize) {
    let network = N::boxed(Seed(7));
    let inputs = tensors::<N::Input>(samples);
    let mut outputs = vec![Tensor::zeros(); samples];
    let mut group = criterion.benchmark_group(format!("{}/inference", N::NAME));
    group.throughput(Throughput::Elements(N::MACS * samples as u64));
    group.bench_function(format!("{samples}"), |bencher| bencher.iter(|| network.predict(&inputs, &mut outputs)));
}

fn training<N: Network<Element = f32>, L: Loss<f32, N::Output, T>, T>(
    criterion: &mut Criterion<Flops>,
    loss: &L,
    targets: &[T],
) {
    let samples = targets.len();
    let mut network = N::boxed(Seed(7));
    let inputs = tensors::<N::Input>(samples);
    let mut learner = zeroed_box::<Learner<N, Adam>>();
    let update = Update::new(&const { Adam::new(1e-4) });
    let together = micro_batch((learner_len::<N>(1) - learner_len::<N>(0)) * size_of::<f32>()).min(samples);
    let mut memory = Buffer::default();
    let memory = memory.elements(learner_len::<N>(together));
    let mut group = criterion.benchmark_group(format!("{}/training", N::NAME));
    group.throughput(Throughput::Elements(N::TRAINING_MACS * samples as u64));
    group.bench_function(format!("{samples}"), |bencher| {
        bencher.iter(|| learner.step(&mut network, loss, &update, &inputs, targets, memory));
    });
}

fn classes(samples: usize) -> Vec<Class<10>> {
    (0..samples).filter_map(|index| Class::new(index * 7 % 10)).collect()
}

fn convnet(criterion: &mut Criterion<Flops>) {
    for samples in [1, 32, 256] {
        inference::<Convnet>(criterion, samples);
    }
    training::<Convnet, _, _>(criterion, &CrossEntropy, &classes(32));
}

fn perceptron(criterion: &mut Criterion<Flops>) {
    for samples in [1, 32, 256] {
        inference::<Perceptron>(criterion, samples);
    }
    training::<Perceptron, _, _>(criterion, &CrossEntropy, &classes(32));
}

fn controller(criterion: &mut Criterion<Flops>) {
    inference::<Controller>(criterion, 1);
    training::<Controller, _, _>(criterion, &MeanSquaredError, &tensors::<Rank1<2>>(32));
}

fn le_net(criterion: &mut Criterion<Flops>) {
    for samples in [1, 256] {
        inference::<LeNet>(criterion, samples);
    }
    for samples in [32, 2048] {
        training::<LeNet, _, _>(criterion, &CrossEntropy, &classes(samples));
    }
}

criterion_group! { name = benches; config = criterion(); targets = convnet, perceptron, controller, le_net }
criterion_main!(benches);
