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
        if const { is_without_vectors::<S>() } { without_vectors(self.0, simd) } else { self.0.run(simd) }
    }
}

/// The work at the level that hardly any x86-64 processor has for its best. Within the choice of the level, where the compiler likes to
/// inline it, it would be in the way of inlining the choice, which a small network feels.
#[inline(never)]
fn without_vectors<S: Simd, W: Work>(work: W, simd: S) -> W::Output {
    work.run(simd)
}

/// Runs `work` with the widest vector instructions that the processor has.
#[inline(always)]
pub fn dispatch<W: Work>(work: W) -> W::Output {
    Arch::new().dispatch(Adapter(work))
}

/// A part of a pass: a function of its own, compiled for the level of the pass.
pub(crate) trait Part: WithSimd {
    /// About how many operations it has for a sample.
    const OPERATIONS: u64;
}

/// The most operations of a part so small that a call would be felt.
pub(crate) const SMALL: u64 = 2048;

/// Runs a part of a pass.
#[inline(always)]
pub(crate) fn call<S: Simd, P: Part>(simd: S, part: P) -> P::Output {
    (const { function::<S, P>() })(simd, part)
}

/// The function that runs a part: where the call itself would be felt, one for every pass that has it, which the compiler may
/// inline; else, and without vectors, where hardly anybody feels anything, one for all passes. Only the one that is chosen is compiled.
const fn function<S: Simd, P: Part>() -> fn(S, P) -> P::Output {
    if P::OPERATIONS > SMALL || is_without_vectors::<S>() { <S as Apart>::run_apart::<P> } else { S::vectorize::<P> }
}

/// Whether `S` is the level that hardly any x86-64 processor has for its best.
pub(crate) const fn is_without_vectors<S: Simd>() -> bool {
    cfg!(target_arch = "x86_64") && size_of::<S::f32s>() == size_of::<f32>()
}

/// One function for each part and level, however many passes call it: training and inference share the forward pass of a layer.
trait Apart: Simd {
    /// Runs `part` with the instructions of the level. The compiler sorts its functions by the module of the type that they
    /// belong to, here the level, and works on such groups side by side; one that may be inlined it makes again for every
    /// group that calls it.
    #[inline(never)]
    fn run_apart<P: Part>(self, part: P) -> P::Output {
        self.vectorize(part)
    }
}

impl<S: Simd> Apart for S {}

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
