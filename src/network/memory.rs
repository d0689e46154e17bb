//! The memory of a network, at compile time.

use bytemuck::{Pod, Zeroable};

use super::zeroed;
use crate::Element;
use crate::layer::Memory;
use crate::plan::{ALIGNMENT, Plan};

/// Memory for one sample, aligned to cache lines, as a value.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Workspace<E, const LINES: usize> {
    lines: [[E; ALIGNMENT]; LINES],
}

// SAFETY: an array of elements, for which all bits zero is a value.
unsafe impl<E: Pod, const LINES: usize> Zeroable for Workspace<E, LINES> {}

impl<E: Element, const LINES: usize> Workspace<E, LINES> {
    /// Memory full of zeros, for a `static`.
    pub const ZERO: Self = zeroed();
}

impl<E: Element, const LINES: usize> Default for Workspace<E, LINES> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<E, const LINES: usize> AsMut<[E]> for Workspace<E, LINES> {
    fn as_mut(&mut self) -> &mut [E] {
        self.lines.as_flattened_mut()
    }
}

/// The memory of a network: that of its own values, and the most that one of its layers needs.
pub const fn memory<const V: usize, const G: usize, const L: usize>(
    inference: &Plan<V>,
    tape: &Plan<V>,
    gradients: &Plan<G>,
    layers: &[Memory; L],
) -> Memory {
    let (mut workspace, mut scratch, mut backward_scratch, mut packed) = (0, 0, 0, 0);
    let mut index = 0;
    while index < L {
        let layer = layers[index];
        if layer.workspace > workspace {
            workspace = layer.workspace;
        }
        if layer.scratch > scratch {
            scratch = layer.scratch;
        }
        if layer.backward_scratch > backward_scratch {
            backward_scratch = layer.backward_scratch;
        }
        packed = layer.packed.saturating_add(packed);
        index += 1;
    }
    let own = if inference.total() > gradients.total() { inference.total() } else { gradients.total() };
    Memory { tape: tape.total(), workspace: own.saturating_add(workspace), scratch, backward_scratch, packed }
}

/// Where the packed weights of each layer begin, and how many they are.
pub const fn packed_ranges<const L: usize>(layers: &[Memory; L]) -> [(usize, usize); L] {
    let mut ranges = [(0, 0); L];
    let (mut before, mut layer) = (0_usize, 0);
    while layer < L {
        ranges[layer] = (before, layers[layer].packed);
        before = before.saturating_add(layers[layer].packed);
        layer += 1;
    }
    ranges
}

/// The cache lines of a [`Workspace`] for one sample.
pub const fn workspace_lines(memory: Memory) -> usize {
    if memory_fits(memory) { (memory.workspace + memory.scratch).div_ceil(ALIGNMENT) } else { 0 }
}

/// Whether the memory of a training pass for one sample can be had at all.
pub const fn memory_fits(memory: Memory) -> bool {
    let Memory { tape, workspace, scratch, backward_scratch, packed } = memory;
    let scratch = scratch.saturating_add(backward_scratch);
    crate::shape::fits(&[tape.saturating_add(workspace).saturating_add(scratch).saturating_add(packed)])
}
