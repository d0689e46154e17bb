//! What a classifier is to say of a sample.

/// One of `CLASSES` classes: the target of a classifier.
///
/// ```
/// use tintype::Class;
/// let seven = Class::<10>::new(7).unwrap();
/// assert_eq!(seven.index(), 7);
/// assert!(Class::<10>::new(10).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class<const CLASSES: usize>(u32);

impl<const CLASSES: usize> Class<CLASSES> {
    /// The class with this index, or `None` if there are not so many.
    pub const fn new(index: usize) -> Option<Self> {
        if index < CLASSES && index <= u32::MAX as usize { Some(Self(index as u32)) } else { None }
    }

    /// The class with the largest of these outputs, the first of equals.
    ///
    /// ```
    /// use tintype::{Class, Tensor};
    /// assert_eq!(Class::of(&Tensor::from([0.1, 0.7, 0.2])).index(), 1);
    /// ```
    pub fn of<E: crate::Element>(outputs: &crate::Tensor<crate::shape::Rank1<CLASSES>, E>) -> Self {
        Self(outputs.argmax() as u32)
    }

    /// The index, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl<const CLASSES: usize> core::fmt::Display for Class<CLASSES> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.0, f)
    }
}
