//! Samples that belong to the data set.

use bytemuck::Pod;
use num_traits::AsPrimitive;
use std::vec::Vec;

use super::{Dataset, LengthError, Rescaling, Samples, Subset};
use crate::{Element, Seed, Shape, Tensor};

/// Inputs and targets in memory.
///
/// As with [`Samples`], the inputs may be stored as any plain number `P` and are rescaled when they are read.
///
/// ```
/// use tintype::{Seed, Tensor, data::{Dataset, InMemory}, shape::Rank1};
///
/// let line: InMemory<Rank1<1>, f32> = (0..10).map(|x| (Tensor::full(x as f32), 2.0 * x as f32)).collect();
/// let (train, test) = line.split(0.8, Seed(1));
/// assert_eq!((train.len(), test.len()), (8, 2));
/// let (x, y): (Tensor<Rank1<1>>, f32) = train.sample(0);
/// assert_eq!(y, 2.0 * x.as_slice()[0]);
/// ```
#[derive(Clone, Debug)]
pub struct InMemory<S: Shape, T, P: Pod = f32> {
    inputs: Vec<Tensor<S, P>>,
    targets: Vec<T>,
    rescaling: Rescaling,
}

impl<S: Shape, T, P: Pod> InMemory<S, T, P> {
    /// The samples with these inputs and these targets, number by number.
    ///
    /// # Errors
    /// If there are not as many targets as inputs.
    pub fn new(inputs: Vec<Tensor<S, P>>, targets: Vec<T>) -> Result<Self, LengthError> {
        Samples::new(&inputs, &targets)?;
        Ok(Self { inputs, targets, rescaling: Rescaling::IDENTITY })
    }

    /// The same samples, whose stored inputs are rescaled when they are read.
    #[must_use]
    pub fn rescaled(mut self, rescaling: Rescaling) -> Self {
        self.rescaling = rescaling;
        self
    }

    /// A view of all samples.
    pub fn samples(&self) -> Samples<'_, S, T, P> {
        Samples { inputs: &self.inputs, targets: &self.targets, rescaling: self.rescaling }
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The inputs as they are stored.
    pub fn inputs(&self) -> &[Tensor<S, P>] {
        &self.inputs
    }

    /// The targets.
    pub fn targets(&self) -> &[T] {
        &self.targets
    }

    /// A view of the first `count` samples, or of all if there are fewer.
    pub fn take(&self, count: usize) -> Samples<'_, S, T, P> {
        self.samples().take(count)
    }

    /// Views of the samples before number `middle`, and of the rest.
    ///
    /// # Panics
    /// If there are fewer than `middle` samples.
    pub fn split_at(&self, middle: usize) -> (Samples<'_, S, T, P>, Samples<'_, S, T, P>) {
        self.samples().split_at(middle)
    }

    /// A random part of the samples and the rest; see [`Samples::split`].
    ///
    /// # Panics
    /// If `fraction` is not between 0 and 1.
    pub fn split(&self, fraction: f64, seed: Seed) -> (Subset<'_, S, T, P>, Subset<'_, S, T, P>) {
        self.samples().split(fraction, seed)
    }
}

impl<S: Shape, T, P: Pod> FromIterator<(Tensor<S, P>, T)> for InMemory<S, T, P> {
    fn from_iter<I: IntoIterator<Item = (Tensor<S, P>, T)>>(samples: I) -> Self {
        let (inputs, targets) = samples.into_iter().unzip();
        Self { inputs, targets, rescaling: Rescaling::IDENTITY }
    }
}

impl<E: Element, S: Shape, T: Clone + Send + Sync, P: Pod + AsPrimitive<E>> Dataset<E> for InMemory<S, T, P>
where
    Tensor<S, P>: Sync,
{
    type Input = S;
    type Target = T;

    fn len(&self) -> usize {
        self.inputs.len()
    }

    #[inline(always)]
    fn read(&self, index: usize, input: &mut Tensor<S, E>) -> T {
        self.samples().read(index, input)
    }

    fn prefetch(&self, index: usize) {
        Dataset::<E>::prefetch(&self.samples(), index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;
    use std::vec;

    #[test]
    fn unequal_lengths_are_refused() {
        let error = InMemory::<Rank1<1>, _>::new(vec![Tensor::zeros()], vec![1, 2]).unwrap_err();
        assert_eq!(error, LengthError { inputs: 1, targets: 2 });
    }

    #[test]
    fn views_keep_the_rescaling() {
        let data: InMemory<Rank1<1>, usize, u8> = (0..4).map(|n| (Tensor::full(n as u8), n)).collect();
        let data = data.rescaled(Rescaling { scale: 10.0, offset: 1.0 });
        assert_eq!(Dataset::<f32>::sample(&data, 3).0.as_slice(), [31.0]);
        assert_eq!(Dataset::<f32>::sample(&data.split_at(2).1, 1).0.as_slice(), [31.0]);
        let (input, target) = Dataset::<f32>::sample(&data.split(1.0, Seed(0)).0, 0);
        assert_eq!(input.as_slice(), [target as f32 * 10.0 + 1.0]);
    }
}
