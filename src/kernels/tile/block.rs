//! Blocks of results of any size, covered by tiles.

use pulp::Simd;

use super::size::{Block, Height, Tiles, parts};
use super::{Apart, Operands, Rows, Start, Terms, tile};
use crate::Element;
use crate::activation::{Activation, Identity};
use crate::element::lanes;

/// The rows from a given one on.
#[derive(Clone, Copy, Debug)]
struct From<R>(R, usize);

impl<R: Rows> Rows for From<R> {
    const PREFETCHES: bool = R::PREFETCHES;
    const LISTS_TERMS: bool = R::LISTS_TERMS;
    const LISTS_ROWS: bool = R::LISTS_ROWS;

    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        self.0.offset(self.1 + row)
    }

    #[inline(always)]
    fn terms(&self) -> &[[u32; 2]] {
        self.0.terms()
    }

    #[inline(always)]
    fn listed(self) -> usize {
        self.0.listed() - self.1
    }

    #[inline(always)]
    fn wants(self, row: usize) -> u32 {
        self.0.wants(self.1 + row)
    }

    #[inline(always)]
    fn result(self, row: usize, apart: usize) -> usize {
        // A tile whose rows are not listed is told where it begins.
        if const { R::LISTS_ROWS } { self.0.result(self.1 + row, apart) } else { row * apart }
    }
}

/// A function that computes a tile.
type Tile<S, E, A, R> = unsafe fn(S, Operands<E>, Terms, From<R>, (usize, bool), A);

/// The tile of `rows` rows and `vectors` vectors, among all that are chosen at some level.
///
/// A constant function of a pointer, so that the compiler makes no more of the other tiles than their names. Called through
/// a constant it is a call like any other, and inlined.
const fn tile_of<S: Simd, E: Element, A: Activation<E>, R: Rows, const P: usize>(
    rows: usize,
    vectors: usize,
) -> Tile<S, E, A, R> {
    macro_rules! choose {
        ($($t:literal: [$($v:literal)*])*) => {
            match (rows, vectors) {
                $($(($t, $v) => tile::<S, E, A, From<R>, $t, $v, P>,)*)*
                // Of a block without results, whose constants are made all the same; never called.
                (0, _) | (_, 0) => tile::<S, E, A, From<R>, 1, 1, P>,
                _ => panic!("a tile fits the registers"),
            }
        };
    }
    choose! {
        1: [1 2 3 4 5 6 7 8] 2: [1 2 3 4 5 6 7 8] 3: [1 2 3 4 5 6 7] 4: [1 2 3 4 5 6] 5: [1 2 3 4 5] 6: [1 2 3 4]
        7: [1 2 3] 8: [1 2 3] 9: [1 2 3] 10: [1 2] 11: [1 2] 12: [1 2]
    }
}

/// The operands of the tile that begins with row `row` and column `column` of a block.
#[inline(always)]
fn at<E: Element, R: Rows>(operands: Operands<E>, row: usize, column: usize) -> Operands<E> {
    // Rows that are listed say themselves where they lie.
    let row = if const { R::LISTS_ROWS } { 0 } else { row };
    let operands = Operands { output: operands.output.wrapping_add(row * operands.output_row), ..operands };
    operands.columns_from(column)
}

/// Computes a block of `B::ROWS` by `B::COLUMNS` results. The terms of each are dealt out to `P` sums in turn, 1, 2 or 4, which
/// are joined at the end, in pairs.
///
/// The left operand of row `r` lies `rows.offset(r)` elements behind that of row 0, its results `rows.result(r, operands.output_row)`
/// behind. Rows that are listed are a multiple of [`height`], and want none but terms of the innermost loop, 32 at most.
///
/// # Safety
/// All that the operands and the terms, or those that the rows list, reach is valid: the left operand at `rows.offset(r)` plus the
/// offset of every term, for every row; the right operand at every term, the results of every row and a bias for `B::COLUMNS` elements. The
/// results are valid for writes and overlap no operand.
#[inline(always)]
pub unsafe fn block<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows, const P: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    activation: A,
) {
    const { assert!(P == 1 || !R::LISTS_ROWS, "the terms that listed rows want go to one sum") };
    // SAFETY: promised by the caller.
    unsafe { (const { block_at_width::<S, E, A, B, R, P>() })(simd, operands, terms, rows, activation) }
}

/// A function that computes a block.
type BlockOf<S, E, A, R> = unsafe fn(S, Operands<E>, Terms, R, A);

/// The block with vectors of half the width where its columns fill no more of them: of these, many processors multiply and add
/// twice as many, or load. Without vectors, the one function for blocks of all sizes. A
/// constant function of a pointer, as [`tile_of`] is.
const fn block_at_width<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows, const P: usize>()
-> BlockOf<S, E, A, R> {
    #[cfg(target_arch = "x86_64")]
    match size_of::<S::f32s>() {
        64 if B::COLUMNS <= lanes::<S, E>() / 2 => return block_of_half_vectors::<S, E, A, B, R, P>,
        4 => return block_of_single_elements::<S, E, A, B, R, P>,
        _ => {}
    }
    block_at_level::<S, E, A, B, R, P>
}

/// [`block`] for x86-64 before its third level, where a multiply-add is a call that no register outlives: large tiles have no use
/// there, but cost the most time to compile.
///
/// # Safety
/// As for [`block`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn block_of_single_elements<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows, const P: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    activation: A,
) {
    /// One function for blocks of all sizes.
    ///
    /// # Safety
    /// As for [`block`].
    #[inline(never)]
    unsafe fn apart<S: Simd, E: Element, A: Activation<E>, R: Rows, const P: usize>(
        simd: S,
        operands: Operands<E>,
        terms: Terms,
        (rows, all_rows, columns): (R, usize, usize),
        activation: A,
    ) {
        for row in 0..all_rows {
            for column in 0..columns {
                // SAFETY: the one result lies within the block, which the caller promises to be valid.
                unsafe {
                    let operands = at::<E, R>(operands, row, column);
                    tile::<S, E, A, From<R>, 1, 1, P>(simd, operands, terms, From(rows, row), (1, false), activation);
                }
            }
        }
    }
    const { assert!(!R::LISTS_ROWS && !R::LISTS_TERMS, "nothing is left out without vectors") };
    // SAFETY: promised by the caller.
    unsafe { apart::<S, E, A, R, P>(simd, operands, terms, (rows, B::ROWS, B::COLUMNS), activation) }
}

/// [`block`] with the vectors of AVX2, for a level that has those of AVX-512.
///
/// # Safety
/// As for [`block`], and the level `S` has vectors of 512 bits.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn block_of_half_vectors<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows, const P: usize>(
    _: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    activation: A,
) {
    const { assert!(!R::LISTS_ROWS, "rows are listed for tiles of the level's own height") };
    // SAFETY: the one level with vectors of 512 bits, x86-64-v4, contains x86-64-v3; the rest is promised by the caller.
    unsafe {
        let simd = pulp::x86::V3::new_unchecked();
        block_at_level::<pulp::x86::V3, E, A, B, R, P>(simd, operands, terms, rows, activation);
    }
}

/// The block in as many parts as its columns ask for.
const fn block_of<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows>() -> BlockOf<S, E, A, R> {
    match parts(B::COLUMNS) {
        4 => block::<S, E, A, B, R, 4>,
        2 => block::<S, E, A, B, R, 2>,
        _ => block::<S, E, A, B, R, 1>,
    }
}

/// [`block`] with the instructions of `S`.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
unsafe fn block_at_level<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows, const P: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    activation: A,
) {
    if const { B::ROWS == 0 || B::COLUMNS == 0 } {
        return;
    }
    // The tiles of one height: all whole ones, and those of the last column.
    macro_rules! tiles {
        ($tiles:ident, $first:expr, $count:expr) => {
            let (Height { rows: height, vectors: width, count: whole, .. }, first, count) =
                (const { Tiles::<S, E, B, P>::$tiles }, $first, $count);
            let width = width * lanes::<S, E>();
            // Without them, no code for them: without optimisation it would take a place on the stack all the same.
            if const { Tiles::<S, E, B, P>::$tiles.count > 0 } {
                let (outer, inner) = if const { B::BY_COLUMNS } { (whole, count) } else { (count, whole) };
                for i in 0..outer {
                    for j in 0..inner {
                        let (row, column) = if const { B::BY_COLUMNS } { (j, i) } else { (i, j) };
                        let tile = const {
                            let tiles = Tiles::<S, E, B, P>::$tiles;
                            tile_of::<S, E, A, R, P>(tiles.rows, tiles.vectors)
                        };
                        let first = first + row * height;
                        // SAFETY: the tile lies within the block, which the caller promises to be valid.
                        unsafe {
                            tile(
                                simd,
                                at::<E, R>(operands, first, column * width),
                                terms,
                                From(rows, first),
                                (lanes::<S, E>(), false),
                                activation,
                            );
                        }
                    }
                }
            }
            let overrun = whole == 0 && operands.output_row == B::COLUMNS && !R::LISTS_ROWS;
            for row in 0..count {
                let tile = const {
                    let tiles = Tiles::<S, E, B, P>::$tiles;
                    tile_of::<S, E, A, R, P>(tiles.rows, tiles.last)
                };
                let first = first + row * height;
                // SAFETY: the tile lies within the block, which the caller promises to be valid.
                unsafe {
                    tile(
                        simd,
                        at::<E, R>(operands, first, whole * width),
                        terms,
                        From(rows, first),
                        (const { Tiles::<S, E, B, P>::LAST }, overrun),
                        activation,
                    );
                }
            }
        };
    }
    if const { R::LISTS_ROWS } {
        debug_assert!(rows.listed().is_multiple_of(height::<S, E, B, P>()), "whole tiles");
        tiles!(LISTED, 0, rows.listed() / const { height::<S, E, B, P>() });
        return;
    }
    tiles!(WHOLE, 0, const { Tiles::<S, E, B, P>::COUNT });
    if const { Tiles::<S, E, B, P>::HAS_REST } {
        tiles!(REST, const { Tiles::<S, E, B, P>::COUNT * Tiles::<S, E, B, P>::WHOLE.rows }, 1);
    }
}

/// The rows of a tile of the block where rows are listed.
pub const fn height<S: Simd, E: Element, B: Block, const P: usize>() -> usize {
    Tiles::<S, E, B, P>::LISTED.rows
}

/// [`block`] with the terms dealt out to as many parts as [`parts`] says.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
pub unsafe fn block_in_parts<S: Simd, E: Element, A: Activation<E>, B: Block, R: Rows>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    activation: A,
) {
    // SAFETY: promised by the caller.
    unsafe { (const { block_of::<S, E, A, B, R>() })(simd, operands, terms, rows, activation) }
}

/// Adds to `sums` the rows of a matrix; `B` is a block of one row of sums. `IN_PARTS` says whether the rows are dealt out as
/// [`block_in_parts`] does it: quicker for many rows, but then the sums of all rows are not those of the first and the rest.
///
/// # Panics
/// If there are not as many sums as the block has columns.
#[inline(always)]
pub fn column_sums<S: Simd, E: Element, B: Block, const IN_PARTS: bool>(simd: S, rows: &[E], sums: &mut [E]) {
    const { assert!(B::ROWS == 1, "the sums are one row") };
    let sums = &mut sums[..B::COLUMNS];
    if B::COLUMNS == 0 {
        return;
    }
    let one = E::one();
    let operands = Operands {
        left: &raw const one,
        right: rows.as_ptr(),
        output: sums.as_mut_ptr(),
        output_row: B::COLUMNS,
        start: Start::Output,
    };
    let terms = Terms { counts: [1, 1, rows.len() / B::COLUMNS], left: [0; 3], right: [0, 0, B::COLUMNS] };
    // SAFETY: every term reads `one` and a whole row; the results are as many sums as there are columns, borrowed mutably. A
    // product with one is exact, so the fused multiply-add is an addition.
    unsafe {
        let block = const {
            if IN_PARTS { block_of::<S, E, Identity, B, Apart>() } else { block::<S, E, Identity, B, Apart, 1> }
        };
        block(simd, operands, terms, Apart(0), Identity);
    }
}

#[cfg(test)]
mod tests;
