//! The contract that every layer keeps.

use pulp::Simd;

use crate::activation::Activation;
use crate::shape::Shape;
use crate::{Element, Parameters, Tensor};

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The output alone is wanted: dropout lets everything through, batch normalisation uses its running statistics.
    Inference,
    /// A backward pass will follow.
    Training(Randomness),
}

/// Where a training pass takes its random decisions from: the same place, the same decision, on every machine and for
/// every number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Randomness {
    /// Differs from step to step and from layer to layer.
    pub key: u64,
    /// The position in the batch of the first sample of this pass.
    pub first_sample: usize,
}

impl Mode {
    /// The mode for the part number `index` of a network: with a key of its own.
    #[inline(always)]
    #[must_use]
    pub const fn part(self, index: usize) -> Self {
        match self {
            Self::Inference => Self::Inference,
            Self::Training(Randomness { key, first_sample }) => {
                Self::Training(Randomness { key: crate::Seed(key).part(index).0, first_sample })
            }
        }
    }

    /// Whether a backward pass will follow.
    #[inline(always)]
    pub const fn is_training(self) -> bool {
        matches!(self, Self::Training(_))
    }
}

/// How much memory the passes of a layer need besides input and output, in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// For each sample of the batch, kept from the forward to the backward pass of a training step.
    pub tape: usize,
    /// For each sample of the batch, during one pass.
    pub workspace: usize,
    /// Once, however many samples there are, during a forward pass.
    pub scratch: usize,
    /// Once, however many samples there are, during a backward pass.
    pub backward_scratch: usize,
    /// Once for a training step on each thread: what [`Layer::pack`] makes of the parameters for the backward pass.
    pub packed: usize,
}

impl Memory {
    /// No memory.
    pub const NONE: Self = Self { tape: 0, workspace: 0, scratch: 0, backward_scratch: 0, packed: 0 };

    /// The scratch memory that serves both passes.
    pub const fn training_scratch(self) -> usize {
        if self.scratch > self.backward_scratch { self.scratch } else { self.backward_scratch }
    }
}

/// The memory that one pass lends to a layer, of the sizes that its [`Memory`] asks for.
#[derive(Debug)]
pub struct Room<'a, E> {
    /// Kept from forward to backward; empty in a pass for inference.
    pub tape: &'a mut [E],
    /// Holds anything at first, and is lost after the pass.
    pub workspace: &'a mut [E],
    /// Holds anything at first, and is lost after the pass.
    pub scratch: &'a mut [E],
}

/// What a backward pass is given.
#[derive(Debug)]
pub struct Backward<'a, E: Element, I: Shape, O: Shape> {
    /// The inputs of the forward pass.
    pub x: &'a [Tensor<I, E>],
    /// Its outputs.
    pub y: &'a [Tensor<O, E>],
    /// The gradient of the loss by the outputs. The layer may change it: nobody reads it afterwards.
    pub dy: &'a mut [Tensor<O, E>],
    /// Where the gradient by the inputs goes, if somebody wants it. It holds anything at first.
    pub dx: Option<&'a mut [Tensor<I, E>]>,
    /// What [`Layer::pack`] made of the parameters.
    pub packed: &'a [E],
    /// The memory of the pass; `room.tape` is what the forward pass left.
    pub room: Room<'a, E>,
    /// The mode of the forward pass.
    pub mode: Mode,
    /// Whether the gradient by the parameters is added to what is there. Otherwise it takes the place of that, which may be anything;
    /// but a layer that does not [replace](Layer::REPLACES_GRADIENT) it finds zeros there, and adds.
    pub accumulate: bool,
}

/// A layer: parameters and their mathematics, from tensors of shape `I` to tensors of shape `O`.
///
/// A layer works on a run of samples at once and knows nothing of its neighbours. The order of every sum is part of its
/// contract: with finite parameters, the result for a sample depends neither on the SIMD level nor on the other samples of the run,
/// the sign of a zero apart (except for layers that say so in [`COUPLES_BATCH`](Self::COUPLES_BATCH)).
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` does not lead from `{I}` to `{O}`",
    label = "this layer does not fit here"
)]
pub trait Layer<E: Element, I: Shape, O: Shape>: Parameters<E> {
    /// The memory that its passes need.
    const MEMORY: Memory = Memory::NONE;
    /// Multiply-accumulate operations of the forward pass for one sample.
    const MACS: u64 = 0;
    /// Multiply-accumulate operations of the backward pass for one sample that are left out where nobody wants the gradient
    /// by the inputs. The backward pass has twice those of the forward pass: as many for the parameters as for the inputs.
    const INPUT_GRADIENT_MACS: u64 = Self::MACS;
    /// Whether the backward pass heeds [`Backward::accumulate`]. One that does not always adds; what calls it fills the gradient with zeros
    /// first, where nothing is to be added to. Worth while for many parameters.
    const REPLACES_GRADIENT: bool = false;
    /// Whether the training pass of one sample depends on the others of the batch, as batch normalisation's does. Such
    /// a network takes each batch through in one piece.
    const COUPLES_BATCH: bool = false;

    /// Computes `y` from `x`, for as many samples as there are.
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<I, E>],
        y: &mut [Tensor<O, E>],
        room: Room<'_, E>,
        mode: Mode,
    );

    /// Adds the gradient by the parameters to `gradient`, and writes the gradient by the inputs where it is wanted. A layer that
    /// [replaces](Self::REPLACES_GRADIENT) the gradient adds to it only if the pass says so.
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, I, O>, gradient: &mut Self);

    /// Arranges the parameters the way the backward pass reads them best; once for every change of the parameters, on every thread that
    /// takes samples through the network.
    /// `input_gradient` says whether the gradient by the inputs will be wanted: the first layer of a network that is trained
    /// is spared it.
    #[inline(always)]
    fn pack<S: Simd>(&self, simd: S, packed: &mut [E], input_gradient: bool) {
        let _ = (simd, packed, input_gradient);
    }

    /// [`forward_batch`](Self::forward_batch) with an activation behind it. A layer whose results leave registers
    /// overrides this to apply the activation on their way out.
    ///
    /// `network!` calls it for built-in layers alone, those whose backward pass does not read `y`: the activation's
    /// output takes the place of theirs. An activation behind any other layer is a layer of its own.
    #[inline(always)]
    fn forward_activated<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        x: &[Tensor<I, E>],
        y: &mut [Tensor<O, E>],
        room: Room<'_, E>,
        mode: Mode,
        activation: A,
    ) {
        self.forward_batch(simd, x, y, room, mode);
        activation.apply_in_place(simd, crate::tensor::elements_mut(y));
    }

    /// [`backward_batch`](Self::backward_batch) with an activation behind it: `pass.y` and `pass.dy` belong to the
    /// activation's output. Right only for a layer that does not read `pass.y`.
    #[inline(always)]
    fn backward_activated<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        pass: Backward<'_, E, I, O>,
        gradient: &mut Self,
        activation: A,
    ) {
        activation.backward_in_place(simd, crate::tensor::elements(pass.y), crate::tensor::elements_mut(pass.dy));
        self.backward_batch(simd, pass, gradient);
    }

    /// [`backward_activated`](Self::backward_activated) where nobody wants the gradient by the inputs and `pass.dx` is `None`, as at
    /// a layer that reads the input of a network in training. A layer whose gradient by the inputs is much code overrides this, so
    /// that the code is not compiled.
    #[inline(always)]
    fn backward_parameters<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        pass: Backward<'_, E, I, O>,
        gradient: &mut Self,
        activation: A,
    ) {
        self.backward_activated(simd, pass, gradient, activation);
    }
}
