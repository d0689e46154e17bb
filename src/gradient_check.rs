//! Gradients against differences: whether the backward pass of a layer is the derivative of its forward pass.
//!
//! ```
//! use tintype::gradient_check::gradient_check;
//! use tintype::layer::Mode;
//! use tintype::layers::Tanh;
//! use tintype::{Tensor, shape::Rank1};
//!
//! let x = [Tensor::<Rank1<3>, f64>::from([-0.5, 0.0, 2.0])];
//! let worst = gradient_check(&mut Tanh, &x, Mode::Inference)?;
//! assert!(worst.error < 1e-9, "{worst}");
//! # Ok::<(), tintype::gradient_check::GradientCheckError>(())
//! ```

use std::boxed::Box;
use std::string::String;
use std::vec;
use std::vec::Vec;

use bytemuck::Zeroable;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use thiserror::Error;

use crate::layer::{Backward, Mode, Room};
use crate::parameters::Located;
use crate::simd::{Simd, Work, dispatch};
use crate::tensor::{elements, elements_mut};
use crate::{Layer, Shape, Tensor};

/// The step of the differences, times the value's magnitude where that is above 1. The function must be smooth within
/// twice this distance.
pub const STEP: f64 = 5e-4;

/// Gradients below this share of the largest one are compared as if they were that large: what differences say of them
/// is mostly rounding.
pub const FLOOR: f64 = 1e-3;

/// Where the backward pass is furthest from the differences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deviation {
    /// `|analytic - numeric|`, relative to the largest of both and of [`FLOOR`] times the largest gradient of all.
    pub error: f64,
    /// `input`, or the name of a tensor of parameters.
    pub value: String,
    /// The element of the input batch or of the tensor.
    pub index: usize,
    /// What the backward pass says.
    pub analytic: f64,
    /// What the differences say.
    pub numeric: f64,
}

impl core::fmt::Display for Deviation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { error, value, index, analytic, numeric } = self;
        write!(f, "gradient by {value}, element {index}: {analytic} analytic, {numeric} numeric, error {error:.1e}")
    }
}

/// What is wrong with a layer besides its mathematics.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GradientCheckError {
    /// A pass read memory that it had not written.
    #[error(
        "{what}, element {index}: {zeros} where the memory of the pass was all zeros before, but {ones} where it was all \
         ones; a pass reads tape, workspace, scratch and results only where it has written them itself"
    )]
    ReadsGarbage {
        /// The value that differs.
        what: &'static str,
        /// Where it differs.
        index: usize,
        /// The value over zero bits.
        zeros: f64,
        /// The value over one bits.
        ones: f64,
    },
    /// The gradient by the parameters depends on whether the gradient by the input is wanted.
    #[error(
        "gradient by the parameters, element {index}: {with} where the gradient by the input is wanted too, but {without} \
         where it is not"
    )]
    DependsOnInputGradient {
        /// Where it differs.
        index: usize,
        /// The value with the gradient by the input.
        with: f64,
        /// The value without.
        without: f64,
    },
    /// The backward pass does not add to the gradient by the parameters that is there.
    #[error(
        "gradient by the parameters, element {index}: the pass adds {added} to 0 but leaves {found} where {start} was \
         before; it adds to what is there"
    )]
    DoesNotAdd {
        /// Where it does not add.
        index: usize,
        /// What it adds to 0.
        added: f64,
        /// What was there before.
        start: f64,
        /// What it left.
        found: f64,
    },
    /// A value is infinite or not a number.
    #[error("{what}, element {index}: {value} is not finite")]
    NotFinite {
        /// The value.
        what: &'static str,
        /// Where it is not finite.
        index: usize,
        /// What it is.
        value: f64,
    },
}

/// Compares the backward pass of `layer` with central differences of its forward pass, at the inputs `x`: the gradient by
/// each element of the inputs and by each trained parameter, of a random projection of the outputs. Gives the place where
/// both differ most; an error of up to 1e-6 is rounding.
///
/// The differences are of fourth order, `(8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h`, so they are good to about 1e-10
/// where the function is smooth; keep inputs of layers with kinks away from them by more than 2 [`STEP`].
///
/// The parameters are moved during the check and are the same bits as before after it.
///
/// # Errors
/// If a result is not finite; if it depends on what the memory of the pass held before, or the gradient by the
/// parameters on whether the one by the input is wanted; or if the pass does not add to the gradient that is there.
pub fn gradient_check<L: Layer<f64, I, O>, I: Shape, O: Shape>(
    layer: &mut L,
    x: &[Tensor<I, f64>],
    mode: Mode,
) -> Result<Deviation, GradientCheckError> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(0x7469_6e74_7970_6500);
    let projection: Vec<f64> =
        (0..x.len() * O::LEN).map(|_| (random.next_u64() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0).collect();
    let passes = checked_passes::<L, I, O>(layer, x, &projection, mode)?;

    let mut probe = Probe::<L, I, O>::new(&projection, x.len(), mode);
    let mut pairs = vec![];
    let mut moved = x.to_vec();
    for index in 0..x.len() * I::LEN {
        let numeric = probe.derivative(elements(x)[index], |value, probe| {
            elements_mut(&mut moved)[index] = value;
            probe.forward(layer, &moved);
        });
        elements_mut(&mut moved)[index] = elements(x)[index];
        pairs.push(("input", index, passes.dx[index], numeric));
    }
    for tensor in trained_tensors::<L, I, O>() {
        for place in tensor.range() {
            let before = layer.as_slice()[place];
            let numeric = probe.derivative(before, |value, probe| {
                layer.as_mut_slice()[place] = value;
                probe.forward(layer, x);
            });
            layer.as_mut_slice()[place] = before;
            pairs.push((tensor.tensor.name, place - tensor.offset, passes.gradient[place], numeric));
        }
    }

    let scale = pairs.iter().fold(0.0, |scale: f64, (_, _, _, numeric)| scale.max(numeric.abs()));
    let floor = (FLOOR * scale).max(f64::MIN_POSITIVE);
    let mut worst = Deviation::default();
    for (value, index, analytic, numeric) in pairs {
        let error = (analytic - numeric).abs() / analytic.abs().max(numeric.abs()).max(floor);
        // An error that is not a number is the worst of all.
        if error > worst.error || error.is_nan() {
            worst = Deviation { error, value: value.into(), index, analytic, numeric };
        }
    }
    Ok(worst)
}

fn trained_tensors<L: Layer<f64, I, O>, I: Shape, O: Shape>() -> Vec<Located> {
    let mut tensors = vec![];
    L::LAYOUT.visit(&mut |tensor, _| {
        if tensor.tensor.role.is_trained() {
            tensors.push(*tensor);
        }
    });
    tensors
}

/// Differences of the projected outputs.
struct Probe<'a, L, I: Shape, O: Shape> {
    projection: &'a [f64],
    mode: Mode,
    memory: PassMemory,
    y: Vec<Tensor<O, f64>>,
    sums: Vec<f64>,
    layer: core::marker::PhantomData<(L, I)>,
}

impl<'a, L: Layer<f64, I, O>, I: Shape, O: Shape> Probe<'a, L, I, O> {
    fn new(projection: &'a [f64], samples: usize, mode: Mode) -> Self {
        let memory = PassMemory::new::<L, I, O>(samples, mode, 0);
        let (y, sums) = (vec![Tensor::zeroed(); samples], vec![0.0; projection.len()]);
        Self { projection, mode, memory, y, sums, layer: core::marker::PhantomData }
    }

    fn forward(&mut self, layer: &L, x: &[Tensor<I, f64>]) {
        dispatch(Passes { layer, x, y: &mut self.y, mode: self.mode, memory: &mut self.memory, backward: None });
    }

    /// The derivative of the projection at `value`, where `outputs` computes them for another value.
    fn derivative(&mut self, value: f64, mut outputs: impl FnMut(f64, &mut Self)) -> f64 {
        let step = STEP * value.abs().max(1.0);
        self.sums.fill(0.0);
        // In this order what does not depend on the value cancels without rounding.
        for (steps, weight) in [(1.0, 8.0), (-1.0, -8.0), (-2.0, 1.0), (2.0, -1.0)] {
            outputs(value + steps * step, self);
            for (sum, y) in self.sums.iter_mut().zip(elements(&self.y)) {
                *sum += weight * y;
            }
        }
        let projected: f64 = self.sums.iter().zip(self.projection).map(|(sum, factor)| sum * factor).sum();
        projected / (12.0 * step)
    }
}

/// The memory that the passes of a layer ask for.
struct PassMemory {
    tape: Vec<f64>,
    workspace: Vec<f64>,
    scratch: Vec<f64>,
    packed: Vec<f64>,
}

impl PassMemory {
    fn new<L: Layer<f64, I, O>, I: Shape, O: Shape>(samples: usize, mode: Mode, filling: u8) -> Self {
        let elements = |len: usize| vec![filled(filling); len];
        Self {
            tape: elements(if mode.is_training() { L::MEMORY.tape * samples } else { 0 }),
            workspace: elements(L::MEMORY.workspace * samples),
            scratch: elements(L::MEMORY.scratch),
            packed: elements(L::MEMORY.packed),
        }
    }
}

/// The number whose bytes are all `filling`.
fn filled(filling: u8) -> f64 {
    f64::from_ne_bytes([filling; 8])
}

/// A forward pass, and a backward pass where it is wanted.
struct Passes<'a, L, I: Shape, O: Shape> {
    layer: &'a L,
    x: &'a [Tensor<I, f64>],
    y: &'a mut [Tensor<O, f64>],
    mode: Mode,
    memory: &'a mut PassMemory,
    backward: Option<Gradients<'a, L, I, O>>,
}

struct Gradients<'a, L, I: Shape, O: Shape> {
    dy: &'a mut [Tensor<O, f64>],
    dx: Option<&'a mut [Tensor<I, f64>]>,
    gradient: &'a mut L,
}

impl<L: Layer<f64, I, O>, I: Shape, O: Shape> Work for Passes<'_, L, I, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let PassMemory { tape, workspace, scratch, packed } = self.memory;
        let room = Room { tape, workspace, scratch };
        self.layer.forward_batch(simd, self.x, self.y, room, self.mode);
        if let Some(Gradients { dy, dx, gradient }) = self.backward {
            self.layer.pack(simd, packed);
            let room = Room { tape, workspace, scratch };
            let pass = Backward { x: self.x, y: self.y, dy, dx, packed, room, mode: self.mode };
            self.layer.backward_batch(simd, pass, gradient);
        }
    }
}

/// What a forward and a backward pass gave.
struct Results {
    y: Vec<f64>,
    dx: Vec<f64>,
    gradient: Vec<f64>,
}

/// Runs both passes in memory full of `filling`, with `start` in the gradient by the parameters.
fn passes<L: Layer<f64, I, O>, I: Shape, O: Shape>(
    layer: &L,
    x: &[Tensor<I, f64>],
    upstream: &[f64],
    mode: Mode,
    (filling, start, wants_dx): (u8, f64, bool),
) -> Results {
    let mut y = vec![Tensor::<O, f64>::full(filled(filling)); x.len()];
    let mut dx = vec![Tensor::<I, f64>::full(filled(filling)); x.len()];
    let mut dy = vec![Tensor::<O, f64>::zeroed(); x.len()];
    elements_mut(&mut dy).copy_from_slice(upstream);
    // SAFETY: all bits zero is a value of a type that holds parameters.
    let mut gradient = unsafe { Box::<L>::new_zeroed().assume_init() };
    gradient.as_mut_slice().fill(start);
    let backward = Gradients { dy: &mut dy, dx: wants_dx.then_some(&mut dx), gradient: &mut *gradient };
    let memory = &mut PassMemory::new::<L, I, O>(x.len(), mode, filling);
    dispatch(Passes { layer, x, y: &mut y, mode, memory, backward: Some(backward) });
    Results { y: elements(&y).to_vec(), dx: elements(&dx).to_vec(), gradient: gradient.as_slice().to_vec() }
}

/// Runs both passes in several ways that must give the same results.
fn checked_passes<L: Layer<f64, I, O>, I: Shape, O: Shape>(
    layer: &L,
    x: &[Tensor<I, f64>],
    upstream: &[f64],
    mode: Mode,
) -> Result<Results, GradientCheckError> {
    let run = |choices| passes::<L, I, O>(layer, x, upstream, mode, choices);
    let zeros = run((0x00, 0.0, true));
    let ones = run((0xff, 0.0, true));
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
    let alone = run((0xff, 0.0, false));
    if let Some((index, with, without)) = first_difference(&zeros.gradient, &alone.gradient) {
        return Err(GradientCheckError::DependsOnInputGradient { index, with, without });
    }
    let start = zeros.gradient.iter().fold(1.0, |start: f64, value| start.max(value.abs()));
    let sums = run((0xff, start, true)).gradient;
    for place in trained_tensors::<L, I, O>().iter().flat_map(Located::range) {
        let (added, found) = (zeros.gradient[place], sums[place]);
        if (found - start - added).abs() > 1e-9 * start {
            return Err(GradientCheckError::DoesNotAdd { index: place, added, start, found });
        }
    }
    Ok(zeros)
}

fn first_difference(a: &[f64], b: &[f64]) -> Option<(usize, f64, f64)> {
    a.iter().zip(b).enumerate().find_map(|(index, (a, b))| (a.to_bits() != b.to_bits()).then_some((index, *a, *b)))
}
