//! The register tile that dense layers and convolutions, forward and backward, are all made of.
//!
//! A tile holds `T` rows by `V` vectors of results in registers, and runs down a sum: for each term it reads `V` vectors
//! of the right operand, broadcasts one number of the left operand for each row, and multiply-adds. Every lane has a sum
//! of its own, in the order of the terms, or a few that the terms are dealt out to by a rule of the block's size; so the
//! result depends neither on the tile's size nor on the vector's.

use pulp::Simd;

use crate::Element;
use crate::activation::{Activation, Identity};
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
    /// Whether all rows are computed for a few columns before the next ones: what these columns read of the right operand
    /// then stays in the first-level cache.
    const BY_COLUMNS: bool = false;
    /// How many sums the terms of each result are dealt out to, in turn: 1, 2 or 4. They are joined at the end, in pairs.
    const PARTS: usize = 1;
}

/// The parts of the sums of so many columns where there may be only one row: a multiply-add takes four cycles, so with few
/// vectors the next term would wait for the last one. A rule of the size alone, so that sums are the same at every level.
pub const fn parts(columns: usize) -> usize {
    match columns {
        0..=16 => 4,
        17..=32 => 2,
        _ => 1,
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
pub(crate) const fn registers<S: Simd>() -> usize {
    match size_of::<S::f32s>() {
        64 => 32,
        16 if cfg!(target_arch = "aarch64") => 32,
        _ => 16,
    }
}

/// The columns of a block in vectors, the last one perhaps partial.
const fn vectors<S: Simd, E: Element, B: Block>() -> usize {
    B::COLUMNS.div_ceil(lanes::<S, E>())
}

/// Whether the registers hold the sums of a tile, a row of the right operand, a broadcast, and one to spare: without that
/// one the compiler was seen to send sums to memory. The right operand of a single row is read by the multiply-add itself.
const fn fits<S: Simd, B: Block>(rows: usize, vectors: usize) -> bool {
    let right = if rows == 1 { 0 } else { vectors };
    rows * vectors * B::PARTS + right + 1 < registers::<S>()
}

/// What a term of a tile costs, in half cycles of a core with two multiply-add units and two load units whose multiply-add
/// takes four cycles.
const fn cost<B: Block>(rows: usize, vectors: usize) -> usize {
    let in_flight = 8 / B::PARTS;
    let (products, loads) = (rows * vectors, rows + vectors);
    let busy = if products > loads { products } else { loads };
    if rows == 0 || vectors == 0 {
        0
    } else if busy > in_flight {
        busy
    } else {
        in_flight
    }
}

/// How many vectors wide tiles of `rows` rows best are, the last one excepted, and what a term of all of them costs.
const fn best_width<S: Simd, E: Element, B: Block>(rows: usize) -> (usize, usize) {
    let all = vectors::<S, E, B>();
    let (mut best, mut least) = (1, usize::MAX);
    let mut width = 1;
    while width <= MAX_VECTORS && width <= all && (width == 1 || fits::<S, B>(rows, width)) {
        let cost = all / width * cost::<B>(rows, width) + cost::<B>(rows, all % width);
        if cost <= least {
            (best, least) = (width, cost);
        }
        width += 1;
    }
    (best, if rows == 0 { 0 } else { least })
}

/// How many vectors wide the tiles of `rows` rows are, the last one excepted.
const fn tile_vectors<S: Simd, E: Element, B: Block>(rows: usize) -> usize {
    best_width::<S, E, B>(rows).0
}

/// How many tiles of `rows` rows stand side by side that are [`tile_vectors`] whole vectors wide: all but the last one.
const fn whole_tiles<S: Simd, E: Element, B: Block>(rows: usize) -> usize {
    vectors::<S, E, B>().saturating_sub(1) / tile_vectors::<S, E, B>(rows)
}

/// How many rows the tiles of a block have, the last one excepted.
const fn tile_rows<S: Simd, E: Element, B: Block>() -> usize {
    let (mut best, mut least) = (1, usize::MAX);
    let mut rows = 1;
    while rows <= MAX_ROWS && rows <= B::ROWS && (rows == 1 || fits::<S, B>(rows, 1)) {
        let cost = B::ROWS / rows * best_width::<S, E, B>(rows).1 + best_width::<S, E, B>(B::ROWS % rows).1;
        if cost <= least {
            (best, least) = (rows, cost);
        }
        rows += 1;
    }
    best
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
unsafe fn tile<S: Simd, E: Element, A: Activation<E>, const T: usize, const V: usize, const P: usize>(
    simd: S,
    operands: Operands<E>,
    terms: Terms,
    rows: impl Rows,
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
    if !LAST {
        dispatch!(const { tile_vectors::<S, E, B>(T) }, (lanes::<S, E>(), false), [1 2 3 4 5 6 7 8]);
    } else {
        let overrun = const { whole_tiles::<S, E, B>(T) == 0 } && operands.output_row == B::COLUMNS;
        dispatch!(
            const { vectors::<S, E, B>() - whole_tiles::<S, E, B>(T) * tile_vectors::<S, E, B>(T) },
            (const { B::COLUMNS - (vectors::<S, E, B>() - 1) * lanes::<S, E>() }, overrun),
            [1 2 3 4 5 6 7 8]
        );
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

/// A block of a size that is written out.
#[derive(Clone, Copy, Debug)]
pub struct Size<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for Size<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
}

/// The same, a few columns after the other.
#[derive(Clone, Copy, Debug)]
pub struct ByColumns<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for ByColumns<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
    const BY_COLUMNS: bool = true;
}

/// The same as [`Size`] with the sums in [`parts`].
#[derive(Clone, Copy, Debug)]
pub struct InParts<const ROWS: usize, const COLUMNS: usize>;

impl<const ROWS: usize, const COLUMNS: usize> Block for InParts<ROWS, COLUMNS> {
    const ROWS: usize = ROWS;
    const COLUMNS: usize = COLUMNS;
    const PARTS: usize = parts(COLUMNS);
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
