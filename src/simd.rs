//! The choice of the processor's vector instructions, once for a pass.

pub use pulp::Simd;
#[cfg(feature = "std")]
pub use rate::multiply_add_rate;

use pulp::{Arch, WithSimd};

#[cfg(feature = "std")]
mod rate;

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

/// Runs `work` with the instructions of every level that the processor has, by the level's name.
#[cfg(test)]
pub fn at_every_level<W: Work + Copy>(work: W) -> std::vec::Vec<(&'static str, W::Output)> {
    let mut outputs = std::vec![("scalar", pulp::Scalar::new().vectorize(Adapter(work)))];
    #[cfg(target_arch = "x86_64")]
    {
        outputs.extend(pulp::x86::V3::try_new().map(|simd| ("x86-64-v3", Simd::vectorize(simd, Adapter(work)))));
        outputs.extend(pulp::x86::V4::try_new().map(|simd| ("x86-64-v4", Simd::vectorize(simd, Adapter(work)))));
    }
    #[cfg(target_arch = "aarch64")]
    outputs.extend(pulp::aarch64::Neon::try_new().map(|simd| ("neon", Simd::vectorize(simd, Adapter(work)))));
    outputs
}
