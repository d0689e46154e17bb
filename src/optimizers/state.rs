//! What optimizers remember of each parameter.

use core::ops::Range;

use bytemuck::Zeroable;
use generic_array::{ArrayLength, GenericArray};

use crate::Element;

/// What an optimizer remembers of each parameter: plain data that starts as all zeros, and can be taken in runs that belong to runs of
/// parameters.
pub trait State<E: Element>: Zeroable + Send + 'static {
    /// What is remembered of a run of parameters.
    type Run<'a>: Split;

    /// What is remembered of the parameters in `range`.
    ///
    /// # Panics
    /// If there are not so many parameters.
    fn run(&mut self, range: Range<usize>) -> Self::Run<'_>;
}

/// What can be cut in two.
pub trait Split: Sized + Send {
    /// Cuts it in two before number `middle` of its parameters.
    ///
    /// # Panics
    /// If it has not so many.
    fn split(self, middle: usize) -> (Self, Self);
}

impl Split for () {
    fn split(self, _: usize) -> ((), ()) {
        ((), ())
    }
}

impl<E: Element> Split for &mut [E] {
    fn split(self, middle: usize) -> (Self, Self) {
        self.split_at_mut(middle)
    }
}

impl<E: Element> Split for [&mut [E]; 2] {
    fn split(self, middle: usize) -> (Self, Self) {
        let [first, second] = self;
        let ((first, first_rest), (second, second_rest)) = (first.split_at_mut(middle), second.split_at_mut(middle));
        ([first, second], [first_rest, second_rest])
    }
}

/// Nothing.
impl<E: Element> State<E> for () {
    type Run<'a> = ();

    fn run(&mut self, _: Range<usize>) {}
}

/// One number for each of `N` parameters, aligned to cache lines.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct One<E: Element, N: ArrayLength> {
    /// The numbers, in the order of the parameters.
    pub numbers: GenericArray<E, N>,
}

/// Two numbers for each of `N` parameters.
#[derive(Debug)]
#[repr(C)]
pub struct Two<E: Element, N: ArrayLength> {
    /// The first number of each.
    pub first: One<E, N>,
    /// The second number of each.
    pub second: One<E, N>,
}

// SAFETY: a `GenericArray` has the memory of an array of elements, for which all bits zero is a value.
unsafe impl<E: Element, N: ArrayLength> Zeroable for One<E, N> {}
// SAFETY: two times `One`.
unsafe impl<E: Element, N: ArrayLength> Zeroable for Two<E, N> {}

impl<E: Element, N: ArrayLength> State<E> for One<E, N> {
    type Run<'a> = &'a mut [E];

    fn run(&mut self, range: Range<usize>) -> &mut [E] {
        &mut self.numbers[range]
    }
}

impl<E: Element, N: ArrayLength> State<E> for Two<E, N> {
    type Run<'a> = [&'a mut [E]; 2];

    fn run(&mut self, range: Range<usize>) -> [&mut [E]; 2] {
        [self.first.run(range.clone()), self.second.run(range)]
    }
}
