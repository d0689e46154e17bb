//! A program with a trained network baked in: it classifies a digit without reading a file, parsing or allocating.
//!
//! The weights were trained by the example `digits`; that they fit the network was checked when this was compiled.
//!
//! ```sh
//! cargo run --release --example embed [-- DIGIT]
//! ```
//!
//! The profile `small` of this workspace makes the program small rather than quickly compiled.

use std::error::Error;

use tintype::prelude::*;
use tintype::shape::Rank3;

#[path = "shared/digit_net.rs"]
mod digit_net;
#[path = "shared/ten_digits.rs"]
mod ten_digits;

use digit_net::DigitNet;
use ten_digits::TEN_DIGITS;

static NET: &DigitNet = tintype::embed_weights!(DigitNet, "digits.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let digit: usize = match std::env::args().nth(1) {
        Some(text) => text.parse().map_err(|_| format!("a digit is a whole number, not `{text}`"))?,
        None => 2,
    };
    let Some(rows) = TEN_DIGITS.get(digit) else { return Err("the digits are 0 to 9".into()) };

    for row in rows {
        println!("    {}", row.chars().flat_map(|pixel| [shade(darkness(pixel)); 2]).collect::<String>());
    }
    let mut pixels = rows.iter().flat_map(|row| row.chars()).map(darkness);
    let image = Tensor::<Rank3<8, 8, 1>>::from_fn(|_| pixels.next().unwrap_or(0) as f32 / 16.0);
    println!("I see a {}; it is a {digit}.", NET.forward(&image).argmax());
    Ok(())
}

/// The darkness of a pixel, from 0 to 16.
fn darkness(pixel: char) -> u32 {
    pixel.to_digit(17).unwrap_or(0)
}

/// A character as dark as the pixel.
fn shade(darkness: u32) -> char {
    match darkness {
        0 => ' ',
        1..=4 => '░',
        5..=8 => '▒',
        9..=12 => '▓',
        _ => '█',
    }
}
