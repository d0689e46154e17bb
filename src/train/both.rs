//! Two pieces of work at a time.

/// Does both, at the same time if there are threads for it.
pub(super) fn both(left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
    let (mut left, mut right) = (Some(left), Some(right));
    let left = &mut || left.take().map_or((), |work| work());
    let right = &mut || right.take().map_or((), |work| work());
    both_of(left, right);
}

/// Not generic: so what threads take is compiled once, with this library, and not with each program for each piece of work.
#[cfg(feature = "rayon")]
fn both_of(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    super::crew::awake::join(left, right);
}

/// One after the other.
#[cfg(not(feature = "rayon"))]
fn both_of(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    left();
    right();
}

/// The fewest elements that are worth another thread.
pub(super) const PIECE: usize = 1 << 14;

/// Where a run of `len` elements is cut in two for two threads, if it is worth that.
pub(super) fn middle(len: usize, threads: usize) -> Option<usize> {
    // Whole vectors in the first half.
    (threads > 1 && len >= 2 * PIECE).then_some((len / 2).next_multiple_of(16))
}
