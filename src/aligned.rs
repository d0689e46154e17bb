//! Values that begin with a cache line.

use core::ops::{Deref, DerefMut};

/// A value that begins with a cache line of 64 bytes.
///
/// A vector of weights that lies across two lines takes two accesses in place of one, and a network that begins in the midst of
/// a line has many such vectors: it is slower by up to a sixth. [`boxed`](crate::Network::boxed) takes care of that, and
/// [`embed_weights!`](crate::embed_weights) uses this type, as may a network in a `static` or on the stack.
///
/// ```
/// use tintype::Aligned;
/// use tintype::prelude::*;
/// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
///
/// let mut net = Aligned::new(<Xor>::ZERO);
/// net.initialize(Seed(7));
/// assert_eq!(net.forward(&[1.0, 0.0].into()), Xor::boxed(Seed(7)).forward(&[1.0, 0.0].into()));
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(T);

impl<T> Aligned<T> {
    /// Places `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, in constants too.
    pub const fn get(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for Aligned<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_begins_with_a_line_and_can_be_changed() {
        let mut aligned = [Aligned::new([1_u8, 2, 3]); 3];
        aligned[1][1] = 7;
        for value in &aligned {
            assert_eq!(value.as_ptr().addr() % 64, 0);
        }
        assert_eq!(aligned.map(|value| *value.get()), [[1, 2, 3], [1, 7, 3], [1, 2, 3]]);
    }
}
