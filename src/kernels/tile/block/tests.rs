use super::*;
use crate::kernels::tile::{ByColumns, Size, SomeRows, SomeTerms};
use crate::simd::{Work, at_every_level};
use std::vec::Vec;

const TERMS: usize = 7;

/// A product of matrices of small whole numbers, which every order of sums gives exactly, between guards.
struct Product<'a, B, const P: usize> {
    left: &'a [f32],
    right: &'a [f32],
    block: core::marker::PhantomData<B>,
}

impl<B, const P: usize> Clone for Product<'_, B, P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<B, const P: usize> Copy for Product<'_, B, P> {}

const GUARD: [f32; 16] = [-1.0; 16];

impl<B: Block, const P: usize> Work for Product<'_, B, P> {
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
        unsafe { block::<S, f32, Identity, B, Apart, P>(simd, operands, terms, Apart(TERMS), Identity) };
        output
    }
}

fn check<B: Block, const P: usize>() {
    let small = |count: usize, step: usize| (0..count).map(|i| (i * step % 11) as f32 - 5.0).collect::<Vec<_>>();
    let (left, right) = (small(B::ROWS * TERMS, 3), small(TERMS * B::COLUMNS, 7));
    let results = (0..B::ROWS * B::COLUMNS).map(|index| {
        let (row, column) = (index / B::COLUMNS, index % B::COLUMNS);
        (0..TERMS).map(|term| left[row * TERMS + term] * right[term * B::COLUMNS + column]).sum()
    });
    let expected = [&GUARD[..], &results.collect::<Vec<f32>>(), &GUARD].concat();
    for (level, output) in
        at_every_level(Product::<B, P> { left: &left, right: &right, block: core::marker::PhantomData })
    {
        assert_eq!(output, expected, "{level}, {} by {}", B::ROWS, B::COLUMNS);
    }
}

#[test]
fn a_block_is_the_product_and_nothing_beside_it_is_written() {
    check::<Size<1, 1>, 1>();
    check::<Size<1, 100>, 1>();
    check::<Size<5, 6>, 1>();
    check::<Size<13, 6>, 1>();
    check::<Size<28, 17>, 1>();
    check::<Size<31, 50>, 1>();
    check::<ByColumns<32, 40>, 1>();
    check::<ByColumns<11, 33>, 1>();
    check::<Size<1, 2>, 4>();
    check::<Size<7, 10>, 4>();
    check::<Size<9, 32>, 2>();
}

const ROWS: [usize; 4] = [1, 2, 5, 11];
const ADDED: [usize; 3] = [0, 3, 6];
/// The terms that the rows want.
const WANTED: u32 = 0b10_1101;
// One tile wide, so that whole vectors may be written beyond the end of rows that lie next to each other.
const COLUMNS: usize = 10;

/// Some rows of a product of twelve; and the product with some of the terms only.
fn some<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> [Vec<f32>; 2] {
    type Whole = Size<12, COLUMNS>;
    let [mut some_rows, mut some_terms] = [(); 2].map(|()| std::vec![-1.0; Whole::ROWS * COLUMNS]);
    let operands = |output: &mut Vec<f32>| Operands {
        left: left.as_ptr(),
        right: right.as_ptr(),
        output: output.as_mut_ptr(),
        output_row: COLUMNS,
        start: Start::Zero,
    };
    let terms = Terms { counts: [1, 1, TERMS], left: [0, 0, 1], right: [0, 0, COLUMNS] };
    let mut rows: Vec<_> = ROWS.map(|row| [(row * TERMS) as u32, (row * COLUMNS) as u32]).to_vec();
    rows.resize(rows.len().next_multiple_of(height::<S, f32, Whole, 1>()), rows[ROWS.len() - 1]);
    let added = ADDED.map(|term| [term as u32, (term * COLUMNS) as u32]);
    // SAFETY: twelve rows of `TERMS` numbers, as many rows of `COLUMNS` numbers, and a place for every result, listed or not.
    unsafe {
        let wanted = std::vec![WANTED; rows.len()];
        let (operands, rows) = (operands(&mut some_rows), SomeRows(&rows, &wanted));
        block::<S, f32, Identity, Whole, SomeRows, 1>(simd, operands, terms, rows, Identity);
    }
    // SAFETY: the same.
    unsafe {
        let (operands, rows) = (operands(&mut some_terms), SomeTerms(TERMS, &added));
        block::<S, f32, Identity, Whole, SomeTerms, 1>(simd, operands, terms, rows, Identity);
    }
    [some_rows, some_terms]
}

#[cfg(target_arch = "x86_64")]
#[test]
fn rows_that_are_not_listed_stay_as_they_are_and_terms_that_are_not_listed_are_not_added() {
    let small = |count: usize, step: usize| (0..count).map(|i| (i * step % 11) as f32 - 5.0).collect::<Vec<_>>();
    let (left, right) = (small(12 * TERMS, 3), small(TERMS * COLUMNS, 7));
    let sum = |place: usize, is_added: fn(usize) -> bool| -> f32 {
        let (row, column) = (place / COLUMNS, place % COLUMNS);
        let terms = (0..TERMS).filter(|term| is_added(*term));
        terms.map(|term| left[row * TERMS + term] * right[term * COLUMNS + column]).sum()
    };
    let rows = |place: usize| {
        if ROWS.contains(&(place / COLUMNS)) { sum(place, |term| WANTED & 1 << term != 0) } else { -1.0 }
    };
    let expected = [
        (0..12 * COLUMNS).map(rows).collect::<Vec<_>>(),
        (0..12 * COLUMNS).map(|place| sum(place, |term| ADDED.contains(&term))).collect(),
    ];
    if let Some(simd) = pulp::x86::V3::try_new() {
        assert_eq!(some(simd, &left, &right), expected);
    }
    if let Some(simd) = pulp::x86::V4::try_new() {
        assert_eq!(some(simd, &left, &right), expected);
    }
}
