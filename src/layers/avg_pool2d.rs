//! Average pooling.

use core::marker::PhantomData;

use bytemuck::Zeroable;
use pulp::Simd;

use super::conv2d::{Slide, Sliding};
use super::max_pool2d::tapped;
use crate::kernels::{channel_vectors, load_part, store_part};
use crate::layer::{Backward, Layer, Mode, Room};
use crate::parameters::Layout;
use crate::shape::Dims;
use crate::shape::Rank3;
use crate::shape::window::Window;
use crate::{Element, Parameters, Tensor};

/// Takes the mean of each channel in each window of `KH` by `KW` pixels, over the pixels that lie in the image: padding
/// does not count, as in Keras. A window that lies in the padding altogether gives 0.
#[derive(Clone, Copy, Debug)]
pub struct AvgPool2d<const KH: usize, const KW: usize, G: Slide = Sliding>(PhantomData<G>);

impl<const KH: usize, const KW: usize, G: Slide> Default for AvgPool2d<KH, KW, G> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

// SAFETY: a type without fields but a marker.
unsafe impl<const KH: usize, const KW: usize, G: Slide> Zeroable for AvgPool2d<KH, KW, G> {}
// SAFETY: a type without fields but a marker, and a layout without tensors.
unsafe impl<E: Element, const KH: usize, const KW: usize, G: Slide> Parameters<E> for AvgPool2d<KH, KW, G> {
    const LAYOUT: Layout = Layout::NONE;
}

/// The output: as many channels as the input has.
pub const fn output(input: Dims, window: &Window) -> Dims {
    super::max_pool2d::output(input, window)
}

/// How many pixels of an image of `H` by `W` window number `position` covers, as a number to divide by.
#[inline(always)]
fn covered<E: Element, G: Slide, const KH: usize, const KW: usize, const H: usize, const W: usize>(
    position: (usize, usize),
) -> E {
    let taps = (0..KH * KW).filter(|tap| tapped::<G, KW, H, W>(position, *tap).is_some()).count();
    E::from_f64(taps.max(1) as f64)
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
> Layer<E, Rank3<H, W, C>, Rank3<OH, OW, C>> for AvgPool2d<KH, KW, G>
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
                let place = (position / OW, position % OW);
                let pixels = E::splat(simd, covered::<E, G, KH, KW, H, W>(place));
                let output = &mut y[position * C..][..C];
                for (channel, count) in channel_vectors::<S, E>(C) {
                    let mut sum = E::splat(simd, E::zero());
                    for tap in 0..KH * KW {
                        let Some(pixel) = tapped::<G, KW, H, W>(place, tap) else { continue };
                        sum = E::vector_add(simd, sum, load_part(simd, &x[pixel * C + channel..][..count]));
                    }
                    store_part(simd, &mut output[channel..][..count], E::vector_div(simd, sum, pixels));
                }
            }
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, Rank3<H, W, C>, Rank3<OH, OW, C>>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        for (dy, dx) in pass.dy.iter().zip(dx) {
            let (dy, dx) = (dy.as_slice(), dx.as_mut_slice());
            dx.fill(E::zero());
            for position in 0..OH * OW {
                let place = (position / OW, position % OW);
                let pixels = E::splat(simd, covered::<E, G, KH, KW, H, W>(place));
                for (channel, count) in channel_vectors::<S, E>(C) {
                    let share = load_part(simd, &dy[position * C + channel..][..count]);
                    let share = E::vector_div(simd, share, pixels);
                    for tap in 0..KH * KW {
                        let Some(pixel) = tapped::<G, KW, H, W>(place, tap) else { continue };
                        let target = &mut dx[pixel * C + channel..][..count];
                        let sum = E::vector_add(simd, load_part(simd, target), share);
                        store_part(simd, target, sum);
                    }
                }
            }
        }
    }
}
