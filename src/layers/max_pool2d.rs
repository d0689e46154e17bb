//! Maximum pooling.

use core::marker::PhantomData;

use bytemuck::Zeroable;
use pulp::Simd;

use super::conv2d::{Slide, Sliding};
use crate::kernels::{channel_vectors, load_part, store_part};
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

/// Whether a pixel can lie in several windows.
const fn overlap<G: Slide, const KH: usize, const KW: usize>() -> bool {
    let (height, width) = (KH.saturating_sub(1) * G::DILATION[0], KW.saturating_sub(1) * G::DILATION[1]);
    height >= G::STRIDE[0] || width >= G::STRIDE[1]
}

/// Whether windows lie side by side from the first pixel on, so that together they cover a rectangle of the image, each pixel once.
const fn side_by_side<G: Slide, const KH: usize, const KW: usize>() -> bool {
    matches!((G::DILATION, G::PADDING), ([1, 1], [0, 0])) && G::STRIDE[0] == KH && G::STRIDE[1] == KW
}

/// The pixel under tap number `tap` of the window at `position`, in an image of `H` by `W`; none in the padding.
#[inline(always)]
pub(super) fn tapped<G: Slide, const KW: usize, const H: usize, const W: usize>(
    (row, column): (usize, usize),
    tap: usize,
) -> Option<usize> {
    // Taps in the padding above and left of the image wrap around to a huge index.
    let y = (row * G::STRIDE[0] + tap / KW * G::DILATION[0]).wrapping_sub(G::PADDING[0]);
    let x = (column * G::STRIDE[1] + tap % KW * G::DILATION[1]).wrapping_sub(G::PADDING[1]);
    if y < H && x < W { Some(y * W + x) } else { None }
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
                for (channel, count) in channel_vectors::<S, E>(C) {
                    let mut largest = E::splat(simd, E::neg_infinity());
                    for tap in 0..KH * KW {
                        let Some(pixel) = tapped::<G, KW, H, W>((position / OW, position % OW), tap) else { continue };
                        let value = load_part(simd, &x[pixel * C + channel..][..count]);
                        largest = E::vector_max(simd, largest, value);
                    }
                    store_part(simd, &mut output[channel..][..count], largest);
                }
            }
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, Rank3<H, W, C>, Rank3<OH, OW, C>>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        for (((x, y), dy), dx) in pass.x.iter().zip(pass.y).zip(pass.dy.iter()).zip(dx) {
            let (x, y, dy, dx) = (x.as_slice(), y.as_slice(), dy.as_slice(), dx.as_mut_slice());
            if const { side_by_side::<G, KH, KW>() } {
                // The rest is written below.
                for (row, dx) in dx.chunks_exact_mut((W * C).max(1)).enumerate() {
                    // The last windows may reach beyond the image, into padding.
                    let covered = if row < OH * KH { W.min(OW * KW) } else { 0 };
                    dx[covered * C..].fill(E::zero());
                }
            } else {
                dx.fill(E::zero());
            }
            let zero = E::splat(simd, E::zero());
            for position in 0..OH * OW {
                for (channel, count) in channel_vectors::<S, E>(C) {
                    let place = position * C + channel;
                    let largest = load_part(simd, &y[place..][..count]);
                    let mut rest = load_part(simd, &dy[place..][..count]);
                    for tap in 0..KH * KW {
                        let Some(pixel) = tapped::<G, KW, H, W>((position / OW, position % OW), tap) else { continue };
                        let target = pixel * C + channel;
                        let here = E::equal(simd, load_part(simd, &x[target..][..count]), largest);
                        let mut gradient = E::select(simd, here, rest, zero);
                        if const { overlap::<G, KH, KW>() } {
                            gradient = E::vector_add(simd, load_part(simd, &dx[target..][..count]), gradient);
                        }
                        store_part(simd, &mut dx[target..][..count], gradient);
                        // The first of equal values has it all.
                        rest = E::select(simd, here, zero, rest);
                    }
                }
            }
        }
    }
}
