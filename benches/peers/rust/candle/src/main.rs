//! candle on the processor, without a library for matrix products beside its own.

use std::process::ExitCode;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{AdamW, Conv2d, Conv2dConfig, Linear, Module, Optimizer, ParamsAdamW, loss};
use peer_common::{Activation, Arguments, Array, Epoch, Inference, Layer, Peer, Shuffle, Training, Weights, Workload};

enum Step {
    Conv(Conv2d, Activation),
    Pool,
    Flatten,
    Dense(Linear, Activation),
}

struct Candle {
    workload: Workload,
    steps: Vec<Step>,
    variables: Vec<Var>,
}

fn new(workload: Workload, weights: &Weights) -> Result<Candle> {
    let mut variables = Vec::new();
    let mut variable = |array: &Array| {
        let variable = Var::from_slice(&array.data, array.shape.as_slice(), &Device::Cpu)?;
        variables.push(variable.clone());
        Ok::<_, candle_core::Error>(variable.as_tensor().clone())
    };
    let mut steps = Vec::new();
    for layer in workload.layers() {
        steps.push(match *layer {
            Layer::Conv { name, padding, activation, .. } => {
                let weight = variable(&weights.channels_first(workload.layers(), name))?;
                let bias = variable(weights.get(name, "bias"))?;
                let config = Conv2dConfig { padding, ..Conv2dConfig::default() };
                Step::Conv(Conv2d::new(weight, Some(bias), config), activation)
            }
            Layer::Dense { name, activation } => {
                let weight = variable(&weights.channels_first(workload.layers(), name).permuted(&[1, 0]))?;
                Step::Dense(Linear::new(weight, Some(variable(weights.get(name, "bias"))?)), activation)
            }
            Layer::Pool => Step::Pool,
            Layer::Flatten { .. } => Step::Flatten,
        });
    }
    Ok(Candle { workload, steps, variables })
}

impl Candle {
    /// Vectors, or images with their channels first.
    fn inputs(&self, inputs: Vec<f32>, batch: usize) -> Result<Tensor> {
        match *self.workload.input() {
            [height, width, channels] => Tensor::from_vec(inputs, (batch, channels, height, width), &Device::Cpu),
            _ => Tensor::from_vec(inputs, (batch, self.workload.features()), &Device::Cpu),
        }
    }

    fn forward(&self, inputs: &Tensor) -> Result<Tensor> {
        let mut x = inputs.clone();
        for step in &self.steps {
            x = match step {
                Step::Conv(conv, activation) => activate(&conv.forward(&x)?, *activation)?,
                Step::Dense(dense, activation) => activate(&dense.forward(&x)?, *activation)?,
                Step::Pool => even(&x)?.max_pool2d(2)?,
                Step::Flatten => x.flatten_from(1)?,
            };
        }
        Ok(x)
    }

    /// A step of training; gives the loss.
    fn step(&self, optimizer: &mut AdamW, data: &Training, batch: &[usize]) -> Result<f64> {
        let gather = |from: &[f32], each: usize| -> Vec<f32> {
            batch.iter().flat_map(|&index| from[index * each..][..each].iter().copied()).collect()
        };
        let x = self.inputs(gather(&data.inputs, self.workload.features()), batch.len())?;
        let y = self.forward(&x)?;
        let loss = if self.workload.classifies() {
            let classes: Vec<u32> = batch.iter().map(|&index| data.classes[index].into()).collect();
            loss::cross_entropy(&y, &Tensor::from_vec(classes, batch.len(), &Device::Cpu)?)?
        } else {
            let values = gather(&data.values, self.workload.outputs());
            loss::mse(&y, &Tensor::from_vec(values, y.shape(), &Device::Cpu)?)?
        };
        optimizer.backward_step(&loss)?;
        Ok(loss.to_scalar::<f32>()?.into())
    }
}

/// Images without the last row and column that windows of two by two leave out. candle's gradient of pooling spreads the outputs
/// over whatever size the image has, so with such a row it looks for the maxima in the wrong places.
fn even(x: &Tensor) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    x.narrow(2, 0, height / 2 * 2)?.narrow(3, 0, width / 2 * 2)
}

fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Identity => Ok(x.clone()),
        Activation::Relu => x.relu(),
        Activation::Tanh => x.tanh(),
    }
}

impl Peer for Candle {
    fn new(arguments: &Arguments, weights: &Weights) -> Self {
        new(arguments.workload, weights).expect("the network")
    }

    fn inference<'a>(&'a mut self, inputs: &'a [f32], batch: usize) -> Inference<'a> {
        // Variables would have candle remember how their outputs came about.
        for step in &mut self.steps {
            match step {
                Step::Conv(conv, _) => {
                    *conv = Conv2d::new(conv.weight().detach(), conv.bias().map(Tensor::detach), *conv.config());
                }
                Step::Dense(dense, _) => {
                    *dense = Linear::new(dense.weight().detach(), dense.bias().map(Tensor::detach))
                }
                Step::Pool | Step::Flatten => {}
            }
        }
        let x = self.inputs(inputs.to_vec(), batch).expect("the inputs");
        Box::new(move |copy| {
            let outputs = self.forward(&x).expect("the outputs");
            if let Some(copy) = copy {
                copy.extend(outputs.flatten_all().and_then(|all| all.to_vec1::<f32>()).expect("the outputs"));
            }
        })
    }

    fn training<'a>(&'a mut self, data: &'a Training, batch: usize) -> Option<Epoch<'a>> {
        // Without its decay of weights, AdamW is Adam.
        let parameters = ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..ParamsAdamW::default() };
        let mut optimizer = AdamW::new(self.variables.clone(), parameters).expect("an optimizer");
        let mut shuffle = Shuffle::new(data.len());
        Some(Box::new(move || {
            let mut total = 0.0;
            for batch in shuffle.next_order().chunks_exact(batch) {
                total += self.step(&mut optimizer, data, batch).expect("a step") * batch.len() as f64;
            }
            total / data.len() as f64
        }))
    }
}

fn main() -> ExitCode {
    peer_common::run::<Candle>()
}
