//! The forward pass: at once, or, where the weights come from a far cache, in stretches of the inputs or without those that are zero.

use pulp::{Simd, WithSimd};

use super::Dense;
use crate::activation::{Activation, Identity};
use crate::element::lanes;
use crate::kernels::across_lines::AcrossLines;
use crate::kernels::narrow::Narrow;
use crate::kernels::nonzero::{Columns, MOST_ROWS, NonZero, STRETCH};
use crate::kernels::tile::size::MAX_VECTORS;
use crate::kernels::tile::{
    Apart, ByColumns, Operands, Prefetched, Rows, Size, SomeTerms, Start, Terms, block, block_in_parts, parts,
};
use crate::shape::Rank1;
use crate::tensor::{elements, elements_mut};
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

/// The inputs of some samples and the places of their outputs.
type Samples<'a, E, const IN: usize, const OUT: usize> = (&'a [Tensor<Rank1<IN>, E>], &'a mut [Tensor<Rank1<OUT>, E>]);

/// A function that adds the products of the inputs at some places to the outputs of some samples.
type ListedOf<L, S, E, const IN: usize, const OUT: usize> =
    fn(&L, S, Samples<'_, E, IN, OUT>, usize, bool, &[[u32; 2]]);

/// The samples of a block that leave out the inputs which are zero in all of them: the fewer, the more inputs they leave out, but the
/// weights serve them alone.
const GROUP: usize = 4;

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Dense<E, IN, OUT, BIAS> {
    /// Whether a block of 32 samples, or one sample, looks for inputs that are zero: with vectors, where the weights fill the first-level cache
    /// and sums are in one part.
    pub(super) const fn skips<S: Simd>() -> bool {
        size_of::<S::f32s>() > size_of::<f32>()
            && parts(OUT) == 1
            && OUT <= u32::MAX as usize / STRETCH
            && IN <= u32::MAX as usize / MOST_ROWS
            && size_of::<[[E; OUT]; IN]>() > FIRST_LEVEL_CACHE
    }

    /// Whether the weights of a single sample are prefetched: with AVX2, where its columns are several tiles. With AVX-512 so many
    /// columns are one tile more often, or a row across lines; elsewhere nothing is prefetched.
    pub(super) const fn prefetches<S: Simd>() -> bool {
        cfg!(target_arch = "x86_64") && size_of::<S::f32s>() == 32 && OUT > MAX_VECTORS * lanes::<S, E>()
    }

    /// The forward pass of `ROWS` samples; a constant function of a pointer, so that the compiler makes but the one that is chosen.
    const fn forward_of<S: Simd, A: Activation<E>, const ROWS: usize>() -> ForwardOf<Self, S, E, IN, OUT, A> {
        match ROWS {
            1 if Self::skips::<S>() && Self::prefetches::<S>() => Self::forward_skipping::<S, A, 1, true>,
            1 | 32 if Self::skips::<S>() => Self::forward_skipping::<S, A, ROWS, false>,
            _ if Narrow::<E, OUT>::SUITS => Self::forward_narrow::<S, A, ROWS>,
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

    /// The forward pass of `ROWS` samples through a layer of a few outputs.
    #[inline(always)]
    fn forward_narrow<S: Simd, A: Activation<E>, const ROWS: usize>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
    ) {
        let (x, y) = (&x[..ROWS], &mut y[..ROWS]);
        let y: &mut [[E; OUT]] = bytemuck::cast_slice_mut(elements_mut(y));
        Narrow::rows(simd, elements(x), &self.weight, &self.bias, y, activation);
    }

    /// The forward pass of `ROWS` samples, without the inputs that are zero in all samples if they seem to be many: a product of zero and a
    /// finite weight adds nothing, so the outputs are those of a pass at once.
    #[inline(always)]
    fn forward_skipping<S: Simd, A: Activation<E>, const ROWS: usize, const PREFETCHES: bool>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        activation: A,
    ) {
        const { assert!(ROWS == 1 || !PREFETCHES, "only a single row is prefetched") };
        let (x, y) = (&x[..ROWS], &mut y[..ROWS]);
        if NonZero::promises(simd, elements(x), IN) {
            self.forward_listed::<S, ROWS, PREFETCHES>(simd, x, y);
        } else {
            self.forward_in_stretches::<S, ROWS, PREFETCHES>(simd, x, y);
        }
        activation.apply_in_place(simd, elements_mut(y));
    }

    /// The inputs that go through together. Of 32 samples, a few columns of so many weights stay in the first-level cache for all
    /// samples. Of one sample whose weights stream from a far cache: what the processor fetches beside the columns of a tile is
    /// still near when it is their turn.
    const fn stretch(prefetches: bool) -> usize {
        if prefetches { 16 } else { STRETCH }
    }

    #[inline(always)]
    fn forward_listed<S: Simd, const ROWS: usize, const PREFETCHES: bool>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
    ) {
        const { assert!(ROWS == 1 || ROWS.is_multiple_of(GROUP), "whole groups") };
        let (mut nonzero, mut columns) = (NonZero::NONE, Columns::NONE);
        for first in (0..IN).step_by(STRETCH) {
            let inputs = (first, STRETCH.min(IN - first));
            if const { ROWS > 1 } {
                nonzero.look(simd, elements(x), IN, inputs);
            }
            for (group, y) in y.chunks_mut(GROUP).enumerate() {
                let x = &x[group * GROUP..][..y.len()];
                let places = if const { ROWS > 1 } {
                    columns.places(&nonzero, ((1 << GROUP) - 1) << (group * GROUP), OUT)
                } else {
                    columns.places_in_row(&elements(x)[first..][..inputs.1], OUT)
                };
                let (mut rest, mut begun) = (places, first > 0);
                while !(begun && rest.is_empty()) {
                    let (now, later) = rest.split_at(const { Self::stretch(PREFETCHES) }.min(rest.len()));
                    (const { Self::listed_of::<S, ROWS, PREFETCHES>() })(self, simd, (x, y), first, begun, now);
                    (rest, begun) = (later, true);
                }
            }
        }
    }

    /// The function that adds the products of some inputs to the outputs of a sample, or of a group of them.
    const fn listed_of<S: Simd, const ROWS: usize, const PREFETCHES: bool>() -> ListedOf<Self, S, E, IN, OUT> {
        match ROWS {
            1 if PREFETCHES => Self::go_on_prefetched,
            1 => Self::go_on_listed::<S, 1>,
            _ => Self::go_on_listed::<S, GROUP>,
        }
    }

    #[inline(always)]
    fn go_on_listed<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        (x, y): Samples<'_, E, IN, OUT>,
        first: usize,
        begun: bool,
        places: &[[u32; 2]],
    ) {
        self.go_on::<S, _, ROWS>(simd, x, y, (first, 0), begun, SomeTerms(IN, places));
    }

    #[inline(always)]
    fn go_on_prefetched<S: Simd>(
        &self,
        simd: S,
        (x, y): Samples<'_, E, IN, OUT>,
        first: usize,
        begun: bool,
        places: &[[u32; 2]],
    ) {
        self.go_on::<S, _, 1>(simd, x, y, (first, 0), begun, Prefetched(SomeTerms(IN, places)));
    }

    #[inline(always)]
    fn forward_in_stretches<S: Simd, const ROWS: usize, const PREFETCHES: bool>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
    ) {
        let stretch = const { Self::stretch(PREFETCHES) };
        for first in (0..IN).step_by(stretch) {
            let inputs = (first, stretch.min(IN - first));
            if const { PREFETCHES } {
                self.go_on::<S, _, ROWS>(simd, x, y, inputs, first > 0, Prefetched(Apart(IN)));
            } else {
                self.go_on::<S, _, ROWS>(simd, x, y, inputs, first > 0, Apart(IN));
            }
        }
    }

    /// Adds the products of `count` inputs from `first` on, or those from there on that the rows list, to the outputs, or to the bias.
    #[inline(always)]
    fn go_on<S: Simd, R: Rows, const ROWS: usize>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        (first, count): (usize, usize),
        begun: bool,
        rows: R,
    ) {
        let (x, y) = (&x[..ROWS], &mut y[..ROWS]);
        let operands = Operands {
            left: x.as_ptr().cast::<E>().wrapping_add(first),
            right: self.weight[first..].as_ptr().cast(),
            output: y.as_mut_ptr().cast(),
            output_row: OUT,
            start: match (begun, BIAS) {
                (true, _) => Start::Output,
                (false, 0) => Start::Zero,
                (false, _) => Start::Bias(self.bias.as_ptr()),
            },
        };
        let terms = Terms { counts: [1, 1, count], left: [0, 0, 1], right: [0, 0, OUT] };
        // SAFETY: `ROWS` samples, as far apart as `rows` says, whose inputs from `first` on are as many as are counted or listed, and
        // `OUT` outputs, as many rows of `OUT` weights, and a bias, if there is one, of `OUT` offsets (`CHECK`). The outputs are
        // borrowed mutably.
        unsafe { (const { Self::going_on::<S, R, ROWS>() })(simd, operands, terms, rows) }
    }

    /// The function that adds products to outputs; a constant function of a pointer, so that the compiler makes but one.
    const fn going_on<S: Simd, R: Rows, const ROWS: usize>() -> unsafe fn(S, Operands<E>, Terms, R) {
        #[inline(always)]
        unsafe fn in_block<S: Simd, E: Element, R: Rows, const ROWS: usize, const OUT: usize>(
            simd: S,
            operands: Operands<E>,
            terms: Terms,
            rows: R,
        ) {
            // SAFETY: promised by the caller.
            unsafe { block::<S, E, Identity, ByColumns<ROWS, OUT>, R, 1>(simd, operands, terms, rows, Identity) }
        }
        if ROWS == 1 && AcrossLines::<E, OUT>::suits::<S>() {
            AcrossLines::<E, OUT>::row::<S, R>
        } else {
            in_block::<S, E, R, ROWS, OUT>
        }
    }
}
