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
    #[inline(always)]
    pub fn promises<S: Simd, E: Element>(simd: S, matrix: &[E], row_len: usize) -> bool {
        let lanes = lanes::<S, E>();
        let apart = (matrix.len() / row_len).div_ceil(LOOKS) * row_len;
        let (zero, one) = (E::splat(simd, E::zero()), E::splat(simd, E::one()));
        let mut nonzero = zero;
        for start in (0..row_len - row_len % lanes).step_by(lanes) {
            let mut sum = zero;
            for rows in matrix.chunks(apart) {
                sum = E::vector_add(simd, sum, E::vector_abs(simd, load::<S, E>(&rows[start..][..lanes])));
            }
            nonzero = E::vector_add(simd, nonzero, E::select(simd, E::less_than(simd, zero, sum), one, zero));
        }
        let nonzero: E = bytemuck::cast_slice(&[nonzero]).iter().fold(E::zero(), |sum, lane| sum + *lane);
        nonzero < E::from_f64((row_len - row_len / 4) as f64)
    }

    /// Lists those of columns `first..first + count` of a matrix with rows of `row_len` elements, each with its number of the
    /// stretch, once as it is and once multiplied by `step`.
    ///
    /// # Panics
    /// If the columns are more than [`STRETCH`], or lie outside of the rows.
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
                *sum = *sum + number.abs();
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
