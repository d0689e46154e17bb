//! What the Rust programs have in common: their arguments, the networks, the files that they read, and how time is taken.
//!
//! A program implements [`Peer`] and calls [`run`]. It prints JSON lines that `compare.py` reads.

mod arguments;
mod clock;
mod files;
mod networks;

use std::error::Error;
use std::process::ExitCode;

use serde_json::json;

pub use arguments::Arguments;
pub use files::{Array, Training, Weights};
pub use networks::{Activation, Layer, Workload};

/// An epoch of training; gives the mean loss.
pub type Epoch<'a> = Box<dyn FnMut() -> f64 + 'a>;
/// A call of inference, whose outputs are copied to the vector if there is one.
pub type Inference<'a> = Box<dyn FnMut(Option<&mut Vec<f32>>) + 'a>;

/// A library that is compared.
pub trait Peer: Sized {
    /// The network of `arguments.workload` with these weights.
    fn new(arguments: &Arguments, weights: &Weights) -> Self;

    /// The call that takes `inputs` through the network, `batch` of them.
    fn inference<'a>(&'a mut self, inputs: &'a [f32], batch: usize) -> Inference<'a>;

    /// The call that trains for an epoch with Adam and a learning rate of 1e-3, or `None` if the library does not train.
    fn training<'a>(&'a mut self, data: &'a Training, batch: usize) -> Option<Epoch<'a>>;
}

/// Measures what the arguments of the program ask for.
pub fn run<P: Peer>() -> ExitCode {
    match measure::<P>() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure<P: Peer>() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse()?;
    let weights = files::weights(&arguments)?;
    let (inputs, expected) = files::inference(&arguments)?;
    let features = arguments.workload.features();

    let mut outputs = Vec::new();
    P::new(&arguments, &weights).inference(&inputs, inputs.len() / features)(Some(&mut outputs));
    if outputs.len() != expected.len() {
        return Err(format!("{} outputs where {} are expected", outputs.len(), expected.len()).into());
    }
    let error = outputs.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let error = error.fold(0.0, |most: f32, error| if error > most || error.is_nan() { error } else { most });
    println!("{}", json!({ "check": error }));

    for metric in &arguments.metrics {
        let mut peer = P::new(&arguments, &weights);
        if let Some(batch) = metric.strip_prefix("infer") {
            let batch = batch.parse()?;
            let mut call = peer.inference(&inputs[..batch * features], batch);
            let seconds = clock::of_call(arguments.seconds, || call(None));
            println!("{}", json!({ "metric": metric, "seconds": seconds }));
        } else if let Some(batch) = metric.strip_prefix("train") {
            let data = files::training(&arguments)?;
            let Some(mut epoch) = peer.training(&data, batch.parse()?) else { continue };
            let (loss, taken) = clock::of_epoch(arguments.seconds, &mut epoch);
            let samples = data.len() as f64;
            let (seconds, busy) = (taken.seconds / samples, taken.busy / samples);
            println!("{}", json!({ "metric": metric, "seconds": seconds, "busy": busy, "loss": loss }));
        } else {
            return Err(format!("there is no metric {metric}").into());
        }
    }
    Ok(())
}

/// The numbers from 0 to `count` in another order each time.
pub struct Shuffle {
    order: Vec<usize>,
    state: u64,
}

impl Shuffle {
    pub fn new(count: usize) -> Self {
        Self { order: (0..count).collect(), state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// The next order (Fisher and Yates, with a xorshift generator).
    pub fn next_order(&mut self) -> &[usize] {
        for last in (1..self.order.len()).rev() {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            self.order.swap(last, (self.state % (last as u64 + 1)) as usize);
        }
        &self.order
    }
}
