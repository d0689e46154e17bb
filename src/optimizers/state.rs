//! What optimizers remember of each parameter.

use bytemuck::Zeroable;
use generic_array::{ArrayLength, GenericArray};

use crate::Element;

/// One number for each of `N` parameters.
#[derive(Debug)]
#[repr(C)]
pub struct One<E: Element, N: ArrayLength> {
    /// The numbers, in the order of the parameters.
    pub first: GenericArray<E, N>,
}

/// Two numbers for each of `N` parameters.
#[derive(Debug)]
#[repr(C)]
pub struct Two<E: Element, N: ArrayLength> {
    /// The first numbers, in the order of the parameters.
    pub first: GenericArray<E, N>,
    /// The second numbers, in the order of the parameters.
    pub second: GenericArray<E, N>,
}

// SAFETY: a `GenericArray` has the memory of an array of elements, for which all bits zero is a value.
unsafe impl<E: Element, N: ArrayLength> Zeroable for One<E, N> {}
// SAFETY: as for `One`.
unsafe impl<E: Element, N: ArrayLength> Zeroable for Two<E, N> {}
