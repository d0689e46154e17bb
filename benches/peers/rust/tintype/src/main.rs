//! tintype, used as its documentation shows.

use std::hint::black_box;
use std::process::ExitCode;

use peer_common::{Arguments, Epoch, Inference, Peer, Training, Weights, Workload};
use tintype::data::{Dataset, InMemory, Rescaling};
use tintype::losses::Loss;
use tintype::memory::Boxed;
use tintype::network::Network;
use tintype::prelude::*;
use tintype::train::Progress;

network! {
    struct Convnet: [28, 28, 1] -> [10] {
        conv1: Conv2d(32, kernel = 3), Relu,
        MaxPool2d(2),
        conv2: Conv2d(64, kernel = 3), Relu,
        MaxPool2d(2),
        conv3: Conv2d(64, kernel = 3), Relu,
        Flatten,
        hidden: Dense(64), Relu,
        output: Dense(10),
    }
}

network! {
    struct Perceptron: [784] -> [10] {
        hidden1: Dense(128), Relu,
        hidden2: Dense(64), Relu,
        output: Dense(10),
    }
}

network! {
    struct Small: [4] -> [2] {
        hidden1: Dense(32), Tanh,
        hidden2: Dense(32), Tanh,
        output: Dense(2),
    }
}

network! {
    struct LeNet5: [28, 28, 1] -> [10] {
        conv1: Conv2d(6, kernel = 5, padding = Same), Relu,
        MaxPool2d(2),
        conv2: Conv2d(16, kernel = 5), Relu,
        MaxPool2d(2),
        Flatten,
        hidden1: Dense(120), Relu,
        hidden2: Dense(84), Relu,
        output: Dense(10),
    }
}

/// A network, whichever it is.
struct Tintype {
    network: Box<dyn Run>,
    threads: usize,
}

impl Peer for Tintype {
    fn new(arguments: &Arguments, _: &Weights) -> Self {
        let file = arguments.work.join(format!("{}.weights.safetensors", arguments.workload.name()));
        let network: Box<dyn Run> = match arguments.workload {
            Workload::A => loaded::<Convnet>(&file),
            Workload::B => loaded::<Perceptron>(&file),
            Workload::C => loaded::<Small>(&file),
            Workload::E => loaded::<LeNet5>(&file),
        };
        Self { network, threads: arguments.threads }
    }

    fn inference<'a>(&'a mut self, inputs: &'a [f32], _: usize) -> Inference<'a> {
        self.network.inference(inputs)
    }

    fn training<'a>(&'a mut self, data: &'a Training, batch: usize) -> Option<Epoch<'a>> {
        Some(self.network.training(data, batch, self.threads))
    }
}

trait Run {
    fn inference<'a>(&'a self, inputs: &'a [f32]) -> Inference<'a>;
    fn training<'a>(&'a mut self, data: &'a Training, batch: usize, threads: usize) -> Epoch<'a>;
}

fn loaded<N>(file: &std::path::Path) -> Box<dyn Run>
where
    N: Network<Element = f32> + Train + 'static,
{
    let mut network = N::boxed(Seed(0));
    tintype::io::load(&mut network, file).expect("weights");
    Box::new(Loaded(network))
}

struct Loaded<N>(Boxed<N>);

impl<N: Network<Element = f32> + Train> Run for Loaded<N> {
    fn inference<'a>(&'a self, inputs: &'a [f32]) -> Inference<'a> {
        let inputs: &[Tensor<N::Input>] = bytemuck::cast_slice(inputs);
        if let [input] = inputs {
            return Box::new(move |copy| {
                let output = black_box(self.0.forward(black_box(input)));
                if let Some(copy) = copy {
                    copy.extend_from_slice(output.as_slice());
                }
            });
        }
        let mut outputs = vec![Tensor::<N::Output>::zeros(); inputs.len()];
        Box::new(move |copy| {
            self.0.predict(black_box(inputs), black_box(&mut outputs));
            if let Some(copy) = copy {
                copy.extend_from_slice(bytemuck::cast_slice(&outputs));
            }
        })
    }

    fn training<'a>(&'a mut self, data: &'a Training, batch: usize, threads: usize) -> Epoch<'a> {
        N::epochs(&mut self.0, data, batch, threads)
    }
}

/// What a network's targets and loss are.
trait Train: Network<Element = f32> {
    fn epochs<'a>(network: &'a mut Self, data: &'a Training, batch: usize, threads: usize) -> Epoch<'a>;
}

macro_rules! train {
    ($($network:ident: $samples:ident, $loss:expr;)*) => {
        $(impl Train for $network {
            fn epochs<'a>(network: &'a mut Self, data: &'a Training, batch: usize, threads: usize) -> Epoch<'a> {
                epochs(network, $samples(data), $loss, batch, threads)
            }
        })*
    };
}

train! {
    Convnet: digits, CrossEntropy;
    Perceptron: digits, CrossEntropy;
    Small: vectors, MeanSquaredError;
    LeNet5: digits, CrossEntropy;
}

/// Pixels as bytes, as `tintype::data::Mnist` keeps them.
fn digits<S: Shape>(data: &Training) -> InMemory<S, Class<10>, u8> {
    let images = bytemuck::cast_slice::<u8, Tensor<S, u8>>(&data.bytes).to_vec();
    let classes = data.classes.iter().map(|&class| Class::new(class.into()).expect("a digit")).collect();
    InMemory::new(images, classes).expect("a class for each image").rescaled(Rescaling::BYTE)
}

fn vectors<I: Shape, O: Shape>(data: &Training) -> InMemory<I, Tensor<O>> {
    let (inputs, targets) = (bytemuck::cast_slice(&data.inputs), bytemuck::cast_slice(&data.values));
    InMemory::new(inputs.to_vec(), targets.to_vec()).expect("a target for each input")
}

fn epochs<'a, N, D, L>(network: &'a mut N, data: D, loss: L, batch: usize, threads: usize) -> Epoch<'a>
where
    N: Network<Element = f32>,
    D: Dataset<Input = N::Input> + 'a,
    L: Loss<f32, N::Output, D::Target> + 'a,
{
    let trainer = Trainer::new(loss, Adam::new(1e-3)).batch_size(batch).threads(threads).progress(Progress::Silent);
    let (mut trainer, mut number) = (Some(trainer), 0);
    Box::new(move || {
        number += 1;
        let mut seeded = trainer.take().expect("put back below").seed(Seed(number));
        let report = seeded.fit_without_validation(network, &data).expect("training");
        trainer = Some(seeded);
        report.epochs[0].training.loss
    })
}

fn main() -> ExitCode {
    peer_common::run::<Tintype>()
}
