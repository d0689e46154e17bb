//! Classes as vectors.

use super::Dataset;
use crate::shape::Rank1;
use crate::{Class, Element, Tensor};

/// The vector with 1 at the index of the class and 0 elsewhere.
///
/// ```
/// use tintype::{Class, data::one_hot};
/// let two = Class::<4>::new(2).unwrap();
/// assert_eq!(one_hot::<f32, 4>(two).as_slice(), [0.0, 0.0, 1.0, 0.0]);
/// ```
pub fn one_hot<E: Element, const CLASSES: usize>(class: Class<CLASSES>) -> Tensor<Rank1<CLASSES>, E> {
    let mut vector = Tensor::zeros();
    vector.as_mut_slice()[class.index()] = E::one();
    vector
}

/// The data set within, with [one-hot](one_hot) vectors as targets, for losses that compare vectors.
///
/// ```
/// use tintype::{Class, Tensor, data::{Dataset, OneHot, Samples}, shape::Rank1};
///
/// let inputs = [Tensor::<Rank1<1>>::full(0.5)];
/// let classes = [Class::<3>::new(1).unwrap()];
/// let (_, target) = OneHot(Samples::new(&inputs, &classes)?).sample(0);
/// assert_eq!(target, Tensor::<Rank1<3>>::from([0.0, 1.0, 0.0]));
/// # Ok::<(), tintype::data::LengthError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OneHot<D>(pub D);

impl<E: Element, D: Dataset<E, Target = Class<CLASSES>>, const CLASSES: usize> Dataset<E> for OneHot<D>
where
    Tensor<Rank1<CLASSES>, E>: Send,
{
    type Input = D::Input;
    type Target = Tensor<Rank1<CLASSES>, E>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, index: usize, input: &mut Tensor<Self::Input, E>) -> Self::Target {
        one_hot(self.0.read(index, input))
    }

    fn prefetch(&self, index: usize) {
        self.0.prefetch(index);
    }
}
