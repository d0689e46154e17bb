//! Memory on the heap: built in place, aligned to cache lines, kept for the next pass.

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::boxed::Box;
use std::cell::Cell;
use std::vec::Vec;

use bytemuck::{Pod, Zeroable};

use crate::Element;

mod boxed;

pub use boxed::Boxed;

/// How many samples best go through a network together that needs so many bytes for each: as many as leave room in a
/// core's second-level cache, at most 32.
///
/// More samples at a time share each weight that is read; but once their values no longer fit in the cache, every layer
/// reads them from afar.
pub const fn micro_batch(bytes_for_each: usize) -> usize {
    const CACHE: usize = 1 << 20;
    const MOST: usize = 32;
    match CACHE.checked_div(bytes_for_each) {
        None | Some(MOST..) => MOST,
        Some(0) => 1,
        Some(fitting) => fitting,
    }
}

/// A value with all bits zero, built on the heap without ever being on the stack.
///
/// ```
/// let big: Box<[f32; 4_000_000]> = tintype::memory::zeroed_box();
/// assert_eq!(big[3_999_999], 0.0);
/// ```
pub fn zeroed_box<T: Zeroable>() -> Box<T> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        // Without a value of `T`, for which a debug build would make room on the stack whatever its size.
        // SAFETY: a value of no size lives at every aligned address, and `Zeroable` says that there is one.
        return unsafe { Box::from_raw(core::ptr::dangling_mut::<T>()) };
    }
    // SAFETY: the layout is not empty; the memory comes from the global allocator with the layout of `T` and is all
    // zero, which `Zeroable` says is a value.
    unsafe {
        let pointer = alloc_zeroed(layout).cast::<T>();
        if pointer.is_null() {
            handle_alloc_error(layout);
        }
        Box::from_raw(pointer)
    }
}

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u64; 8]);

// SAFETY: an array of integers, for which all bits zero is a value.
unsafe impl Zeroable for Line {}
// SAFETY: 64 bytes of integers at an alignment of 64, so there is no padding.
unsafe impl Pod for Line {}

/// Elements on the heap, aligned to cache lines.
#[derive(Clone, Default)]
pub struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// At least `len` elements, zero where they are new.
    pub fn elements<E: Element>(&mut self, len: usize) -> &mut [E] {
        let lines = (len * size_of::<E>()).div_ceil(size_of::<Line>());
        if self.lines.len() < lines {
            self.lines.resize(lines, Line::zeroed());
        }
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..len]
    }
}

impl core::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Buffer({} bytes)", self.lines.len() * size_of::<Line>())
    }
}

std::thread_local! {
    static SCRATCH: Cell<Buffer> = const { Cell::new(Buffer { lines: Vec::new() }) };
}

/// Lends `len` elements of memory that the thread keeps from call to call; they may hold anything.
pub fn with_scratch<E: Element, R>(len: usize, f: impl FnOnce(&mut [E]) -> R) -> R {
    // Taken out while it is in use, so that a network run within another's callback gets memory of its own.
    let mut buffer = SCRATCH.take();
    let result = f(buffer.elements(len));
    SCRATCH.set(buffer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_aligned_and_grows() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.elements::<f32>(3).len(), 3);
        let elements = buffer.elements::<f64>(1000);
        assert_eq!(elements.as_ptr().addr() % 64, 0);
        assert_eq!(elements.len(), 1000);
    }
}
