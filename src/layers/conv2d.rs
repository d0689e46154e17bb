//! The two-dimensional convolution.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use crate::parameters::{Layout, ParameterTensor, Role};
use crate::shape::window::{Place, Window};
use crate::shape::{Dims, Text};
use crate::{Element, Parameters};

mod direct;
mod passes;
mod sizes;
mod tiles;
mod winograd;

/// A two-dimensional convolution (in truth a cross-correlation, as everywhere in the field):
/// `y[i, j, o] = b[o] + Σ x[i·s + k·d - p, j·s + l·d - p, c] W[k, l, c, o]` over `k`, `l` and `c`.
///
/// `IN` is the number of input channels that one output channel sees: all of them, or those of one group. The layer
/// runs over images of any size, so the type holds the channels, the kernel and the [`Slide`] alone. `BIAS` is `OUT`, or
/// 0 for a layer without a bias. Over an image whose channels are no multiple of `IN`, over one in whose groups the
/// filters cannot be dealt out evenly, or with another `BIAS`, the layer does not compile where it is run.
///
/// On 64-bit processors a 3 by 3 kernel that slides by one pixel, with enough channels and outputs, is computed as Winograd's
/// convolution F(4x4, 3x3) (Lavin and Gray, 2015): with a quarter of the multiplications, more memory
/// ([`Layer::MEMORY`](crate::Layer::MEMORY) counts it), and rounding errors up to some ten times those of a sum over the taps.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Conv2d<
    E,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize = OUT,
    G: Slide = Sliding,
> {
    /// The kernels, in Keras' order.
    pub weight: [[[[E; OUT]; IN]; KW]; KH],
    /// The offsets.
    pub bias: [E; BIAS],
    slide: PhantomData<G>,
}

/// How the kernel moves over the image.
pub trait Slide: Copy + Send + Sync + core::fmt::Debug + 'static {
    /// Steps between two windows, down and to the right.
    const STRIDE: [usize; 2];
    /// Distance between neighbouring taps.
    const DILATION: [usize; 2];
    /// Rows of zeros above the image, columns of zeros left of it.
    const PADDING: [usize; 2];
}

/// Stride, dilation and padding as constants: down and to the right, above and to the left.
#[derive(Clone, Copy, Debug)]
pub struct Sliding<
    const SH: usize = 1,
    const SW: usize = 1,
    const DH: usize = 1,
    const DW: usize = 1,
    const PT: usize = 0,
    const PL: usize = 0,
>;

impl<const SH: usize, const SW: usize, const DH: usize, const DW: usize, const PT: usize, const PL: usize> Slide
    for Sliding<SH, SW, DH, DW, PT, PL>
{
    const STRIDE: [usize; 2] = [SH, SW];
    const DILATION: [usize; 2] = [DH, DW];
    const PADDING: [usize; 2] = [PT, PL];
}

// SAFETY: arrays of elements, for which all bits zero is a value, and a marker.
unsafe impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
> Zeroable for Conv2d<E, IN, OUT, KH, KW, BIAS, G>
{
}
// SAFETY: `repr(C)` over two arrays of `E`, which have one alignment, and a marker of size 0; the layout names both.
unsafe impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    const KH: usize,
    const KW: usize,
    const BIAS: usize,
    G: Slide,
> Parameters<E> for Conv2d<E, IN, OUT, KH, KW, BIAS, G>
{
    const LAYOUT: Layout = {
        let tensors: &'static [ParameterTensor; 2] = &[
            ParameterTensor {
                name: "weight",
                axes: &[KH, KW, IN, OUT],
                role: Role::Weight { fan_in: KH * KW * IN, fan_out: KH * KW * OUT },
            },
            ParameterTensor { name: "bias", axes: &[BIAS], role: Role::Bias },
        ];
        Layout::Tensors(if BIAS == 0 { tensors.split_at(1).0 } else { tensors })
    };
}

/// The input as the layer sees it: a placeholder where it is no image.
pub const fn input(input: Dims) -> Dims {
    if input.rank() == 3 { input } else { Dims::new3(0, 0, 0).placeholder() }
}

/// The channels of one group, 0 where the groups do not divide them.
pub const fn group_channels(input: Dims, groups: usize) -> usize {
    let channels = self::input(input).channels();
    if groups == 0 || !channels.is_multiple_of(groups) { 0 } else { channels / groups }
}

/// The output of a convolution with `filters` output channels.
pub const fn output(input: Dims, window: &Window, filters: usize, groups: usize) -> Dims {
    let [rows, columns] = window.size;
    let fine = groups > 0
        && filters.is_multiple_of(groups)
        && group_channels(input, groups) > 0
        && crate::shape::fits(&[rows, columns, input.channels(), filters]);
    let output = window.output(self::input(input), filters).known_if(fine);
    if crate::shape::fits(&[output.axis(0), output.axis(1), filters]) {
        output
    } else {
        Dims::new3(0, 0, 0).placeholder()
    }
}

/// The rows (`axis` 0) or columns of a kernel, 0 where it cannot be used.
pub const fn kernel(output: Dims, window: &Window, axis: usize) -> usize {
    if output.is_known() { window.size[axis] } else { 0 }
}

/// Reports a convolution without filters, or with more weights or outputs than memory can hold.
///
/// # Panics
/// If `filters` is 0 or they are too many.
#[track_caller]
pub const fn check_filters(place: Place, input: Dims, filters: usize, window: &Window) {
    if filters == 0 {
        Text::new().layer(place.layer).str(" has 0 filters; it needs at least 1").report();
    }
    if input.is_known() && input.rank() == 3 {
        let [rows, columns] = window.size;
        if window.positions(input, 0) > 0 && window.positions(input, 1) > 0 {
            crate::shape::check_size(place, "weights", &[rows, columns, input.channels(), filters]);
            let output = window.output(input, filters);
            crate::shape::check_size(place, "outputs", &[output.axis(0), output.axis(1), filters]);
        }
    }
}

/// Reports groups that do not divide the input channels or the filters.
///
/// # Panics
/// If the input is a known image and `groups` is 0 or leaves a rest.
#[track_caller]
pub const fn check_groups(place: Place, input: Dims, filters: usize, groups: usize) {
    if !input.is_known() || input.rank() != 3 {
        return;
    }
    let text = Text::new().layer(place.layer).str(": ");
    if groups == 0 {
        text.str("0 groups make no sense; there is at least 1").report();
    }
    if !input.channels().is_multiple_of(groups) {
        text.count(groups, "group")
            .str(" do not divide the ")
            .count(input.channels(), "channel")
            .str(" that ")
            .str(place.source)
            .str("; take a divisor of ")
            .number(input.channels())
            .report();
    }
    if !filters.is_multiple_of(groups) {
        text.count(groups, "group")
            .str(" do not divide the ")
            .count(filters, "filter")
            .str("; take a divisor of ")
            .number(filters)
            .report();
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
