//! The forward pass: at once, or in stretches of the inputs where the weights come from a far cache.

use pulp::{Simd, WithSimd};

use super::Dense;
use crate::activation::{Activation, Identity};
use crate::element::lanes;
use crate::kernels::tile::size::MAX_VECTORS;
use crate::kernels::tile::{
    Apart, ByColumns, Operands, Prefetched, Rows, Size, Start, Terms, block, block_in_parts, parts,
};
use crate::shape::Rank1;
use crate::{Element, Tensor};

/// The forward pass of `ROWS` samples: a function of its own, so that without optimisation the frames of all numbers of samples
/// do not add up.
pub(super) struct ForwardBlock<'a, L, E: Element, const IN: usize, const OUT: usize, A, const ROWS: usize> {
    pub(super) layer: &'a L,
    pub(super) x: &'a [Tensor<Rank1<IN>, E>],
    pub(super) y: &'a mut [Tensor<Rank1<OUT>, E>],
    pub(super) activation: A,
}

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize, A: Activation<E>, const ROWS: usize> WithSimd
    for ForwardBlock<'_, Dense<E, IN, OUT, BIAS>, E, IN, OUT, A, ROWS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let forward = const { Dense::<E, IN, OUT, BIAS>::forward_of::<S, A, ROWS>() };
        forward(self.layer, simd, self.x, self.y, self.activation);
    }
}

/// The bytes of the first-level cache of most processors.
const FIRST_LEVEL_CACHE: usize = 32 << 10;

/// A function that computes the outputs of some samples.
type ForwardOf<L, S, E, const IN: usize, const OUT: usize, A> =
    fn(&L, S, &[Tensor<Rank1<IN>, E>], &mut [Tensor<Rank1<OUT>, E>], A);

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Dense<E, IN, OUT, BIAS> {
    /// The inputs that [`forward_in_stretches`](Self::forward_in_stretches) takes at a time of 32 samples. A sum in parts is not cut.
    const STRETCH: usize = if parts(OUT) == 1 { 128 } else { usize::MAX };

    /// The same of a single sample: what the processor fetches ahead beside the columns of a tile is still there for the next one.
    const SINGLE_STRETCH: usize = 16;

    /// Whether one sample goes in stretches: with AVX2, where its columns are several tiles and the weights fill the first-level cache.
    /// With AVX-512 so many columns are one tile more often, and nobody has measured it; elsewhere nothing is prefetched.
    pub(super) const fn streams<S: Simd>() -> bool {
        cfg!(target_arch = "x86_64")
            && size_of::<S::f32s>() == 32
            && IN > Self::SINGLE_STRETCH
            && parts(OUT) == 1
            && OUT > MAX_VECTORS * lanes::<S, E>()
            && size_of::<[[E; OUT]; IN]>() > FIRST_LEVEL_CACHE
    }

    /// The forward pass of `ROWS` samples; a constant function of a pointer, so that the compiler makes but the one that is chosen.
    const fn forward_of<S: Simd, A: Activation<E>, const ROWS: usize>() -> ForwardOf<Self, S, E, IN, OUT, A> {
        match ROWS {
            32 if Self::STRETCH < IN => Self::forward_in_stretches::<S, A>,
            1 if Self::streams::<S>() => Self::forward_streaming::<S, A>,
            _ => Self::forward_at_once::<S, A, ROWS>,
        }
    }

    /// The forward pass of `ROWS` samples.
    #[inline(always)]
    fn forward_at_once<S: Simd, A: Activation<E>, const ROWS: usize>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
    ) {
        let (x, y) = (&x[..ROWS], &mut y[..ROWS]);
        let operands = Operands {
            left: x.as_ptr().cast(),
            right: self.weight.as_ptr().cast(),
            output: y.as_mut_ptr().cast(),
            output_row: OUT,
            start: if BIAS == 0 { Start::Zero } else { Start::Bias(self.bias.as_ptr()) },
        };
        let terms = Terms { counts: [1, 1, IN], left: [0, 0, 1], right: [0, 0, OUT] };
        // SAFETY: `ROWS` samples of `IN` inputs and `OUT` outputs, `IN` rows of `OUT` weights, and a bias, if there is one, of `OUT`
        // offsets (`CHECK`). The outputs are borrowed mutably, so nothing overlaps them.
        unsafe {
            block_in_parts::<S, E, A, Size<ROWS, OUT>, Apart>(simd, operands, terms, Apart(IN), activation);
        }
    }

    /// The forward pass of 32 samples, a stretch of the inputs after the other: a few columns of the weights of a stretch stay
    /// in the first-level cache for all samples.
    #[inline(always)]
    fn forward_in_stretches<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
    ) {
        self.forward_stretches_of::<S, A, Apart, 32>(simd, x, y, activation, Self::STRETCH, Apart(IN));
    }

    /// The forward pass of one sample, a short stretch of the inputs after the other: the weights stream from a far cache, and what
    /// the processor fetches beside the columns of a tile is still near when it is their turn.
    #[inline(always)]
    fn forward_streaming<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
    ) {
        self.forward_stretches_of::<S, A, Prefetched, 1>(simd, x, y, activation, Self::SINGLE_STRETCH, Prefetched);
    }

    /// The forward pass of `ROWS` samples in stretches of so many inputs. The sums go on where they were, so the bits are those of
    /// a pass at once.
    #[inline(always)]
    fn forward_stretches_of<S: Simd, A: Activation<E>, R: Rows, const ROWS: usize>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
        stretch: usize,
        rows: R,
    ) {
        const { assert!(ROWS == 1 || !R::PREFETCHES, "only a single row is prefetched") };
        let (x, y) = (&x[..ROWS], &mut y[..ROWS]);
        for first in (0..IN).step_by(stretch) {
            let inputs = stretch.min(IN - first);
            let operands = Operands {
                left: x.as_ptr().cast::<E>().wrapping_add(first),
                right: self.weight[first..].as_ptr().cast(),
                output: y.as_mut_ptr().cast(),
                output_row: OUT,
                start: match (first, BIAS) {
                    (0, 0) => Start::Zero,
                    (0, _) => Start::Bias(self.bias.as_ptr()),
                    _ => Start::Output,
                },
            };
            let terms = Terms { counts: [1, 1, inputs], left: [0, 0, 1], right: [0, 0, OUT] };
            // SAFETY: `ROWS` samples, as far apart as `rows` says, with `inputs` inputs from `first` on and `OUT` outputs, as many rows
            // of `OUT` weights, and a bias, if there is one, of `OUT` offsets (`CHECK`). The outputs are borrowed mutably.
            unsafe {
                if first + inputs < IN {
                    block::<S, E, Identity, ByColumns<ROWS, OUT>, R, 1>(simd, operands, terms, rows, Identity);
                } else {
                    block::<S, E, A, ByColumns<ROWS, OUT>, R, 1>(simd, operands, terms, rows, activation);
                }
            }
        }
    }
}
