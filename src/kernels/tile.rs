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

mod block;
pub(crate) mod size;

pub use block::{block, block_in_parts, column_sums};
pub use size::{Block, ByColumns, MAX_ROWS, Size, parts};

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

/// Where the rows of the left operand lie.
///
/// A trait rather than a closure, because only a method can be sure to be inlined.
pub trait Rows: Copy {
    /// How many elements row `row` lies behind row 0.
    fn offset(self, row: usize) -> usize;
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

/// A vector from `place` elements behind `pointer`; if it is not whole, the lanes of the mask and zero in the rest.
///
/// # Safety
/// The elements are valid for reads: a whole vector, or those of the mask.
#[inline(always)]
unsafe fn load_vector<S: Simd, E: Element>(
    simd: S,
    pointer: *const E,
    place: usize,
    (whole, mask): (bool, E::MemoryMask<S>),
) -> E::Vector<S> {
    // SAFETY: promised by the caller.
    unsafe {
        let pointer = pointer.add(place);
        if whole { pointer.cast::<E::Vector<S>>().read_unaligned() } else { E::load_masked(simd, mask, pointer) }
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
    let whole = last == lanes;
    let mask = E::memory_mask(simd, last);
    let mut parts = [[[E::splat(simd, E::zero()); V]; T]; P];
    let sums = &mut parts[0];
    match operands.start {
        Start::Zero => {}
        Start::Bias(bias) => {
            for v in 0..V {
                // SAFETY: a bias is valid for all vectors.
                let bias = unsafe { load_vector::<S, E>(simd, bias, v * lanes, (v + 1 < V || whole, mask)) };
                for row in &mut *sums {
                    row[v] = bias;
                }
            }
        }
        Start::Output => {
            for (t, row) in sums.iter_mut().enumerate() {
                for (v, sum) in row.iter_mut().enumerate() {
                    let place = t * operands.output_row + v * lanes;
                    // SAFETY: row `t` of the results is valid for all vectors.
                    *sum = unsafe { load_vector::<S, E>(simd, operands.output, place, (v + 1 < V || whole, mask)) };
                }
            }
        }
    }
    for i in 0..terms.counts[0] {
        for j in 0..terms.counts[1] {
            // SAFETY: the offsets of the terms stay within the operands.
            let (mut left, mut right) = unsafe {
                (
                    operands.left.add(i * terms.left[0] + j * terms.left[1]),
                    operands.right.add(i * terms.right[0] + j * terms.right[1]),
                )
            };
            macro_rules! term {
                ($sums:expr) => {
                    let mut columns = [E::splat(simd, E::zero()); V];
                    for (v, column) in columns.iter_mut().enumerate() {
                        // SAFETY: the right operand is valid for all vectors at this term.
                        *column = unsafe { load_vector::<S, E>(simd, right, v * lanes, (v + 1 < V || whole, mask)) };
                    }
                    for (t, row_sums) in $sums.iter_mut().enumerate() {
                        // SAFETY: row `t` of the left operand is valid for this term.
                        let factor = E::splat(simd, unsafe { *left.add(rows.offset(t)) });
                        for (sum, column) in row_sums.iter_mut().zip(columns) {
                            *sum = E::vector_mul_add(simd, factor, column, *sum);
                        }
                    }
                    left = left.wrapping_add(terms.left[2]);
                    right = right.wrapping_add(terms.right[2]);
                };
            }
            for _ in 0..terms.counts[2] / P {
                for sums in &mut parts {
                    term!(sums);
                }
            }
            let rest = terms.counts[2] % P;
            for (part, sums) in parts.iter_mut().enumerate() {
                if part < rest {
                    term!(sums);
                }
            }
        }
    }
    let mut step = P / 2;
    while step > 0 {
        for part in 0..step {
            // By indices, which the compiler knows once it has unrolled the loops; over slices of the parts, it keeps all of
            // them in memory.
            #[allow(clippy::needless_range_loop, reason = "an iterator over parts keeps them out of registers")]
            for t in 0..T {
                for v in 0..V {
                    parts[part][t][v] = E::vector_add(simd, parts[part][t][v], parts[part + step][t][v]);
                }
            }
        }
        step /= 2;
    }
    let sums = &parts[0];
    for (t, row) in sums.iter().enumerate() {
        for (v, sum) in row.iter().enumerate() {
            let value = activation.apply(simd, *sum);
            // SAFETY: vector `v` of row `t` of the results is valid for writes, the last one for `last` lanes, and beyond
            // that up to the end of the tile's last row where the rows lie next to each other.
            unsafe {
                let target = operands.output.add(t * operands.output_row + v * lanes);
                if v + 1 < V || whole || (overrun && (T - t) * operands.output_row >= V * lanes) {
                    target.cast::<E::Vector<S>>().write_unaligned(value);
                } else {
                    E::store_masked(simd, mask, target, value);
                }
            }
        }
    }
}
