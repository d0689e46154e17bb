//! One forward and one backward pass of a layer, at a chosen SIMD level.

use tintype::layer::{Backward, Layer, Mode, Room};
use tintype::simd::Simd;
use tintype::tensor::{elements, elements_mut, tensors};
use tintype::{Element, Shape, Tensor};

/// A training step of `layer` without the optimizer.
pub struct Step<'a, E: Element, L, I: Shape> {
    pub layer: &'a L,
    pub x: &'a [Tensor<I, E>],
    pub dy: &'a [E],
    pub mode: Mode,
}

/// What a step gives.
#[derive(Debug, PartialEq)]
pub struct Results<E> {
    pub y: Vec<E>,
    pub dx: Vec<E>,
    /// The gradient by the parameters, in the order of memory.
    pub gradient: Vec<E>,
}

impl<E: Element, L, I: Shape> Step<'_, E, L, I> {
    /// Runs the step with the instructions of `S`.
    #[inline(always)]
    pub fn run<S: Simd, O: Shape>(&self, simd: S) -> Results<E>
    where
        L: Layer<E, I, O>,
    {
        let samples = self.x.len();
        let memory = |len: usize| vec![E::nan(); len];
        let mut tape = memory(if self.mode.is_training() { L::MEMORY.tape * samples } else { 0 });
        let mut workspace = memory(L::MEMORY.workspace * samples);
        let mut scratch = memory(L::MEMORY.training_scratch());
        let mut packed = memory(L::MEMORY.packed);
        let mut y = vec![Tensor::<O, E>::full(E::nan()); samples];
        let mut dx = vec![Tensor::<I, E>::full(E::nan()); samples];
        let mut dy: Vec<Tensor<O, E>> = tensors(self.dy).to_vec();
        let mut gradient = Box::new(L::zeroed());

        let room = Room { tape: &mut tape, workspace: &mut workspace, scratch: &mut scratch };
        self.layer.forward_batch(simd, self.x, &mut y, room, self.mode);
        self.layer.pack(simd, &mut packed, true);
        let room = Room { tape: &mut tape, workspace: &mut workspace, scratch: &mut scratch };
        let pass = Backward {
            x: self.x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
            packed: &packed,
            room,
            mode: self.mode,
            accumulate: true,
        };
        self.layer.backward_batch(simd, pass, &mut gradient);
        Results { y: elements(&y).to_vec(), dx: elements_mut(&mut dx).to_vec(), gradient: gradient.as_slice().to_vec() }
    }
}
