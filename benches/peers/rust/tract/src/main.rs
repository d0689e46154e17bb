//! tract with the ONNX model, optimized for the size of the batch. It does not train.

use std::path::PathBuf;
use std::process::ExitCode;

use peer_common::{Arguments, Epoch, Inference, Peer, Training, Weights, Workload};
use tract_onnx::prelude::*;

struct Tract {
    workload: Workload,
    model: PathBuf,
}

impl Tract {
    fn optimized(&self, shape: &[usize]) -> TractResult<Arc<TypedRunnableModel>> {
        let model = tract_onnx::onnx().model_for_path(&self.model)?;
        model.with_input_fact(0, f32::fact(shape).into())?.into_optimized()?.into_runnable()
    }
}

impl Peer for Tract {
    fn new(arguments: &Arguments, _: &Weights) -> Self {
        let model = arguments.work.join(format!("{}.onnx", arguments.workload.name()));
        Self { workload: arguments.workload, model }
    }

    fn inference<'a>(&'a mut self, inputs: &'a [f32], batch: usize) -> Inference<'a> {
        let shape = match *self.workload.input() {
            [height, width, channels] => vec![batch, channels, height, width],
            _ => vec![batch, self.workload.features()],
        };
        let mut state = self.optimized(&shape).and_then(|plan| plan.spawn()).expect("the model");
        let x: TValue = Tensor::from_shape(&shape, inputs).expect("the inputs").into();
        Box::new(move |copy| {
            let outputs = state.run(tvec!(x.clone())).expect("the outputs");
            if let Some(copy) = copy {
                copy.extend(outputs[0].to_plain_array_view::<f32>().expect("floats").iter());
            }
        })
    }

    fn training<'a>(&'a mut self, _: &'a Training, _: usize) -> Option<Epoch<'a>> {
        None
    }
}

fn main() -> ExitCode {
    peer_common::run::<Tract>()
}
