//! The fully connected layer.

use bytemuck::Zeroable;
use pulp::Simd;

use super::gradients::{self, Gradients};
use crate::activation::{Activation, Identity};
use crate::kernels::tile::{Size, column_sums};
use crate::kernels::{transpose, transpose_inlined};
use crate::layer::{Backward, Layer, Memory, Mode, Room};
use crate::parameters::{Layout, ParameterTensor, Role};
use crate::shape::window::Place;
use crate::shape::{Dims, Rank1, Text};
use crate::simd::SMALL;
use crate::tensor::elements;
use crate::{Element, Parameters, Tensor};
use forward::ForwardBlock;
use input_gradient::InputGradientBlock;

mod forward;
mod input_gradient;
mod weight_gradients;

/// A fully connected layer: `y = x W + b`, from `IN` features to `OUT`.
///
/// A large layer leaves out inputs that are zero for all samples which it takes together, and their weights' gradients, if they seem to be
/// many: the background of images, one-hot vectors, what a [`Relu`](super::Relu) has silenced where there is but one sample. Where
/// weights and gradients are finite this changes no result, but perhaps the sign of a zero; an infinite weight of an input that is zero
/// may or may not make the output not a number.
///
/// `BIAS` is `OUT`, or 0 for a layer without a bias; a layer with another one does not compile where it is run.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Dense<E, const IN: usize, const OUT: usize, const BIAS: usize = OUT> {
    /// The weights, one row for each input (Keras' order).
    pub weight: [[E; OUT]; IN],
    /// The offsets.
    pub bias: [E; BIAS],
}

// SAFETY: arrays of elements, for which all bits zero is a value.
unsafe impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Zeroable for Dense<E, IN, OUT, BIAS> {}
// SAFETY: `repr(C)` over two arrays of `E`, which have one alignment, so there is no padding; the layout names both.
unsafe impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Parameters<E>
    for Dense<E, IN, OUT, BIAS>
{
    const LAYOUT: Layout = {
        let tensors: &'static [ParameterTensor; 2] = &[
            ParameterTensor { name: "weight", axes: &[IN, OUT], role: Role::Weight { fan_in: IN, fan_out: OUT } },
            ParameterTensor { name: "bias", axes: &[BIAS], role: Role::Bias },
        ];
        Layout::Tensors(if BIAS == 0 { tensors.split_at(1).0 } else { tensors })
    };
}

/// The input as the layer sees it: a placeholder where it is no vector.
pub const fn input(input: Dims) -> Dims {
    if input.rank() == 1 { input } else { Dims::new1(0).placeholder() }
}

/// The output: a vector of `units` features.
pub const fn output(input: Dims, units: usize) -> Dims {
    if crate::shape::fits(&[input.axis(0), units]) {
        Dims::new1(units).known_if(input.is_known() && units > 0)
    } else {
        Dims::new1(0).placeholder()
    }
}

/// Reports a layer without units, or with more weights than memory can hold.
///
/// # Panics
/// If `units` is 0 or the weights are too many.
#[track_caller]
pub const fn check_units(place: Place, input: Dims, units: usize) {
    if units == 0 {
        Text::new().layer(place.layer).str(" has 0 units; it needs at least 1").report();
    }
    if input.is_known() {
        crate::shape::check_size(place, "weights", &[input.axis(0), units]);
    }
}

/// Reports an input that is no vector.
///
/// # Panics
/// If the input is known and has more than one axis.
#[track_caller]
pub const fn check_input(place: Place, input: Dims) {
    if input.is_known() && input.rank() != 1 {
        Text::new()
            .layer(place.layer)
            .str(" wants a vector, but ")
            .str(place.source)
            .str(" ")
            .dims(input)
            .str("; put `Flatten` in front of it")
            .report();
    }
}

/// Walks over a batch in blocks of 32, 4 and 1 samples, so that each block has a size known at compile time.
macro_rules! in_blocks {
    ($samples:expr, |$first:ident, $size:ident| $body:expr) => {{
        let samples = $samples;
        let mut $first = 0;
        in_blocks!(@ 32, samples, $first, $size, $body);
        in_blocks!(@ 4, samples, $first, $size, $body);
        in_blocks!(@ 1, samples, $first, $size, $body);
    }};
    (@ $rows:literal, $samples:ident, $first:ident, $size:ident, $body:expr) => {
        for _ in 0..($samples - $first) / $rows {
            const $size: usize = $rows;
            $body;
            $first += $rows;
        }
    };
}

impl<E, const IN: usize, const OUT: usize, const BIAS: usize> Dense<E, IN, OUT, BIAS> {
    /// Refuses a bias of another length: the kernel reads an offset for every output.
    ///
    /// ```compile_fail
    /// use tintype::{bytemuck::Zeroable, gradient_check::gradient_check, layer::Mode, layers::Dense, shape::Rank1};
    /// let mut layer = Dense::<f64, 2, 3, 1>::zeroed();
    /// let _ = gradient_check::<_, Rank1<2>, Rank1<3>>(&mut layer, &[[1.0, 2.0].into()], Mode::Inference);
    /// ```
    ///
    /// ```
    /// # use tintype::{bytemuck::Zeroable, gradient_check::gradient_check, layer::Mode, layers::Dense, shape::Rank1};
    /// let mut layer = Dense::<f64, 2, 3, 0>::zeroed();
    /// let _ = gradient_check::<_, Rank1<2>, Rank1<3>>(&mut layer, &[[1.0, 2.0].into()], Mode::Inference);
    /// ```
    const CHECK: () = assert!(BIAS == 0 || BIAS == OUT, "a bias has one offset for each output");
}

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Gradients<E, Rank1<IN>, Rank1<OUT>>
    for Dense<E, IN, OUT, BIAS>
{
    #[inline(always)]
    fn parameter_gradient<S: Simd>(
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        dy: &[Tensor<Rank1<OUT>, E>],
        accumulate: bool,
        _: &mut [E],
        gradient: &mut Self,
    ) {
        if BIAS > 0 {
            if !accumulate {
                gradient.bias = [E::zero(); BIAS];
            }
            column_sums::<S, E, Size<1, OUT>, false>(simd, elements(dy), &mut gradient.bias);
        }
        (const { Self::weight_gradients_of::<S>() })(simd, x, dy, accumulate, gradient);
    }

    #[inline(always)]
    fn input_gradient<S: Simd>(
        simd: S,
        dy: &[Tensor<Rank1<OUT>, E>],
        packed: &[E],
        _: &mut [E],
        dx: &mut [Tensor<Rank1<IN>, E>],
    ) {
        in_blocks!(dy.len().min(dx.len()), |first, ROWS| {
            let (dy, dx) = (&dy[first..][..ROWS], &mut dx[first..][..ROWS]);
            simd.vectorize(InputGradientBlock::<'_, _, IN, OUT, ROWS> { dy, packed, dx });
        });
    }
}

impl<E: Element, const IN: usize, const OUT: usize, const BIAS: usize> Layer<E, Rank1<IN>, Rank1<OUT>>
    for Dense<E, IN, OUT, BIAS>
{
    const MEMORY: Memory = Memory { packed: IN * OUT, ..Memory::NONE };
    const MACS: u64 = IN as u64 * OUT as u64;
    const REPLACES_GRADIENT: bool = true;

    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        room: Room<'_, E>,
        mode: Mode,
    ) {
        self.forward_activated(simd, x, y, room, mode, Identity);
    }

    #[inline(always)]
    fn forward_activated<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        x: &[Tensor<Rank1<IN>, E>],
        y: &mut [Tensor<Rank1<OUT>, E>],
        _: Room<'_, E>,
        _: Mode,
        activation: A,
    ) {
        const { Self::CHECK };
        in_blocks!(x.len().min(y.len()), |first, ROWS| {
            let (x, y) = (&x[first..][..ROWS], &mut y[first..][..ROWS]);
            simd.vectorize(ForwardBlock::<'_, _, _, IN, OUT, _, ROWS> { layer: self, x, y, activation });
        });
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, Rank1<IN>, Rank1<OUT>>, gradient: &mut Self) {
        gradients::backward(simd, pass, gradient);
    }

    #[inline(always)]
    fn backward_parameters<S: Simd, A: Activation<E>>(
        &self,
        simd: S,
        pass: Backward<'_, E, Rank1<IN>, Rank1<OUT>>,
        gradient: &mut Self,
        activation: A,
    ) {
        gradients::backward_parameters(simd, pass, gradient, activation);
    }

    #[inline(always)]
    fn pack<S: Simd>(&self, _: S, packed: &mut [E], input_gradient: bool) {
        if !input_gradient {
            return;
        }
        let weights = self.weight.as_flattened();
        if const { IN * OUT <= SMALL as usize } {
            transpose_inlined(weights, (packed, IN), IN, OUT);
        } else {
            transpose(weights, (packed, IN), IN, OUT);
        }
    }
}

#[cfg(test)]
mod tests;
