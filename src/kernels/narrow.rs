//! Rows times a matrix of a few columns, whose products lie side by side in a vector.
//!
//! A tile has a column in each lane, so a matrix of two columns would leave nearly all of them empty, and its terms would wait for each
//! other. Here a vector has as many elements of the matrix as it holds, one row of it after the other, and each number of the left operand
//! as often as there are columns. The lanes are added up at the end.

use core::marker::PhantomData;

use pulp::Simd;

use super::permute::Permutation;
use super::{load, load_part};
use crate::Element;
use crate::activation::Activation;
use crate::element::lanes;

/// The products that lie side by side, in one vector or several: product number `i` goes to sum `i % SIDE`. A rule of its own, so that
/// results are the same at every level.
const SIDE: usize = 32;

/// A matrix of so many columns.
pub struct Narrow<E, const COLUMNS: usize>(PhantomData<E>);

/// Numbers of a vector as often as there are columns, for each of the vectors that they fill.
struct Repeated<S, E, const COLUMNS: usize>(PhantomData<(S, E)>);

impl<S: Simd, E: Element, const COLUMNS: usize> Repeated<S, E, COLUMNS> {
    const PERMUTATIONS: [Permutation<S, E>; COLUMNS] = {
        let mut permutations = [Permutation::new(0, 1); COLUMNS];
        let mut vector = 0;
        while vector < COLUMNS {
            permutations[vector] = Permutation::new(vector * lanes::<S, E>(), COLUMNS);
            vector += 1;
        }
        permutations
    };
}

/// The lanes of a vector moved to the front, those of its second half, fourth, eighth or sixteenth to the first lane.
struct Moved<S, E>(PhantomData<(S, E)>);

impl<S: Simd, E: Element> Moved<S, E> {
    const PERMUTATIONS: [Permutation<S, E>; 4] = {
        let lanes = lanes::<S, E>();
        [
            Permutation::new(lanes / 2, 1),
            Permutation::new(lanes / 4, 1),
            Permutation::new(lanes / 8, 1),
            Permutation::new(lanes / 16, 1),
        ]
    };
}

impl<E: Element, const COLUMNS: usize> Narrow<E, COLUMNS> {
    /// Whether a matrix of so many columns is taken so: where rows of it fill vectors of every length.
    pub const SUITS: bool = matches!(COLUMNS, 1 | 2 | 4);

    /// Writes `activation(x W + b)` to each row of `y`; a `bias` of no elements is zero.
    ///
    /// # Panics
    /// If the matrix is not [taken so](Self::SUITS), in a constant; or if `x` has fewer rows than `y`.
    #[inline(always)]
    pub fn rows<S: Simd, A: Activation<E>>(
        simd: S,
        x: &[E],
        weights: &[[E; COLUMNS]],
        bias: &[E],
        y: &mut [[E; COLUMNS]],
        activation: A,
    ) {
        const { assert!(Self::SUITS, "a matrix of a few columns") };
        let single = y.len() == 1;
        for (row, y) in y.iter_mut().enumerate() {
            let x = &x[row * weights.len()..][..weights.len()];
            let sums = Self::sums(simd, x, weights.as_flattened(), bias);
            for (part, sum) in y.chunks_mut(lanes::<S, E>()).zip(sums) {
                // With more rows, a vector holds several of them.
                let value = if single { activation.apply(simd, sum) } else { sum };
                super::store_part(simd, part, value);
            }
        }
        if !single {
            activation.apply_in_place(simd, y.as_flattened_mut());
        }
    }

    /// The sums for all columns of a row, in the first lanes of the vectors that they fill.
    #[inline(always)]
    fn sums<S: Simd>(simd: S, x: &[E], weights: &[E], bias: &[E]) -> [E::Vector<S>; SIDE] {
        let lanes = lanes::<S, E>();
        let mut sums = [E::splat(simd, E::zero()); SIDE];
        for (sum, part) in sums.iter_mut().zip(bias.chunks(lanes)) {
            *sum = load_part(simd, part);
        }
        if const { crate::element::lanes::<S, E>() == 1 } {
            Self::add_one_by_one(simd, x, weights, &mut sums);
        } else {
            Self::add_side_by_side(simd, x, weights, &mut sums);
        }
        let mut width = SIDE;
        while width > COLUMNS && width > lanes {
            width /= 2;
            for sum in 0..width / lanes {
                sums[sum] = E::vector_add(simd, sums[sum], sums[sum + width / lanes]);
            }
        }
        for moved in Moved::<S, E>::PERMUTATIONS {
            if width > COLUMNS {
                width /= 2;
                sums[0] = E::vector_add(simd, sums[0], moved.of(sums[0]));
            }
        }
        sums
    }

    /// Adds the products to sums of one lane each, one sum after the other.
    #[inline(always)]
    fn add_one_by_one<S: Simd>(simd: S, x: &[E], weights: &[E], sums: &mut [E::Vector<S>; SIDE]) {
        for (first, sum) in sums.iter_mut().enumerate().take(weights.len()) {
            for (weight, product) in weights[first..].iter().step_by(SIDE).zip((first..).step_by(SIDE)) {
                let (x, weight) = (E::splat(simd, x[product / COLUMNS]), E::splat(simd, *weight));
                *sum = E::vector_mul_add(simd, x, weight, *sum);
            }
        }
    }

    /// Adds the products to sums of several lanes each.
    #[inline(always)]
    fn add_side_by_side<S: Simd>(simd: S, x: &[E], weights: &[E], sums: &mut [E::Vector<S>; SIDE]) {
        let lanes = lanes::<S, E>();
        // The inputs whose products fill all sums, or which fill a vector.
        let step = lanes.max(SIDE / COLUMNS);
        let whole = x.len() - x.len() % step;
        for first in (0..whole).step_by(step) {
            for part in 0..step / lanes {
                let x = load::<S, E>(&x[first + part * lanes..][..lanes]);
                for (vector, repeated) in Repeated::<S, E, COLUMNS>::PERMUTATIONS.iter().enumerate() {
                    let vector = part * COLUMNS + vector;
                    let weights = load::<S, E>(&weights[first * COLUMNS + vector * lanes..][..lanes]);
                    let sum = &mut sums[vector % (SIDE / lanes)];
                    *sum = E::vector_mul_add(simd, repeated.of(x), weights, *sum);
                }
            }
        }
        let (x, weights) = (&x[whole..], &weights[whole * COLUMNS..]);
        for part in 0..step / lanes {
            let x = load_part(simd, &x[(part * lanes).min(x.len())..((part + 1) * lanes).min(x.len())]);
            for (vector, repeated) in Repeated::<S, E, COLUMNS>::PERMUTATIONS.iter().enumerate() {
                let vector = part * COLUMNS + vector;
                if vector * lanes < weights.len() {
                    let weights = &weights[vector * lanes..((vector + 1) * lanes).min(weights.len())];
                    let sum = &mut sums[vector % (SIDE / lanes)];
                    *sum = E::vector_mul_add(simd, repeated.of(x), load_part(simd, weights), *sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Tanh;
    use crate::simd::{Work, at_every_level};
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Product<'a, E, const COLUMNS: usize> {
        x: &'a [E],
        weights: &'a [[E; COLUMNS]],
        bias: &'a [E],
        rows: usize,
    }

    impl<E: Element, const COLUMNS: usize> Work for Product<'_, E, COLUMNS> {
        type Output = Vec<[E; COLUMNS]>;

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let mut y = std::vec![[E::nan(); COLUMNS]; self.rows];
            Narrow::rows(simd, self.x, self.weights, self.bias, &mut y, Tanh);
            y
        }
    }

    fn check<E: Element, const COLUMNS: usize>(
        numbers: &[f64],
        (rows, terms): (usize, usize),
        with_bias: bool,
        tolerance: f64,
    ) -> Result<(), TestCaseError> {
        let numbers: Vec<E> = numbers.iter().map(|number| E::from_f64(*number)).collect();
        let (x, rest) = numbers.split_at(rows * terms);
        let (weights, rest) = rest.split_at(terms * COLUMNS);
        let weights: &[[E; COLUMNS]] = bytemuck::cast_slice(weights);
        let bias = if with_bias { &rest[..COLUMNS] } else { &[] };
        let levels = at_every_level(Product { x, weights, bias, rows });
        for (level, y) in &levels {
            prop_assert_eq!(y, &levels[0].1, "{}", level);
        }
        let y = &levels[0].1;
        for row in 0..rows {
            for (column, found) in y[row].iter().enumerate() {
                let product =
                    |term: usize| Element::to_f64(x[row * terms + term]) * Element::to_f64(weights[term][column]);
                let offset = if with_bias { Element::to_f64(bias[column]) } else { 0.0 };
                let (found, expected) =
                    (Element::to_f64(*found), (offset + (0..terms).map(product).sum::<f64>()).tanh());
                prop_assert!((found - expected).abs() <= tolerance, "{found} {expected}");
            }
            let x = &x[row * terms..][..terms];
            for (_, alone) in at_every_level(Product { x, weights, bias, rows: 1 }) {
                prop_assert_eq!(&alone[..], &y[row..=row]);
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn each_row_has_its_products_in_one_order_at_every_level(
            rows in 0usize..5,
            terms in 0usize..75,
            with_bias: bool,
            numbers in prop::collection::vec(-1.0..1.0, 5 * 75 + 4 * 75 + 4),
        ) {
            check::<f32, 1>(&numbers, (rows, terms), with_bias, 1e-5)?;
            check::<f32, 2>(&numbers, (rows, terms), with_bias, 1e-5)?;
            check::<f32, 4>(&numbers, (rows, terms), with_bias, 1e-5)?;
            check::<f64, 1>(&numbers, (rows, terms), with_bias, 1e-13)?;
            check::<f64, 2>(&numbers, (rows, terms), with_bias, 1e-13)?;
            check::<f64, 4>(&numbers, (rows, terms), with_bias, 1e-13)?;
        }
    }
}
