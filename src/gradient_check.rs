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

use std::string::String;
use std::vec;
use std::vec::Vec;

use bytemuck::Zeroable;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use thiserror::Error;

use crate::layer::Mode;
use crate::parameters::Located;
use crate::simd::dispatch;
use crate::tensor::{elements, elements_mut};
use crate::{Layer, Shape, Tensor};

mod passes;

use passes::{PassMemory, Passes, checked_passes};

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
    /// The backward pass of a layer that [replaces](Layer::REPLACES_GRADIENT) the gradient by the parameters leaves something of what was there.
    #[error(
        "gradient by the parameters, element {index}: {found} where something else was before, but {added} where it was 0; a pass that does not \
         accumulate replaces what is there"
    )]
    DoesNotReplace {
        /// Where it does not replace.
        index: usize,
        /// What it adds to 0.
        added: f64,
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
/// The mode is that for training, because a backward pass follows. Layers that remember nothing from the forward pass can be
/// checked in that for inference too. The parameters are moved during the check and are the same bits as before after it.
///
/// # Errors
/// If a result is not finite; if it depends on what the memory of the pass held before, or the gradient by the
/// parameters on whether the one by the input is wanted; or if the pass does not add to the gradient that is there, or replace it where it says that it does.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;
    use crate::layer::{Backward, Memory, Room};
    use crate::parameters::{Layout, ParameterTensor, Role};
    use crate::shape::Rank1;
    use crate::simd::Simd;

    /// What a layer can have wrong.
    const NOTHING: u8 = 0;
    const DERIVATIVE: u8 = 1;
    const PARAMETER: u8 = 2;
    const SCRATCH: u8 = 3;
    const OVERWRITES: u8 = 4;
    const NEEDS_DX: u8 = 5;
    const INFINITE: u8 = 6;
    const KEEPS: u8 = 7;

    /// `y = factor · x²`, with a mistake.
    #[derive(Clone, Copy, Debug)]
    #[repr(transparent)]
    struct Square<const MISTAKE: u8>(f64);

    // SAFETY: a number.
    unsafe impl<const MISTAKE: u8> Zeroable for Square<MISTAKE> {}
    // SAFETY: transparent over one `f64`, which the layout names.
    unsafe impl<const MISTAKE: u8> Parameters<f64> for Square<MISTAKE> {
        const LAYOUT: Layout = Layout::Tensors(&[ParameterTensor { name: "factor", axes: &[], role: Role::Scale }]);
    }

    impl<const MISTAKE: u8, const N: usize> Layer<f64, Rank1<N>, Rank1<N>> for Square<MISTAKE> {
        const MEMORY: Memory = Memory { scratch: 1, ..Memory::NONE };
        const REPLACES_GRADIENT: bool = MISTAKE == KEEPS;

        fn forward_batch<S: Simd>(
            &self,
            _: S,
            x: &[Tensor<Rank1<N>, f64>],
            y: &mut [Tensor<Rank1<N>, f64>],
            room: Room<'_, f64>,
            _: Mode,
        ) {
            let offset = match MISTAKE {
                SCRATCH => room.scratch[0],
                INFINITE => f64::INFINITY,
                _ => 0.0,
            };
            for (x, y) in elements(x).iter().zip(elements_mut(y)) {
                *y = self.0 * x * x + offset;
            }
        }

        fn backward_batch<S: Simd>(&self, _: S, pass: Backward<'_, f64, Rank1<N>, Rank1<N>>, gradient: &mut Self) {
            let (x, dy) = (elements(pass.x), elements(pass.dy));
            let sum: f64 = x.iter().zip(dy).map(|(x, dy)| x * x * dy).sum();
            match MISTAKE {
                PARAMETER => gradient.0 += 1.001 * sum,
                OVERWRITES => gradient.0 = sum,
                NEEDS_DX if pass.dx.is_none() => {}
                _ => gradient.0 += sum,
            }
            let factor = if MISTAKE == DERIVATIVE { self.0 } else { 2.0 * self.0 };
            for (dx, (x, dy)) in elements_mut(pass.dx.unwrap_or_default()).iter_mut().zip(x.iter().zip(dy)) {
                *dx = factor * x * dy;
            }
        }
    }

    fn check<const MISTAKE: u8>() -> Result<Deviation, GradientCheckError> {
        let x = [[0.5, -1.5, 2.0].into(), [1.0, 0.0, -0.25].into()];
        let mut layer = Square::<MISTAKE>(0.75);
        let result = gradient_check::<_, Rank1<3>, Rank1<3>>(&mut layer, &x, Mode::Inference);
        assert_eq!(layer.0.to_bits(), 0.75_f64.to_bits(), "the parameters stay as they were");
        result
    }

    #[test]
    fn a_right_layer_passes() {
        assert!(check::<NOTHING>().unwrap().error < 1e-10);
    }

    #[test]
    fn wrong_derivatives_are_found() {
        let worst = check::<DERIVATIVE>().unwrap();
        assert!((worst.error - 0.5).abs() < 1e-6 && worst.value == "input", "{worst}");
        let worst = check::<PARAMETER>().unwrap();
        assert!((worst.error - 0.001).abs() < 1e-5 && worst.value == "factor", "{worst}");
    }

    #[test]
    fn wrong_manners_are_found() {
        assert!(matches!(check::<SCRATCH>(), Err(GradientCheckError::ReadsGarbage { what: "output", .. })));
        assert!(matches!(check::<OVERWRITES>(), Err(GradientCheckError::DoesNotAdd { index: 0, .. })));
        assert!(matches!(check::<NEEDS_DX>(), Err(GradientCheckError::DependsOnInputGradient { .. })));
        assert!(matches!(check::<KEEPS>(), Err(GradientCheckError::DoesNotReplace { index: 0, .. })));
        assert!(matches!(check::<INFINITE>(), Err(GradientCheckError::NotFinite { what: "output", index: 0, .. })));
    }
}
