//! What `network!` makes of a declaration.

use bytemuck::Zeroable;
use generic_array::ArrayLength;

use crate::init::{Seed, initialize};
use crate::layer::{Backward, Mode, Room};
use crate::shape::Shape;
use crate::simd::{Simd, dispatch};
use crate::{Element, Layer, Tensor};

mod calls;
mod checks;
mod declared;
mod held;
mod inference;
mod memory;
mod probe;
#[cfg(feature = "std")]
mod profile;
mod section;
mod summary;

pub use calls::{backward_layer, forward_layer, pack_layer};
pub(crate) use calls::{clear, operations};
pub use checks::{check_input, check_output, check_size, input, param_count};
pub use declared::{DeclaredLayer, check_declared_input, declared_input};
pub use held::{AsNetwork, Behind, Itself};
pub use inference::inference_len;
pub(crate) use inference::{Inference, of_one};
pub use memory::{Workspace, memory, packed_ranges, workspace_lines};
pub use probe::Probe;
pub(crate) use probe::WithoutInputGradient;
#[cfg(feature = "std")]
pub use profile::{Cost, LayerProfile, Profile};
pub use section::{BackwardSection, ForwardSection, Section, backward_section, forward_section};
pub use summary::{LayerSummary, Summary};

/// A network: a plain struct of layers, and what it knows of itself.
///
/// `network!` implements this trait. A network is its parameters and nothing else; all memory of a pass is lent to it.
pub trait Network: Layer<Self::Element, Self::Input, Self::Output> {
    /// The number type that it computes on.
    type Element: Element;
    /// The shape of one input.
    type Input: Shape;
    /// The shape of one output.
    type Output: Shape;
    /// The number of parameters as a type: what lets generic code own a `GenericArray` of as many numbers.
    type ParamCount: ArrayLength;
    /// The memory that inference for one sample needs, as a value that can be a `static`.
    type Workspace: Zeroable + Default + AsMut<[Self::Element]> + Send;

    /// The name in the declaration.
    const NAME: &'static str;
    /// What there is to say of each layer, in the order of the declaration.
    const LAYERS: &'static [LayerSummary];
    /// The number of parameters, statistics included.
    const PARAMS: usize = Self::LAYOUT.len();
    /// Multiply-accumulate operations of a training step for one sample: those of the forward pass, as many again for the
    /// gradient by the parameters, and as many for that by the values, the network's input excepted.
    ///
    /// ```
    /// use tintype::prelude::*;
    /// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
    /// assert_eq!(Xor::TRAINING_MACS, 3 * (2 * 4 + 4 * 1) - 2 * 4);
    /// ```
    const TRAINING_MACS: u64 = Self::MACS.saturating_mul(3).saturating_sub(Self::INPUT_GRADIENT_MACS);
    /// The bytes of memory that inference for one sample needs besides parameters, input and output.
    const WORKSPACE_BYTES: usize = size_of::<Self::Workspace>();
    /// The bytes of memory that the gradient of one sample needs besides parameters, input and output: activations, their
    /// gradients, rearranged weights, and the gradient of the parameters itself.
    const TRAINING_BYTES: usize = (Self::MEMORY.tape
        + Self::MEMORY.workspace
        + Self::MEMORY.training_scratch()
        + Self::MEMORY.packed
        + Self::PARAMS)
        * size_of::<Self::Element>();
    /// The network with all parameters zero, for a `static` that is filled in later.
    const ZERO: Self = zeroed();

    /// Sets all parameters to the initial values that `seed` stands for.
    fn initialize(&mut self, seed: Seed) {
        initialize(&Self::LAYOUT, self.as_mut_slice(), seed);
    }

    /// A network with initial parameters, built in place on the heap, where its weights begin with cache lines as far as they can.
    ///
    /// ```
    /// use tintype::prelude::*;
    /// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
    /// let net = Xor::boxed(Seed(7));
    /// assert_eq!(Xor::PARAMS, 17);
    /// ```
    #[cfg(feature = "std")]
    fn boxed(seed: Seed) -> crate::memory::Boxed<Self> {
        let mut network = crate::memory::Boxed::<Self>::zeroed();
        network.initialize(seed);
        network
    }

    /// The output for one input. Memory for the activations is kept by the thread, so only its first call allocates.
    #[cfg(feature = "std")]
    fn forward(&self, input: &Tensor<Self::Input, Self::Element>) -> Tensor<Self::Output, Self::Element> {
        let mut output = Tensor::zeros();
        let (inputs, outputs) = (core::slice::from_ref(input), core::slice::from_mut(&mut output));
        // Here as well as in `predict`, whose call would be felt.
        if !of_one::<_, _, false>(self, inputs, outputs, &mut [], &mut ()) {
            self.predict(inputs, outputs);
        }
        output
    }

    /// The output for one input, computed in the memory that the caller lends; it may hold anything.
    fn forward_with(
        &self,
        input: &Tensor<Self::Input, Self::Element>,
        workspace: &mut Self::Workspace,
    ) -> Tensor<Self::Output, Self::Element> {
        let mut output = Tensor::zeros();
        self.infer(core::slice::from_ref(input), core::slice::from_mut(&mut output), workspace.as_mut());
        output
    }

    /// The outputs for many inputs, some at a time. Memory for the activations is kept by the thread.
    ///
    /// # Panics
    /// If there are not as many outputs as inputs.
    #[cfg(feature = "std")]
    fn predict(
        &self,
        inputs: &[Tensor<Self::Input, Self::Element>],
        outputs: &mut [Tensor<Self::Output, Self::Element>],
    ) {
        if of_one::<_, _, false>(self, inputs, outputs, &mut [], &mut ()) {
            return;
        }
        assert_eq!(inputs.len(), outputs.len(), "there must be one output for each input");
        let bytes = Self::MEMORY.workspace * size_of::<Self::Element>();
        let together = inputs.len().clamp(1, crate::memory::micro_batch(bytes));
        crate::memory::with_scratch(inference_len::<Self>(together), |memory| {
            dispatch(Inference { network: self, inputs, outputs, memory, probe: &mut () });
        });
    }

    /// The outputs for many inputs, computed in the memory that the caller lends: as many samples at a time as it holds,
    /// of the size that [`inference_len`] gives.
    ///
    /// # Panics
    /// If there are not as many outputs as inputs, or not enough memory for one sample.
    fn infer(
        &self,
        inputs: &[Tensor<Self::Input, Self::Element>],
        outputs: &mut [Tensor<Self::Output, Self::Element>],
        memory: &mut [Self::Element],
    ) {
        assert_eq!(inputs.len(), outputs.len(), "there must be one output for each input");
        assert!(memory.len() >= inference_len::<Self>(1), "the memory is too small for one sample");
        if !of_one::<_, _, true>(self, inputs, outputs, &mut *memory, &mut ()) {
            dispatch(Inference { network: self, inputs, outputs, memory, probe: &mut () });
        }
    }

    /// The class whose output is the largest, the first of equals.
    ///
    /// ```
    /// use tintype::prelude::*;
    /// network! { struct Signs: [1] -> [2] { signs: Dense(2) } }
    /// let mut net = Signs::boxed(Seed(7));
    /// net.signs.weight = [[-1.0, 1.0]];
    /// let sign = net.classify(&Tensor::from([3.0]));
    /// assert_eq!(sign.index(), 1);
    /// ```
    #[cfg(feature = "std")]
    fn classify<const CLASSES: usize>(&self, input: &Tensor<Self::Input, Self::Element>) -> crate::Class<CLASSES>
    where
        Self: Network<Output = crate::shape::Rank1<CLASSES>>,
    {
        crate::Class::of(&self.forward(input))
    }

    /// A table of the layers with their output shapes, parameters and multiply-accumulates.
    fn summary() -> Summary {
        Summary::of::<Self>()
    }

    /// How long each layer takes, forward and backward, for a batch of so many samples on one thread; this takes about
    /// half a second. See [`Profile`].
    ///
    /// ```
    /// use tintype::prelude::*;
    /// network! { struct Xor: [2] -> [1] { hidden: Dense(4), Tanh, Dense(1) } }
    /// let profile = Xor::boxed(Seed(7)).profile(32);
    /// println!("{profile}");
    /// assert_eq!(profile.layers[0].name, "hidden");
    /// ```
    ///
    /// # Panics
    /// If `samples` is 0.
    #[cfg(feature = "std")]
    fn profile(&self, samples: usize) -> Profile {
        Profile::measure(self, samples)
    }

    /// [`Layer::forward_batch`] that tells `probe` of each node that is done.
    #[inline(always)]
    fn forward_probed<S: Simd, P: Probe>(
        &self,
        simd: S,
        x: &[Tensor<Self::Input, Self::Element>],
        y: &mut [Tensor<Self::Output, Self::Element>],
        room: Room<'_, Self::Element>,
        mode: Mode,
        probe: &mut P,
    ) {
        let _ = probe;
        self.forward_batch(simd, x, y, room, mode);
    }

    /// [`Layer::backward_batch`] that tells `probe` of each node that is done.
    #[inline(always)]
    fn backward_probed<S: Simd, P: Probe>(
        &self,
        simd: S,
        pass: Backward<'_, Self::Element, Self::Input, Self::Output>,
        gradient: &mut Self,
        probe: &mut P,
    ) {
        let _ = probe;
        self.backward_batch(simd, pass, gradient);
    }
}

/// What `Zeroable::zeroed` gives, in a constant.
const fn zeroed<T: Zeroable>() -> T {
    // SAFETY: `Zeroable` says that all bits zero is a value of `T`.
    unsafe { core::mem::zeroed() }
}
