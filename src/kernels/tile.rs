//! The register tile that dense layers and convolutions, forward and backward, are all made of.
//!
//! A tile holds `T` rows by `V` vectors of results in registers, and runs down a sum: for each term it reads `V` vectors
//! of the right operand, broadcasts one number of the left operand for each row, and multiply-adds. Every lane has a sum
//! of its own, in the order of the terms, or a few that the terms are dealt out to by a rule of the block's size; so the
//! result depends neither on the tile's size nor on the vector's.

use pulp::Simd;

use crate::Element;
use crate::activation::Activation;
use crate::element::lanes;
use crate::kernels::nonzero::MOST_ROWS;

mod block;
pub(crate) mod size;
mod sums;

pub use block::{block, block_in_parts, column_sums, height};
pub use size::{Block, ByColumns, MAX_ROWS, Size, parts};
use sums::{Columns, sums_of};

/// The terms of a sum, as three nested loops, the last one innermost.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How many turns each loop takes.
    pub counts: [usize; 3],
    /// How far the left operand moves with each turn of each loop, in elements.
    pub left: [usize; 3],
    /// How far the right operand moves with each turn of each loop, in elements.
    pub right: [usize; 3],
}

/// What the sums start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<E> {
    /// Zero.
    Zero,
    /// One vector for all rows: a bias.
    Bias(*const E),
    /// The results that are already there: sums go on.
    Output,
}

/// Where a tile's operands and results lie.
#[derive(Clone, Copy, Debug)]
pub struct Operands<E> {
    /// The left operand of row 0, first term.
    pub left: *const E,
    /// The right operand of vector 0, first term.
    pub right: *const E,
    /// The results of row 0.
    pub output: *mut E,
    /// Elements from one row of results to the next.
    pub output_row: usize,
    /// What the sums start from.
    pub start: Start<E>,
}

impl<E: Element> Operands<E> {
    /// The operands of the columns from `column` on.
    #[inline(always)]
    fn columns_from(self, column: usize) -> Self {
        Self {
            right: self.right.wrapping_add(column),
            output: self.output.wrapping_add(column),
            start: match self.start {
                Start::Bias(bias) => Start::Bias(bias.wrapping_add(column)),
                other => other,
            },
            ..self
        }
    }
}

/// Where the rows of the left operand lie, and, of a block that has not all of its rows or terms, which there are.
///
/// A trait rather than a closure, because only a method can be sure to be inlined.
pub trait Rows: Copy {
    /// Whether the right operand comes from a far cache and is read once, so that it is prefetched.
    const PREFETCHES: bool = false;
    /// Whether there are only the terms that [`terms`](Self::terms) lists, all of them added to one sum.
    const LISTS_TERMS: bool = false;
    /// Whether there are only rows that are listed: whole tiles of the block's height, whose results lie anywhere. Of the terms, 32 at most
    /// and in one sum, a tile has those that one of its rows wants.
    const LISTS_ROWS: bool = false;

    /// How many elements row `row` lies behind row 0.
    fn offset(self, row: usize) -> usize;

    /// The terms that are listed: how far the left and the right operand move from the first term of the innermost loop.
    #[inline(always)]
    fn terms(&self) -> &[[u32; 2]] {
        &[]
    }

    /// How many rows are listed.
    #[inline(always)]
    fn listed(self) -> usize {
        0
    }

    /// The terms that row `row` of those that are listed wants: bit `i` for term `i`.
    #[inline(always)]
    fn wants(self, row: usize) -> u32 {
        let _ = row;
        0
    }

    /// How many elements the results of row `row` lie behind those of row 0, where rows that are not listed are `apart`.
    #[inline(always)]
    fn result(self, row: usize, apart: usize) -> usize {
        row * apart
    }
}

/// Rows that lie so many elements apart.
#[derive(Clone, Copy, Debug)]
pub struct Apart(pub usize);

impl Rows for Apart {
    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        row * self.0
    }
}

/// Rows that lie so many elements apart, with some of the terms.
#[derive(Clone, Copy, Debug)]
pub struct SomeTerms<'a>(pub usize, pub &'a [[u32; 2]]);

impl Rows for SomeTerms<'_> {
    const LISTS_TERMS: bool = true;

    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        row * self.0
    }

    #[inline(always)]
    fn terms(&self) -> &[[u32; 2]] {
        self.1
    }
}

/// Some of the rows: where they lie, and which terms each wants.
#[derive(Clone, Copy, Debug)]
pub struct SomeRows<'a>(pub &'a [[u32; 2]], pub &'a [u32]);

impl Rows for SomeRows<'_> {
    const LISTS_ROWS: bool = true;

    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        self.0[row][0] as usize
    }

    #[inline(always)]
    fn listed(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn wants(self, row: usize) -> u32 {
        self.1[row]
    }

    #[inline(always)]
    fn result(self, row: usize, _: usize) -> usize {
        self.0[row][1] as usize
    }
}

/// The rows of one tile, and the terms that one of them wants.
#[derive(Clone, Copy, Debug)]
struct OfTile<'a, const T: usize>([usize; T], &'a [[u32; 2]]);

impl<const T: usize> Rows for OfTile<'_, T> {
    const LISTS_TERMS: bool = true;

    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        self.0[row]
    }

    #[inline(always)]
    fn terms(&self) -> &[[u32; 2]] {
        self.1
    }
}

/// A single row, for which the right operand is prefetched.
#[derive(Clone, Copy, Debug)]
pub struct Prefetched<R>(pub R);

impl<R: Rows> Rows for Prefetched<R> {
    const PREFETCHES: bool = true;
    const LISTS_TERMS: bool = R::LISTS_TERMS;

    #[inline(always)]
    fn offset(self, _: usize) -> usize {
        0
    }

    #[inline(always)]
    fn terms(&self) -> &[[u32; 2]] {
        self.0.terms()
    }
}

/// Computes one tile of `T` rows and `V` vectors; the last vector has `last` lanes.
///
/// Row `t` of the left operand lies `rows.offset(t)` elements behind row 0.
///
/// Where the tile has all columns of a block and the rows of results lie next to each other, `overrun` says so: then a whole
/// vector may be written at the end of a row, since what lies behind is the next row of the tile, which is written
/// afterwards. Some processors take ten times as long for a part of a vector.
///
/// # Safety
/// All that the operands and the terms reach is valid: the left operand at `rows.offset(t)` plus the offset of every term for
/// every `t`; the right operand and the results for `V - 1` whole vectors and `last` lanes; the same of a bias. The
/// results are valid for writes and overlap no operand.
#[inline(always)]
unsafe fn tile<S: Simd, E: Element, A: Activation<E>, R: Rows, const T: usize, const V: usize, const P: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
    (last, overrun): (usize, bool),
    activation: A,
) {
    let lanes = lanes::<S, E>();
    let columns = Columns::<S, E, V>::new(simd, last);
    let mut sums = [[E::splat(simd, E::zero()); V]; T];
    match operands.start {
        Start::Zero => {}
        Start::Bias(bias) => {
            // SAFETY: a bias is valid for all vectors.
            sums = [unsafe { columns.load(simd, bias) }; T];
        }
        Start::Output => {
            for (t, row) in sums.iter_mut().enumerate() {
                // SAFETY: row `t` of the results is valid for all vectors.
                *row = unsafe { columns.load(simd, operands.output.add(rows.result(t, operands.output_row))) };
            }
        }
    }
    // SAFETY: the operands are valid for all terms, as the caller promises.
    unsafe {
        if const { R::LISTS_ROWS } {
            // Looked up once for all terms.
            let (mut offsets, mut wanted) = ([0; T], 0);
            for (t, offset) in offsets.iter_mut().enumerate() {
                *offset = rows.offset(t);
                wanted |= rows.wants(t);
            }
            debug_assert!(
                terms.counts[2] >= MOST_ROWS || wanted >> terms.counts[2] == 0,
                "rows want terms that there are"
            );
            let (mut places, mut count) = ([[0; 2]; MOST_ROWS], 0);
            while wanted != 0 {
                let term = wanted.trailing_zeros() as usize;
                places[count] = [(term * terms.left[2]) as u32, (term * terms.right[2]) as u32];
                wanted &= wanted - 1;
                count += 1;
            }
            let rows = OfTile(offsets, &places[..count]);
            (const { sums_of::<S, E, OfTile<T>, T, V, 1>() })(simd, &operands, &terms, rows, columns, &mut sums);
        } else {
            (const { sums_of::<S, E, R, T, V, P>() })(simd, &operands, &terms, rows, columns, &mut sums);
        }
    }
    for (t, row) in sums.iter().enumerate() {
        for (v, sum) in row.iter().enumerate() {
            let value = activation.apply(simd, *sum);
            // SAFETY: vector `v` of row `t` of the results is valid for writes, the last one for `last` lanes, and beyond
            // that up to the end of the tile's last row where the rows lie next to each other.
            unsafe {
                let target = operands.output.add(rows.result(t, operands.output_row) + v * lanes);
                if v + 1 < V || last == lanes || (overrun && (T - t) * operands.output_row >= V * lanes) {
                    target.cast::<E::Vector<S>>().write_unaligned(value);
                } else {
                    E::store_first(simd, last, target, value);
                }
            }
        }
    }
}
