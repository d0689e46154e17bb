//! One row times a matrix whose rows lie across cache lines.
//!
//! Where a vector has the length of a cache line, each load of a matrix that begins within a line is two accesses. A tile with a vector
//! more than its columns fill, of which the first and the last are used in part, reads whole lines.

use core::marker::PhantomData;

use pulp::Simd;

use super::tile::{Operands, Rows, Start, Terms};
use crate::Element;
use crate::element::lanes;

/// The most vectors that the columns fill, one more being in use.
const MOST_VECTORS: usize = 16;

/// A row of `COLUMNS` results.
pub struct AcrossLines<E, const COLUMNS: usize>(PhantomData<E>);

/// A function that adds products to a row of results.
type RowOf<S, E, R> = unsafe fn(S, Operands<E>, Terms, R);

impl<E: Element, const COLUMNS: usize> AcrossLines<E, COLUMNS> {
    /// Whether such rows are computed so: with vectors of the length of a line, which the columns fill, so that all rows of the matrix begin at
    /// the same place of a line.
    pub const fn suits<S: Simd>() -> bool {
        let lanes = lanes::<S, E>();
        size_of::<E::Vector<S>>() == 64
            && COLUMNS > 0
            && COLUMNS.is_multiple_of(lanes)
            && COLUMNS / lanes <= MOST_VECTORS
    }

    /// Computes the row: the innermost terms, or those of them that are listed, one after the other. The outer loops of the terms have one turn
    /// each, the row is row 0 and not listed, and nothing is prefetched.
    ///
    /// # Safety
    /// As for [`block`](super::tile::block) with one row.
    ///
    /// # Panics
    /// If such rows are not computed so; in a constant.
    #[inline(always)]
    pub unsafe fn row<S: Simd, R: Rows>(simd: S, operands: Operands<E>, terms: Terms, rows: R) {
        // SAFETY: promised by the caller.
        unsafe { (const { Self::row_of::<S, R>() })(simd, operands, terms, rows) }
    }

    /// The function for as many vectors as the columns lie in; a constant function of a pointer, so that the compiler makes but one.
    const fn row_of<S: Simd, R: Rows>() -> RowOf<S, E, R> {
        macro_rules! choose {
            ($($vectors:literal)*) => {
                match COLUMNS / lanes::<S, E>() + 1 {
                    $($vectors => in_vectors::<S, E, R, $vectors>,)*
                    _ => panic!("so many columns are no row across lines"),
                }
            };
        }
        assert!(Self::suits::<S>(), "vectors are cache lines, and the columns whole vectors");
        choose!(2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)
    }
}

/// Where vectors of whole lines meet columns that begin within one.
#[derive(Clone, Copy)]
struct Lines<S: Simd, E: Element, const V: usize> {
    /// The elements of the first line that lie before the columns, and of the last one that belong to them.
    before: usize,
    first: E::MemoryMask<S>,
    last: E::MemoryMask<S>,
}

impl<S: Simd, E: Element, const V: usize> Lines<S, E, V> {
    /// The lines of columns that begin at `pointer`.
    #[inline(always)]
    fn new(simd: S, pointer: *const E) -> Self {
        let lanes = lanes::<S, E>();
        let before = pointer.addr() / size_of::<E>() % lanes;
        Self { before, first: E::memory_mask(simd, before..lanes), last: E::memory_mask(simd, 0..before) }
    }

    /// The columns that begin at `pointer`, in the lanes of their lines, with zero around them.
    ///
    /// # Safety
    /// The elements of `V - 1` vectors at `pointer` are valid for reads.
    #[inline(always)]
    unsafe fn load(self, simd: S, pointer: *const E) -> [E::Vector<S>; V] {
        let lanes = lanes::<S, E>();
        let pointer = pointer.wrapping_sub(self.before);
        let mut vectors = [E::splat(simd, E::zero()); V];
        // SAFETY: the columns are the lanes of the first mask, those of the vectors between, and those of the last mask.
        unsafe {
            vectors[0] = E::load_masked(simd, self.first, pointer);
            #[allow(clippy::needless_range_loop, reason = "an iterator makes large frames without optimisation")]
            for v in 1..V - 1 {
                vectors[v] = pointer.wrapping_add(v * lanes).cast::<E::Vector<S>>().read_unaligned();
            }
            vectors[V - 1] = E::load_masked(simd, self.last, pointer.wrapping_add((V - 1) * lanes));
        }
        vectors
    }

    /// Writes what [`load`](Self::load) reads.
    ///
    /// # Safety
    /// The elements of `V - 1` vectors at `pointer` are valid for writes.
    #[inline(always)]
    unsafe fn store(self, simd: S, pointer: *mut E, vectors: [E::Vector<S>; V]) {
        let lanes = lanes::<S, E>();
        let pointer = pointer.wrapping_sub(self.before);
        // SAFETY: as for reading.
        unsafe {
            E::store_masked(simd, self.first, pointer, vectors[0]);
            #[allow(clippy::needless_range_loop, reason = "an iterator makes large frames without optimisation")]
            for v in 1..V - 1 {
                pointer.wrapping_add(v * lanes).cast::<E::Vector<S>>().write_unaligned(vectors[v]);
            }
            E::store_masked(simd, self.last, pointer.wrapping_add((V - 1) * lanes), vectors[V - 1]);
        }
    }
}

/// The row in `V` vectors.
///
/// # Safety
/// The columns fill `V - 1` vectors of the length of a cache line; the rest is that of [`block`](super::tile::block) with one row.
#[inline(always)]
unsafe fn in_vectors<S: Simd, E: Element, R: Rows, const V: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: R,
) {
    const { assert!(!R::LISTS_ROWS, "a single row is not listed") };
    debug_assert_eq!(terms.counts[..2], [1, 1], "the terms are one loop");
    let lines = Lines::<S, E, V>::new(simd, operands.right);
    // SAFETY: a bias and results are valid for all columns.
    let mut sums = unsafe {
        match operands.start {
            Start::Zero => [E::splat(simd, E::zero()); V],
            Start::Bias(bias) => lines.load(simd, bias),
            Start::Output => lines.load(simd, operands.output),
        }
    };
    // Not a closure, which would lose the vector instructions.
    macro_rules! add {
        ($left:expr, $right:expr) => {
            // SAFETY: the operands are valid at every term.
            let (factor, columns) = unsafe {
                let factor = *operands.left.add($left);
                (E::splat(simd, factor), lines.load(simd, operands.right.wrapping_add($right)))
            };
            for v in 0..V {
                sums[v] = E::vector_mul_add(simd, factor, columns[v], sums[v]);
            }
        };
    }
    if const { R::LISTS_TERMS } {
        for &[left, right] in rows.terms() {
            add!(left as usize, right as usize);
        }
    } else {
        for term in 0..terms.counts[2] {
            add!(term * terms.left[2], term * terms.right[2]);
        }
    }
    // SAFETY: the results are valid for writes.
    unsafe { lines.store(simd, operands.output, sums) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::tile::{Apart, SomeTerms};
    use crate::simd::{Work, at_every_level};
    use std::vec::Vec;

    const TERMS: usize = 5;
    const LISTED: [usize; 3] = [0, 2, 3];
    /// What stands around everything that is read, and must reach no result.
    const UNREADABLE: f64 = f64::NAN;
    /// What stands around everything that is written.
    const GUARD: f64 = -77.0;

    /// The row with all terms on top of a bias and of results, and with some of them on top of nothing, of small whole numbers, which every order
    /// of sums gives exactly; `before` says where the lines are that everything lies across.
    #[derive(Clone, Copy)]
    struct Row<E, const COLUMNS: usize>(usize, PhantomData<E>);

    fn small<E: Element>(index: usize, step: usize) -> E {
        E::from_f64((index * step % 11) as f64 - 5.0)
    }

    /// Memory that begins `before` elements behind that of a line, with guards around it.
    fn guarded<E: Element>(guard: f64, before: usize, numbers: impl Iterator<Item = E>) -> (Vec<E>, usize) {
        let mut memory = std::vec![E::from_f64(guard); 2048];
        let first = (64 - memory.as_ptr().addr() % 64) / size_of::<E>() + before;
        for (number, place) in numbers.zip(&mut memory[first..]) {
            *place = number;
        }
        (memory, first)
    }

    impl<E: Element, const COLUMNS: usize> Work for Row<E, COLUMNS> {
        type Output = bool;

        fn run<S: Simd>(self, simd: S) -> bool {
            const { Self::check_of::<S>() }.map(|check| check(self, simd)).is_some()
        }
    }

    impl<E: Element, const COLUMNS: usize> Row<E, COLUMNS> {
        /// A constant function of a pointer: for other levels there is no row across lines to compile.
        const fn check_of<S: Simd>() -> Option<fn(Self, S)> {
            if AcrossLines::<E, COLUMNS>::suits::<S>() { Some(Self::check::<S>) } else { None }
        }

        fn check<S: Simd>(self, simd: S) {
            let before = self.0;
            let left: [E; TERMS] = core::array::from_fn(|term| small(term, 3));
            let (right, at) = guarded(UNREADABLE, before, (0..TERMS * COLUMNS).map(|index| small::<E>(index, 7)));
            let (bias, bias_at) = guarded(UNREADABLE, before + 3, (0..COLUMNS).map(|column| small::<E>(column, 5)));
            let terms = Terms { counts: [1, 1, TERMS], left: [0, 0, 1], right: [0, 0, COLUMNS] };
            let listed = LISTED.map(|term| [term as u32, (term * COLUMNS) as u32]);
            for case in 0..3 {
                let (mut output, first) = guarded(GUARD, before + 6, (0..COLUMNS).map(|column| small::<E>(column, 2)));
                let start = [Start::Bias(bias[bias_at..].as_ptr()), Start::Output, Start::Zero][case];
                let (left, right) = (left.as_ptr(), right[at..].as_ptr());
                let operands =
                    Operands { left, right, output: output[first..].as_mut_ptr(), output_row: COLUMNS, start };
                // SAFETY: `TERMS` numbers, as many rows of `COLUMNS` numbers, a bias and results for each column.
                unsafe {
                    if case == 2 {
                        AcrossLines::<E, COLUMNS>::row(simd, operands, terms, SomeTerms(0, &listed));
                    } else {
                        AcrossLines::<E, COLUMNS>::row(simd, operands, terms, Apart(0));
                    }
                }
                let product = |term: usize, column: usize| small::<E>(term, 3) * small(term * COLUMNS + column, 7);
                for column in 0..COLUMNS {
                    let all = (0..TERMS).fold(E::zero(), |sum, term| sum + product(term, column));
                    let some = LISTED.iter().fold(E::zero(), |sum, term| sum + product(*term, column));
                    let expected = [all + small(column, 5), all + small(column, 2), some][case];
                    assert_eq!(output[first + column], expected, "column {column}, start {case}, {before} before");
                }
                assert!(
                    output[..first].iter().chain(&output[first + COLUMNS..]).all(|guard| *guard == E::from_f64(GUARD))
                );
            }
        }
    }

    #[test]
    fn a_row_is_the_product_wherever_the_lines_are() {
        for before in 0..16 {
            at_every_level(Row::<f32, 16>(before, PhantomData));
            at_every_level(Row::<f32, 48>(before, PhantomData));
            at_every_level(Row::<f32, 256>(before, PhantomData));
            at_every_level(Row::<f64, 24>(before, PhantomData));
            for (level, ran) in at_every_level(Row::<f32, 64>(before, PhantomData)) {
                assert_eq!(ran, level == "x86-64-v4", "{level}");
            }
        }
    }

    #[test]
    fn other_columns_are_no_rows_across_lines() {
        #[derive(Clone, Copy)]
        struct Suits<const COLUMNS: usize>;
        impl<const COLUMNS: usize> Work for Suits<COLUMNS> {
            type Output = bool;

            fn run<S: Simd>(self, _: S) -> bool {
                AcrossLines::<f32, COLUMNS>::suits::<S>()
            }
        }
        for (_, suits) in
            [at_every_level(Suits::<120>), at_every_level(Suits::<0>), at_every_level(Suits::<272>)].concat()
        {
            assert!(!suits);
        }
    }
}
