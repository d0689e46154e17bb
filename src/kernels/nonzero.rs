//! Which columns of a few rows hold anything but zeros.

use pulp::Simd;

use super::tile::MAX_ROWS;
use super::{load, store};
use crate::Element;
use crate::element::lanes;

/// The most columns that are looked at together.
pub const STRETCH: usize = 128;

/// The most rows that [`NonZero::promises`] looks at.
const LOOKS: usize = 4;

/// The columns of a stretch of a matrix that are not zero in every row. What is not a number is not zero.
#[derive(Clone, Copy, Debug)]
pub struct NonZero {
    columns: [[u32; 2]; STRETCH + MAX_ROWS],
    len: usize,
}

impl NonZero {
    /// No columns.
    pub const NONE: Self = Self { columns: [[0; 2]; STRETCH + MAX_ROWS], len: 0 };

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

    /// Lists those of columns `first..first + count` of a matrix with rows of `row_len` elements, each with its number of the
    /// stretch, once as it is and once multiplied by `step`.
    ///
    /// # Panics
    /// If `row_len` is 0, the columns are more than [`STRETCH`], or lie outside of the rows.
    #[inline(always)]
    pub fn list<S: Simd, E: Element>(
        &mut self,
        simd: S,
        matrix: &[E],
        row_len: usize,
        (first, count): (usize, usize),
        step: usize,
    ) {
        let lanes = lanes::<S, E>();
        // The sum of absolute values is zero only if all of them are.
        let mut sums = [E::zero(); STRETCH];
        let whole = count - count % lanes;
        for start in (0..whole).step_by(lanes) {
            let mut sum = E::splat(simd, E::zero());
            for row in matrix.chunks_exact(row_len) {
                let part = load::<S, E>(&row[first + start..][..lanes]);
                sum = E::vector_add(simd, sum, E::vector_abs(simd, part));
            }
            store::<S, E>(&mut sums[start..][..lanes], sum);
        }
        for row in matrix.chunks_exact(row_len) {
            for (sum, number) in sums[whole..count].iter_mut().zip(&row[first + whole..]) {
                *sum += number.abs();
            }
        }
        let mut len = 0;
        for (column, sum) in (0..count).zip(&sums) {
            // Written in any case, so that nothing has to be predicted.
            self.columns[len] = [column as u32, (column * step) as u32];
            len += usize::from(!is_positive_zero(*sum));
        }
        self.len = len;
    }

    /// The columns of the stretch of `count` that are not listed, each multiplied by `step`.
    #[inline(always)]
    #[must_use]
    pub fn others(&self, count: usize, step: usize) -> Self {
        let (mut others, mut next) = (Self::NONE, 0);
        let end = [count as u32, 0];
        for &[column, _] in self.columns().iter().chain([&end]) {
            for other in next..column as usize {
                others.columns[others.len] = [other as u32, (other * step) as u32];
                others.len += 1;
            }
            next = column as usize + 1;
        }
        others
    }

    /// The columns in ascending order, each with its multiple.
    #[inline(always)]
    pub fn columns(&self) -> &[[u32; 2]] {
        &self.columns[..self.len]
    }

    /// The same, the last one so often that they are a multiple of `height`, at most [`MAX_ROWS`].
    #[inline(always)]
    pub fn padded(&mut self, height: usize) -> &[[u32; 2]] {
        let len = self.len.next_multiple_of(height);
        if let Some(last) = self.columns().last().copied() {
            self.columns[self.len..len].fill(last);
        }
        &self.columns[..len]
    }
}

/// Whether all bits are zero: quicker than a comparison of floating-point numbers.
#[inline(always)]
fn is_positive_zero<E: Element>(number: E) -> bool {
    if size_of::<E>() == size_of::<u32>() {
        bytemuck::cast::<E, u32>(number) == 0
    } else {
        bytemuck::cast::<E, u64>(number) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, at_every_level};
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Listed<'a, E> {
        matrix: &'a [E],
        row_len: usize,
        range: (usize, usize),
    }

    impl<E: Element> Work for Listed<'_, E> {
        type Output = (Vec<[u32; 2]>, Vec<[u32; 2]>);

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let mut nonzero = NonZero::NONE;
            nonzero.list(simd, self.matrix, self.row_len, self.range, 10);
            (nonzero.columns().to_vec(), nonzero.padded(6).to_vec())
        }
    }

    fn check<E: Element>(numbers: &[f64], row_len: usize, (first, count): (usize, usize)) {
        let matrix: Vec<E> = numbers.iter().map(|number| E::from_f64(*number)).collect();
        let expected: Vec<_> = (0..count)
            .filter(|column| matrix.chunks(row_len).any(|row| row[first + column] != E::zero()))
            .map(|column| [column as u32, 10 * column as u32])
            .collect();
        for (level, (found, padded)) in at_every_level(Listed { matrix: &matrix, row_len, range: (first, count) }) {
            assert_eq!(found, expected, "{level}");
            assert_eq!(padded.len(), expected.len().next_multiple_of(6));
            assert!(padded.iter().zip(&expected).all(|(padded, expected)| padded == expected));
            assert!(padded[expected.len()..].iter().all(|padded| Some(padded) == expected.last()));
        }
    }

    proptest! {
        #[test]
        fn a_column_is_listed_unless_it_is_zero_in_every_row(
            rows in 1usize..5,
            numbers in prop::collection::vec(prop::sample::select(
                std::vec![0.0, 0.0, 0.0, 0.0, -0.0, 1.0, -1.0, 1e-30, f64::NAN, f64::INFINITY]), 4 * 150),
            first in 0usize..22,
            count in 0usize..=STRETCH,
        ) {
            check::<f32>(&numbers[..rows * 150], 150, (first, count));
            check::<f64>(&numbers[..rows * 150], 150, (first, count));
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
