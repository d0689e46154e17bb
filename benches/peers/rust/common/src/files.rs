//! The files that `prepare.py` has written.

use std::collections::HashMap;
use std::error::Error;
use std::fs;

use safetensors::{Dtype, SafeTensors};

use crate::{Arguments, Layer};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Numbers with a shape, the last axis fastest.
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

impl Array {
    /// The same numbers with their axes in another order.
    pub fn permuted(&self, axes: &[usize]) -> Self {
        let shape: Vec<usize> = axes.iter().map(|&axis| self.shape[axis]).collect();
        let stride = |axis: usize| self.shape[axis + 1..].iter().product::<usize>();
        let strides: Vec<usize> = axes.iter().map(|&axis| stride(axis)).collect();
        let place = |mut index: usize| {
            let mut place = 0;
            for (size, stride) in shape.iter().zip(&strides).rev() {
                place += index % size * stride;
                index /= size;
            }
            place
        };
        let data = (0..self.data.len()).map(|index| self.data[place(index)]).collect();
        Self { shape, data }
    }
}

/// The weights of a network by name: dense `[in, out]`, convolution `[height, width, in, out]`.
pub struct Weights(HashMap<String, Array>);

impl Weights {
    pub fn get(&self, layer: &str, tensor: &str) -> &Array {
        &self.0[&format!("{layer}.{tensor}")]
    }

    /// The weight of the layer for a library whose images have channels before rows and columns: convolution
    /// `[out, in, height, width]`; dense `[in, out]`, where the inputs of the layer behind a `Flatten` are in another order.
    pub fn channels_first(&self, layers: &[Layer], name: &str) -> Array {
        let weight = self.get(name, "weight");
        if weight.shape.len() == 4 {
            return weight.permuted(&[3, 2, 0, 1]);
        }
        let position = layers.iter().position(|layer| matches!(layer, Layer::Dense { name: own, .. } if *own == name));
        let before = position.and_then(|position| layers.get(position.checked_sub(1)?));
        let Some(&Layer::Flatten { image: [height, width, channels] }) = before else {
            return weight.permuted(&[0, 1]);
        };
        let out = weight.shape[1];
        let image = Array { shape: vec![height, width, channels, out], data: weight.data.clone() };
        Array { shape: weight.shape.clone(), data: image.permuted(&[2, 0, 1, 3]).data }
    }
}

/// Samples to train on.
pub struct Training {
    /// As they are stored: pixels as bytes. Empty if they are floats.
    pub bytes: Vec<u8>,
    /// The inputs as floats, pixels from 0 to 1.
    pub inputs: Vec<f32>,
    /// Classes, empty if the targets are vectors.
    pub classes: Vec<u8>,
    /// Vectors one behind the other, empty if the targets are classes.
    pub values: Vec<f32>,
    samples: usize,
}

impl Training {
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.samples
    }
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Result<Array> {
    let tensor = file.tensor(name)?;
    let numbers = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let data = match tensor.dtype() {
        Dtype::F32 => tensor.data().chunks_exact(4).map(numbers).collect(),
        Dtype::U8 => tensor.data().iter().map(|&byte| f32::from(byte) / 255.0).collect(),
        other => return Err(format!("{name} has elements of type {other:?}").into()),
    };
    Ok(Array { shape: tensor.shape().to_vec(), data })
}

pub(crate) fn weights(arguments: &Arguments) -> Result<Weights> {
    let bytes = fs::read(arguments.work.join(format!("{}.weights.safetensors", arguments.workload.name())))?;
    let file = SafeTensors::deserialize(&bytes)?;
    let named = |name: &str| Ok((name.to_owned(), floats(&file, name)?));
    file.names().into_iter().map(named).collect::<Result<_>>().map(Weights)
}

/// Inputs, and the outputs that the network must give for them.
pub(crate) fn inference(arguments: &Arguments) -> Result<(Vec<f32>, Vec<f32>)> {
    let bytes = fs::read(arguments.work.join(format!("{}.inference.safetensors", arguments.workload.name())))?;
    let file = SafeTensors::deserialize(&bytes)?;
    Ok((floats(&file, "inputs")?.data, floats(&file, "outputs")?.data))
}

pub(crate) fn training(arguments: &Arguments) -> Result<Training> {
    let bytes = fs::read(arguments.work.join(format!("{}.training.safetensors", arguments.workload.data())))?;
    let file = SafeTensors::deserialize(&bytes)?;
    let (inputs, targets) = (file.tensor("inputs")?, file.tensor("targets")?);
    let samples = arguments.samples;
    let as_bytes = |tensor: &safetensors::tensor::TensorView<'_>, each: usize| match tensor.dtype() {
        Dtype::U8 => tensor.data()[..samples * each].to_vec(),
        _ => Vec::new(),
    };
    let first = |name, each: usize| -> Result<Vec<f32>> {
        let mut array = floats(&file, name)?;
        array.data.truncate(samples * each);
        Ok(array.data)
    };
    let features = arguments.workload.features();
    let classes = as_bytes(&targets, 1);
    let values = if classes.is_empty() { first("targets", arguments.workload.outputs())? } else { Vec::new() };
    Ok(Training { bytes: as_bytes(&inputs, features), inputs: first("inputs", features)?, classes, values, samples })
}
