//! A value of fixed shape.

use core::ops::{Index, IndexMut};

use bytemuck::{Pod, Zeroable};

use crate::shape::Shape;

/// One contiguous value of shape `S` with elements `E`, without a heap of its own.
///
/// The elements lie in the order of the axes, the last one fastest, without padding. Any plain number may be an
/// element (a data set keeps its pixels as `u8`); networks compute on an [`Element`](crate::Element).
///
/// ```
/// use tintype::{Tensor, shape::Rank2};
/// let mut t = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// t[1][0] *= 10.0;
/// assert_eq!(t.as_slice(), [1.0, 2.0, 3.0, 40.0, 5.0, 6.0]);
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Tensor<S: Shape, E: Pod = f32> {
    array: S::Array<E>,
}

// SAFETY: all bits zero is a value of every array of `Pod` elements, and the struct is transparent over one.
unsafe impl<S: Shape, E: Pod> Zeroable for Tensor<S, E> {}
// SAFETY: the struct is transparent over `S::Array<E>`, which is `Pod`, and holds nothing else.
unsafe impl<S: Shape, E: Pod> Pod for Tensor<S, E> {}

impl<S: Shape, E: Pod> Tensor<S, E> {
    /// The tensor of all zeros.
    pub fn zeros() -> Self {
        Self::zeroed()
    }

    /// The tensor with all elements equal to `value`.
    pub fn full(value: E) -> Self {
        let mut tensor = Self::zeroed();
        tensor.as_mut_slice().fill(value);
        tensor
    }

    /// The tensor whose element number `index`, in the order of memory, is `f(index)`.
    pub fn from_fn(f: impl FnMut(usize) -> E) -> Self {
        let mut tensor = Self::zeroed();
        tensor.as_mut_slice().iter_mut().zip((0..).map(f)).for_each(|(element, value)| *element = value);
        tensor
    }

    /// The tensor with the elements of `slice`, or `None` if their number is not that of the shape.
    pub fn from_slice(slice: &[E]) -> Option<Self> {
        (slice.len() == S::LEN).then(|| Self::from_fn(|index| slice[index]))
    }

    /// The elements in the order of memory.
    pub fn as_slice(&self) -> &[E] {
        elements(core::slice::from_ref(self))
    }

    /// The elements in the order of memory.
    pub fn as_mut_slice(&mut self) -> &mut [E] {
        elements_mut(core::slice::from_mut(self))
    }

    /// The nested arrays.
    pub fn array(&self) -> &S::Array<E> {
        &self.array
    }

    /// The nested arrays.
    pub fn array_mut(&mut self) -> &mut S::Array<E> {
        &mut self.array
    }

    /// The same elements, converted one by one.
    pub fn map<F: Pod>(&self, mut f: impl FnMut(E) -> F) -> Tensor<S, F> {
        let source = self.as_slice();
        Tensor::from_fn(|index| f(source[index]))
    }

    /// The index of the largest element, the first of equals: the class that a classifier's output names.
    ///
    /// ```
    /// use tintype::{Tensor, shape::Rank1};
    /// assert_eq!(Tensor::<Rank1<3>>::from([0.1, 0.7, 0.2]).argmax(), 1);
    /// ```
    pub fn argmax(&self) -> usize
    where
        E: PartialOrd,
    {
        let elements = self.as_slice();
        (1..elements.len()).fold(0, |best, index| if elements[index] > elements[best] { index } else { best })
    }
}

macro_rules! from_array {
    ($shape:ident $($axis:ident)*, $array:ty) => {
        impl<$(const $axis: usize,)* E: Pod> From<$array> for Tensor<crate::shape::$shape<$($axis),*>, E> {
            fn from(array: $array) -> Self {
                Self { array }
            }
        }
    };
}

from_array!(Rank1 N, [E; N]);
from_array!(Rank2 T F, [[E; F]; T]);
from_array!(Rank3 H W C, [[[E; C]; W]; H]);

/// `image[row][column][channel]`: an element as in the [array](Tensor::array).
impl<S: Shape, E: Pod, I> Index<I> for Tensor<S, E>
where
    S::Array<E>: Index<I>,
{
    type Output = <S::Array<E> as Index<I>>::Output;

    fn index(&self, index: I) -> &Self::Output {
        &self.array[index]
    }
}

impl<S: Shape, E: Pod, I> IndexMut<I> for Tensor<S, E>
where
    S::Array<E>: IndexMut<I>,
{
    fn index_mut(&mut self, index: I) -> &mut Self::Output {
        &mut self.array[index]
    }
}

impl<S: Shape, E: Pod + PartialEq> PartialEq for Tensor<S, E> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<S: Shape, E: Pod + core::fmt::Debug> core::fmt::Debug for Tensor<S, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Tensor{} ", S::DIMS)?;
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl<S: Shape, E: Pod> Default for Tensor<S, E> {
    fn default() -> Self {
        Self::zeroed()
    }
}

/// All elements of a run of tensors, one after the other.
#[inline(always)]
pub fn elements<S: Shape, E: Pod>(tensors: &[Tensor<S, E>]) -> &[E] {
    bytemuck::cast_slice(tensors)
}

/// All elements of a run of tensors, one after the other.
#[inline(always)]
pub fn elements_mut<S: Shape, E: Pod>(tensors: &mut [Tensor<S, E>]) -> &mut [E] {
    bytemuck::cast_slice_mut(tensors)
}

/// A run of elements as tensors of shape `S`.
///
/// # Panics
/// If the number of elements is no multiple of the shape's.
#[inline(always)]
pub fn tensors<S: Shape, E: Pod>(elements: &[E]) -> &[Tensor<S, E>] {
    bytemuck::cast_slice(elements)
}

/// A run of elements as tensors of shape `S`.
///
/// # Panics
/// If the number of elements is no multiple of the shape's.
#[inline(always)]
pub fn tensors_mut<S: Shape, E: Pod>(elements: &mut [E]) -> &mut [Tensor<S, E>] {
    bytemuck::cast_slice_mut(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Rank1, Rank3};

    #[test]
    fn a_run_of_tensors_is_a_run_of_elements() {
        let images = [Tensor::<Rank3<2, 2, 1>, u8>::from_fn(|i| i as u8), Tensor::full(9)];
        assert_eq!(elements(&images), [0, 1, 2, 3, 9, 9, 9, 9]);
        assert_eq!(tensors::<Rank1<4>, u8>(elements(&images))[0].as_slice(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_slice_of_another_length_is_refused() {
        assert!(Tensor::<Rank1<3>>::from_slice(&[1.0, 2.0]).is_none());
    }
}
