//! Blocks of results of any size, covered by tiles.

use pulp::Simd;

use super::size::{Block, MAX_ROWS, MAX_VECTORS, tile_rows, tile_vectors, vectors, whole_tiles};
use super::{Apart, Operands, Rows, Start, Terms, tile};
use crate::Element;
use crate::activation::{Activation, Identity};
use crate::element::lanes;

/// The rows from a given one on.
#[derive(Clone, Copy, Debug)]
struct From<R>(R, usize);

impl<R: Rows> Rows for From<R> {
    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        self.0.offset(self.1 + row)
    }
}

/// The tile number `number` from the left, `T` rows high; `LAST` says whether it is the last one, which is narrower or has a
/// partial vector.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
unsafe fn column_tile<S: Simd, E: Element, A: Activation<E>, B: Block, const T: usize, const LAST: bool>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: impl Rows,
    activation: A,
    number: usize,
) {
    let width = const { tile_vectors::<S, E, B>(T) };
    let operands = operands.columns_from(number * width * lanes::<S, E>());
    macro_rules! dispatch {
        ($width:expr, $last:expr, [$($v:literal)*]) => {
            match ($width, const { B::PARTS }) {
                // SAFETY: the tile's vectors are columns of the block, which the caller promises to be valid.
                $(
                    ($v, 1) => unsafe { tile::<S, E, A, T, $v, 1>(simd, operands, terms, rows, $last, activation) },
                    ($v, 2) => unsafe { tile::<S, E, A, T, $v, 2>(simd, operands, terms, rows, $last, activation) },
                    ($v, 4) => unsafe { tile::<S, E, A, T, $v, 4>(simd, operands, terms, rows, $last, activation) },
                )*
                _ => unreachable!("a tile is 1 to {MAX_VECTORS} vectors wide and has 1, 2 or 4 parts"),
            }
        };
    }
    if LAST {
        let overrun = const { whole_tiles::<S, E, B>(T) == 0 } && operands.output_row == B::COLUMNS;
        dispatch!(
            const { vectors::<S, E, B>() - whole_tiles::<S, E, B>(T) * tile_vectors::<S, E, B>(T) },
            (const { B::COLUMNS - (vectors::<S, E, B>() - 1) * lanes::<S, E>() }, overrun),
            [1 2 3 4 5 6 7 8]
        );
    } else {
        dispatch!(const { tile_vectors::<S, E, B>(T) }, (lanes::<S, E>(), false), [1 2 3 4 5 6 7 8]);
    }
}

/// Computes a block of `B::ROWS` by `B::COLUMNS` results.
///
/// The left operand of row `r` lies `rows.offset(r)` elements behind that of row 0, its results `r * operands.output_row` behind.
///
/// # Safety
/// All that the operands and the terms reach is valid: the left operand at `rows.offset(r)` plus the offset of every term, for
/// every row; the right operand at every term, the results of every row and a bias for `B::COLUMNS` elements. The
/// results are valid for writes and overlap no operand.
#[inline(always)]
pub unsafe fn block<S: Simd, E: Element, A: Activation<E>, B: Block>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: impl Rows,
    activation: A,
) {
    if const { B::ROWS == 0 || B::COLUMNS == 0 } {
        return;
    }
    macro_rules! tile {
        ($height:expr, $first:expr, $column:expr, $last:literal, [$($t:literal)*]) => {{
            let first = $first;
            let operands = Operands { output: operands.output.wrapping_add(first * operands.output_row), ..operands };
            let rows = From(rows, first);
            match $height {
                // SAFETY: the tile's rows are rows of the block, which the caller promises to be valid.
                $($t => unsafe { column_tile::<S, E, A, B, $t, $last>(simd, operands, terms, rows, activation, $column) },)*
                _ => unreachable!("a tile is 1 to {MAX_ROWS} rows high"),
            }
        }};
        ($height:expr, $first:expr, $column:expr, $last:literal) => {
            tile!($height, $first, $column, $last, [1 2 3 4 5 6 7 8 9 10 11 12])
        };
    }
    let tiles = const { B::ROWS / tile_rows::<S, E, B>() };
    let height = const { tile_rows::<S, E, B>() };
    let last = const { whole_tiles::<S, E, B>(tile_rows::<S, E, B>()) };
    if const { B::BY_COLUMNS } {
        for column in 0..last {
            for number in 0..tiles {
                tile!(const { tile_rows::<S, E, B>() }, number * height, column, false);
            }
        }
        for number in 0..tiles {
            tile!(const { tile_rows::<S, E, B>() }, number * height, last, true);
        }
    } else {
        for number in 0..tiles {
            for column in 0..last {
                tile!(const { tile_rows::<S, E, B>() }, number * height, column, false);
            }
            tile!(const { tile_rows::<S, E, B>() }, number * height, last, true);
        }
    }
    if const { B::ROWS % tile_rows::<S, E, B>() > 0 } {
        let first = tiles * height;
        let last = const { whole_tiles::<S, E, B>(B::ROWS % tile_rows::<S, E, B>()) };
        for column in 0..last {
            tile!(const { B::ROWS % tile_rows::<S, E, B>() }, first, column, false);
        }
        tile!(const { B::ROWS % tile_rows::<S, E, B>() }, first, last, true);
    }
}

/// Adds to `sums` the rows of a matrix; `B` is a block of one row of sums.
///
/// # Panics
/// If there are not as many sums as the block has columns.
#[inline(always)]
pub fn column_sums<S: Simd, E: Element, B: Block>(simd: S, rows: &[E], sums: &mut [E]) {
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
        block::<S, E, Identity, B>(simd, operands, terms, Apart(0), Identity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::tile::{ByColumns, InParts, Size};
    use crate::simd::{Work, at_every_level};
    use std::vec::Vec;

    const TERMS: usize = 7;

    /// A product of matrices of small whole numbers, which every order of sums gives exactly, between guards.
    struct Product<'a, B> {
        left: &'a [f32],
        right: &'a [f32],
        block: core::marker::PhantomData<B>,
    }

    impl<B> Clone for Product<'_, B> {
        fn clone(&self) -> Self {
            *self
        }
    }
    impl<B> Copy for Product<'_, B> {}

    const GUARD: [f32; 16] = [-1.0; 16];

    impl<B: Block> Work for Product<'_, B> {
        type Output = Vec<f32>;

        fn run<S: Simd>(self, simd: S) -> Vec<f32> {
            let results = std::vec![0.0; B::ROWS * B::COLUMNS];
            let mut output = [&GUARD[..], &results, &GUARD].concat();
            let operands = Operands {
                left: self.left.as_ptr(),
                right: self.right.as_ptr(),
                output: output[GUARD.len()..].as_mut_ptr(),
                output_row: B::COLUMNS,
                start: Start::Zero,
            };
            let terms = Terms { counts: [1, 1, TERMS], left: [0, 0, 1], right: [0, 0, B::COLUMNS] };
            // SAFETY: `ROWS` rows of `TERMS` numbers, as many rows of `COLUMNS` numbers, and a place for every result.
            unsafe { block::<S, f32, Identity, B>(simd, operands, terms, Apart(TERMS), Identity) };
            output
        }
    }

    fn check<B: Block>() {
        let small = |count: usize, step: usize| (0..count).map(|i| (i * step % 11) as f32 - 5.0).collect::<Vec<_>>();
        let (left, right) = (small(B::ROWS * TERMS, 3), small(TERMS * B::COLUMNS, 7));
        let results = (0..B::ROWS * B::COLUMNS).map(|index| {
            let (row, column) = (index / B::COLUMNS, index % B::COLUMNS);
            (0..TERMS).map(|term| left[row * TERMS + term] * right[term * B::COLUMNS + column]).sum()
        });
        let expected = [&GUARD[..], &results.collect::<Vec<f32>>(), &GUARD].concat();
        for (level, output) in
            at_every_level(Product::<B> { left: &left, right: &right, block: core::marker::PhantomData })
        {
            assert_eq!(output, expected, "{level}, {} by {}", B::ROWS, B::COLUMNS);
        }
    }

    #[test]
    fn a_block_is_the_product_and_nothing_beside_it_is_written() {
        check::<Size<1, 1>>();
        check::<Size<1, 100>>();
        check::<Size<5, 6>>();
        check::<Size<13, 6>>();
        check::<Size<28, 17>>();
        check::<Size<31, 50>>();
        check::<ByColumns<32, 40>>();
        check::<ByColumns<11, 33>>();
        check::<InParts<1, 2>>();
        check::<InParts<7, 10>>();
        check::<InParts<9, 32>>();
    }
}
