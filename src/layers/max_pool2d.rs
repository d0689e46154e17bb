//! Maximum pooling.

use core::marker::PhantomData;

use bytemuck::Zeroable;
use pulp::Simd;

use super::conv2d::{Slide, Sliding};
use crate::element::lanes;
use crate::kernels::{load, store};
use crate::layer::{Backward, Layer, Mode, Room};
use crate::parameters::Layout;
use crate::shape::Dims;
use crate::shape::Rank3;
use crate::shape::window::Window;
use crate::{Element, Parameters, Tensor};

/// Takes the largest value of each channel in each window of `KH` by `KW` pixels; what lies in the padding does not
/// count. The gradient goes to the first of equal values in the order of rows and columns, as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d<const KH: usize, const KW: usize, G: Slide = Sliding>(PhantomData<G>);

impl<const KH: usize, const KW: usize, G: Slide> Default for MaxPool2d<KH, KW, G> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

// SAFETY: a type without fields but a marker.
unsafe impl<const KH: usize, const KW: usize, G: Slide> Zeroable for MaxPool2d<KH, KW, G> {}
// SAFETY: a type without fields but a marker, and a layout without tensors.
unsafe impl<E: Element, const KH: usize, const KW: usize, G: Slide> Parameters<E> for MaxPool2d<KH, KW, G> {
    const LAYOUT: Layout = Layout::NONE;
}

/// The output: as many channels as the input has.
pub const fn output(input: Dims, window: &Window) -> Dims {
    let image = super::conv2d::input(input);
    window.output(image, image.channels())
}

/// Calls `tap` with the index of each pixel under window number `position` of an image of `H` by `W`, in order.
#[inline(always)]
pub(super) fn for_each_tap<G: Slide, const KH: usize, const KW: usize, const H: usize, const W: usize>(
    (row, column): (usize, usize),
    mut tap: impl FnMut(usize),
) {
    for k in 0..KH {
        // Taps in the padding above and left of the image wrap around to a huge index and are left out.
        let y = (row * G::STRIDE[0] + k * G::DILATION[0]).wrapping_sub(G::PADDING[0]);
        for l in 0..KW {
            let x = (column * G::STRIDE[1] + l * G::DILATION[1]).wrapping_sub(G::PADDING[1]);
            if y < H && x < W {
                tap(y * W + x);
            }
        }
    }
}

/// Splits `channels` into vectors: calls `f` with the first channel and the number of channels of each.
#[inline(always)]
pub(super) fn for_each_vector<S: Simd, E: Element>(channels: usize, mut f: impl FnMut(usize, usize)) {
    let lanes = lanes::<S, E>();
    for vector in 0..channels / lanes {
        f(vector * lanes, lanes);
    }
    if !channels.is_multiple_of(lanes) {
        f(channels / lanes * lanes, channels % lanes);
    }
}

/// A vector, perhaps a partial one, from a slice.
#[inline(always)]
pub(super) fn load_channels<S: Simd, E: Element>(simd: S, slice: &[E]) -> E::Vector<S> {
    if slice.len() == lanes::<S, E>() { load::<S, E>(slice) } else { E::load_partial(simd, slice) }
}

/// A vector, perhaps a partial one, into a slice.
#[inline(always)]
pub(super) fn store_channels<S: Simd, E: Element>(simd: S, slice: &mut [E], value: E::Vector<S>) {
    if slice.len() == lanes::<S, E>() {
        store::<S, E>(slice, value);
    } else {
        E::store_partial(simd, slice, value);
    }
}

impl<
    E: Element,
    const KH: usize,
    const KW: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
> Layer<E, Rank3<H, W, C>, Rank3<OH, OW, C>> for MaxPool2d<KH, KW, G>
{
    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank3<OH, OW, C>, E>],
        _: Room<'_, E>,
        _: Mode,
    ) {
        for (x, y) in x.iter().zip(y) {
            let (x, y) = (x.as_slice(), y.as_mut_slice());
            for position in 0..OH * OW {
                let output = &mut y[position * C..][..C];
                for_each_vector::<S, E>(C, |channel, count| {
                    let mut largest = E::splat(simd, E::neg_infinity());
                    for_each_tap::<G, KH, KW, H, W>((position / OW, position % OW), |pixel| {
                        let value = load_channels(simd, &x[pixel * C + channel..][..count]);
                        largest = E::vector_max(simd, largest, value);
                    });
                    store_channels(simd, &mut output[channel..][..count], largest);
                });
            }
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, Rank3<H, W, C>, Rank3<OH, OW, C>>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        for (((x, y), dy), dx) in pass.x.iter().zip(pass.y).zip(pass.dy.iter()).zip(dx) {
            let (x, y, dy, dx) = (x.as_slice(), y.as_slice(), dy.as_slice(), dx.as_mut_slice());
            dx.fill(E::zero());
            let zero = E::splat(simd, E::zero());
            for position in 0..OH * OW {
                for_each_vector::<S, E>(C, |channel, count| {
                    let place = position * C + channel;
                    let largest = load_channels(simd, &y[place..][..count]);
                    let mut rest = load_channels(simd, &dy[place..][..count]);
                    for_each_tap::<G, KH, KW, H, W>((position / OW, position % OW), |pixel| {
                        let target = pixel * C + channel;
                        let here = E::equal(simd, load_channels(simd, &x[target..][..count]), largest);
                        let sum = load_channels(simd, &dx[target..][..count]);
                        let sum = E::vector_add(simd, sum, E::select(simd, here, rest, zero));
                        store_channels(simd, &mut dx[target..][..count], sum);
                        // The first of equal values has it all.
                        rest = E::select(simd, here, zero, rest);
                    });
                });
            }
        }
    }
}
