//! The choice of the processor's vector instructions, once for a pass.

pub use pulp::Simd;

use pulp::{Arch, WithSimd};

/// Work that is compiled for each SIMD level; [`dispatch`] runs the best version that the processor has.
pub trait Work {
    /// What the work gives.
    type Output;

    /// Does the work with the instructions of `S`. Everything beneath it must be inlined.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

struct Adapter<W>(W);

impl<W: Work> WithSimd for Adapter<W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        self.0.run(simd)
    }
}

/// Runs `work` with the widest vector instructions that the processor has.
#[inline(always)]
pub fn dispatch<W: Work>(work: W) -> W::Output {
    Arch::new().dispatch(Adapter(work))
}
