//! Keras' introductory convnet on MNIST.
//!
//! ```sh
//! cargo run --release --example mnist -- --data DIR [--epochs 10] [--threads N] [--limit N] [--seed 7]
//! ```
//!
//! `DIR` holds the four files of MNIST in the IDX format, gzipped or not. `--limit` takes so many of the training images.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use tintype::data::Mnist;
use tintype::prelude::*;

network! {
    /// Keras' introductory convnet.
    pub struct DigitNet: [28, 28, 1] -> [10] {
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

/// What the command line asks for.
struct Options {
    data: String,
    epochs: usize,
    threads: Option<usize>,
    limit: usize,
    seed: u64,
}

impl Options {
    fn from_arguments() -> Result<Self, String> {
        let mut options = Self { data: String::new(), epochs: 10, threads: None, limit: usize::MAX, seed: 7 };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{name} is a whole number, not `{value}`"));
            match name.as_str() {
                "--data" => options.data.clone_from(&value),
                "--epochs" => options.epochs = number()?,
                "--threads" => options.threads = Some(number()?),
                "--limit" => options.limit = number()?,
                "--seed" => options.seed = number()? as u64,
                _ => return Err(format!("there is no option {name}")),
            }
        }
        if options.data.is_empty() {
            return Err("say where the four files of MNIST are: --data DIR".to_owned());
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let options = match Options::from_arguments() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\nusage: mnist --data DIR [--epochs 10] [--threads N] [--limit N] [--seed 7]");
            return ExitCode::from(2);
        }
    };
    match train(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn train(options: &Options) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let Mnist { train, test } = Mnist::load(&options.data)?;
    let train = train.take(options.limit);
    println!("{} images to train on and {} to test on, read in {:.2?}", train.len(), test.len(), start.elapsed());
    println!("{}", DigitNet::summary());

    let mut net = DigitNet::boxed(Seed(options.seed));
    let mut trainer = Trainer::new(CrossEntropy, Adam::new(1e-3))
        .epochs(options.epochs)
        .batch_size(32)
        .metric(Accuracy)
        .seed(Seed(options.seed))
        .on_epoch(|epoch| println!("epoch {}: {:.2} s", epoch.number, epoch.training_seconds));
    if let Some(threads) = options.threads {
        trainer = trainer.threads(threads);
    }
    let report = trainer.fit(&mut net, &train, &test)?;
    println!("\n{report}");
    Ok(())
}
