//! Asking for memory ahead of its use.

/// The bytes of a cache line.
const LINE: usize = 64;

/// The most lines that are asked for together: what comes after them the processor sees coming, and there are but so many that it
/// can wait for at a time.
const MOST_LINES: usize = 32;

/// Asks for a line for every 64 of the `bytes` bytes from `pointer` on, which may lie beyond what is valid. Of bytes that begin within a line, the
/// last ones may be left to the processor, which reads on.
#[inline(always)]
pub fn prefetch_bytes<T>(pointer: *const T, bytes: usize) {
    for line in 0..bytes.div_ceil(LINE) {
        prefetch(pointer.wrapping_byte_add(line * LINE));
    }
}

/// Asks for the beginning of a slice.
#[inline(always)]
pub fn prefetch_slice<T>(slice: &[T]) {
    prefetch_bytes(slice.as_ptr(), size_of_val(slice).min(MOST_LINES * LINE));
}

#[inline(always)]
fn prefetch<T>(pointer: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has SSE; the hint reads nothing, and an address that is not valid is no error.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(pointer.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = pointer;
}
