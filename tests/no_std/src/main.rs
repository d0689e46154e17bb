//! Classifies digits with embedded weights, then trains a small network, all in memory that is known before it starts.
//! The exit status is 0 if both went well.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use tintype::data::digits;
use tintype::prelude::*;
use tintype::train::{Learner, Update, learner_len};

#[path = "../../../examples/shared/digit_net.rs"]
mod digit_net;

use digit_net::DigitNet;

static NET: &DigitNet = tintype::embed_weights!(DigitNet, "../../../examples/digits.safetensors");

network! {
    struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) }
}

const _: () = assert!(DigitNet::WORKSPACE_BYTES <= 8192);

#[link(name = "c")]
unsafe extern "C" {}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}

fn digits_are_told_right() -> bool {
    let mut workspace = <DigitNet as Network>::Workspace::default();
    let right = digits::images().iter().zip(digits::labels()).filter(|(image, label)| {
        let input = image.map(|pixel| f32::from(pixel) / 16.0);
        NET.forward_with(&input, &mut workspace).argmax() == label.index()
    });
    right.count() * 100 >= digits::images().len() * 98
}

fn exclusive_or_is_learnt() -> bool {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(Tensor::from);
    let targets = [[0.0], [1.0], [1.0], [0.0]].map(Tensor::from);
    let mut net = <Xor>::ZERO;
    net.initialize(Seed(3));
    let mut learner = Learner::<Xor, Adam>::ZERO;
    let mut memory = [0.0; learner_len::<Xor>(4)];
    let adam = Adam::new(0.05);
    for _ in 0..400 {
        let update = Update::new(&adam);
        if learner.step(&mut net, &BinaryCrossEntropyWithLogits, &update, &inputs, &targets, &mut memory).is_err() {
            return false;
        }
    }
    let mut workspace = <Xor as Network>::Workspace::default();
    inputs.iter().zip(&targets).all(|(x, target)| {
        (net.forward_with(x, &mut workspace).as_slice()[0] > 0.0) == (target.as_slice()[0] > 0.5)
    })
}

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    match (digits_are_told_right(), exclusive_or_is_learnt()) {
        (true, true) => 0,
        (false, _) => 1,
        (true, false) => 2,
    }
}
