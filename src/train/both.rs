//! Two pieces of work at a time.

/// Does both, at the same time if there are threads for it.
#[cfg(feature = "rayon")]
pub(super) fn both(left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
    rayon::join(left, right);
}

/// Does both, one after the other.
#[cfg(not(feature = "rayon"))]
pub(super) fn both(left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
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
