//! How fast the processor multiplies and adds: what kernels are compared with.

use core::any::TypeId;
use core::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::vec::Vec;

use pulp::Simd;

use super::{Work, dispatch};
use crate::Element;
use crate::element::lanes;
use crate::kernels::tile::size::registers;

/// How long the rate is measured.
const BUDGET: Duration = Duration::from_millis(40);

/// The multiply-adds that one run does with each register: some tens of microseconds.
const TURNS: u32 = 10_000;

/// How many multiply-adds of `E` one core does in a second at most: the rate of a loop of independent fused multiply-adds
/// in registers, at the SIMD level that passes are dispatched to.
///
/// It is measured once in the process, the fastest of many runs in 40 ms. Each counts as two floating-point operations:
/// twice the rate is what others call the peak in FLOP/s.
///
/// ```
/// let rate = tintype::simd::multiply_add_rate::<f32>();
/// assert!(rate > 1e6);
/// assert_eq!(tintype::simd::multiply_add_rate::<f32>(), rate);
/// ```
pub fn multiply_add_rate<E: Element>() -> f64 {
    static RATES: Mutex<Vec<(TypeId, f64)>> = Mutex::new(Vec::new());
    let mut rates = RATES.lock().unwrap_or_else(PoisonError::into_inner);
    let element = TypeId::of::<E>();
    if let Some((_, rate)) = rates.iter().find(|(other, _)| *other == element) {
        return *rate;
    }
    let rate = measure::<E>();
    rates.push((element, rate));
    rate
}

fn measure<E: Element>() -> f64 {
    let start = Instant::now();
    let mut fastest = 0.0_f64;
    while start.elapsed() < BUDGET {
        let begin = Instant::now();
        let multiply_adds = dispatch(MultiplyAdds(E::from_f64(1e-3)));
        fastest = fastest.max(f64::from(multiply_adds) / begin.elapsed().as_secs_f64());
    }
    fastest
}

/// Does multiply-adds with this factor, and gives their number.
struct MultiplyAdds<E>(E);

impl<E: Element> Work for MultiplyAdds<E> {
    type Output = u32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> u32 {
        // So many sums are in flight that none waits for itself, and all stay in registers.
        let sums = if const { registers::<S>() == 32 } {
            add_up::<S, E, 24>(simd, self.0);
            24
        } else {
            add_up::<S, E, 12>(simd, self.0);
            12
        };
        TURNS * sums * lanes::<S, E>() as u32
    }
}

#[inline(always)]
fn add_up<S: Simd, E: Element, const SUMS: usize>(simd: S, factor: E) {
    // The compiler must neither know the product nor find two sums equal.
    let factor = E::splat(simd, black_box(factor));
    let mut sums = [factor; SUMS];
    for (index, sum) in sums.iter_mut().enumerate() {
        *sum = E::splat(simd, E::from_f64(index as f64));
    }
    for _ in 0..TURNS {
        for sum in &mut sums {
            *sum = E::vector_mul_add(simd, factor, factor, *sum);
        }
    }
    black_box(&sums);
}
