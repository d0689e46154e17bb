//! The memory of a network is not on the stack: a thread with a small one can build, run and train it, in a build without
//! optimisation too.

use tintype::data::InMemory;
use tintype::prelude::*;

network! {
    struct DigitNet: [28, 28, 1] -> [10] {
        Conv2d(32, kernel = 3), Relu,
        MaxPool2d(2),
        Conv2d(64, kernel = 3), Relu,
        MaxPool2d(2),
        Conv2d(64, kernel = 3), Relu,
        Flatten,
        Dense(64), Relu,
        Dense(10),
    }
}

network! {
    /// Narrow layers, whose sums are in parts, with activations of many operations, and many of them.
    struct Narrow: [4] -> [2] {
        Dense(16), Tanh,
        Repeat(3) { Dense(16), Gelu },
        Dense(12), Sigmoid,
        Dense(8), Silu,
        Dense(24), Tanh,
        Dense(2),
    }
}

#[test]
fn narrow_layers_add_up_to_no_large_frame() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        let data: InMemory<_, _> = (0..64).map(|i| (Tensor::full(i as f32 / 64.0), Tensor::full(0.5))).collect();
        let mut net = Narrow::boxed(Seed(1));
        let before = net.forward(&Tensor::full(0.5));
        // Batches of 32, 8, 4, 2 and 1 samples together, each of which has code of its own.
        let mut trainer = Trainer::new(MeanSquaredError, Adam::new(1e-3)).batch_size(47).threads(1);
        trainer.fit_without_validation(&mut net, &data).expect("the losses are finite");
        assert_ne!(net.forward(&Tensor::full(0.5)), before);
    });
    thread.expect("a thread can be had").join().expect("the thread has not overflowed its stack");
}

#[test]
fn a_stack_of_256_kib_is_enough() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        let class = |i: usize| Class::new(i % 10).expect("ten classes");
        let data: InMemory<_, _> = (0..4).map(|i| (Tensor::full(i as f32 / 4.0), class(i))).collect();
        let mut net = DigitNet::boxed(Seed(1));
        let before = net.forward(&Tensor::full(0.5));
        let mut trainer = Trainer::new(CrossEntropy, Adam::new(1e-3)).batch_size(2).threads(1);
        trainer.fit_without_validation(&mut net, &data).expect("the losses are finite");
        assert_ne!(net.forward(&Tensor::full(0.5)), before);
    });
    thread.expect("a thread can be had").join().expect("the thread has not overflowed its stack");
}
