//! Matrices with rows and columns exchanged.

use crate::Element;

/// The rows and columns that are exchanged in registers.
const BLOCK: usize = 4;

/// Writes the `rows` by `columns` matrix `source` to `target` with rows and columns exchanged; the rows of the target are
/// `step` elements apart. A function of its own, since it has no use for a level's instructions and one for all sizes is quickly compiled.
#[inline(never)]
pub fn transpose<E: Element>(source: &[E], target: (&mut [E], usize), rows: usize, columns: usize) {
    transpose_inlined(source, target, rows, columns);
}

/// [`transpose`] without a call, for sizes that are small and known to the compiler.
#[inline(always)]
pub fn transpose_inlined<E: Element>(source: &[E], (target, step): (&mut [E], usize), rows: usize, columns: usize) {
    // Said at first, and with loops whose bounds are seen, so that no access to a matrix of a known size is checked.
    let (source, target) = (&source[..rows * columns], &mut target[..(columns * step).saturating_sub(step - rows)]);
    let (whole_rows, whole_columns) = (rows - rows % BLOCK, columns - columns % BLOCK);
    let mut row = 0;
    while row < whole_rows {
        let mut column = 0;
        while column < whole_columns {
            let mut block = [[E::zero(); BLOCK]; BLOCK];
            for (r, line) in block.iter_mut().enumerate() {
                line.copy_from_slice(&source[(row + r) * columns + column..][..BLOCK]);
            }
            for (c, line) in exchanged(block).iter().enumerate() {
                target[(column + c) * step + row..][..BLOCK].copy_from_slice(line);
            }
            column += BLOCK;
        }
        row += BLOCK;
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            target[column * step + row] = source[row * columns + column];
        }
    }
}

/// A block with rows and columns exchanged. Left to the compiler, this was a move for each element where it stood in an unrolled
/// loop; numbers of four bytes are exchanged by the shuffles that every x86-64 has.
#[inline(always)]
fn exchanged<E: Element>(block: [[E; BLOCK]; BLOCK]) -> [[E; BLOCK]; BLOCK] {
    #[cfg(target_arch = "x86_64")]
    if size_of::<E>() == size_of::<f32>() {
        use core::arch::x86_64::{__m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
        let [a, b, c, d]: [__m128; BLOCK] = bytemuck::cast(block);
        // SAFETY: every x86-64 processor has SSE.
        return bytemuck::cast(unsafe {
            let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
            [
                _mm_movelh_ps(ab, cd),
                _mm_movehl_ps(cd, ab),
                _mm_movelh_ps(ab_high, cd_high),
                _mm_movehl_ps(cd_high, ab_high),
            ]
        });
    }
    let mut result = block;
    for (r, line) in block.iter().enumerate() {
        for (c, element) in line.iter().enumerate() {
            result[c][r] = *element;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn check<E: Element>(rows: usize, columns: usize, gap: usize) -> Result<(), TestCaseError> {
        let number = |row: usize, column: usize| E::from_f64((row * 100 + column) as f64);
        let source: Vec<E> = (0..rows).flat_map(|row| (0..columns).map(move |column| number(row, column))).collect();
        let none = E::from_f64(-1.0);
        let mut target = std::vec![none; columns * (rows + gap)];
        transpose(&source, (&mut target, rows + gap), rows, columns);
        for (place, found) in target.iter().enumerate() {
            let (column, row) = (place / (rows + gap), place % (rows + gap));
            prop_assert_eq!(*found, if row < rows { number(row, column) } else { none });
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_transpose_exchanges_rows_and_columns(rows in 0usize..14, columns in 0usize..14, gap in 0usize..3) {
            check::<f32>(rows, columns, gap)?;
            check::<f64>(rows, columns, gap)?;
        }
    }
}
