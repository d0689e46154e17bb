//! A program with a trained network baked in: it classifies a digit without reading a file, parsing or allocating.
//!
//! The weights were trained by the example `digits`; that they fit the network was checked when this was compiled.
//!
//! ```sh
//! cargo run --release --example embed [-- NUMBER]
//! ```

use std::error::Error;

use tintype::data::digits;
use tintype::prelude::*;

#[path = "shared/digit_net.rs"]
mod digit_net;

use digit_net::DigitNet;

static NET: &DigitNet = tintype::embed_weights!(DigitNet, "digits.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let number = match std::env::args().nth(1) {
        Some(text) => text.parse().map_err(|_| format!("the number of a digit is a whole number, not `{text}`"))?,
        None => 42,
    };
    let (Some(pixels), Some(label)) = (digits::images().get(number), digits::labels().get(number)) else {
        return Err(format!("there are {} digits, numbered from 0", digits::images().len()).into());
    };

    for row in pixels.array() {
        let line: String = row.iter().flat_map(|[pixel]| [shade(*pixel); 2]).collect();
        println!("    {line}");
    }
    let logits = NET.forward(&pixels.map(|pixel| f32::from(pixel) / 16.0));
    println!("I see a {}; it is a {label}.", logits.argmax());
    Ok(())
}

/// A character as dark as the pixel, which is 0 to 16.
fn shade(pixel: u8) -> char {
    [' ', '░', '▒', '▓', '█'][usize::from(pixel.min(16)).div_ceil(4)]
}
