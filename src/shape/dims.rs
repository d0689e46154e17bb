//! The size of a value as an ordinary number, for the rules that the compiler evaluates.

use super::Text;

/// The axes of a shape as a value: what [`Shape::DIMS`](super::Shape::DIMS) says of a type.
///
/// A placeholder stands where a mistake has been reported already: it has axes, so that code can still be
/// generated from it, but it is not [`known`](Dims::is_known), and every check that meets it stays silent.
///
/// ```
/// use tintype::shape::Dims;
/// const IMAGE: Dims = Dims::new3(28, 28, 1);
/// assert_eq!(IMAGE.len(), 784);
/// assert_eq!(IMAGE.to_string(), "[28, 28, 1]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    rank: usize,
    axes: [usize; 3],
    known: bool,
}

impl Dims {
    /// A vector of `features` numbers.
    pub const fn new1(features: usize) -> Self {
        Self { rank: 1, axes: [features, 0, 0], known: true }
    }

    /// A sequence of `time` steps with `features` numbers each.
    pub const fn new2(time: usize, features: usize) -> Self {
        Self { rank: 2, axes: [time, features, 0], known: true }
    }

    /// An image of `height` rows, `width` columns and `channels` numbers a pixel, channels last.
    pub const fn new3(height: usize, width: usize, channels: usize) -> Self {
        Self { rank: 3, axes: [height, width, channels], known: true }
    }

    /// The shape with these axes, first axis slowest; a placeholder if there are none or more than three.
    pub const fn from_axes(axes: &[usize]) -> Self {
        match axes {
            [a] => Self::new1(*a),
            [a, b] => Self::new2(*a, *b),
            [a, b, c] => Self::new3(*a, *b, *c),
            _ => Self::new1(0).placeholder(),
        }
    }

    /// The same axes, marked as standing in for a shape that a reported mistake has made unknown.
    #[must_use]
    pub const fn placeholder(mut self) -> Self {
        self.known = false;
        self
    }

    /// These axes, known if `source` is: what a rule gives back for an input that it accepted.
    #[must_use]
    pub const fn known_if(mut self, known: bool) -> Self {
        self.known = self.known && known;
        self
    }

    /// Whether this is a real shape rather than a placeholder.
    pub const fn is_known(self) -> bool {
        self.known
    }

    /// The number of axes, 1 to 3.
    pub const fn rank(self) -> usize {
        self.rank
    }

    /// The size along axis `index`, or 0 where there is no such axis.
    pub const fn axis(self, index: usize) -> usize {
        if index < self.rank { self.axes[index] } else { 0 }
    }

    /// The size of the last axis: channels of an image, features of a sequence or a vector.
    pub const fn channels(self) -> usize {
        self.axes[self.rank - 1]
    }

    /// The same shape with another last axis.
    #[must_use]
    pub const fn with_channels(mut self, channels: usize) -> Self {
        self.axes[self.rank - 1] = channels;
        self
    }

    /// The number of elements, 0 where the product exceeds `usize`.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(self) -> usize {
        match self.checked_len() {
            Some(len) => len,
            None => 0,
        }
    }

    /// The number of elements, or `None` where the product exceeds `usize`.
    pub const fn checked_len(self) -> Option<usize> {
        let mut len: usize = 1;
        let mut index = 0;
        while index < self.rank {
            len = match len.checked_mul(self.axes[index]) {
                Some(len) => len,
                None => return None,
            };
            index += 1;
        }
        Some(len)
    }

    /// Whether both have the same axes, placeholders or not.
    pub const fn same(self, other: Self) -> bool {
        self.rank == other.rank
            && self.axis(0) == other.axis(0)
            && self.axis(1) == other.axis(1)
            && self.axis(2) == other.axis(2)
    }
}

impl core::fmt::Display for Dims {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(Text::new().dims(*self).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflowing_length_is_none() {
        assert_eq!(Dims::new2(usize::MAX, 2).checked_len(), None);
        assert_eq!(Dims::new3(2, 3, 4).checked_len(), Some(24));
    }

    #[test]
    fn axes_beyond_the_rank_are_zero() {
        assert_eq!(Dims::new2(5, 6).axis(2), 0);
        assert_eq!(Dims::new2(5, 6).channels(), 6);
    }
}
