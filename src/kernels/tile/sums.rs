//! The sums of a tile: one for each result, or a few that the terms are dealt out to.

use pulp::Simd;

use super::{Operands, Rows, Terms};
use crate::Element;
use crate::element::lanes;
use crate::kernels::prefetch::prefetch_bytes;

/// The vectors side by side that make up a row of a tile; the last one may have fewer lanes than the others.
#[derive(Clone, Copy)]
pub(super) struct Columns<S: Simd, E: Element, const V: usize> {
    whole: bool,
    mask: E::MemoryMask<S>,
}

impl<S: Simd, E: Element, const V: usize> Columns<S, E, V> {
    /// Vectors of which the last one has `last` lanes.
    #[inline(always)]
    pub(super) fn new(simd: S, last: usize) -> Self {
        Self { whole: last == lanes::<S, E>(), mask: E::memory_mask(simd, 0..last) }
    }

    /// The vectors at `pointer`, with zero in the lanes that the last one lacks.
    ///
    /// # Safety
    /// The elements are valid for reads: `V - 1` whole vectors and the lanes of the last one.
    #[inline(always)]
    pub(super) unsafe fn load(self, simd: S, pointer: *const E) -> [E::Vector<S>; V] {
        let mut vectors = [E::splat(simd, E::zero()); V];
        #[allow(clippy::needless_range_loop, reason = "an iterator makes large frames without optimisation")]
        for v in 0..V {
            // SAFETY: promised by the caller.
            vectors[v] = unsafe {
                let pointer = pointer.add(v * lanes::<S, E>());
                if v + 1 < V || self.whole {
                    pointer.cast::<E::Vector<S>>().read_unaligned()
                } else {
                    E::load_masked(simd, self.mask, pointer)
                }
            };
        }
        vectors
    }
}

/// A sum for each lane of each vector of each row.
type Sums<S, E, const T: usize, const V: usize> = [[<E as Element>::Vector<S>; V]; T];

/// A function that goes on with sums.
type Summing<S, E, R, const T: usize, const V: usize> =
    unsafe fn(S, &Operands<E>, &Terms, R, Columns<S, E, V>, &mut Sums<S, E, T, V>);

/// The function for `P` parts, 1, 2 or 4. A constant function of a pointer, so that a tile has the code of one of them: without
/// optimisation each term that is written out takes a place on the stack.
///
/// These functions go on with the sums that they are given, and read the operands, from the first row and column of the tile
/// on, at all terms. They name each part by itself: a part that is chosen at run time keeps all of them in memory.
pub(super) const fn sums_of<S: Simd, E: Element, R: Rows, const T: usize, const V: usize, const P: usize>()
-> Summing<S, E, R, T, V> {
    assert!(P == 1 || !R::LISTS_TERMS, "listed terms go to one sum");
    match P {
        4 => in_four::<S, E, R, T, V>,
        2 => in_two::<S, E, R, T, V>,
        _ => in_one::<S, E, R, T, V>,
    }
}

/// One term after the other, along the innermost loop.
struct Run<'a, S: Simd, E: Element, R, const V: usize> {
    simd: S,
    left: *const E,
    right: *const E,
    terms: &'a Terms,
    rows: R,
    columns: Columns<S, E, V>,
}

impl<S: Simd, E: Element, R: Rows, const V: usize> Run<'_, S, E, R, V> {
    /// Adds the term and moves on to the next one.
    ///
    /// # Safety
    /// The left operand is valid for every row of the tile, and the right one for its columns.
    #[inline(always)]
    unsafe fn add_to<const T: usize>(&mut self, sums: &mut Sums<S, E, T, V>) {
        if const { R::PREFETCHES } {
            let ahead = self.right.wrapping_add(PREFETCH_DISTANCE * self.terms.right[2]);
            prefetch_bytes(ahead, V * size_of::<E::Vector<S>>());
        }
        // SAFETY: promised by the caller.
        let columns = unsafe { self.columns.load(self.simd, self.right) };
        // By indices: an iterator would take its place on the stack with every term that is written out.
        #[allow(clippy::needless_range_loop, reason = "an iterator makes large frames without optimisation")]
        for t in 0..T {
            // SAFETY: promised by the caller.
            let factor = E::splat(self.simd, unsafe { *self.left.add(self.rows.offset(t)) });
            for v in 0..V {
                sums[t][v] = E::vector_mul_add(self.simd, factor, columns[v], sums[t][v]);
            }
        }
        self.left = self.left.wrapping_add(self.terms.left[2]);
        self.right = self.right.wrapping_add(self.terms.right[2]);
    }
}

/// How many terms ahead the right operand is prefetched.
const PREFETCH_DISTANCE: usize = 8;

/// Runs `$body` for each run of terms, named `$run`.
macro_rules! for_runs {
    ($simd:ident, $operands:ident, $terms:ident, $rows:ident, $columns:ident, |$run:ident| $body:block) => {
        for i in 0..$terms.counts[0] {
            for j in 0..$terms.counts[1] {
                let mut $run = Run {
                    simd: $simd,
                    left: $operands.left.wrapping_add(i * $terms.left[0] + j * $terms.left[1]),
                    right: $operands.right.wrapping_add(i * $terms.right[0] + j * $terms.right[1]),
                    terms: $terms,
                    rows: $rows,
                    columns: $columns,
                };
                $body
            }
        }
    };
}

/// All terms to one sum.
///
/// # Safety
/// The operands are valid at all terms, for all rows and columns of the tile.
#[inline(always)]
unsafe fn in_one<S: Simd, E: Element, R: Rows, const T: usize, const V: usize>(
    simd: S,
    operands: &Operands<E>,
    terms: &Terms,
    rows: R,
    columns: Columns<S, E, V>,
    sums: &mut Sums<S, E, T, V>,
) {
    for_runs!(simd, operands, terms, rows, columns, |run| {
        if const { R::LISTS_TERMS } {
            let (left, right) = (run.left, run.right);
            for &[at_left, at_right] in rows.terms() {
                run.left = left.wrapping_add(at_left as usize);
                run.right = right.wrapping_add(at_right as usize);
                // SAFETY: promised by the caller.
                unsafe { run.add_to(sums) };
            }
        } else {
            for _ in 0..terms.counts[2] {
                // SAFETY: promised by the caller.
                unsafe { run.add_to(sums) };
            }
        }
    });
}

/// The terms of each run to two parts in turn.
///
/// # Safety
/// As for [`in_one`].
#[inline(always)]
unsafe fn in_two<S: Simd, E: Element, R: Rows, const T: usize, const V: usize>(
    simd: S,
    operands: &Operands<E>,
    terms: &Terms,
    rows: R,
    columns: Columns<S, E, V>,
    a: &mut Sums<S, E, T, V>,
) {
    let mut b = [[E::splat(simd, E::zero()); V]; T];
    for_runs!(simd, operands, terms, rows, columns, |run| {
        // SAFETY: promised by the caller.
        unsafe {
            for _ in 0..terms.counts[2] / 2 {
                run.add_to(a);
                run.add_to(&mut b);
            }
            if !terms.counts[2].is_multiple_of(2) {
                run.add_to(a);
            }
        }
    });
    join::<S, E, T, V>(simd, a, &b);
}

/// The terms of each run to four parts in turn.
///
/// # Safety
/// As for [`in_one`].
#[inline(always)]
unsafe fn in_four<S: Simd, E: Element, R: Rows, const T: usize, const V: usize>(
    simd: S,
    operands: &Operands<E>,
    terms: &Terms,
    rows: R,
    columns: Columns<S, E, V>,
    a: &mut Sums<S, E, T, V>,
) {
    let [mut b, mut c, mut d] = [[[E::splat(simd, E::zero()); V]; T]; 3];
    for_runs!(simd, operands, terms, rows, columns, |run| {
        // SAFETY: promised by the caller.
        unsafe {
            for _ in 0..terms.counts[2] / 4 {
                run.add_to(a);
                run.add_to(&mut b);
                run.add_to(&mut c);
                run.add_to(&mut d);
            }
            let rest = terms.counts[2] % 4;
            if rest > 0 {
                run.add_to(a);
            }
            if rest > 1 {
                run.add_to(&mut b);
            }
            if rest > 2 {
                run.add_to(&mut c);
            }
        }
    });
    join::<S, E, T, V>(simd, a, &c);
    join::<S, E, T, V>(simd, &mut b, &d);
    join::<S, E, T, V>(simd, a, &b);
}

/// Adds the other part of each sum.
#[inline(always)]
fn join<S: Simd, E: Element, const T: usize, const V: usize>(
    simd: S,
    sums: &mut Sums<S, E, T, V>,
    others: &Sums<S, E, T, V>,
) {
    for t in 0..T {
        for v in 0..V {
            sums[t][v] = E::vector_add(simd, sums[t][v], others[t][v]);
        }
    }
}
