//! Memory on the heap: built in place, aligned to cache lines, kept for the next pass.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::boxed::Box;
use std::cell::Cell;
use std::vec::Vec;

use bytemuck::{Pod, Zeroable};

use crate::{Element, Network, parameters};

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

/// A network on the heap, where its weights begin with cache lines as far as they can.
///
/// It is what [`Network::boxed`] gives. [`Aligned`](crate::Aligned) says what lines are for; but behind a first layer whose numbers do
/// not fill whole lines, it may be another place at which most of the weights lie well.
///
/// ```
/// use tintype::memory::Boxed;
/// use tintype::prelude::*;
/// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
///
/// struct Player {
///     net: Boxed<Xor>,
/// }
/// let player = Player { net: Xor::boxed(Seed(7)) };
/// let output: Tensor<Rank1<1>> = player.net.forward(&[1.0, 0.0].into());
/// ```
#[derive(Clone)]
pub struct Boxed<N> {
    lines: Vec<Line>,
    /// The bytes before the network.
    start: usize,
    network: PhantomData<N>,
}

impl<N: Network> Boxed<N> {
    /// A network whose parameters are all zero.
    pub fn zeroed() -> Self {
        const {
            assert!(align_of::<N>() <= align_of::<N::Element>(), "a network is aligned as its numbers are");
            assert!(!core::mem::needs_drop::<N>(), "a network is numbers and nothing else");
        }
        let start = start(&N::LAYOUT, size_of::<N::Element>());
        let lines = bytemuck::zeroed_vec((start + size_of::<N>()).div_ceil(size_of::<Line>()));
        Self { lines, start, network: PhantomData }
    }
}

/// How many bytes behind the beginning of a line a network of elements of so many bytes is to begin.
fn start(layout: &parameters::Layout, element: usize) -> usize {
    // The numbers whose tensors begin with a line if the network begins so many elements behind one.
    let mut numbers = [0; size_of::<Line>()];
    let places = size_of::<Line>() / element;
    layout.visit(&mut |located, _| numbers[(places - located.offset % places) % places] += located.tensor.len());
    // Half a line is a whole one to vectors of half its length.
    let value = |place: usize| 2 * numbers[place] + numbers[(place + places / 2) % places];
    let best = (0..places).rev().max_by_key(|place| value(*place));
    best.unwrap_or(0) * element
}

impl<N: Network> Deref for Boxed<N> {
    type Target = N;

    #[inline(always)]
    fn deref(&self) -> &N {
        // SAFETY: the memory behind `start`, a multiple of a number's size, has the size of a network. It was all zero, which is a value
        // of a network (`Zeroable`), and was changed through references to a network alone.
        unsafe { &*self.lines.as_ptr().cast::<u8>().add(self.start).cast::<N>() }
    }
}

impl<N: Network> DerefMut for Boxed<N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut N {
        // SAFETY: as in `deref`; the memory is borrowed from `self`, which is borrowed alone.
        unsafe { &mut *self.lines.as_mut_ptr().cast::<u8>().add(self.start).cast::<N>() }
    }
}

impl<N: Network + core::fmt::Debug> core::fmt::Debug for Boxed<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}

impl<N: Network + PartialEq> PartialEq for Boxed<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
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
    use crate::{Parameters, Seed, network};

    network! { #[derive(Clone)] struct Whole: [16] -> [3] { Dense(32), Relu, Dense(3) } }
    network! { struct LeNet: [12, 12, 1] -> [10] { conv: Conv2d(6, kernel = 5), Flatten, hidden: Dense(120), Dense(84), Dense(10) } }

    /// How many bytes behind a line it begins.
    fn behind_a_line<T>(value: &T) -> usize {
        core::ptr::from_ref(value).addr() % 64
    }

    #[test]
    fn most_weights_of_a_boxed_network_begin_with_a_line() {
        // Several, since one may lie there by chance.
        for seed in 0..9 {
            assert_eq!(behind_a_line(&Whole::boxed(Seed(seed)).dense1.weight), 0);
            assert_eq!(behind_a_line(&LeNet::boxed(Seed(seed)).hidden.weight), 0);
            let double = <LeNet<f64> as Network>::boxed(Seed(seed));
            assert_eq!(behind_a_line(&double.hidden.weight), 0);
            assert_ne!(behind_a_line(&*double), 0);
        }
    }

    #[test]
    fn a_network_without_parameters_can_be_boxed() {
        network! { struct Nothing: [2] { Relu } }
        let net = Nothing::boxed(Seed(1));
        assert!(net.as_slice().is_empty());
        assert_eq!(net.forward(&[1.0, -1.0].into()), [1.0, 0.0].into());
    }

    #[test]
    fn a_copy_is_a_network_of_its_own() {
        let first = Whole::boxed(Seed(1));
        let mut second = first.clone();
        second.dense2.bias[2] = 7.0;
        assert_eq!(first.dense2.bias[2], 0.0);
        assert_eq!(second.as_slice()[..Whole::PARAMS - 1], first.as_slice()[..Whole::PARAMS - 1]);
        assert_eq!(behind_a_line(&second.dense1.weight), 0);
    }

    #[test]
    fn a_buffer_is_aligned_and_grows() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.elements::<f32>(3).len(), 3);
        let elements = buffer.elements::<f64>(1000);
        assert_eq!(elements.as_ptr().addr() % 64, 0);
        assert_eq!(elements.len(), 1000);
    }
}
