//! How long things take.

use std::time::Instant;

/// The shortest stretch of time that is taken as a sample.
const SAMPLE: f64 = 2e-3;

pub struct Taken {
    /// By the clock on the wall.
    pub seconds: f64,
    /// What the processor spent on this process.
    pub busy: f64,
}

/// The median time of a call: samples of at least [`SAMPLE`], for so many seconds, after a warm-up.
pub fn of_call(seconds: f64, mut call: impl FnMut()) -> f64 {
    let mut time = |calls: usize| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed().as_secs_f64()
    };
    let warm_up = Instant::now();
    let mut calls = 1;
    loop {
        let taken = time(calls);
        if taken >= SAMPLE && warm_up.elapsed().as_secs_f64() >= seconds / 4.0 {
            break;
        }
        if taken < SAMPLE {
            calls *= 2;
        }
    }
    let begin = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < 5 || begin.elapsed().as_secs_f64() < seconds {
        samples.push(time(calls) / calls as f64);
    }
    median(&mut samples)
}

/// The loss of a first epoch, and the median time of further ones, for so many seconds.
pub fn of_epoch(seconds: f64, epoch: &mut dyn FnMut() -> f64) -> (f64, Taken) {
    let loss = epoch();
    let begin = Instant::now();
    let (mut wall, mut busy) = (Vec::new(), Vec::new());
    while wall.is_empty() || begin.elapsed().as_secs_f64() < seconds {
        let (start, processor) = (Instant::now(), processor_seconds());
        epoch();
        wall.push(start.elapsed().as_secs_f64());
        busy.push(processor_seconds() - processor);
    }
    (loss, Taken { seconds: median(&mut wall), busy: median(&mut busy) })
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    let half = samples.len() / 2;
    if samples.len() % 2 == 1 { samples[half] } else { f64::midpoint(samples[half - 1], samples[half]) }
}

fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
