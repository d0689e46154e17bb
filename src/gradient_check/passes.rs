//! The passes of a layer in memory of the size that it asks for, full of a chosen byte.

use std::vec;
use std::vec::Vec;

use bytemuck::Zeroable;

use crate::layer::{Backward, Mode, Room};
use crate::memory::zeroed_box;
use crate::parameters::Located;
use crate::simd::{Simd, Work, dispatch};
use crate::tensor::{elements, elements_mut};
use crate::{Layer, Shape, Tensor};

use super::{GradientCheckError, trained_tensors};

/// The memory that the passes of a layer ask for.
pub(super) struct PassMemory {
    tape: Vec<f64>,
    workspace: Vec<f64>,
    scratch: Vec<f64>,
    packed: Vec<f64>,
}

impl PassMemory {
    pub(super) fn new<L: Layer<f64, I, O>, I: Shape, O: Shape>(samples: usize, mode: Mode, filling: u8) -> Self {
        let elements = |len: usize| vec![filled(filling); len];
        Self {
            tape: elements(if mode.is_training() { L::MEMORY.tape * samples } else { 0 }),
            workspace: elements(L::MEMORY.workspace * samples),
            scratch: elements(L::MEMORY.training_scratch()),
            packed: elements(L::MEMORY.packed),
        }
    }
}

/// The number whose bytes are all `filling`.
fn filled(filling: u8) -> f64 {
    f64::from_ne_bytes([filling; 8])
}

/// A forward pass, and a backward pass where it is wanted.
pub(super) struct Passes<'a, L, I: Shape, O: Shape> {
    pub(super) layer: &'a L,
    pub(super) x: &'a [Tensor<I, f64>],
    pub(super) y: &'a mut [Tensor<O, f64>],
    pub(super) mode: Mode,
    pub(super) memory: &'a mut PassMemory,
    pub(super) backward: Option<Gradients<'a, L, I, O>>,
}

pub(super) struct Gradients<'a, L, I: Shape, O: Shape> {
    pub(super) dy: &'a mut [Tensor<O, f64>],
    pub(super) dx: Option<&'a mut [Tensor<I, f64>]>,
    pub(super) gradient: &'a mut L,
    pub(super) accumulate: bool,
}

impl<L: Layer<f64, I, O>, I: Shape, O: Shape> Work for Passes<'_, L, I, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let PassMemory { tape, workspace, scratch, packed } = self.memory;
        let room = Room { tape, workspace, scratch };
        self.layer.forward_batch(simd, self.x, self.y, room, self.mode);
        if let Some(Gradients { dy, dx, gradient, accumulate }) = self.backward {
            self.layer.pack(simd, packed, true);
            let room = Room { tape, workspace, scratch };
            let pass = Backward { x: self.x, y: self.y, dy, dx, packed, room, mode: self.mode, accumulate };
            self.layer.backward_batch(simd, pass, gradient);
        }
    }
}

/// What a forward and a backward pass gave.
pub(super) struct Results {
    pub(super) y: Vec<f64>,
    pub(super) dx: Vec<f64>,
    pub(super) gradient: Vec<f64>,
}

/// Runs both passes in memory full of `filling`, with `start` in the gradient by the parameters.
fn passes<L: Layer<f64, I, O>, I: Shape, O: Shape>(
    layer: &L,
    x: &[Tensor<I, f64>],
    upstream: &[f64],
    mode: Mode,
    (filling, start, wants_dx, accumulate): (u8, f64, bool, bool),
) -> Results {
    let mut y = vec![Tensor::<O, f64>::full(filled(filling)); x.len()];
    let mut dx = vec![Tensor::<I, f64>::full(filled(filling)); x.len()];
    let mut dy = vec![Tensor::<O, f64>::zeroed(); x.len()];
    elements_mut(&mut dy).copy_from_slice(upstream);
    let mut gradient = zeroed_box::<L>();
    gradient.as_mut_slice().fill(start);
    let backward = Gradients { dy: &mut dy, dx: wants_dx.then_some(&mut dx), gradient: &mut *gradient, accumulate };
    let memory = &mut PassMemory::new::<L, I, O>(x.len(), mode, filling);
    dispatch(Passes { layer, x, y: &mut y, mode, memory, backward: Some(backward) });
    Results { y: elements(&y).to_vec(), dx: elements(&dx).to_vec(), gradient: gradient.as_slice().to_vec() }
}

/// Runs both passes in several ways that must give the same results.
pub(super) fn checked_passes<L: Layer<f64, I, O>, I: Shape, O: Shape>(
    layer: &L,
    x: &[Tensor<I, f64>],
    upstream: &[f64],
    mode: Mode,
) -> Result<Results, GradientCheckError> {
    let run = |choices| passes::<L, I, O>(layer, x, upstream, mode, choices);
    let zeros = run((0x00, 0.0, true, true));
    let ones = run((0xff, 0.0, true, true));
    for (what, zeros, ones) in [
        ("output", &zeros.y, &ones.y),
        ("gradient by the input", &zeros.dx, &ones.dx),
        ("gradient by the parameters", &zeros.gradient, &ones.gradient),
    ] {
        if let Some((index, zeros, ones)) = first_difference(zeros, ones) {
            return Err(GradientCheckError::ReadsGarbage { what, index, zeros, ones });
        }
        if let Some((index, value)) = zeros.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(GradientCheckError::NotFinite { what, index, value: *value });
        }
    }
    let alone = run((0xff, 0.0, false, true));
    if let Some((index, with, without)) = first_difference(&zeros.gradient, &alone.gradient) {
        return Err(GradientCheckError::DependsOnInputGradient { index, with, without });
    }
    let start = zeros.gradient.iter().fold(1.0, |start: f64, value| start.max(value.abs()));
    let sums = run((0xff, start, true, true)).gradient;
    for place in trained_tensors::<L, I, O>().iter().flat_map(Located::range) {
        let (added, found) = (zeros.gradient[place], sums[place]);
        if (found - start - added).abs() > 1e-9 * start {
            return Err(GradientCheckError::DoesNotAdd { index: place, added, start, found });
        }
    }
    if L::REPLACES_GRADIENT {
        let replaced = run((0xff, f64::NAN, true, false)).gradient;
        for (index, (added, found)) in zeros.gradient.iter().zip(&replaced).enumerate() {
            // Not the same bits: a zero that is added to has another sign.
            if found.partial_cmp(added) != Some(core::cmp::Ordering::Equal) {
                return Err(GradientCheckError::DoesNotReplace { index, added: *added, found: *found });
            }
        }
    }
    Ok(zeros)
}

fn first_difference(a: &[f64], b: &[f64]) -> Option<(usize, f64, f64)> {
    a.iter().zip(b).enumerate().find_map(|(index, (a, b))| (a.to_bits() != b.to_bits()).then_some((index, *a, *b)))
}
