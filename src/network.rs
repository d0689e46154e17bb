//! What `network!` makes of a declaration.

use bytemuck::{Pod, Zeroable};
use generic_array::ArrayLength;

use crate::init::{Seed, initialize};
use crate::layer::{Backward, Memory, Mode, Room};
use crate::plan::{ALIGNMENT, Plan};
use crate::shape::window::Place;
use crate::shape::{Dims, Shape, Text};
use crate::simd::{Simd, dispatch};
use crate::{Element, Layer, Parameters, Tensor};

mod calls;
mod held;
mod inference;
mod probe;
#[cfg(feature = "std")]
mod profile;
mod section;
mod summary;

pub use calls::{backward_layer, forward_layer, pack_layer};
pub(crate) use calls::{clear, operations};
pub use held::{AsNetwork, Behind, Itself};
pub use inference::inference_len;
pub(crate) use inference::{Inference, of_one};
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

/// A name in a declaration that is no built-in layer: a layer of the user's own, or another network.
///
/// The implementation says what becomes of an input of shape `I`. Constant arguments in the declaration are those of the
/// implementing type: `Maxout(64, 3)` is the type `Maxout<64, 3>`.
///
/// ```
/// use tintype::network::DeclaredLayer;
/// use tintype::{Element, shape::Rank1, layers::Dense};
///
/// /// A dense layer with twice as many outputs as inputs is not to be had on stable Rust, but one with as many is.
/// struct Square;
/// impl<const N: usize> DeclaredLayer<Rank1<N>> for Square {
///     type Output = Rank1<N>;
///     type Layer<E: Element> = Dense<E, N, N>;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` does not take an input of shape `{I}`",
    label = "this layer is given `{I}`",
    note = "implement `DeclaredLayer<{I}>` for `{Self}`, or put a layer in front of it that gives the shape it takes"
)]
pub trait DeclaredLayer<I: Shape> {
    /// The shape that an input of shape `I` becomes.
    type Output: Shape;
    /// The layer for the element `E`; it implements [`Layer<E, I, Self::Output>`](Layer).
    type Layer<E: Element>: Parameters<E>;
    /// The only input that is taken, where there is only one: a network's.
    const INPUT: Option<Dims> = None;
}

/// The input as a declared layer sees it: the one that it takes, where it is particular.
pub const fn declared_input(wanted: Option<Dims>, given: Dims) -> Dims {
    match wanted {
        Some(wanted) => wanted.known_if(given.is_known() && given.same(wanted)),
        None => given,
    }
}

/// Reports a nested network of the type named `kind` that is given another input than it takes.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_declared_input(place: Place, kind: &str, wanted: Option<Dims>, given: Dims) {
    if let Some(wanted) = wanted
        && given.is_known()
        && !given.same(wanted)
    {
        Text::new()
            .layer(place.layer)
            .str(" takes ")
            .dims(wanted)
            .str(", but ")
            .str(place.source)
            .str(" ")
            .dims(given)
            .str("; change the layer in front of it or the input of `")
            .str(kind)
            .str("`")
            .report();
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
const fn memory_fits(memory: Memory) -> bool {
    let Memory { tape, workspace, scratch, backward_scratch, packed } = memory;
    let scratch = scratch.saturating_add(backward_scratch);
    crate::shape::fits(&[tape.saturating_add(workspace).saturating_add(scratch).saturating_add(packed)])
}

/// The most parameters that a network can have.
const MAX_PARAMS: usize = u32::MAX as usize;

/// The number of parameters, 0 where there are more than a network can have.
pub const fn param_count(params: usize) -> usize {
    if params <= MAX_PARAMS { params } else { 0 }
}

/// Reports a network with more parameters than a network can have, or with more activations than memory can hold.
///
/// # Panics
/// If it is such.
#[track_caller]
pub const fn check_size(network: &str, params: usize, memory: Memory) {
    let text = Text::new().str("network `").str(network).str("` ");
    if params > MAX_PARAMS {
        text.str("has ")
            .number(params)
            .str(" parameters; there can be no more than ")
            .number(MAX_PARAMS)
            .str(", so make its layers smaller")
            .report();
    }
    if !memory_fits(memory) {
        text.str("has more activations than memory can hold; make its layers smaller").report();
    }
}

/// The input, a placeholder where it is one that is reported.
pub const fn input(given: Dims) -> Dims {
    given.known_if(given.len() > 0 && crate::shape::fits(&[given.len()]))
}

/// Reports an input of a network with an axis of size 0, or with more elements than memory can hold.
///
/// # Panics
/// If the input is known and is such.
#[track_caller]
pub const fn check_input(network: &str, input: Dims) {
    if !input.is_known() {
        return;
    }
    let text = Text::new().str("network `").str(network).str("`: an input of ").dims(input);
    match input.checked_len() {
        Some(0) => text.str(" holds nothing; every axis is at least 1").report(),
        Some(len) if crate::shape::fits(&[len]) => {}
        _ => text.str(" has more elements than memory can hold; make it smaller").report(),
    }
}

/// Reports a declared output that is not what the last layer gives.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_output(network: &str, source: &str, declared: Dims, given: Dims) {
    if given.is_known() && declared.is_known() && !declared.same(given) {
        Text::new()
            .str("network `")
            .str(network)
            .str("` is declared to give ")
            .dims(declared)
            .str(", but ")
            .str(source)
            .str(" ")
            .dims(given)
            .str("; change the last layer or the declared output")
            .report();
    }
}
