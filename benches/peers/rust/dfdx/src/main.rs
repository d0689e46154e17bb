//! dfdx on the processor: the dense networks, since its convolutions want a nightly compiler.

use std::process::ExitCode;

use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;
use peer_common::{Arguments, Epoch, Inference, Peer, Shuffle, Training, Weights, Workload};

type Perceptron = ((Linear<784, 128>, ReLU), (Linear<128, 64>, ReLU), Linear<64, 10>);
type Small = ((Linear<4, 32>, Tanh), (Linear<32, 32>, Tanh), Linear<32, 2>);

enum Dfdx {
    Perceptron(PerceptronRun),
    Small(SmallRun),
}

impl Peer for Dfdx {
    fn new(arguments: &Arguments, weights: &Weights) -> Self {
        match arguments.workload {
            Workload::B => Self::Perceptron(PerceptronRun::new(weights)),
            Workload::C => Self::Small(SmallRun::new(weights)),
            Workload::A | Workload::E => panic!("dfdx has convolutions on a nightly compiler alone"),
        }
    }

    fn inference<'a>(&'a mut self, inputs: &'a [f32], batch: usize) -> Inference<'a> {
        match self {
            Self::Perceptron(run) => run.inference(inputs, batch),
            Self::Small(run) => run.inference(inputs, batch),
        }
    }

    fn training<'a>(&'a mut self, data: &'a Training, batch: usize) -> Option<Epoch<'a>> {
        Some(match self {
            Self::Perceptron(run) => run.training(data, batch, cross_entropy_with_logits_loss),
            Self::Small(run) => run.training(data, batch, mse_loss),
        })
    }
}

fn gathered(from: &[f32], each: usize, batch: &[usize]) -> Vec<f32> {
    batch.iter().flat_map(|&index| from[index * each..][..each].iter().copied()).collect()
}

/// The targets as vectors: classes become ones among zeros.
fn targets(data: &Training, outputs: usize) -> Vec<f32> {
    if data.classes.is_empty() {
        return data.values.clone();
    }
    let row = |&class: &u8| (0..outputs).map(move |output| f32::from(u8::from(output == usize::from(class))));
    data.classes.iter().flat_map(row).collect()
}

// The shapes of dfdx's tensors are types, and what a generic function would have to ask of them fills pages.
macro_rules! run {
    ($run:ident, $network:ident, $inputs:literal, $outputs:literal) => {
        struct $run {
            device: Cpu,
            model: <$network as BuildOnDevice<Cpu, f32>>::Built,
        }

        impl $run {
            fn new(weights: &Weights) -> Self {
                let device = Cpu::default();
                let mut model = device.build_module::<$network, f32>();
                let load = |name: &str| {
                    (weights.get(name, "weight").permuted(&[1, 0]).data, weights.get(name, "bias").data.clone())
                };
                let ((first, _), (second, _), last) = &mut model;
                for (name, weight, bias) in [
                    ("hidden1", &mut first.weight as &mut dyn CopyFrom, &mut first.bias as &mut dyn CopyFrom),
                    ("hidden2", &mut second.weight, &mut second.bias),
                    ("output", &mut last.weight, &mut last.bias),
                ] {
                    let given = load(name);
                    weight.copy(&given.0);
                    bias.copy(&given.1);
                }
                Self { device, model }
            }

            fn inference<'a>(&'a self, inputs: &'a [f32], batch: usize) -> Inference<'a> {
                let x = self.device.tensor_from_vec(inputs.to_vec(), (batch, Const::<$inputs>));
                Box::new(move |copy| {
                    let outputs = self.model.forward(x.clone());
                    if let Some(copy) = copy {
                        copy.extend(outputs.as_vec());
                    }
                })
            }

            fn training<'a, L>(&'a mut self, data: &'a Training, batch: usize, loss: L) -> Epoch<'a>
            where
                L: Fn(
                        Tensor<(usize, Const<$outputs>), f32, Cpu, OwnedTape<f32, Cpu>>,
                        Tensor<(usize, Const<$outputs>), f32, Cpu>,
                    ) -> Tensor<Rank0, f32, Cpu, OwnedTape<f32, Cpu>>
                    + 'a,
            {
                let targets = targets(data, $outputs);
                let mut optimizer = Adam::new(&self.model, AdamConfig { lr: 1e-3, ..AdamConfig::default() });
                let mut gradients = Some(self.model.alloc_grads());
                let mut shuffle = Shuffle::new(data.len());
                Box::new(move || {
                    let mut total = 0.0;
                    for batch in shuffle.next_order().chunks_exact(batch) {
                        let x = gathered(&data.inputs, $inputs, batch);
                        let x = self.device.tensor_from_vec(x, (batch.len(), Const::<$inputs>));
                        let y = gathered(&targets, $outputs, batch);
                        let y = self.device.tensor_from_vec(y, (batch.len(), Const::<$outputs>));
                        let outputs = self.model.forward_mut(x.traced(gradients.take().expect("put back below")));
                        let loss = loss(outputs, y);
                        total += f64::from(loss.array()) * batch.len() as f64;
                        let mut taken = loss.backward();
                        optimizer.update(&mut self.model, &taken).expect("a step");
                        self.model.zero_grads(&mut taken);
                        gradients = Some(taken);
                    }
                    total / data.len() as f64
                })
            }
        }
    };
}

run!(PerceptronRun, Perceptron, 784, 10);
run!(SmallRun, Small, 4, 2);

/// A tensor of any shape that takes the numbers of a slice.
trait CopyFrom {
    fn copy(&mut self, from: &[f32]);
}

impl<S: Shape> CopyFrom for Tensor<S, f32, Cpu> {
    fn copy(&mut self, from: &[f32]) {
        self.copy_from(from);
    }
}

fn main() -> ExitCode {
    dfdx::flush_denormals_to_zero();
    peer_common::run::<Dfdx>()
}
