//! Random orthogonal matrices.

use rand::rngs::Xoshiro256PlusPlus;

use super::draw::normal;
use crate::Element;

/// Fills the matrix of so many columns with orthonormal rows or columns, whichever are fewer, times `gain`.
///
/// Normal numbers are made orthonormal by the modified method of Gram and Schmidt in place, each vector twice, which
/// is enough for full precision (Giraud et al., 2005). The factor that it splits off has a positive diagonal, so all
/// orthogonal matrices are equally likely (Mezzadri, 2007).
pub fn fill<E: Element>(values: &mut [E], columns: usize, gain: f64, generator: &mut Xoshiro256PlusPlus) {
    if columns == 0 {
        return;
    }
    for value in values.iter_mut() {
        *value = E::from_f64(normal(generator));
    }
    let rows = values.len() / columns;
    let mut vectors = if rows < columns {
        Vectors { values, count: rows, len: columns, start: columns, stride: 1 }
    } else {
        Vectors { values, count: columns, len: rows, start: 1, stride: columns }
    };
    for vector in 0..vectors.count {
        for _ in 0..2 {
            for other in 0..vector {
                let share = vectors.product(vector, other);
                vectors.subtract(vector, other, share);
            }
            let norm = libm::sqrt(vectors.product(vector, vector));
            vectors.scale(vector, 1.0 / norm);
        }
    }
    for vector in 0..vectors.count {
        vectors.scale(vector, gain);
    }
}

/// The rows or the columns of a matrix.
struct Vectors<'a, E> {
    values: &'a mut [E],
    count: usize,
    len: usize,
    /// From the start of one vector to that of the next.
    start: usize,
    /// From one element of a vector to the next.
    stride: usize,
}

impl<E: Element> Vectors<'_, E> {
    fn place(&self, vector: usize, index: usize) -> usize {
        vector * self.start + index * self.stride
    }

    fn product(&self, a: usize, b: usize) -> f64 {
        let value = |vector, index| self.values[self.place(vector, index)].to_f64();
        (0..self.len).fold(0.0, |sum, index| sum + value(a, index) * value(b, index))
    }

    fn subtract(&mut self, from: usize, other: usize, share: f64) {
        for index in 0..self.len {
            let (place, other) = (self.place(from, index), self.place(other, index));
            self.values[place] = E::from_f64(self.values[place].to_f64() - share * self.values[other].to_f64());
        }
    }

    fn scale(&mut self, vector: usize, factor: f64) {
        for index in 0..self.len {
            let place = self.place(vector, index);
            self.values[place] = E::from_f64(self.values[place].to_f64() * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::vec::Vec;

    fn matrix<E: Element>(rows: usize, columns: usize, gain: f64) -> Vec<E> {
        let mut values = std::vec![E::nan(); rows * columns];
        fill(&mut values, columns, gain, &mut Xoshiro256PlusPlus::seed_from_u64(11));
        values
    }

    /// The largest distance of the Gram matrix of the fewer vectors from `gain²` times the identity.
    fn deviation<E: Element>(rows: usize, columns: usize, gain: f64) -> f64 {
        let values = matrix::<E>(rows, columns, gain);
        let at = |row: usize, column: usize| values[row * columns + column].to_f64();
        let (count, len) = (rows.min(columns), rows.max(columns));
        let vector = |v: usize, i: usize| if rows < columns { at(v, i) } else { at(i, v) };
        let mut largest = 0.0f64;
        for a in 0..count {
            for b in 0..count {
                let product: f64 = (0..len).map(|i| vector(a, i) * vector(b, i)).sum();
                let wanted = if a == b { gain * gain } else { 0.0 };
                largest = largest.max((product - wanted).abs());
            }
        }
        largest
    }

    #[test]
    fn the_fewer_vectors_are_orthonormal() {
        for (rows, columns) in [(30, 20), (20, 30), (24, 24), (1, 5), (5, 1), (1, 1)] {
            assert!(deviation::<f64>(rows, columns, 1.0) < 1e-14, "{rows}x{columns}");
            assert!(deviation::<f32>(rows, columns, 1.0) < 1e-6, "{rows}x{columns}");
            assert!(deviation::<f64>(rows, columns, 3.0) < 1e-13, "{rows}x{columns}");
        }
    }

    #[test]
    fn the_elements_of_a_random_direction_have_the_moments_of_one() {
        // An element of a random unit vector of n elements has variance 1/n, and n² E x⁴ = 3 n / (n + 2).
        let (n, count) = (2000, 3);
        let values = matrix::<f64>(n, count, 1.0);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 5.0 / ((n * values.len()) as f64).sqrt(), "{mean}");
        let fourth = values.iter().map(|x| (x * x * n as f64).powi(2)).sum::<f64>() / values.len() as f64;
        // The standard error of z⁴ of normal numbers is √(96 / count).
        assert!((fourth - 3.0).abs() < 5.0 * (96.0 / values.len() as f64).sqrt(), "{fourth}");
    }

    #[test]
    fn nothing_is_done_to_an_empty_matrix() {
        assert!(matrix::<f32>(0, 4, 1.0).is_empty());
        assert!(matrix::<f32>(4, 0, 1.0).is_empty());
    }
}
