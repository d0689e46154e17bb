//! Sections: a few nodes of a network in a row, whose passes are functions of their own.
//!
//! Nodes that are written out in one function take the compiler a time that grows faster than their number. So `network!` cuts the
//! passes of a network with many nodes into sections, and its compile time grows with its depth.

use pulp::{Simd, WithSimd};

use super::{Network, Probe};
use crate::layer::Mode;
use crate::simd::{Part, call};

/// The forward and the backward pass of the nodes of section number `NUMBER`.
///
/// `network!` implements this trait.
pub trait Section<const NUMBER: usize>: Network {
    /// The forward pass of the section's nodes.
    fn forward_nodes<S: Simd, P: Probe>(&self, simd: S, pass: ForwardSection<'_, Self::Element, P>);

    /// The backward pass of the section's nodes, which sets or adds to their part of `gradient`.
    fn backward_nodes<S: Simd, P: Probe>(
        &self,
        simd: S,
        pass: BackwardSection<'_, Self::Element, P>,
        gradient: &mut Self,
    );
}

/// A network's forward pass, as its sections share it.
#[derive(Debug)]
pub struct ForwardSection<'a, E, P> {
    /// The samples that go through the network together.
    pub samples: usize,
    /// The network's inputs.
    pub input: &'a [E],
    /// The network's outputs.
    pub output: &'a mut [E],
    /// The values between the nodes, and the layers' tapes.
    pub memory: &'a mut [E],
    /// The layers' workspace.
    pub side: &'a mut [E],
    /// The layers' scratch memory.
    pub scratch: &'a mut [E],
    /// What the pass is for.
    pub mode: Mode,
    /// Is told of each node that is done.
    pub probe: &'a mut P,
}

/// A network's backward pass, as its sections share it.
#[derive(Debug)]
pub struct BackwardSection<'a, E, P> {
    /// The samples that go through the network together.
    pub samples: usize,
    /// The network's inputs.
    pub input: &'a [E],
    /// The network's outputs.
    pub output: &'a [E],
    /// The gradient by the outputs.
    pub dy: &'a mut [E],
    /// The gradient by the inputs, where it is wanted.
    pub dx: Option<&'a mut [E]>,
    /// What the forward pass was for.
    pub mode: Mode,
    /// The packed parameters of all layers.
    pub packed: &'a [E],
    /// Whether the gradient by the parameters is added to what is there.
    pub accumulate: bool,
    /// The values of the forward pass, and the layers' tapes.
    pub tape: &'a mut [E],
    /// The gradients by the values.
    pub gradients: &'a mut [E],
    /// The layers' workspace.
    pub side: &'a mut [E],
    /// The layers' scratch memory.
    pub scratch: &'a mut [E],
    /// Is told of each node that is done.
    pub probe: &'a mut P,
}

struct Forward<'a, N: Network, P, const NUMBER: usize> {
    network: &'a N,
    pass: ForwardSection<'a, N::Element, P>,
}

impl<N: Section<NUMBER>, P: Probe, const NUMBER: usize> WithSimd for Forward<'_, N, P, NUMBER> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.forward_nodes(simd, self.pass);
    }
}

impl<N: Section<NUMBER>, P: Probe, const NUMBER: usize> Part for Forward<'_, N, P, NUMBER> {
    const OPERATIONS: u64 = u64::MAX;
}

/// [`Section::forward_nodes`] as a network calls it.
#[inline(always)]
pub fn forward_section<const NUMBER: usize, N: Section<NUMBER>, S: Simd, P: Probe>(
    network: &N,
    simd: S,
    pass: ForwardSection<'_, N::Element, P>,
) {
    call(simd, Forward { network, pass });
}

struct Backward<'a, N: Network, P, const NUMBER: usize> {
    network: &'a N,
    pass: BackwardSection<'a, N::Element, P>,
    gradient: &'a mut N,
}

impl<N: Section<NUMBER>, P: Probe, const NUMBER: usize> WithSimd for Backward<'_, N, P, NUMBER> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.network.backward_nodes(simd, self.pass, self.gradient);
    }
}

impl<N: Section<NUMBER>, P: Probe, const NUMBER: usize> Part for Backward<'_, N, P, NUMBER> {
    const OPERATIONS: u64 = u64::MAX;
}

/// [`Section::backward_nodes`] as a network calls it.
#[inline(always)]
pub fn backward_section<const NUMBER: usize, N: Section<NUMBER>, S: Simd, P: Probe>(
    network: &N,
    simd: S,
    pass: BackwardSection<'_, N::Element, P>,
    gradient: &mut N,
) {
    call(simd, Backward { network, pass, gradient });
}
