//! burn with its back end `flex`.

use std::process::ExitCode;

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use peer_common::{Activation, Arguments, Array, Epoch, Inference, Layer, Peer, Shuffle, Training, Weights, Workload};

/// The parts with parameters; what stands between them is in the table of layers.
#[derive(Module, Debug)]
struct Network {
    convs: Vec<Conv2d>,
    denses: Vec<Linear>,
}

struct Burn {
    workload: Workload,
    network: Network,
    device: Device,
}

fn tensor<const D: usize>(array: &Array, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(array.data.clone(), array.shape.clone()), device)
}

impl Network {
    fn new(workload: Workload, weights: &Weights, device: &Device) -> Self {
        let mut network = Self { convs: Vec::new(), denses: Vec::new() };
        for layer in workload.layers() {
            match *layer {
                Layer::Conv { name, kernel, padding, .. } => {
                    let weight = weights.channels_first(workload.layers(), name);
                    let mut conv = Conv2dConfig::new([weight.shape[1], weight.shape[0]], [kernel, kernel])
                        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
                        .init(device);
                    conv.weight = Param::from_tensor(tensor(&weight, device));
                    conv.bias = Some(Param::from_tensor(tensor(weights.get(name, "bias"), device)));
                    network.convs.push(conv);
                }
                Layer::Dense { name, .. } => {
                    let weight = weights.channels_first(workload.layers(), name);
                    let mut dense = LinearConfig::new(weight.shape[0], weight.shape[1]).init(device);
                    dense.weight = Param::from_tensor(tensor(&weight, device));
                    dense.bias = Some(Param::from_tensor(tensor(weights.get(name, "bias"), device)));
                    network.denses.push(dense);
                }
                Layer::Pool | Layer::Flatten { .. } => {}
            }
        }
        network
    }

    fn forward(&self, workload: Workload, inputs: Tensor<2>) -> Tensor<2> {
        let (mut convs, mut denses) = (self.convs.iter(), self.denses.iter());
        let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
        let [batch, _] = inputs.dims();
        let mut vectors = inputs;
        let mut images = None;
        if let &[height, width, channels] = workload.input() {
            images = Some(vectors.clone().reshape([batch, channels, height, width]));
        }
        for layer in workload.layers() {
            match *layer {
                Layer::Conv { activation, .. } => {
                    let conv = convs.next().expect("as many as in the table");
                    images = images.map(|x| activate(conv.forward(x), activation));
                }
                Layer::Pool => images = images.map(|x| pool.forward(x)),
                Layer::Flatten { .. } => vectors = images.take().expect("an image").flatten(1, 3),
                Layer::Dense { activation, .. } => {
                    vectors = activate(denses.next().expect("as many as in the table").forward(vectors), activation);
                }
            }
        }
        vectors
    }
}

fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Identity => x,
        Activation::Relu => activation::relu(x),
        Activation::Tanh => activation::tanh(x),
    }
}

impl Peer for Burn {
    fn new(arguments: &Arguments, weights: &Weights) -> Self {
        let device = Device::flex();
        let network = Network::new(arguments.workload, weights, &device);
        Self { workload: arguments.workload, network, device }
    }

    fn inference<'a>(&'a mut self, inputs: &'a [f32], batch: usize) -> Inference<'a> {
        let shape = [batch, self.workload.features()];
        let x = Tensor::<2>::from_data(TensorData::new(inputs.to_vec(), shape), &self.device);
        Box::new(move |copy| {
            let outputs = self.network.forward(self.workload, x.clone()).into_data();
            if let Some(copy) = copy {
                copy.extend(outputs.iter::<f32>());
            }
        })
    }

    fn training<'a>(&'a mut self, data: &'a Training, batch: usize) -> Option<Epoch<'a>> {
        let workload = self.workload;
        let device = self.device.clone().autodiff();
        let mut network = Some(self.network.clone().to_device(&device).train());
        let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
        let (features, outputs) = (workload.features(), workload.outputs());
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let mut shuffle = Shuffle::new(data.len());
        Some(Box::new(move || {
            let mut total = 0.0;
            for batch in shuffle.next_order().chunks_exact(batch) {
                let gather = |from: &[f32], each: usize| {
                    let rows = batch.iter().flat_map(|&index| from[index * each..][..each].iter().copied()).collect();
                    Tensor::<2>::from_data(TensorData::new(rows, [batch.len(), each]), &device)
                };
                let model = network.take().expect("put back below");
                let y = model.forward(workload, gather(&data.inputs, features));
                let loss = if workload.classifies() {
                    let classes = batch.iter().map(|&index| i32::from(data.classes[index])).collect();
                    let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [batch.len()]), &device);
                    cross_entropy.forward(y, classes)
                } else {
                    MseLoss::new().forward(y, gather(&data.values, outputs), Reduction::Mean)
                };
                total += f64::from(loss.clone().into_scalar::<f32>()) * batch.len() as f64;
                let gradients = GradientsParams::from_grads(loss.backward(), &model);
                network = Some(optimizer.step(1e-3, model, gradients));
            }
            total / data.len() as f64
        }))
    }
}

fn main() -> ExitCode {
    peer_common::run::<Burn>()
}
