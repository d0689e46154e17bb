//! What training and testing read samples from.

use crate::{Element, Shape, Tensor};

/// Samples to train or to test on: each an input tensor and a target.
///
/// The element `E` is that of the network: one data set of bytes serves networks of `f32` and of `f64`.
///
/// A data set may as well compute its samples:
///
/// ```
/// use tintype::{Tensor, data::Dataset, shape::Rank1};
///
/// /// `n` and whether it is odd.
/// struct Parity;
///
/// impl Dataset for Parity {
///     type Input = Rank1<1>;
///     type Target = bool;
///
///     fn len(&self) -> usize {
///         100
///     }
///     fn read(&self, index: usize, input: &mut Tensor<Rank1<1>>) -> bool {
///         assert!(index < 100);
///         *input = Tensor::full(index as f32);
///         index % 2 == 1
///     }
/// }
///
/// let (input, odd) = Parity.sample(3);
/// assert_eq!((input.as_slice(), odd), ([3.0].as_slice(), true));
/// assert_eq!(Parity.iter().filter(|(_, odd)| *odd).count(), 50);
/// ```
pub trait Dataset<E: Element = f32>: Sync {
    /// The shape of the inputs.
    type Input: Shape;
    /// What the network is to say of an input: a [`Class`](crate::Class), or a tensor.
    type Target: Send;

    /// The number of samples.
    fn len(&self) -> usize;

    /// Writes the input of sample number `index` to `input`, and gives its target.
    ///
    /// # Panics
    /// If there are not so many samples.
    fn read(&self, index: usize, input: &mut Tensor<Self::Input, E>) -> Self::Target;

    /// A hint that sample number `index` will be read soon: what lies in memory is asked for ahead of time, which spares training on small networks
    /// the wait for samples in random order. Does nothing unless a data set implements it.
    ///
    /// Training gives it a few samples ahead, on the thread that will read them, for inputs of 64 elements or more; it may as well never
    /// come. It should return at once. An index without a sample does nothing.
    fn prefetch(&self, index: usize) {
        let _ = index;
    }

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample number `index`.
    ///
    /// # Panics
    /// If there are not so many samples.
    fn sample(&self, index: usize) -> (Tensor<Self::Input, E>, Self::Target) {
        let mut input = Tensor::zeros();
        let target = self.read(index, &mut input);
        (input, target)
    }

    /// All samples in their order.
    fn iter(&self) -> impl ExactSizeIterator<Item = (Tensor<Self::Input, E>, Self::Target)>
    where
        Self: Sized,
    {
        (0..self.len()).map(|index| self.sample(index))
    }
}

impl<E: Element, D: Dataset<E> + ?Sized> Dataset<E> for &D {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn read(&self, index: usize, input: &mut Tensor<Self::Input, E>) -> Self::Target {
        (**self).read(index, input)
    }

    fn prefetch(&self, index: usize) {
        (**self).prefetch(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::data::{OneHot, Standardization};
    use crate::shape::Rank1;
    use std::sync::Mutex;
    use std::vec::Vec;

    /// Remembers the samples that it was told of.
    struct Told(Mutex<Vec<usize>>);

    impl Dataset for Told {
        type Input = Rank1<1>;
        type Target = Class<2>;

        fn len(&self) -> usize {
            10
        }

        fn read(&self, _: usize, _: &mut Tensor<Rank1<1>>) -> Class<2> {
            Class::new(0).unwrap()
        }

        fn prefetch(&self, index: usize) {
            self.0.lock().unwrap().push(index);
        }
    }

    #[test]
    fn data_sets_around_another_tell_it_what_will_be_read() {
        let told = Told(Mutex::default());
        let standardization = Standardization::fit(&told);
        told.0.lock().unwrap().clear();
        Dataset::<f32>::prefetch(&&told, 3);
        standardization.applied_to(&told).prefetch(5);
        OneHot(&told).prefetch(7);
        assert_eq!(*told.0.lock().unwrap(), [3, 5, 7]);
    }
}
