//! Trains a convolutional network on the handwritten digits that the library carries, and writes its weights and a
//! picture of the learning curves.
//!
//! ```sh
//! cargo run --release --example digits [-- --output DIR]
//! ```

use std::error::Error;
use std::path::PathBuf;

use tintype::data::digits;
use tintype::io;
use tintype::prelude::*;

#[path = "shared/digit_net.rs"]
mod digit_net;

use digit_net::DigitNet;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => PathBuf::from("target/digits"),
        [option, folder] if option == "--output" => PathBuf::from(folder),
        _ => return Err("usage: digits [--output DIR]".into()),
    };
    std::fs::create_dir_all(&folder)?;

    println!("{}\n", DigitNet::summary());
    let data = digits::load();
    let (train, test) = data.split(0.8, Seed(1));

    let mut net = DigitNet::boxed(Seed(7));
    let mut trainer = Trainer::new(CrossEntropy, Adam::new(2e-3))
        .epochs(60)
        .batch_size(32)
        .metric(Accuracy)
        .schedule(tintype::train::Cosine)
        .early_stopping(15, 0.0);
    let report = trainer.fit(&mut net, &train, &test)?;
    if let Some(best) = report.best_epoch {
        println!("\n{}; the best of {} epochs is number {best}", report.stop, report.epochs.len());
    }

    let evaluation = trainer.evaluate(&net, &test)?;
    let accuracy = evaluation.metric("accuracy").unwrap_or_default();
    println!("{:.2}% of {} digits that it was not trained on are told right\n", 100.0 * accuracy, test.len());

    let weights = folder.join("digits.safetensors");
    io::save(&net, &weights)?;
    println!("weights: {}", weights.display());
    for name in ["digits.svg", "digits.png"] {
        let picture = folder.join(name);
        report.save_plot(&picture)?;
        println!("learning curves: {}", picture.display());
    }
    Ok(())
}
