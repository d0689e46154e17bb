//! Two values into one: sums for residual blocks, concatenation for branches that run side by side.

use pulp::Simd;

use crate::Element;
use crate::kernels::elementwise::elementwise;
use crate::shape::window::Place;
use crate::shape::{Dims, Text};

/// `y = a + b`, element by element: a branch and its shortcut. The gradient by each of both is the gradient by `y`.
#[inline(always)]
pub fn add<S: Simd, E: Element>(simd: S, a: &[E], b: &[E], y: &mut [E]) {
    elementwise!(simd, [y], [a, b], |[_], [a, b]| [E::vector_add(simd, a, b)]);
}

/// Copies a branch to its channels of the concatenated value: rows of `source_channels` into rows of `target_channels`,
/// from channel `offset` on.
///
/// # Panics
/// If either number of channels is 0, or the branch reaches beyond the row.
///
/// ```
/// let mut both = [0.0; 6];
/// tintype::layers::merge::place_channels(&[1.0, 2.0], 1, &mut both, 3, 0);
/// tintype::layers::merge::place_channels(&[3.0, 4.0, 5.0, 6.0], 2, &mut both, 3, 1);
/// assert_eq!(both, [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
/// ```
#[inline(always)]
pub fn place_channels<E: Element>(
    source: &[E],
    source_channels: usize,
    target: &mut [E],
    target_channels: usize,
    offset: usize,
) {
    let rows = source.chunks_exact(source_channels).zip(target.chunks_exact_mut(target_channels));
    for (source, target) in rows {
        target[offset..][..source_channels].copy_from_slice(source);
    }
}

/// Copies the channels of a branch out of the concatenated value, the reverse of [`place_channels`]: from rows of
/// `source_channels`, from channel `offset` on, into rows of `target_channels`.
///
/// # Panics
/// If either number of channels is 0, or the branch reaches beyond the row.
///
/// ```
/// let mut branch = [0.0; 4];
/// tintype::layers::merge::take_channels(&[1.0, 3.0, 4.0, 2.0, 5.0, 6.0], 3, &mut branch, 2, 1);
/// assert_eq!(branch, [3.0, 4.0, 5.0, 6.0]);
/// ```
#[inline(always)]
pub fn take_channels<E: Element>(
    source: &[E],
    source_channels: usize,
    target: &mut [E],
    target_channels: usize,
    offset: usize,
) {
    let rows = source.chunks_exact(source_channels).zip(target.chunks_exact_mut(target_channels));
    for (source, target) in rows {
        target.copy_from_slice(&source[offset..][..target_channels]);
    }
}

/// Whether two shapes have the same axes, the last one excepted.
const fn same_rows(a: Dims, b: Dims) -> bool {
    a.rank() == b.rank() && a.with_channels(0).same(b.with_channels(0))
}

/// The concatenation of two values along the last axis.
///
/// ```
/// use tintype::{layers::merge::concat_output, shape::Dims};
/// assert_eq!(concat_output(Dims::new3(8, 8, 16), Dims::new3(8, 8, 32)), Dims::new3(8, 8, 48));
/// ```
pub const fn concat_output(a: Dims, b: Dims) -> Dims {
    match a.channels().checked_add(b.channels()) {
        Some(channels) => a.with_channels(channels).known_if(b.is_known() && same_rows(a, b)),
        None => a.placeholder(),
    }
}

/// Reports a branch whose value cannot be concatenated with that of the first branch.
///
/// # Panics
/// If both are known and differ in the number of axes or in any but the last one.
#[track_caller]
pub const fn check_concat(place: Place, branch: &str, first: Dims, other: Dims) {
    if !first.is_known() || !other.is_known() || same_rows(first, other) {
        return;
    }
    Text::new()
        .layer(place.layer)
        .str(" puts its branches side by side along the last axis, but the first one ends with ")
        .dims(first)
        .str(" and `")
        .str(branch)
        .str("` with ")
        .dims(other)
        .str("; all axes but the last must be equal")
        .report();
}

/// Reports the layers of a residual block whose value cannot be added to what the block is given.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_residual(place: Place, branch: Dims, given: Dims) {
    if !branch.is_known() || !given.is_known() || branch.same(given) {
        return;
    }
    let text = Text::new()
        .layer(place.layer)
        .str(" adds what its layers give, ")
        .dims(branch)
        .str(", to what it is given, the ")
        .dims(given)
        .str(" that ")
        .str(place.source)
        .str("; both must be equal: ");
    remedy(&text, branch, given).report();
}

/// Reports the layers of a residual block whose value cannot be added to that of its shortcut.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_shortcut(place: Place, branch: Dims, shortcut: Dims) {
    if !branch.is_known() || !shortcut.is_known() || branch.same(shortcut) {
        return;
    }
    let text = Text::new()
        .layer(place.layer)
        .str(" adds what its layers give, ")
        .dims(branch)
        .str(", to what its shortcut gives, ")
        .dims(shortcut)
        .str("; both must be equal: ");
    remedy(&text, branch, shortcut).report();
}

/// How the sides of a sum become equal.
const fn remedy(text: &Text, branch: Dims, other: Dims) -> Text {
    if branch.rank() != 3 || other.rank() != 3 {
        return text.str("change the last layer of one of them");
    }
    if branch.channels() != other.channels() {
        return text
            .str("`shortcut { Conv2d(")
            .number(branch.channels())
            .str(", kernel = 1) }` gives an image other channels, and `padding = Same` keeps its size");
    }
    text.str("`padding = Same` keeps the size of an image")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { layer: "block", source: "`conv1` gives" };

    #[test]
    fn equal_rows_can_be_concatenated() {
        check_concat(PLACE, "wide", Dims::new3(8, 8, 16), Dims::new3(8, 8, 3));
        check_concat(PLACE, "wide", Dims::new3(8, 8, 16), Dims::new1(3).placeholder());
        assert!(!concat_output(Dims::new3(8, 8, 16), Dims::new3(8, 7, 16)).is_known());
        assert!(!concat_output(Dims::new3(8, 8, 16), Dims::new2(8, 16)).is_known());
    }

    #[test]
    #[should_panic(
        expected = "the first one ends with [8, 8, 16] and `wide` with [6, 6, 16]; all axes but the last must"
    )]
    fn other_rows_are_reported() {
        check_concat(PLACE, "wide", Dims::new3(8, 8, 16), Dims::new3(6, 6, 16));
    }

    #[test]
    #[should_panic(
        expected = "layer `block` adds what its layers give, [8, 8, 32], to what it is given, the [8, 8, 16] that \
                               `conv1` gives; both must be equal: `shortcut { Conv2d(32, kernel = 1) }`"
    )]
    fn a_branch_with_other_channels_is_reported() {
        check_residual(PLACE, Dims::new3(8, 8, 32), Dims::new3(8, 8, 16));
    }

    #[test]
    #[should_panic(
        expected = "[6, 6, 16], to what its shortcut gives, [8, 8, 16]; both must be equal: `padding = Same`"
    )]
    fn a_branch_that_shrinks_is_reported() {
        check_shortcut(PLACE, Dims::new3(6, 6, 16), Dims::new3(8, 8, 16));
    }
}
