//! Forward passes without training, beneath one choice of vector instructions.

use core::slice::{from_mut, from_ref};

use super::probe::SingleSample;
use super::{Network, Probe};
use crate::layer::{Mode, Room};
use crate::simd::{Simd, Work, dispatch};
use crate::{Element, Tensor};

/// The elements of memory that inference for `samples` at a time needs.
pub const fn inference_len<N: Network>(samples: usize) -> usize {
    N::MEMORY.workspace * samples + N::MEMORY.scratch
}

/// The most elements of memory that inference takes on the stack.
const ON_STACK: usize = 128;

/// [`ON_STACK`] elements.
#[repr(align(64))]
struct OnStack<E>([E; ON_STACK]);

/// The output for a single input of a network that needs little memory; gives whether it is that. To borrow memory, or a loop over samples, would
/// be felt. The memory is what is `LENT`, or lies on the stack.
#[inline(always)]
pub(crate) fn of_one<N: Network, P: Probe, const LENT: bool>(
    network: &N,
    inputs: &[Tensor<N::Input, N::Element>],
    outputs: &mut [Tensor<N::Output, N::Element>],
    memory: &mut [N::Element],
    probe: &mut P,
) -> bool {
    if const { inference_len::<N>(1) <= ON_STACK }
        && let ([input], [output]) = (inputs, outputs)
    {
        dispatch(InferenceOfOne::<_, _, LENT> { network, input, output, memory, probe });
        return true;
    }
    false
}

/// A forward pass without training, for one sample.
struct InferenceOfOne<'a, N: Network, P, const LENT: bool> {
    network: &'a N,
    input: &'a Tensor<N::Input, N::Element>,
    output: &'a mut Tensor<N::Output, N::Element>,
    memory: &'a mut [N::Element],
    probe: &'a mut P,
}

impl<N: Network, P: Probe, const LENT: bool> Work for InferenceOfOne<'_, N, P, LENT> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut own;
        let memory = if const { LENT } {
            self.memory
        } else {
            own = OnStack([N::Element::from_f64(0.0); ON_STACK]);
            &mut own.0[..]
        };
        let (scratch, workspace) = memory.split_at_mut(N::MEMORY.scratch);
        let workspace = &mut workspace[..N::MEMORY.workspace];
        let room = Room { tape: &mut [], workspace, scratch };
        let (x, y) = (from_ref(self.input), from_mut(self.output));
        self.network.forward_probed(simd, x, y, room, Mode::Inference, &mut SingleSample(self.probe));
    }
}

/// A forward pass without training, for any number of samples.
pub(crate) struct Inference<'a, N: Network, P> {
    pub(crate) network: &'a N,
    pub(crate) inputs: &'a [Tensor<N::Input, N::Element>],
    pub(crate) outputs: &'a mut [Tensor<N::Output, N::Element>],
    /// For as many samples at a time as it holds.
    pub(crate) memory: &'a mut [N::Element],
    pub(crate) probe: &'a mut P,
}

impl<N: Network, P: Probe> Work for Inference<'_, N, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (scratch, workspace) = self.memory.split_at_mut(N::MEMORY.scratch);
        let together = workspace.len().checked_div(N::MEMORY.workspace).unwrap_or(self.inputs.len()).max(1);
        // Not as `chunks`, which divide to know how many they are.
        let mut first = 0;
        while first < self.inputs.len() {
            let last = self.inputs.len().min(first + together);
            let (x, y) = (&self.inputs[first..last], &mut self.outputs[first..last]);
            let workspace = &mut workspace[..N::MEMORY.workspace * x.len()];
            let room = Room { tape: &mut [], workspace, scratch: &mut *scratch };
            self.network.forward_probed(simd, x, y, room, Mode::Inference, self.probe);
            first = last;
        }
    }
}
