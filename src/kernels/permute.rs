//! Vectors with their lanes in another order.

use core::marker::PhantomData;

use pulp::Simd;

use crate::Element;
use crate::element::lanes;

/// The most lanes that a vector has: single precision in 512 bits.
const MAX_LANES: usize = 16;

/// Where each lane of a vector of `E` at the level `S` comes from.
#[derive(Debug)]
pub struct Permutation<S, E> {
    /// In words of four bytes, which make up every element.
    words: [u32; MAX_LANES],
    of: PhantomData<(S, E)>,
}

impl<S, E> Clone for Permutation<S, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, E> Copy for Permutation<S, E> {}

impl<S: Simd, E: Element> Permutation<S, E> {
    /// The permutation whose lane `i` is lane `(first + i) / times` of the vector, counted from the first one again where there are no more.
    ///
    /// # Panics
    /// If `times` is 0.
    pub const fn new(first: usize, times: usize) -> Self {
        let words_of_element = size_of::<E>() / size_of::<u32>();
        let mut words = [0; MAX_LANES];
        let mut word = 0;
        while word < lanes::<S, E>() * words_of_element {
            let lane = (first + word / words_of_element) / times % lanes::<S, E>();
            words[word] = (lane * words_of_element + word % words_of_element) as u32;
            word += 1;
        }
        Self { words, of: PhantomData }
    }

    /// The vector with its lanes in this order.
    #[inline(always)]
    pub fn of(self, vector: E::Vector<S>) -> E::Vector<S> {
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{
                __m256, __m256i, __m512, __m512i, _mm256_permutevar8x32_ps, _mm512_permutexvar_ps,
            };
            if const { size_of::<E::Vector<S>>() == 64 } {
                let (words, vector): (__m512i, __m512) = (bytemuck::cast(self.words), bytemuck::cast(vector));
                // SAFETY: the one level with vectors of 512 bits, x86-64-v4, has AVX-512.
                return bytemuck::cast(unsafe { _mm512_permutexvar_ps(words, vector) });
            }
            if const { size_of::<E::Vector<S>>() == 32 } {
                let [words, _]: [__m256i; 2] = bytemuck::cast(self.words);
                let vector: __m256 = bytemuck::cast(vector);
                // SAFETY: a level with vectors of 256 bits, x86-64-v3, has AVX2.
                return bytemuck::cast(unsafe { _mm256_permutevar8x32_ps(vector, words) });
            }
        }
        let source: &[u32] = bytemuck::cast_slice(core::slice::from_ref(&vector));
        let mut result = vector;
        let target: &mut [u32] = bytemuck::cast_slice_mut(core::slice::from_mut(&mut result));
        for (target, word) in target.iter_mut().zip(self.words) {
            *target = source[word as usize];
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{load, store};
    use crate::simd::{Work, at_every_level};
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Permuted<E> {
        first: usize,
        times: usize,
        of: PhantomData<E>,
    }

    impl<E: Element> Work for Permuted<E> {
        type Output = Vec<E>;

        fn run<S: Simd>(self, _: S) -> Vec<E> {
            let lanes: Vec<E> = (0..lanes::<S, E>()).map(|lane| E::from_f64(lane as f64)).collect();
            let mut permuted = lanes.clone();
            store::<S, E>(&mut permuted, Permutation::<S, E>::new(self.first, self.times).of(load::<S, E>(&lanes)));
            permuted
        }
    }

    fn check<E: Element>() {
        for (first, times) in [(0, 1), (0, 2), (0, 4), (16, 2), (5, 3), (8, 1), (2, 1), (1, 1)] {
            for (level, permuted) in at_every_level(Permuted::<E> { first, times, of: PhantomData }) {
                for (lane, found) in permuted.iter().enumerate() {
                    let expected = E::from_f64(((first + lane) / times % permuted.len()) as f64);
                    assert_eq!(*found, expected, "{level} {first} {times} {lane}");
                }
            }
        }
    }

    #[test]
    fn every_lane_comes_from_where_the_permutation_says() {
        check::<f32>();
        check::<f64>();
    }
}
