//! The inner loops. Everything here is generic over the SIMD level and inlined beneath one dispatch per pass.

pub mod elementwise;
pub mod sum;
pub mod tile;
pub mod winograd;

use crate::Element;
use crate::element::lanes;
use pulp::Simd;

/// Reads a vector from a slice that is exactly one vector long.
#[inline(always)]
pub fn load<S: Simd, E: Element>(slice: &[E]) -> E::Vector<S> {
    debug_assert_eq!(slice.len(), lanes::<S, E>());
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(slice))
}

/// Writes a vector to a slice that is exactly one vector long.
#[inline(always)]
pub fn store<S: Simd, E: Element>(slice: &mut [E], vector: E::Vector<S>) {
    slice.copy_from_slice(bytemuck::cast_slice(core::slice::from_ref(&vector)));
}

/// The vectors that `channels` fill: the first channel and the number of channels of each, the last perhaps fewer.
#[inline(always)]
pub fn channel_vectors<S: Simd, E: Element>(channels: usize) -> impl Iterator<Item = (usize, usize)> {
    let lanes = lanes::<S, E>();
    (0..channels).step_by(lanes).map(move |channel| (channel, lanes.min(channels - channel)))
}

/// Reads a vector from a slice of at most one vector, with zero in the lanes that it lacks.
#[inline(always)]
pub fn load_part<S: Simd, E: Element>(simd: S, slice: &[E]) -> E::Vector<S> {
    if slice.len() == lanes::<S, E>() { load::<S, E>(slice) } else { E::load_partial(simd, slice) }
}

/// Writes the first lanes of a vector to a slice that is at most one vector long.
#[inline(always)]
pub fn store_part<S: Simd, E: Element>(simd: S, slice: &mut [E], value: E::Vector<S>) {
    if slice.len() == lanes::<S, E>() {
        store::<S, E>(slice, value);
    } else {
        E::store_partial(simd, slice, value);
    }
}

/// Writes the `rows` by `columns` matrix `source` to `target` with rows and columns exchanged; the rows of the target are
/// `step` elements apart.
#[inline(always)]
pub fn transpose<E: Element>(source: &[E], (target, step): (&mut [E], usize), rows: usize, columns: usize) {
    // So large that the compiler makes shuffles of vectors of it, and no larger.
    const BLOCK: usize = 4;
    let (whole_rows, whole_columns) = (rows - rows % BLOCK, columns - columns % BLOCK);
    for row in (0..whole_rows).step_by(BLOCK) {
        for column in (0..whole_columns).step_by(BLOCK) {
            let mut block = [[E::zero(); BLOCK]; BLOCK];
            for (r, line) in block.iter_mut().enumerate() {
                line.copy_from_slice(&source[(row + r) * columns + column..][..BLOCK]);
            }
            for c in 0..BLOCK {
                let line = [block[0][c], block[1][c], block[2][c], block[3][c]];
                target[(column + c) * step + row..][..BLOCK].copy_from_slice(&line);
            }
        }
    }
    for row in 0..rows {
        let first = if row < whole_rows { whole_columns } else { 0 };
        for column in first..columns {
            target[column * step + row] = source[row * columns + column];
        }
    }
}

/// A function of vectors for a single number: the same bits as in any lane.
#[inline(always)]
pub fn single<S: Simd, E: Element>(simd: S, x: E, f: impl Fn(E::Vector<S>) -> E::Vector<S>) -> E {
    let vector = f(E::splat(simd, x));
    let lanes: &[E] = bytemuck::cast_slice(core::slice::from_ref(&vector));
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn a_transpose_exchanges_rows_and_columns(rows in 0usize..14, columns in 0usize..14, gap in 0usize..3) {
            let number = |row: usize, column: usize| (row * 100 + column) as f32;
            let source: Vec<f32> = (0..rows).flat_map(|row| (0..columns).map(move |column| number(row, column))).collect();
            let mut target = std::vec![-1.0; columns * (rows + gap)];
            transpose(&source, (&mut target, rows + gap), rows, columns);
            for (place, found) in target.iter().enumerate() {
                let (column, row) = (place / (rows + gap), place % (rows + gap));
                prop_assert_eq!(*found, if row < rows { number(row, column) } else { -1.0 });
            }
        }
    }
}
