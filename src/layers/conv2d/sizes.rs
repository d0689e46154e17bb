//! The sizes of a convolution over an image of a given size, and where its operands lie.

use core::marker::PhantomData;

use super::tiles::{MATRICES, Tiled, points};
use super::{Conv2d, Slide};
use crate::Element;
use crate::kernels::tile::{Block, MAX_ROWS, Rows, Terms};
use crate::kernels::winograd::{OUTPUTS, TAPS};
use crate::shape::Rank3;

/// The sizes of one convolution, as constants.
pub(super) struct Sizes<L, I, O>(PhantomData<(L, I, O)>);

impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
> Sizes<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>
{
    /// Refuses sizes that do not belong together: the kernel would read beyond a pixel's channels, or beyond the bias.
    ///
    /// ```compile_fail
    /// use tintype::{Tensor, bytemuck::Zeroable, gradient_check::gradient_check, layer::Mode, layers::Conv2d};
    /// use tintype::shape::Rank3;
    /// let mut three_channels = Conv2d::<f64, 3, 4, 1, 1>::zeroed();
    /// let x = [Tensor::zeros()];
    /// let _ = gradient_check::<_, Rank3<2, 2, 1>, Rank3<2, 2, 4>>(&mut three_channels, &x, Mode::Inference);
    /// ```
    ///
    /// ```compile_fail
    /// # use tintype::{Tensor, bytemuck::Zeroable, gradient_check::gradient_check, layer::Mode, layers::Conv2d};
    /// # use tintype::shape::Rank3;
    /// let mut one_offset = Conv2d::<f64, 1, 4, 1, 1, 1>::zeroed();
    /// let x = [Tensor::zeros()];
    /// let _ = gradient_check::<_, Rank3<2, 2, 1>, Rank3<2, 2, 4>>(&mut one_offset, &x, Mode::Inference);
    /// ```
    ///
    /// ```
    /// # use tintype::{Tensor, bytemuck::Zeroable, gradient_check::gradient_check, layer::Mode, layers::Conv2d};
    /// # use tintype::shape::Rank3;
    /// let mut layer = Conv2d::<f64, 1, 4, 1, 1>::zeroed();
    /// let x = [Tensor::zeros()];
    /// let _ = gradient_check::<_, Rank3<2, 2, 1>, Rank3<2, 2, 4>>(&mut layer, &x, Mode::Inference);
    /// ```
    pub(super) const CHECK: () = {
        assert!(C == IN * Self::GROUPS, "the channels of the image are those of the kernel, or a multiple of them");
        assert!(OUT.is_multiple_of(Self::GROUPS), "every group has as many filters");
        assert!(BIAS == 0 || BIAS == OUT, "a bias has one offset for each filter");
    };

    /// The groups that the channels fall into: an output channel sees those of its own group alone.
    pub(super) const GROUPS: usize = match C.checked_div(IN) {
        None | Some(0) => 1,
        Some(groups) => groups,
    };
    /// The output channels of one group.
    pub(super) const GROUP_FILTERS: usize = OUT / Self::GROUPS;
    /// Rows and columns that the windows reach.
    pub(super) const REACH: [usize; 2] = [
        OH.saturating_sub(1) * G::STRIDE[0] + KH.saturating_sub(1) * G::DILATION[0] + 1,
        OW.saturating_sub(1) * G::STRIDE[1] + KW.saturating_sub(1) * G::DILATION[1] + 1,
    ];
    /// Whether windows leave the image, so that it is copied into one with zeros around it.
    pub(super) const PADDED: bool = G::PADDING[0] > 0 || G::PADDING[1] > 0 || Self::REACH[0] > H || Self::REACH[1] > W;
    /// The columns of the image that the windows run over.
    pub(super) const ROW: usize = if Self::PADDED { Self::REACH[1] } else { W };
    /// The elements of that copy.
    pub(super) const PADDED_LEN: usize = if Self::PADDED { Self::REACH[0] * Self::REACH[1] * C } else { 0 };
    /// The rows of outputs whose gradient by the input is computed together: as many as give a tile its rows, and an even
    /// part of all.
    pub(super) const BAND: usize = {
        let mut rows = if OH == 0 { 1 } else { OH };
        while rows > 1 && (rows * OW > MAX_ROWS || !OH.is_multiple_of(rows)) {
            rows -= 1;
        }
        rows
    };
    /// The inputs that one block of the gradient by the input reaches from each output: those of a row of taps where they are
    /// one contiguous run, or those of one tap.
    pub(super) const RUN: usize = if Self::CONTIGUOUS { KW * IN } else { IN };
    /// The same with zeros up to a whole number of vectors, of the widest that there are, or of half of it.
    pub(super) const PADDED_RUN: usize = if Self::RUN <= 8 { 8 } else { Self::RUN.next_multiple_of(16) };
    /// The elements of such a block.
    pub(super) const BLOCK_LEN: usize = Self::BAND * OW * Self::PADDED_RUN;
    /// The rows of taps whose blocks are computed before they are added up: all of them, if they are small beside the first-level cache,
    /// except on processors that have no memory to spare.
    pub(super) const TAP_ROWS_AT_ONCE: usize = {
        const MOST: usize = 1 << 12;
        let all = cfg!(target_pointer_width = "64") && KH > 0 && Self::BLOCK_LEN.saturating_mul(KH) <= MOST;
        if all { KH } else { 1 }
    };
    /// The elements of their blocks.
    pub(super) const PRODUCTS_LEN: usize = Self::BLOCK_LEN * Self::TAP_ROWS_AT_ONCE;
    /// The elements of the weights that the gradient by the input reads: for each run of taps, a matrix from the upstream
    /// gradients of a group to the run.
    pub(super) const DIRECT_PACKED_LEN: usize = match (KH * KW * IN).checked_div(Self::RUN) {
        Some(runs) => runs * OUT * Self::PADDED_RUN,
        None => 0,
    };
    /// Whether the taps of one row of the kernel and their channels are one contiguous run.
    pub(super) const CONTIGUOUS: bool = Self::GROUPS == 1 && G::DILATION[1] == 1;

    /// The terms of an output: taps and channels, in the order of the weights.
    pub(super) const TERMS: Terms = {
        let row = G::DILATION[0] * Self::ROW * C;
        if Self::CONTIGUOUS {
            Terms { counts: [1, KH, KW * IN], left: [0, row, 1], right: [0, KW * IN * OUT, OUT] }
        } else {
            Terms { counts: [KH, KW, IN], left: [row, G::DILATION[1] * C, 1], right: [KW * IN * OUT, IN * OUT, OUT] }
        }
    };

    /// Small outputs are one block, so that a tile can span several rows.
    pub(super) const WHOLE_OUTPUT: bool = OH * OW <= MAX_ROWS;

    /// The rows of taps that make one block of the gradient by the weights: as many as give a tile its rows.
    pub(super) const TAP_ROWS: usize = if Self::CONTIGUOUS && KH * KW * IN > 0 && KW * IN <= MAX_ROWS {
        let rows = MAX_ROWS / (KW * IN);
        if rows < KH { rows } else { KH }
    } else {
        1
    };

    /// Whether the gradient by the weights takes one image after the other: with enough outputs for long sums, so that what
    /// a row of tiles reads stays in the first-level cache.
    pub(super) const ONE_BY_ONE: bool = Self::PADDED || OH * OW >= 64;

    /// Rows and columns of Winograd's tiles.
    const TILES: [usize; 2] = [OH.div_ceil(OUTPUTS), OW.div_ceil(OUTPUTS)];
    /// How many there are.
    pub(super) const TILE_COUNT: usize = Self::TILES[0].saturating_mul(Self::TILES[1]);
    /// Pairs of channels.
    pub(super) const PAIRS: usize = IN * OUT;
    /// The elements of an image's inputs as points.
    pub(super) const INPUT_POINTS: usize = points(Self::TILE_COUNT, C);
    /// The elements of an image's outputs as points.
    pub(super) const OUTPUT_POINTS: usize = points(Self::TILE_COUNT, OUT);
    /// The elements of the filters as points.
    pub(super) const FILTER_POINTS: usize = points(1, Self::PAIRS);
    /// The elements of the weights that the gradient by the input of Winograd's convolution reads: the points of the transposed
    /// filters, and behind them the transposed filters.
    pub(super) const WINOGRAD_PACKED_LEN: usize = Self::FILTER_POINTS.saturating_add(TAPS * TAPS * Self::PAIRS);
    /// The scratch memory of Winograd's convolution: the filters and one image as points.
    const WINOGRAD_SCRATCH: usize =
        Self::FILTER_POINTS.saturating_add(Self::INPUT_POINTS).saturating_add(Self::OUTPUT_POINTS);

    /// Whether Winograd's convolution is the cheaper one: with enough channels to make up for the transforms, so many tiles that the
    /// filters' points are worth reading, and no more of these than fit a second-level cache. It takes several times the memory, which
    /// small processors do not have.
    pub(super) const WINOGRAD: bool = {
        let slides_by_one = matches!((G::STRIDE, G::DILATION), ([1, 1], [1, 1]));
        let suits = KH == TAPS && KW == TAPS && slides_by_one && Self::GROUPS == 1;
        // In operations on a number: multiply-adds, and four for each point of a transform.
        let pairs = Self::PAIRS as u64;
        let products = (MATRICES as u64).saturating_mul(pairs).saturating_mul(Self::TILE_COUNT as u64);
        let transformed =
            Self::FILTER_POINTS.saturating_add(Self::INPUT_POINTS).saturating_add(Self::OUTPUT_POINTS) as u64;
        let winograd = products.saturating_add(transformed.saturating_mul(4));
        let direct = ((TAPS * TAPS) as u64).saturating_mul(pairs).saturating_mul(OH as u64).saturating_mul(OW as u64);
        cfg!(target_pointer_width = "64")
            && suits
            && Self::FILTER_POINTS <= 1 << 18
            && winograd.saturating_mul(5) < direct.saturating_mul(4)
    };

    /// The scratch memory of a forward pass.
    pub(super) const FORWARD_SCRATCH: usize = if Self::WINOGRAD { Self::WINOGRAD_SCRATCH } else { Self::PADDED_LEN };
    /// The scratch memory of a backward pass.
    pub(super) const BACKWARD_SCRATCH: usize = if Self::WINOGRAD {
        Self::WINOGRAD_SCRATCH
    } else if Self::PADDED_LEN > Self::PRODUCTS_LEN {
        Self::PADDED_LEN
    } else {
        Self::PRODUCTS_LEN
    };
    /// The elements of the weights as the gradient by the input reads them.
    pub(super) const PACKED_LEN: usize =
        if Self::WINOGRAD { Self::WINOGRAD_PACKED_LEN } else { Self::DIRECT_PACKED_LEN };
}

/// Where the windows of the output positions lie.
pub(super) struct Positions<L, I, O>(pub(super) PhantomData<(L, I, O)>);
/// Where the inputs of the weights lie.
pub(super) struct Weights<L, I, O>(pub(super) PhantomData<(L, I, O)>);

/// The outputs of one block of the forward pass.
pub(super) struct ForwardBlock<L, I, O>(PhantomData<(L, I, O)>);
/// The weights of one block of the gradient by the weights.
pub(super) struct WeightBlock<L, I, O>(PhantomData<(L, I, O)>);
/// The weights of the rows of taps that are left.
pub(super) struct LastWeightBlock<L, I, O>(PhantomData<(L, I, O)>);
/// The points of an image's outputs.
pub(super) struct OutputPoints<L, I, O>(PhantomData<(L, I, O)>);
/// The points of the filters.
pub(super) struct FilterPoints<L, I, O>(PhantomData<(L, I, O)>);
/// The points of an image's inputs.
pub(super) struct InputPoints<L, I, O>(PhantomData<(L, I, O)>);
/// The products of upstream gradients and weights of one block of the gradient by the input.
pub(super) struct InputBlock<L, I, O>(PhantomData<(L, I, O)>);

macro_rules! blocks {
    ($($block:ident: $rows:expr, $columns:expr $(, by columns: $by_columns:expr)?;)*) => {$(
        impl<
            E: Element, const IN: usize, const OUT: usize, const KH: usize, const KW: usize, const BIAS: usize,
            G: Slide, const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize,
        > Block for $block<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>> {
            const ROWS: usize = $rows;
            const COLUMNS: usize = $columns;
            $(const BY_COLUMNS: bool = $by_columns;)?
        }
    )*};
}

macro_rules! tiled {
    ($($points:ident: $size:expr, tiles: $tiles:expr, padding: $padding:expr;)*) => {$(
        impl<
            E: Element, const IN: usize, const OUT: usize, const KH: usize, const KW: usize, const BIAS: usize,
            G: Slide, const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize,
        > Tiled for $points<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>> {
            const SIZE: [usize; 2] = $size;
            const TILES: [usize; 2] = $tiles;
            const PADDING: [usize; 2] = $padding;
        }
    )*};
}

macro_rules! rows {
    ($($rows:ident: |$row:ident| $offset:expr;)*) => {$(
        impl<L, I, O> Clone for $rows<L, I, O> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<L, I, O> Copy for $rows<L, I, O> {}
        impl<
            E: Element, const IN: usize, const OUT: usize, const KH: usize, const KW: usize, const BIAS: usize,
            G: Slide, const H: usize, const W: usize, const C: usize, const OH: usize, const OW: usize,
        > Rows for $rows<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>> {
            #[inline(always)]
            fn offset(self, $row: usize) -> usize {
                $offset
            }
        }
    )*};
}

/// The constants of the convolution at hand.
macro_rules! sizes {
    () => {
        Sizes::<Conv2d<E, IN, OUT, KH, KW, BIAS, G>, Rank3<H, W, C>, Rank3<OH, OW, OUT>>
    };
}
pub(super) use sizes;

blocks! {
    ForwardBlock: if <sizes!()>::WHOLE_OUTPUT { OH * OW } else { OW }, <sizes!()>::GROUP_FILTERS;
    WeightBlock: <sizes!()>::TAP_ROWS * if <sizes!()>::CONTIGUOUS { KW * IN } else { IN }, <sizes!()>::GROUP_FILTERS,
        by columns: <sizes!()>::ONE_BY_ONE && KW * IN > 2 * MAX_ROWS;
    LastWeightBlock: KH % <sizes!()>::TAP_ROWS * if <sizes!()>::CONTIGUOUS { KW * IN } else { IN },
        <sizes!()>::GROUP_FILTERS;
    FilterPoints: 1, <sizes!()>::PAIRS;
    OutputPoints: <sizes!()>::TILE_COUNT, OUT;
    InputPoints: <sizes!()>::TILE_COUNT, C;
    InputBlock: <sizes!()>::BAND * OW, <sizes!()>::PADDED_RUN;
}

tiled! {
    FilterPoints: [TAPS, TAPS], tiles: [1, 1], padding: [0, 0];
    OutputPoints: [OH, OW], tiles: <sizes!()>::TILES, padding: [0, 0];
    InputPoints: [H, W], tiles: <sizes!()>::TILES, padding: G::PADDING;
}

rows! {
    Positions: |p| if <sizes!()>::WHOLE_OUTPUT {
        (p / OW) * G::STRIDE[0] * <sizes!()>::ROW * C + (p % OW) * G::STRIDE[1] * C
    } else {
        p * G::STRIDE[1] * C
    };
    Weights: |r| if <sizes!()>::TAP_ROWS > 1 {
        (r / (KW * IN)) * G::DILATION[0] * <sizes!()>::ROW * C + r % (KW * IN)
    } else {
        r
    };
}
