//! Networks on the heap.

use core::fmt::{Debug, Formatter, Result};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use std::vec::Vec;

use super::Line;
use crate::{Network, parameters};

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

// A network is numbers, which are copied whether or not it says that it can be cloned.
impl<N> Clone for Boxed<N> {
    fn clone(&self) -> Self {
        Self { lines: self.lines.clone(), start: self.start, network: PhantomData }
    }
}

impl<N: Network + Debug> Debug for Boxed<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        (**self).fmt(f)
    }
}

impl<N: Network + PartialEq> PartialEq for Boxed<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{Layout, ParameterTensor, Role};
    use crate::{Parameters, Seed, network};

    network! { struct Whole: [16] -> [3] { Dense(32), Relu, Dense(3) } }
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
    fn half_a_line_counts_half() {
        const fn tensor(axes: &'static [usize]) -> ParameterTensor {
            ParameterTensor { name: "weight", axes, role: Role::Bias }
        }
        // The second begins half a line behind the first, the third 15 elements behind a line.
        let start_of = |tensors: &'static [ParameterTensor; 3]| start(&Layout::Tensors(tensors), 4);
        assert_eq!(start_of(const { &[tensor(&[104]), tensor(&[103]), tensor(&[155])] }), 0);
        assert_eq!(start_of(const { &[tensor(&[104]), tensor(&[103]), tensor(&[156])] }), 4);
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
}
