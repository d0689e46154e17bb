//! Random numbers in `f64`, with the same bits on every machine.

use core::f64::consts::PI;

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

/// The standard deviation of a standard normal number that is drawn anew while it is beyond two.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

/// Uniform in ±`limit`.
pub fn uniform(generator: &mut Xoshiro256PlusPlus, limit: f64) -> f64 {
    // 53 bits, from 0 to just below 1.
    let unit = (generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    limit * (2.0 * unit - 1.0)
}

/// Standard normal, by the transform of Box and Muller (1958).
pub fn normal(generator: &mut Xoshiro256PlusPlus) -> f64 {
    // 52 bits and a half: never 0, where the logarithm is infinite, and never 1, where it is 0.
    let mut inside = || ((generator.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
    let radius = libm::sqrt(-2.0 * libm::log(inside()));
    radius * libm::cos(2.0 * PI * inside())
}

/// Normal with this variance, after values beyond two standard deviations have been drawn anew.
pub fn truncated_normal(generator: &mut Xoshiro256PlusPlus, variance: f64) -> f64 {
    let deviation = libm::sqrt(variance) / TRUNCATED_DEVIATION;
    loop {
        let value = normal(generator);
        if value.abs() <= 2.0 {
            return value * deviation;
        }
    }
}
