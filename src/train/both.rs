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
