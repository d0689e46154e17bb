//! Forward passes without training, beneath one choice of vector instructions.

use core::slice::{from_mut, from_ref};

use super::probe::SingleSample;
use super::{Network, Probe};
use crate::layer::{Mode, Room};
use crate::simd::{Simd, Work};
use crate::{Element, Tensor};

/// The elements of memory that inference for `samples` at a time needs.
pub const fn inference_len<N: Network>(samples: usize) -> usize {
    N::MEMORY.workspace * samples + N::MEMORY.scratch
}

/// The elements of memory that inference takes on the stack if none is lent.
pub(crate) const ON_STACK: usize = 128;

/// [`ON_STACK`] elements.
#[repr(align(64))]
struct Aligned<E>([E; ON_STACK]);

/// A forward pass without training, for any number of samples.
pub(crate) struct Inference<'a, N: Network, P> {
    pub(crate) network: &'a N,
    pub(crate) inputs: &'a [Tensor<N::Input, N::Element>],
    pub(crate) outputs: &'a mut [Tensor<N::Output, N::Element>],
    /// For as many samples at a time as it holds; without it, [`ON_STACK`] elements, which must do for one.
    pub(crate) memory: Option<&'a mut [N::Element]>,
    pub(crate) probe: &'a mut P,
}

impl<N: Network, P: Probe> Work for Inference<'_, N, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if const { inference_len::<N>(1) <= ON_STACK }
            && self.memory.is_none()
            && let ([x], [y]) = (self.inputs, &mut *self.outputs)
        {
            let mut own = Aligned([N::Element::from_f64(0.0); ON_STACK]);
            let (scratch, workspace) = own.0.split_at_mut(N::MEMORY.scratch);
            let workspace = &mut workspace[..N::MEMORY.workspace];
            let room = Room { tape: &mut [], workspace, scratch };
            let (x, y) = (from_ref(x), from_mut(y));
            return self.network.forward_probed(simd, x, y, room, Mode::Inference, &mut SingleSample(self.probe));
        }
        let mut own;
        let memory = if let Some(memory) = self.memory {
            memory
        } else {
            own = Aligned([N::Element::from_f64(0.0); ON_STACK]);
            &mut own.0[..]
        };
        let (scratch, workspace) = memory.split_at_mut(N::MEMORY.scratch);
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
