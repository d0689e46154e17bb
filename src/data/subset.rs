//! Some of the samples, by index.

use bytemuck::Pod;
use num_traits::AsPrimitive;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use std::vec::Vec;

use super::{Dataset, Samples};
use crate::{Element, Seed, Shape, Tensor};

/// Some samples of another data set in an order of their own; the inputs are not copied.
///
/// ```
/// use tintype::{Tensor, data::{Dataset, Samples}, shape::Rank1};
///
/// let inputs = [0.0, 1.0, 2.0].map(|x| Tensor::<Rank1<1>>::full(x));
/// let samples = Samples::new(&inputs, &["a", "b", "c"])?;
/// let subset = samples.subset(vec![2, 0]);
/// let (input, target): (Tensor<Rank1<1>>, _) = subset.sample(0);
/// assert_eq!((input.as_slice()[0], target), (2.0, "c"));
/// # Ok::<(), tintype::data::LengthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subset<'a, S: Shape, T, P: Pod = f32> {
    samples: Samples<'a, S, T, P>,
    indices: Vec<usize>,
}

impl<'a, S: Shape, T, P: Pod> Samples<'a, S, T, P> {
    /// The samples with these numbers, in this order. A number may come more than once.
    ///
    /// # Panics
    /// If an index is not that of a sample.
    pub fn subset(self, indices: Vec<usize>) -> Subset<'a, S, T, P> {
        let len = self.len();
        if let Some(index) = indices.iter().find(|&&index| index >= len) {
            panic!("there is no sample {index} among {len} samples");
        }
        Subset { samples: self, indices }
    }

    /// A random part of the samples and the rest: `fraction` of them, rounded to the nearest number, are in the first
    /// part, and every sample is in one of the two. Both are shuffled.
    ///
    /// # Panics
    /// If `fraction` is not between 0 and 1.
    pub fn split(self, fraction: f64, seed: Seed) -> (Subset<'a, S, T, P>, Subset<'a, S, T, P>) {
        Subset { samples: self, indices: (0..self.len()).collect() }.split(fraction, seed)
    }
}

impl<'a, S: Shape, T, P: Pod> Subset<'a, S, T, P> {
    /// The samples that these are some of.
    pub fn samples(&self) -> Samples<'a, S, T, P> {
        self.samples
    }

    /// The numbers of the samples.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The first `count` samples, or all if there are fewer.
    #[must_use]
    pub fn take(mut self, count: usize) -> Self {
        self.indices.truncate(count);
        self
    }

    /// The samples before number `middle`, and the rest.
    ///
    /// # Panics
    /// If there are fewer than `middle` samples.
    pub fn split_at(mut self, middle: usize) -> (Self, Self) {
        let rest = self.indices.split_off(middle);
        let samples = self.samples;
        (self, Self { samples, indices: rest })
    }

    /// A random part of the samples and the rest; see [`Samples::split`].
    ///
    /// # Panics
    /// If `fraction` is not between 0 and 1.
    pub fn split(mut self, fraction: f64, seed: Seed) -> (Self, Self) {
        assert!((0.0..=1.0).contains(&fraction), "a data set is split at a fraction from 0 to 1, not at {fraction}");
        self.indices.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed.0));
        let middle = (self.len() as f64 * fraction).round() as usize;
        self.split_at(middle)
    }
}

impl<E: Element, S: Shape, T: Clone + Send + Sync, P: Pod + AsPrimitive<E>> Dataset<E> for Subset<'_, S, T, P>
where
    Tensor<S, P>: Sync,
{
    type Input = S;
    type Target = T;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn read(&self, index: usize, input: &mut Tensor<S, E>) -> T {
        self.samples.read(self.indices[index], input)
    }

    fn prefetch(&self, index: usize) {
        if let Some(index) = self.indices.get(index) {
            Dataset::<E>::prefetch(&self.samples, *index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;
    use proptest::prelude::*;

    fn counted(len: usize) -> (Vec<Tensor<Rank1<1>>>, Vec<usize>) {
        (0..len).map(|number| (Tensor::full(number as f32), number)).unzip()
    }

    proptest! {
        #[test]
        fn a_split_is_a_partition(len in 0_usize..50, fraction in 0.0..=1.0, seed: u64) {
            let (inputs, targets) = counted(len);
            let samples = Samples::new(&inputs, &targets).unwrap();
            let (first, rest) = samples.split(fraction, Seed(seed));
            prop_assert!((first.len() as f64 - fraction * len as f64).abs() <= 0.5);
            let mut seen: Vec<_> = Dataset::<f32>::iter(&first).chain(rest.iter()).map(|(_, target)| target).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, targets);
        }
    }

    #[test]
    fn a_seed_gives_one_order() {
        let (inputs, targets) = counted(100);
        let samples = Samples::new(&inputs, &targets).unwrap();
        let order = |seed| samples.split(0.5, Seed(seed)).0.indices().to_vec();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }

    #[test]
    fn parts_of_parts_read_the_samples_of_the_whole() {
        let (inputs, targets) = counted(10);
        let samples = Samples::new(&inputs, &targets).unwrap();
        let (head, tail) = samples.subset((0..10).rev().collect()).split_at(7);
        assert_eq!(tail.indices(), [2, 1, 0]);
        let (input, target) = Dataset::<f64>::sample(&head.take(3), 2);
        assert_eq!((input.as_slice(), target), ([7.0].as_slice(), 7));
    }

    #[test]
    #[should_panic(expected = "there is no sample 3 among 3 samples")]
    fn a_foreign_index_panics() {
        let (inputs, targets) = counted(3);
        let _ = Samples::new(&inputs, &targets).unwrap().subset([0, 3].to_vec());
    }
}
