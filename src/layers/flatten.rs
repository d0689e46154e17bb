//! Flattening: any value as a vector. No data moves, so there is a rule and no layer.

use crate::shape::Dims;

/// The output: all elements in the order of memory, the channels of an image fastest.
///
/// ```
/// use tintype::{layers::flatten, shape::Dims};
/// assert_eq!(flatten::output(Dims::new3(3, 3, 64)), Dims::new1(576));
/// ```
pub const fn output(input: Dims) -> Dims {
    Dims::new1(input.len()).known_if(input.is_known() && input.len() > 0)
}
