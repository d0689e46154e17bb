//! The size of a block of results, and of the tiles that cover it: chosen at compile time by a model of what they cost.

use core::marker::PhantomData;

use pulp::Simd;

use crate::Element;
use crate::element::lanes;

/// The size of a block of results, known at compile time.
pub trait Block {
    /// Rows: output positions, samples, or inputs of a weight.
    const ROWS: usize;
    /// Columns: output channels, contiguous in memory.
    const COLUMNS: usize;
    /// Whether all rows are computed for a few columns before the next ones: what these columns read of the right operand
    /// then stays in the first-level cache.
    const BY_COLUMNS: bool = false;
}

/// How many parts the terms of a sum are dealt out to, in turn, for so many columns where there may be only one row: a
/// multiply-add takes four cycles, so with few vectors the next term would wait for the last one. A rule of the size alone, so
/// that sums are the same at every level.
pub const fn parts(columns: usize) -> usize {
    match columns {
        0..=16 => 4,
        17..=32 => 2,
        _ => 1,
    }
}

/// The most rows that a tile can have.
pub const MAX_ROWS: usize = 12;

/// The most vectors that a tile can have.
pub(crate) const MAX_VECTORS: usize = 8;

/// The number of vector registers at the level `S`.
pub(crate) const fn registers<S: Simd>() -> usize {
    match size_of::<S::f32s>() {
        64 => 32,
        16 if cfg!(target_arch = "aarch64") => 32,
        _ => 16,
    }
}

/// Whether the registers hold the sums of a tile, a row of the right operand, a broadcast, and one to spare: without that
/// one the compiler was seen to send sums to memory. The right operand of a single row is read by the multiply-add itself.
const fn fits(registers: usize, parts: usize, rows: usize, vectors: usize) -> bool {
    let right = if rows == 1 { 0 } else { vectors };
    rows * vectors * parts + right + 1 < registers
}

/// What a term of a tile costs, in half cycles of a core with two multiply-add units and two load units whose multiply-add
/// takes four cycles.
const fn cost(parts: usize, rows: usize, vectors: usize) -> usize {
    let in_flight = 8 / parts;
    let (products, loads) = (rows * vectors, rows + vectors);
    let busy = if products > loads { products } else { loads };
    if rows == 0 || vectors == 0 {
        0
    } else if busy > in_flight {
        busy
    } else {
        in_flight
    }
}

/// How many vectors wide tiles of `rows` rows best are, the last one excepted, to cover `all` vectors, and what a term of all
/// of them costs.
const fn best_width(registers: usize, parts: usize, rows: usize, all: usize) -> (usize, usize) {
    let (mut best, mut least) = (1, usize::MAX);
    let mut width = 1;
    while width <= MAX_VECTORS && width <= all && (width == 1 || fits(registers, parts, rows, width)) {
        let cost = all / width * cost(parts, rows, width) + cost(parts, rows, all % width);
        if cost <= least {
            (best, least) = (width, cost);
        }
        width += 1;
    }
    (best, if rows == 0 { 0 } else { least })
}

/// How many rows the tiles of a block of `all_rows` rows and `all` vectors best have, the last one excepted.
const fn best_height(registers: usize, parts: usize, all_rows: usize, all: usize) -> usize {
    let (mut best, mut least) = (1, usize::MAX);
    let mut rows = 1;
    while rows <= MAX_ROWS && rows <= all_rows && (rows == 1 || fits(registers, parts, rows, 1)) {
        let whole = all_rows / rows * best_width(registers, parts, rows, all).1;
        let cost = whole + best_width(registers, parts, all_rows % rows, all).1;
        if cost <= least {
            (best, least) = (rows, cost);
        }
        rows += 1;
    }
    best
}

/// How many rows the tiles of a block whose rows are listed best have: the fewest that cost no more for each row than any. The fewer
/// rows a tile has, the more terms none of them wants.
const fn least_height(registers: usize, parts: usize, all_rows: usize, all: usize) -> usize {
    let (mut best, mut least) = (1, best_width(registers, parts, 1, all).1);
    let mut rows = 2;
    while rows <= MAX_ROWS && rows <= all_rows && fits(registers, parts, rows, 1) {
        let cost = best_width(registers, parts, rows, all).1;
        if cost * best < least * rows {
            (best, least) = (rows, cost);
        }
        rows += 1;
    }
    best
}

/// The tiles that cover a block, with sums in `P` parts. As constants, which the compiler computes once for a block.
pub(super) struct Tiles<S, E, B, const P: usize>(PhantomData<(S, E, B)>);

impl<S: Simd, E: Element, B: Block, const P: usize> Tiles<S, E, B, P> {
    /// The columns of the block in vectors, the last one perhaps partial.
    const VECTORS: usize = B::COLUMNS.div_ceil(lanes::<S, E>());
    /// The elements of the last vector.
    pub(super) const LAST: usize = B::COLUMNS - Self::VECTORS.saturating_sub(1) * lanes::<S, E>();
    /// The tiles, the last row of them excepted.
    pub(super) const WHOLE: Height =
        Height::new(registers::<S>(), P, best_height(registers::<S>(), P, B::ROWS, Self::VECTORS), Self::VECTORS);
    /// The tiles where rows are listed.
    pub(super) const LISTED: Height =
        Height::new(registers::<S>(), P, least_height(registers::<S>(), P, B::ROWS, Self::VECTORS), Self::VECTORS);
    /// How many rows of the tiles there are.
    pub(super) const COUNT: usize = B::ROWS / Self::WHOLE.rows;
    /// Whether they leave rows of the block.
    pub(super) const HAS_REST: bool = !B::ROWS.is_multiple_of(Self::WHOLE.rows);
    /// The last row of tiles, if there is one.
    pub(super) const REST: Height = if Self::HAS_REST {
        Height::new(registers::<S>(), P, B::ROWS % Self::WHOLE.rows, Self::VECTORS)
    } else {
        // What is never called names no tile that the compiler would make for nothing.
        Self::WHOLE
    };
}

/// Tiles of one height, side by side.
#[derive(Clone, Copy)]
pub(super) struct Height {
    /// The rows of each.
    pub(super) rows: usize,
    /// The vectors of each, the last one excepted.
    pub(super) vectors: usize,
    /// How many there are, the last one excepted.
    pub(super) count: usize,
    /// The vectors of the last one.
    pub(super) last: usize,
}

impl Height {
    const fn new(registers: usize, parts: usize, rows: usize, all: usize) -> Self {
        let vectors = best_width(registers, parts, rows, all).0;
        let count = all.saturating_sub(1) / vectors;
        let last = all - count * vectors;
        // Without others, the last one is the only one that is named.
        Self { rows, vectors: if count == 0 { last } else { vectors }, count, last }
    }
}

/// A block of a size that is written out.
#[derive(Clone, Copy, Debug)]
pub struct Size<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for Size<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
}

/// The same, a few columns after the other.
#[derive(Clone, Copy, Debug)]
pub struct ByColumns<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for ByColumns<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
    const BY_COLUMNS: bool = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, at_every_level};

    /// The rows and vectors of the tiles of a block.
    #[derive(Clone, Copy)]
    struct Chosen<B, const P: usize>(PhantomData<B>);

    impl<B: Block + Copy, const P: usize> Work for Chosen<B, P> {
        type Output = [(usize, usize); 2];

        fn run<S: Simd>(self, _: S) -> Self::Output {
            [Tiles::<S, f32, B, P>::WHOLE, Tiles::<S, f32, B, P>::LISTED].map(|tiles| (tiles.rows, tiles.vectors))
        }
    }

    fn check<B: Block + Copy, const P: usize>() {
        let levels = at_every_level(Chosen::<B, P>(PhantomData));
        for (level, (rows, vectors)) in levels.into_iter().flat_map(|(level, both)| both.map(|one| (level, one))) {
            assert!((1..=MAX_ROWS.min(B::ROWS)).contains(&rows), "{level}: {rows} rows");
            assert!((1..=MAX_VECTORS).contains(&vectors), "{level}: {vectors} vectors");
            let registers = if level == "x86-64-v4" || level == "neon" { 32 } else { 16 };
            // Sums, a row of the right operand where it serves several rows, and a broadcast.
            let used = rows * vectors * P + if rows > 1 { vectors } else { 0 } + 1;
            assert!(used < registers, "{level}: {rows} by {vectors} vectors take {used} registers of {registers}");
        }
    }

    #[test]
    fn tiles_fit_the_registers_and_the_block() {
        check::<Size<1, 1>, 1>();
        check::<Size<1, 1000>, 1>();
        check::<Size<1000, 1>, 1>();
        // As one tile of AVX2 it would take every register.
        check::<Size<4, 24>, 1>();
        check::<Size<11, 64>, 1>();
        check::<Size<96, 64>, 1>();
        check::<Size<9, 96>, 1>();
        check::<Size<1, 2>, 4>();
        check::<Size<32, 10>, 4>();
        check::<Size<8, 32>, 2>();
    }
}
