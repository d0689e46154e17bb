//! The transforms of Winograd's convolution F(4x4, 3x3): 4 by 4 outputs of a 3 by 3 kernel from 6 by 6 inputs, with 36
//! multiplications for each pair of channels in place of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural
//! Networks", 2015, whose matrices these are).
//!
//! With `Bᵀ`, `G` and `Aᵀ` for inputs, filters and outputs, `y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A`. The gradients go back through
//! the same transforms: each has an adjoint, its transposed matrix.

use pulp::Simd;

use crate::Element;

/// Rows and columns of the inputs of a tile, and of its products.
pub const POINTS: usize = 6;
/// Rows and columns of the outputs of a tile.
pub const OUTPUTS: usize = 4;
/// Rows and columns of the kernel.
pub const TAPS: usize = 3;

/// A product with a matrix, of vectors.
pub trait Transform<const FROM: usize, const TO: usize> {
    /// The product.
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; FROM]) -> [E::Vector<S>; TO];
}

/// Where the vectors of a tile come from. A trait rather than a closure, because only a method can be sure to be inlined.
pub trait Source<E: Element> {
    /// The vector at a place of the tile.
    fn read<S: Simd>(&self, simd: S, row: usize, column: usize) -> E::Vector<S>;
}

/// Where the vectors of a transformed tile go.
pub trait Sink<E: Element> {
    /// Takes the vector at a place of the tile.
    fn write<S: Simd>(&mut self, simd: S, row: usize, column: usize, value: E::Vector<S>);
}

/// `M x Mᵀ`, where `T` is the product with `M`: from memory to memory, since no processor has registers for a whole tile.
#[inline(always)]
pub fn both_ways<T: Transform<FROM, TO>, S: Simd, E: Element, const FROM: usize, const TO: usize>(
    simd: S,
    x: &impl Source<E>,
    y: &mut impl Sink<E>,
) {
    let zero = E::splat(simd, E::zero());
    let mut half = [[zero; FROM]; TO];
    for column in 0..FROM {
        let mut values = [zero; FROM];
        for (row, value) in values.iter_mut().enumerate() {
            *value = x.read(simd, row, column);
        }
        for (row, value) in half.iter_mut().zip(T::apply::<S, E>(simd, values)) {
            row[column] = value;
        }
    }
    for (row, values) in half.into_iter().enumerate() {
        for (column, value) in T::apply::<S, E>(simd, values).into_iter().enumerate() {
            y.write(simd, row, column, value);
        }
    }
}

/// `factor * x + y`
#[inline(always)]
fn scaled<S: Simd, E: Element>(simd: S, factor: f64, x: E::Vector<S>, y: E::Vector<S>) -> E::Vector<S> {
    E::vector_mul_add(simd, E::splat(simd, E::from_f64(factor)), x, y)
}

/// `factor * x`
#[inline(always)]
fn times<S: Simd, E: Element>(simd: S, factor: f64, x: E::Vector<S>) -> E::Vector<S> {
    E::vector_mul(simd, E::splat(simd, E::from_f64(factor)), x)
}

/// `Bᵀ`, from inputs.
#[derive(Clone, Copy, Debug)]
pub struct Inputs;
/// `G`, from weights.
#[derive(Clone, Copy, Debug)]
pub struct Filters;
/// `Aᵀ`, to outputs.
#[derive(Clone, Copy, Debug)]
pub struct ToOutputs;
/// `B`, to the gradient by inputs.
#[derive(Clone, Copy, Debug)]
pub struct ToInputs;
/// `Gᵀ`, to the gradient by weights.
#[derive(Clone, Copy, Debug)]
pub struct ToFilters;
/// `A`, from the gradient by outputs.
#[derive(Clone, Copy, Debug)]
pub struct Outputs;

impl Transform<POINTS, POINTS> for Inputs {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; POINTS]) -> [E::Vector<S>; POINTS] {
        let outer_even = scaled::<S, E>(simd, -4.0, x[2], x[4]);
        let outer_odd = scaled::<S, E>(simd, -4.0, x[1], x[3]);
        let even = E::vector_sub(simd, x[4], x[2]);
        let odd = E::vector_sub(simd, x[3], x[1]);
        [
            scaled::<S, E>(simd, 4.0, x[0], scaled::<S, E>(simd, -5.0, x[2], x[4])),
            E::vector_add(simd, outer_even, outer_odd),
            E::vector_sub(simd, outer_even, outer_odd),
            scaled::<S, E>(simd, 2.0, odd, even),
            scaled::<S, E>(simd, -2.0, odd, even),
            scaled::<S, E>(simd, 4.0, x[1], scaled::<S, E>(simd, -5.0, x[3], x[5])),
        ]
    }
}

impl Transform<POINTS, POINTS> for ToInputs {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; POINTS]) -> [E::Vector<S>; POINTS] {
        let (sum, difference) = (E::vector_add(simd, x[1], x[2]), E::vector_sub(simd, x[1], x[2]));
        let (far_sum, far_difference) = (E::vector_add(simd, x[3], x[4]), E::vector_sub(simd, x[3], x[4]));
        let (first, last) = (times::<S, E>(simd, 4.0, x[0]), times::<S, E>(simd, 4.0, x[5]));
        [
            first,
            scaled::<S, E>(simd, -4.0, difference, scaled::<S, E>(simd, -2.0, far_difference, last)),
            E::vector_sub(simd, scaled::<S, E>(simd, -4.0, sum, times::<S, E>(simd, -5.0, x[0])), far_sum),
            scaled::<S, E>(simd, 2.0, far_difference, scaled::<S, E>(simd, -5.0, x[5], difference)),
            E::vector_add(simd, E::vector_add(simd, x[0], sum), far_sum),
            x[5],
        ]
    }
}

impl Transform<TAPS, POINTS> for Filters {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; TAPS]) -> [E::Vector<S>; POINTS] {
        let ends = E::vector_add(simd, x[0], x[2]);
        let even = scaled::<S, E>(simd, 1.0 / 6.0, x[2], times::<S, E>(simd, 1.0 / 24.0, x[0]));
        [
            times::<S, E>(simd, 0.25, x[0]),
            times::<S, E>(simd, -1.0 / 6.0, E::vector_add(simd, ends, x[1])),
            times::<S, E>(simd, -1.0 / 6.0, E::vector_sub(simd, ends, x[1])),
            scaled::<S, E>(simd, 1.0 / 12.0, x[1], even),
            scaled::<S, E>(simd, -1.0 / 12.0, x[1], even),
            x[2],
        ]
    }
}

impl Transform<POINTS, TAPS> for ToFilters {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; POINTS]) -> [E::Vector<S>; TAPS] {
        let (sum, difference) = (E::vector_add(simd, x[1], x[2]), E::vector_sub(simd, x[1], x[2]));
        let (far_sum, far_difference) = (E::vector_add(simd, x[3], x[4]), E::vector_sub(simd, x[3], x[4]));
        let near = times::<S, E>(simd, -1.0 / 6.0, sum);
        [
            scaled::<S, E>(simd, 0.25, x[0], scaled::<S, E>(simd, 1.0 / 24.0, far_sum, near)),
            scaled::<S, E>(simd, 1.0 / 12.0, far_difference, times::<S, E>(simd, -1.0 / 6.0, difference)),
            E::vector_add(simd, scaled::<S, E>(simd, 1.0 / 6.0, far_sum, near), x[5]),
        ]
    }
}

impl Transform<POINTS, OUTPUTS> for ToOutputs {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; POINTS]) -> [E::Vector<S>; OUTPUTS] {
        let (sum, difference) = (E::vector_add(simd, x[1], x[2]), E::vector_sub(simd, x[1], x[2]));
        let (far_sum, far_difference) = (E::vector_add(simd, x[3], x[4]), E::vector_sub(simd, x[3], x[4]));
        [
            E::vector_add(simd, E::vector_add(simd, x[0], sum), far_sum),
            scaled::<S, E>(simd, 2.0, far_difference, difference),
            scaled::<S, E>(simd, 4.0, far_sum, sum),
            E::vector_add(simd, scaled::<S, E>(simd, 8.0, far_difference, difference), x[5]),
        ]
    }
}

impl Transform<OUTPUTS, POINTS> for Outputs {
    #[inline(always)]
    fn apply<S: Simd, E: Element>(simd: S, x: [E::Vector<S>; OUTPUTS]) -> [E::Vector<S>; POINTS] {
        let (even, odd) = (E::vector_add(simd, x[0], x[2]), E::vector_add(simd, x[1], x[3]));
        let far_even = scaled::<S, E>(simd, 4.0, x[2], x[0]);
        let far_odd = times::<S, E>(simd, 2.0, scaled::<S, E>(simd, 4.0, x[3], x[1]));
        [
            x[0],
            E::vector_add(simd, even, odd),
            E::vector_sub(simd, even, odd),
            E::vector_add(simd, far_even, far_odd),
            E::vector_sub(simd, far_even, far_odd),
            x[3],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Work, dispatch};
    use core::marker::PhantomData;
    use std::vec::Vec;

    /// The matrix of a transform, a row for each output.
    struct Matrix<T, const FROM: usize, const TO: usize>(PhantomData<T>);

    impl<T: Transform<FROM, TO>, const FROM: usize, const TO: usize> Work for Matrix<T, FROM, TO> {
        type Output = [[f64; FROM]; TO];

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let mut matrix = [[0.0; FROM]; TO];
            for column in 0..FROM {
                let mut x = [f64::splat(simd, 0.0); FROM];
                x[column] = f64::splat(simd, 1.0);
                for (row, y) in matrix.iter_mut().zip(T::apply::<S, f64>(simd, x)) {
                    row[column] = bytemuck::cast_slice(core::slice::from_ref(&y))[0];
                }
            }
            matrix
        }
    }

    fn matrix<T: Transform<FROM, TO>, const FROM: usize, const TO: usize>() -> Vec<Vec<f64>> {
        dispatch(Matrix::<T, FROM, TO>(PhantomData)).iter().map(|row| row.to_vec()).collect()
    }

    fn transposed(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
        (0..matrix[0].len()).map(|column| matrix.iter().map(|row| row[column]).collect()).collect()
    }

    fn product(matrix: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        matrix.iter().map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
    }

    #[test]
    fn the_transforms_convolve() {
        let (d, g) = ([0.3, -1.2, 0.7, 2.1, -0.4, 0.9], [0.5, -0.8, 1.1]);
        let (d_transformed, g_transformed) =
            (product(&matrix::<Inputs, 6, 6>(), &d), product(&matrix::<Filters, 3, 6>(), &g));
        let products: Vec<f64> = d_transformed.iter().zip(&g_transformed).map(|(a, b)| a * b).collect();
        let y = product(&matrix::<ToOutputs, 6, 4>(), &products);
        for (place, y) in y.iter().enumerate() {
            let wanted: f64 = g.iter().zip(&d[place..]).map(|(a, b)| a * b).sum();
            assert!((y - wanted).abs() < 1e-14, "{y} {wanted}");
        }
    }

    #[test]
    fn the_adjoints_are_the_transposed_matrices() {
        let same = |a: Vec<Vec<f64>>, b: Vec<Vec<f64>>| {
            assert!(a.concat().iter().zip(b.concat()).all(|(a, b)| (a - b).abs() < 1e-15), "{a:?} {b:?}");
        };
        same(matrix::<ToInputs, 6, 6>(), transposed(&matrix::<Inputs, 6, 6>()));
        same(matrix::<ToFilters, 6, 3>(), transposed(&matrix::<Filters, 3, 6>()));
        same(matrix::<Outputs, 4, 6>(), transposed(&matrix::<ToOutputs, 6, 4>()));
    }
}
