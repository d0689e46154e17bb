//! How long passes take; each generated program has this file as a module.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tintype::losses::MeanSquaredError;
use tintype::memory::{Buffer, micro_batch, zeroed_box};
use tintype::prelude::*;
use tintype::train::{Learner, Update, learner_len};

/// A repetition takes at least as long, so that looks at the clock do not count.
const REPETITION: Duration = Duration::from_micros(50);

/// Tensors of numbers between -1 and 1 without a pattern, the same in every run.
fn tensors<S: Shape>(count: usize) -> Vec<Tensor<S>> {
    let mut state = 1_u32;
    let mut next = move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| Tensor::from_fn(&mut next)).collect()
}

/// Prints the pass, the batch, and the minimum and median of the seconds that a run takes, over many repetitions.
fn report(pass: &str, samples: usize, mut run: impl FnMut()) {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("seconds for each measurement");
    let mut time = |count: u32| {
        let start = Instant::now();
        (0..count).for_each(|_| run());
        start.elapsed()
    };
    let mut count = 1;
    while time(count) < REPETITION {
        count *= 2;
    }
    let start = Instant::now();
    let mut all = Vec::new();
    while all.len() < 9 || start.elapsed() < Duration::from_secs_f64(seconds) {
        all.push(time(count).as_secs_f64() / f64::from(count));
    }
    all.sort_by(f64::total_cmp);
    println!("{pass} {samples} {:e} {:e}", all[0], all[all.len() / 2]);
}

pub fn forward<N: Network<Element = f32>>(samples: usize) {
    let network = N::boxed(Seed(7));
    let inputs = tensors::<N::Input>(samples);
    if let [input] = &inputs[..] {
        return report("forward", 1, || {
            black_box(network.forward(black_box(input)));
        });
    }
    let mut outputs = vec![Tensor::zeros(); samples];
    report("forward", samples, || network.predict(black_box(&inputs), black_box(&mut outputs)));
}

/// A step of Adam on one thread, with as many samples at a time as `Trainer` takes.
pub fn training<N: Network<Element = f32>>(samples: usize) {
    let mut network = N::boxed(Seed(7));
    let (inputs, targets) = (tensors::<N::Input>(samples), tensors::<N::Output>(samples));
    let mut learner = zeroed_box::<Learner<N, Adam>>();
    let update = Update::new(&const { Adam::new(1e-4) });
    let together = micro_batch((learner_len::<N>(1) - learner_len::<N>(0)) * size_of::<f32>()).min(samples);
    let mut memory = Buffer::default();
    let memory = memory.elements(learner_len::<N>(together));
    report("training", samples, || {
        let loss = learner.step(&mut network, &MeanSquaredError, &update, black_box(&inputs), &targets, memory);
        black_box(loss.expect("a finite gradient"));
    });
}
