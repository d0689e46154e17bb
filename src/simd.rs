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

/// The results of `work` at every SIMD level that this machine has, without vectors first.
#[cfg(test)]
pub(crate) fn at_every_level<W: Work + Clone>(work: W) -> std::vec::Vec<W::Output> {
    let mut results = std::vec![Simd::vectorize(pulp::Scalar, Adapter(work.clone()))];
    #[cfg(target_arch = "x86_64")]
    {
        results.extend(pulp::x86::V3::try_new().map(|simd| Simd::vectorize(simd, Adapter(work.clone()))));
        results.extend(pulp::x86::V4::try_new().map(|simd| Simd::vectorize(simd, Adapter(work))));
    }
    #[cfg(not(target_arch = "x86_64"))]
    results.push(dispatch(work));
    results
}
