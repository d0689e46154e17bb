//! The register tile that dense layers and convolutions, forward and backward, are all made of.
//!
//! A tile holds `T` rows by `V` vectors of results in registers, and runs down a sum: for each term it reads `V` vectors
//! of the right operand, broadcasts one number of the left operand for each row, and multiply-adds. Every lane has a sum
//! of its own, in the order of the terms, so the result depends neither on the tile's size nor on the vector's.

use pulp::Simd;

use crate::Element;
use crate::activation::Activation;
use crate::element::lanes;

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

/// The size of a block of results, known at compile time.
pub trait Block {
    /// Rows: output positions, samples, or inputs of a weight.
    const ROWS: usize;
    /// Columns: output channels, contiguous in memory.
    const COLUMNS: usize;
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

/// The rows from a given one on.
#[derive(Clone, Copy, Debug)]
struct From<R>(R, usize);

impl<R: Rows> Rows for From<R> {
    #[inline(always)]
    fn offset(self, row: usize) -> usize {
        self.0.offset(self.1 + row)
    }
}

/// The most rows that a tile can have.
pub const MAX_ROWS: usize = 12;

/// The most vectors that a tile can have.
pub const MAX_VECTORS: usize = 8;

/// The number of vector registers at the level `S`.
const fn registers<S: Simd>() -> usize {
    match size_of::<S::f32s>() {
        64 => 32,
        16 if cfg!(target_arch = "aarch64") => 32,
        _ => 16,
    }
}

/// How many accumulators a tile may keep without spilling: all registers but those for one row of the right operand and
/// a broadcast.
pub(crate) const fn accumulators<S: Simd>() -> usize {
    registers::<S>() * 3 / 4
}

/// The columns of a block in vectors, the last one perhaps partial.
const fn vectors<S: Simd, E: Element, B: Block>() -> usize {
    B::COLUMNS.div_ceil(lanes::<S, E>())
}

/// How many rows the tiles of a block have, the last one excepted: as equal as possible.
const fn tile_rows<S: Simd, E: Element, B: Block>() -> usize {
    let vectors = if vectors::<S, E, B>() >= 2 { 2 } else { 1 };
    let most = accumulators::<S>() / vectors;
    let most = if most > MAX_ROWS { MAX_ROWS } else { most };
    let tiles = B::ROWS.div_ceil(most);
    if tiles == 0 { 1 } else { B::ROWS.div_ceil(tiles) }
}

/// How many vectors wide the tiles of `rows` rows are, the last one excepted.
const fn tile_vectors<S: Simd, E: Element, B: Block>(rows: usize) -> usize {
    let most = accumulators::<S>() / rows;
    let most = if most > MAX_VECTORS { MAX_VECTORS } else { most };
    let most = if most == 0 { 1 } else { most };
    let tiles = vectors::<S, E, B>().div_ceil(most);
    if tiles == 0 { 1 } else { vectors::<S, E, B>().div_ceil(tiles) }
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
/// # Safety
/// All that the operands and the terms reach is valid: the left operand at `rows.offset(t)` plus the offset of every term for
/// every `t`; the right operand and the results for `V - 1` whole vectors and `last` lanes; the same of a bias. The
/// results are valid for writes and overlap no operand.
#[inline(always)]
unsafe fn tile<S: Simd, E: Element, A: Activation<E>, const T: usize, const V: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: impl Rows,
    last: usize,
    activation: A,
) {
    let lanes = lanes::<S, E>();
    let whole = last == lanes;
    let mask = E::memory_mask(simd, last);
    let mut sums = [[E::splat(simd, E::zero()); V]; T];
    match operands.start {
        Start::Zero => {}
        Start::Bias(bias) => {
            for v in 0..V {
                // SAFETY: a bias is valid for all vectors.
                let bias = unsafe { load_vector::<S, E>(simd, bias, v * lanes, (v + 1 < V || whole, mask)) };
                for row in &mut sums {
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
            for _ in 0..terms.counts[2] {
                let mut columns = [E::splat(simd, E::zero()); V];
                for (v, column) in columns.iter_mut().enumerate() {
                    // SAFETY: the right operand is valid for all vectors at this term.
                    *column = unsafe { load_vector::<S, E>(simd, right, v * lanes, (v + 1 < V || whole, mask)) };
                }
                for (t, row_sums) in sums.iter_mut().enumerate() {
                    // SAFETY: row `t` of the left operand is valid for this term.
                    let factor = E::splat(simd, unsafe { *left.add(rows.offset(t)) });
                    for (sum, column) in row_sums.iter_mut().zip(columns) {
                        *sum = E::vector_mul_add(simd, factor, column, *sum);
                    }
                }
                left = left.wrapping_add(terms.left[2]);
                right = right.wrapping_add(terms.right[2]);
            }
        }
    }
    for (t, row) in sums.iter().enumerate() {
        for (v, sum) in row.iter().enumerate() {
            let value = activation.apply(simd, *sum);
            // SAFETY: vector `v` of row `t` of the results is valid for writes, the last one for `last` lanes.
            unsafe {
                let target = operands.output.add(t * operands.output_row + v * lanes);
                if v + 1 < V || whole {
                    target.cast::<E::Vector<S>>().write_unaligned(value);
                } else {
                    E::store_masked(simd, mask, target, value);
                }
            }
        }
    }
}

/// One row of tiles, `T` rows high: all columns of the block.
///
/// # Safety
/// As for [`block`].
#[inline(always)]
unsafe fn columns<S: Simd, E: Element, A: Activation<E>, B: Block, const T: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: impl Rows,
    activation: A,
) {
    let whole = lanes::<S, E>();
    let width = const { tile_vectors::<S, E, B>(T) };
    // All tiles but the last one are `width` whole vectors wide.
    let whole_tiles = const { (vectors::<S, E, B>() - 1) / tile_vectors::<S, E, B>(T) };
    macro_rules! dispatch {
        ($width:expr, $operands:expr, $last:expr, [$($v:literal)*]) => {
            match $width {
                // SAFETY: the tile's vectors are columns of the block, which the caller promises to be valid.
                $($v => unsafe { tile::<S, E, A, T, $v>(simd, $operands, terms, rows, $last, activation) },)*
                _ => unreachable!("a tile is 1 to {MAX_VECTORS} vectors wide"),
            }
        };
    }
    for tile in 0..whole_tiles {
        dispatch!(const { tile_vectors::<S, E, B>(T) }, operands.columns_from(tile * width * whole), whole, [1 2 3 4 5 6 7 8]);
    }
    dispatch!(
        const { vectors::<S, E, B>() - (vectors::<S, E, B>() - 1) / tile_vectors::<S, E, B>(T) * tile_vectors::<S, E, B>(T) },
        operands.columns_from(whole_tiles * width * whole),
        const { B::COLUMNS - (vectors::<S, E, B>() - 1) * lanes::<S, E>() },
        [1 2 3 4 5 6 7 8]
    );
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
    let height = const { tile_rows::<S, E, B>() };
    macro_rules! dispatch {
        ($height:expr, $first:expr, [$($t:literal)*]) => {{
            let first = $first;
            let operands = Operands { output: operands.output.wrapping_add(first * operands.output_row), ..operands };
            let rows = From(rows, first);
            match $height {
                // SAFETY: the tile's rows are rows of the block, which the caller promises to be valid.
                $($t => unsafe { columns::<S, E, A, B, $t>(simd, operands, terms, rows, activation) },)*
                _ => unreachable!("a tile is 1 to {MAX_ROWS} rows high"),
            }
        }};
    }
    for tile in 0..const { B::ROWS / tile_rows::<S, E, B>() } {
        dispatch!(const { tile_rows::<S, E, B>() }, tile * height, [1 2 3 4 5 6 7 8 9 10 11 12]);
    }
    if const { B::ROWS % tile_rows::<S, E, B>() > 0 } {
        dispatch!(
            const { B::ROWS % tile_rows::<S, E, B>() },
            const { B::ROWS / tile_rows::<S, E, B>() * tile_rows::<S, E, B>() },
            [1 2 3 4 5 6 7 8 9 10 11 12]
        );
    }
}

/// A block of a size that is written out.
#[derive(Clone, Copy, Debug)]
pub struct Size<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for Size<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
}

/// Adds to `sums`, `COLUMNS` of them, the rows of a matrix, from the first to the last.
///
/// # Panics
/// If there are not `COLUMNS` sums.
#[inline(always)]
pub fn column_sums<S: Simd, E: Element, const COLUMNS: usize>(simd: S, rows: &[E], sums: &mut [E]) {
    let sums = &mut sums[..COLUMNS];
    if COLUMNS == 0 {
        return;
    }
    let one = E::one();
    let operands = Operands {
        left: &raw const one,
        right: rows.as_ptr(),
        output: sums.as_mut_ptr(),
        output_row: COLUMNS,
        start: Start::Output,
    };
    let terms = Terms { counts: [1, 1, rows.len() / COLUMNS], left: [0; 3], right: [0, 0, COLUMNS] };
    // SAFETY: every term reads `one` and a whole row; the results are `COLUMNS` sums, borrowed mutably. A product with
    // one is exact, so the fused multiply-add is an addition.
    unsafe {
        block::<S, E, crate::activation::Identity, Size<1, COLUMNS>>(
            simd,
            operands,
            terms,
            Apart(0),
            crate::activation::Identity,
        );
    }
}
