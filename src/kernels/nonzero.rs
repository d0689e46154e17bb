//! Where a few rows hold anything but zeros.

use pulp::Simd;

use super::tile::MAX_ROWS;
use super::{load, store};
use crate::Element;
use crate::element::lanes;

/// The most columns that are looked at together.
pub const STRETCH: usize = 128;

/// The most rows that are looked at together.
pub const MOST_ROWS: usize = u32::BITS as usize;

/// The most rows that [`NonZero::promises`] looks at.
const LOOKS: usize = 4;

/// Where a stretch of columns of a matrix is not zero. What is not a number is not zero.
#[derive(Clone, Copy, Debug)]
pub struct NonZero {
    /// For each column the rows in which it is not zero: bit `i` for row `i`.
    rows: [u32; STRETCH],
    columns: usize,
}

/// The rows that an element of single precision, whose whole numbers have 24 bits, counts as bits.
const HALF: usize = MOST_ROWS / 2;

impl NonZero {
    /// Before the first look.
    pub const NONE: Self = Self { rows: [0; STRETCH], columns: 0 };

    /// Whether a look at a few rows of a matrix, which have `row_len` elements, finds so many zeros in common that a list may be worth
    /// its time: in a quarter of the columns.
    ///
    /// # Panics
    /// If `row_len` is 0, or the matrix has not whole rows.
    #[inline(always)]
    pub fn promises<S: Simd, E: Element>(simd: S, matrix: &[E], row_len: usize) -> bool {
        let lanes = lanes::<S, E>();
        let apart = (matrix.len() / row_len).div_ceil(LOOKS).max(1) * row_len;
        let whole = row_len - row_len % lanes;
        let (zero, one) = (E::splat(simd, E::zero()), E::splat(simd, E::one()));
        let mut nonzero = zero;
        for start in (0..whole).step_by(lanes) {
            let mut sum = zero;
            for rows in matrix.chunks(apart) {
                sum = E::vector_add(simd, sum, E::vector_abs(simd, load::<S, E>(&rows[start..][..lanes])));
            }
            nonzero = E::vector_add(simd, nonzero, E::select(simd, E::less_than(simd, zero, sum), one, zero));
        }
        let mut nonzero: E = bytemuck::cast_slice(&[nonzero]).iter().fold(E::zero(), |sum, lane| sum + *lane);
        for column in whole..row_len {
            if matrix.chunks(apart).any(|rows| rows[column] != E::zero()) {
                nonzero += E::one();
            }
        }
        nonzero < E::from_f64((row_len - row_len / 4) as f64)
    }

    /// Looks at columns `first..first + count` of a matrix with rows of `row_len` elements, [`MOST_ROWS`] rows at most.
    ///
    /// # Panics
    /// If `row_len` is 0, there are more rows, the columns are more than [`STRETCH`], or they lie outside of the rows.
    #[inline(always)]
    pub fn look<S: Simd, E: Element>(&mut self, simd: S, matrix: &[E], row_len: usize, (first, count): (usize, usize)) {
        let lanes = lanes::<S, E>();
        let whole = count - count % lanes;
        assert!(matrix.len() / row_len <= MOST_ROWS, "no more rows than are looked at together");
        self.columns = count;
        let rows = &mut self.rows[..count];
        rows.fill(0);
        for (half, matrix) in matrix.chunks(HALF * row_len).enumerate() {
            // A one for each row, as different bits of a number so large that its last bit is one.
            let mut numbers = [E::zero(); STRETCH];
            let (zero, large) = (E::splat(simd, E::zero()), E::splat(simd, E::from_f64(const { large::<E>() })));
            for start in (0..whole).step_by(lanes) {
                let (mut sum, mut bit) = (large, E::splat(simd, E::one()));
                for row in matrix.chunks_exact(row_len) {
                    let part = load::<S, E>(&row[first + start..][..lanes]);
                    sum = E::vector_add(simd, sum, E::select(simd, E::equal(simd, part, zero), zero, bit));
                    bit = E::vector_add(simd, bit, bit);
                }
                store::<S, E>(&mut numbers[start..][..lanes], sum);
            }
            for (rows, number) in rows[..whole].iter_mut().zip(&numbers) {
                *rows |= last_bits(*number) << (half * HALF);
            }
            for (number, row) in matrix.chunks_exact(row_len).enumerate() {
                for (rows, element) in rows[whole..count].iter_mut().zip(&row[first + whole..]) {
                    *rows |= u32::from(*element != E::zero()) << (half * HALF + number);
                }
            }
        }
    }
}

/// A power of two so large that one is the last bit of the numbers from there on.
const fn large<E>() -> f64 {
    if size_of::<E>() == size_of::<f32>() { 8_388_608.0 } else { 4_503_599_627_370_496.0 }
}

/// The last [`HALF`] bits of the number.
#[inline(always)]
fn last_bits<E: Element>(number: E) -> u32 {
    let bits = if size_of::<E>() == size_of::<u32>() {
        bytemuck::cast::<E, u32>(number)
    } else {
        bytemuck::cast::<E, u64>(number) as u32
    };
    bits % (1 << HALF)
}

/// Whether all bits but the sign's are zero: quicker than a comparison of floating-point numbers.
#[inline(always)]
fn is_zero<E: Element>(number: E) -> bool {
    if size_of::<E>() == size_of::<u32>() {
        bytemuck::cast::<E, u32>(number) << 1 == 0
    } else {
        bytemuck::cast::<E, u64>(number) << 1 == 0
    }
}

/// Room for lists of columns of a stretch, in ascending order.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    places: [[u32; 2]; STRETCH + MAX_ROWS],
    rows: [u32; STRETCH + MAX_ROWS],
}

impl Columns {
    /// Before the first list.
    pub const NONE: Self = Self { places: [[0; 2]; STRETCH + MAX_ROWS], rows: [0; STRETCH + MAX_ROWS] };

    /// The number of each element of a single row that is not zero: as it is, and multiplied by `step`.
    ///
    /// # Panics
    /// If the row is much longer than [`STRETCH`].
    #[inline(always)]
    pub fn places_in_row<E: Element>(&mut self, row: &[E], step: usize) -> &[[u32; 2]] {
        let mut len = 0;
        for (column, element) in row.iter().enumerate() {
            self.places[len] = [column as u32, (column * step) as u32];
            len += usize::from(!is_zero(*element));
        }
        &self.places[..len]
    }

    /// The number of each column in the stretch that is not zero in all `rows`, of which bit `i` is row `i`: as it is, and multiplied by
    /// `step`.
    #[inline(always)]
    pub fn places(&mut self, nonzero: &NonZero, rows: u32, step: usize) -> &[[u32; 2]] {
        let mut len = 0;
        for (column, nonzero) in nonzero.rows[..nonzero.columns].iter().enumerate() {
            // Written in any case, so that nothing has to be predicted.
            self.places[len] = [column as u32, (column * step) as u32];
            len += usize::from(nonzero & rows != 0);
        }
        &self.places[..len]
    }

    /// The places of the columns that are zero in all rows, or of the others, and the rows in which they are not; the last one so often that
    /// they are a multiple of `height`, at most [`MAX_ROWS`].
    #[inline(always)]
    pub fn padded(&mut self, nonzero: &NonZero, zero: bool, step: usize, height: usize) -> (&[[u32; 2]], &[u32]) {
        let mut len = 0;
        for (column, nonzero) in nonzero.rows[..nonzero.columns].iter().enumerate() {
            self.places[len] = [column as u32, (column * step) as u32];
            self.rows[len] = *nonzero;
            len += usize::from((*nonzero == 0) == zero);
        }
        let padded = len.next_multiple_of(height);
        if let Some(last) = len.checked_sub(1) {
            let (place, rows) = (self.places[last], self.rows[last]);
            self.places[len..padded].fill(place);
            self.rows[len..padded].fill(rows);
        }
        (&self.places[..padded], &self.rows[..padded])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, at_every_level};
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Looked<'a, E> {
        matrix: &'a [E],
        row_len: usize,
        range: (usize, usize),
        rows: u32,
    }

    impl<E: Element> Work for Looked<'_, E> {
        type Output = (Vec<[u32; 2]>, Vec<([u32; 2], u32)>, Vec<([u32; 2], u32)>);

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let (mut nonzero, mut columns) = (NonZero::NONE, Columns::NONE);
            // What was there before does not matter.
            nonzero.look(simd, self.matrix, self.row_len, (22, STRETCH));
            nonzero.look(simd, self.matrix, self.row_len, self.range);
            let places = columns.places(&nonzero, self.rows, 10).to_vec();
            if let Some(row) = self.matrix.get(..self.row_len) {
                let row = &row[self.range.0..][..self.range.1];
                assert_eq!(columns.places_in_row(row, 10).to_vec(), columns.places(&nonzero, 1, 10));
            }
            let [some, none] = [false, true].map(|zero| {
                let (places, rows) = columns.padded(&nonzero, zero, 10, 6);
                places.iter().copied().zip(rows.iter().copied()).collect()
            });
            (places, some, none)
        }
    }

    fn check<E: Element>(numbers: &[f64], row_len: usize, (first, count): (usize, usize), rows: u32) {
        let matrix: Vec<E> = numbers.iter().map(|number| E::from_f64(*number)).collect();
        let nonzero = |column: usize| {
            let rows = matrix.chunks(row_len).enumerate();
            rows.fold(0, |rows, (number, row)| rows | u32::from(row[first + column] != E::zero()) << number)
        };
        let place = |column: usize| [column as u32, 10 * column as u32];
        let listed = |wanted: &dyn Fn(u32) -> bool| -> Vec<_> {
            let columns = (0..count).filter(|column| wanted(nonzero(*column)));
            columns.map(|column| (place(column), nonzero(column))).collect()
        };
        let asked: Vec<_> = listed(&|nonzero| nonzero & rows != 0).iter().map(|(place, _)| *place).collect();
        let (some, none) = (listed(&|nonzero| nonzero != 0), listed(&|nonzero| nonzero == 0));
        let is_padded = |found: &[_], expected: &[_]| {
            assert_eq!(found.len(), expected.len().next_multiple_of(6));
            assert_eq!(&found[..expected.len()], expected);
            assert!(found[expected.len()..].iter().all(|padding| Some(padding) == expected.last()));
        };
        for (level, (places, padded, others)) in
            at_every_level(Looked { matrix: &matrix, row_len, range: (first, count), rows })
        {
            assert_eq!(places, asked, "{level}");
            is_padded(&padded, &some);
            is_padded(&others, &none);
        }
    }

    proptest! {
        #[test]
        fn a_column_is_listed_unless_it_is_zero_in_every_row_that_is_asked_for(
            rows in 0usize..=MOST_ROWS,
            numbers in prop::collection::vec(prop::sample::select(
                std::vec![0.0, 0.0, 0.0, 0.0, -0.0, 1.0, -1.0, 1e-30, f64::NAN, f64::INFINITY]), MOST_ROWS * 150),
            first in 0usize..22,
            count in 0usize..=STRETCH,
            asked in prop::sample::select(std::vec![u32::MAX, 0, 1, 0xff00, 0x8000_0000]),
        ) {
            check::<f32>(&numbers[..rows * 150], 150, (first, count), asked);
            check::<f64>(&numbers[..rows * 150], 150, (first, count), asked);
        }
    }

    #[derive(Clone, Copy)]
    struct Promises<'a>(&'a [f32], usize);

    impl Work for Promises<'_> {
        type Output = bool;

        fn run<S: Simd>(self, simd: S) -> bool {
            NonZero::promises(simd, self.0, self.1)
        }
    }

    #[test]
    fn a_list_promises_something_if_rows_have_zeros_in_common() {
        let matrix = |rows: usize, row_len: usize, is_zero: fn(usize, usize) -> bool| -> Vec<f32> {
            (0..rows * row_len).map(|place| f32::from(!is_zero(place / row_len, place % row_len))).collect()
        };
        for (rows, row_len) in [(1, 64), (3, 64), (4, 64), (32, 64), (33, 64), (32, 31), (1, 15), (2, 3)] {
            let promise = |matrix: &[f32]| at_every_level(Promises(matrix, row_len));
            let common = matrix(rows, row_len, |_, column| column.is_multiple_of(3));
            assert!(promise(&common).iter().all(|(_, promises)| *promises), "{rows} {row_len}");
            let none = matrix(rows, row_len, |_, _| false);
            assert!(promise(&none).iter().all(|(_, promises)| !promises), "{rows} {row_len}");
        }
        // A third of each row is zero, but nowhere the same.
        let apart = matrix(32, 64, |row, column| (row / 8 + column).is_multiple_of(3));
        assert!(at_every_level(Promises(&apart, 64)).iter().all(|(_, promises)| !promises));
    }
}
