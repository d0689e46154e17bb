//! Samples that lie in somebody else's memory.

use core::slice::from_ref;

use bytemuck::Pod;
use num_traits::AsPrimitive;

use super::{Dataset, Rescaling};
use crate::kernels::prefetch::prefetch_slice;
use crate::{Element, Shape, Tensor};

/// Inputs and targets that lie side by side in borrowed slices; works without an allocator.
///
/// The inputs may have any plain number type `P`, such as `u8` for pixels. They are converted and
/// [rescaled](Self::rescaled) whenever they are read.
///
/// ```
/// use tintype::{Class, Tensor, data::{Dataset, Rescaling, Samples}, shape::Rank3};
///
/// let images = [Tensor::<Rank3<1, 2, 1>, u8>::from([[[0], [255]]]), Tensor::full(51)];
/// let labels = [3, 7].map(|index| Class::<10>::new(index).unwrap());
/// let samples = Samples::new(&images, &labels)?.rescaled(Rescaling::BYTE);
///
/// let (image, label): (Tensor<_, f64>, _) = samples.sample(0);
/// assert_eq!((image.as_slice(), label.index()), ([0.0, 1.0].as_slice(), 3));
/// # Ok::<(), tintype::data::LengthError>(())
/// ```
#[derive(Debug)]
pub struct Samples<'a, S: Shape, T, P: Pod = f32> {
    pub(super) inputs: &'a [Tensor<S, P>],
    pub(super) targets: &'a [T],
    pub(super) rescaling: Rescaling,
}

/// There is not exactly one target for each input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// The number of inputs.
    pub inputs: usize,
    /// The number of targets.
    pub targets: usize,
}

impl<'a, S: Shape, T, P: Pod> Samples<'a, S, T, P> {
    /// The samples with these inputs and these targets, number by number.
    ///
    /// # Errors
    /// If there are not as many targets as inputs.
    pub const fn new(inputs: &'a [Tensor<S, P>], targets: &'a [T]) -> Result<Self, LengthError> {
        if inputs.len() == targets.len() {
            Ok(Self { inputs, targets, rescaling: Rescaling::IDENTITY })
        } else {
            Err(LengthError { inputs: inputs.len(), targets: targets.len() })
        }
    }

    /// The same samples, whose stored inputs are rescaled when they are read.
    #[must_use]
    pub const fn rescaled(mut self, rescaling: Rescaling) -> Self {
        self.rescaling = rescaling;
        self
    }

    /// The number of samples.
    pub const fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are no samples.
    pub const fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The inputs as they are stored.
    pub const fn inputs(&self) -> &'a [Tensor<S, P>] {
        self.inputs
    }

    /// The targets.
    pub const fn targets(&self) -> &'a [T] {
        self.targets
    }

    /// The first `count` samples, or all if there are fewer.
    #[must_use]
    pub fn take(self, count: usize) -> Self {
        self.split_at(count.min(self.len())).0
    }

    /// The samples before number `middle`, and the rest.
    ///
    /// # Panics
    /// If there are fewer than `middle` samples.
    pub fn split_at(self, middle: usize) -> (Self, Self) {
        let (inputs, targets) = (self.inputs.split_at(middle), self.targets.split_at(middle));
        let part = |inputs, targets| Self { inputs, targets, rescaling: self.rescaling };
        (part(inputs.0, targets.0), part(inputs.1, targets.1))
    }
}

impl<S: Shape, T, P: Pod> Clone for Samples<'_, S, T, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Shape, T, P: Pod> Copy for Samples<'_, S, T, P> {}

impl<E: Element, S: Shape, T: Clone + Send + Sync, P: Pod + AsPrimitive<E>> Dataset<E> for Samples<'_, S, T, P>
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
        self.rescaling.apply(self.inputs[index].as_slice(), input.as_mut_slice());
        self.targets[index].clone()
    }

    fn prefetch(&self, index: usize) {
        if let (Some(input), Some(target)) = (self.inputs.get(index), self.targets.get(index)) {
            prefetch_slice(input.as_slice());
            prefetch_slice(from_ref(target));
        }
    }
}

impl core::fmt::Display for LengthError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { inputs, targets } = self;
        write!(f, "a data set needs one target for each input, but there are {inputs} inputs and {targets} targets")
    }
}

impl core::error::Error for LengthError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;
    use std::string::ToString;

    fn inputs() -> [Tensor<Rank1<2>, u8>; 3] {
        [[0, 1], [2, 3], [4, 255]].map(Tensor::from)
    }

    #[test]
    fn unequal_lengths_are_an_error_with_both_numbers() {
        let inputs = inputs();
        let error = Samples::new(&inputs, &[1.0, 2.0]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a data set needs one target for each input, but there are 3 inputs and 2 targets"
        );
    }

    #[test]
    fn bytes_are_read_as_the_numbers_of_the_network() {
        let inputs = inputs();
        let samples = Samples::new(&inputs, &['a', 'b', 'c']).unwrap();
        let mut single = Tensor::<_, f32>::zeros();
        assert_eq!(samples.read(2, &mut single), 'c');
        assert_eq!(single.as_slice(), [4.0, 255.0]);
        let halves = samples.rescaled(Rescaling { scale: 0.5, offset: -1.0 });
        let mut double = Tensor::<_, f64>::zeros();
        assert_eq!(halves.read(1, &mut double), 'b');
        assert_eq!(double.as_slice(), [0.0, 0.5]);
    }

    #[test]
    fn every_byte_divided_by_255_is_within_half_a_step_of_the_quotient() {
        let bytes: [Tensor<Rank1<256>, u8>; 1] = [Tensor::from_fn(|index| index as u8)];
        let samples = Samples::new(&bytes, &[()]).unwrap().rescaled(Rescaling::BYTE);
        let (input, ()) = Dataset::<f32>::sample(&samples, 0);
        assert_eq!((input.as_slice()[0], input.as_slice()[255]), (0.0, 1.0));
        for (byte, &number) in input.as_slice().iter().enumerate() {
            assert!((f64::from(number) - byte as f64 / 255.0).abs() <= f64::from(f32::EPSILON));
        }
    }

    #[test]
    fn parts_are_slices_of_the_whole() {
        let inputs = inputs();
        let samples = Samples::new(&inputs, &[10, 11, 12]).unwrap();
        let (head, tail) = samples.split_at(1);
        assert_eq!((head.targets(), tail.targets()), ([10].as_slice(), [11, 12].as_slice()));
        assert_eq!(tail.inputs()[1], inputs[2]);
        assert_eq!((samples.take(2).len(), samples.take(9).len()), (2, 3));
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn reading_past_the_end_panics() {
        let inputs = inputs();
        let samples = Samples::new(&inputs, &[10, 11, 12]).unwrap();
        let _ = Dataset::<f32>::sample(&samples, 3);
    }
}
