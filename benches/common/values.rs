//! Numbers to compute on.

use tintype::{Shape, Tensor};

/// Tensors of numbers between -1 and 1 without a pattern, the same in every run.
pub fn tensors<S: Shape>(count: usize) -> Vec<Tensor<S>> {
    let mut state = 1_u32;
    let mut next = move |_| {
        // Numerical Recipes' linear congruential generator; the upper bits are random enough for a benchmark.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| Tensor::from_fn(&mut next)).collect()
}
