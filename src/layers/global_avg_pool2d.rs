//! The mean over a whole image.

use bytemuck::Zeroable;
use pulp::Simd;

use crate::kernels::sum;
use crate::kernels::{channel_vectors, load_part, store_part};
use crate::layer::{Backward, Layer, Mode, Room};
use crate::parameters::Layout;
use crate::shape::{Dims, Rank1, Rank3};
use crate::{Element, Parameters, Tensor};

/// Takes the mean of each channel over all pixels: an image of `C` channels becomes a vector of `C` features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlobalAvgPool2d;

// SAFETY: a type without fields.
unsafe impl Zeroable for GlobalAvgPool2d {}
// SAFETY: a type without fields, and a layout without tensors.
unsafe impl<E: Element> Parameters<E> for GlobalAvgPool2d {
    const LAYOUT: Layout = Layout::NONE;
}

/// The output: a vector of as many features as the image has channels.
pub const fn output(input: Dims) -> Dims {
    let image = super::conv2d::input(input);
    Dims::new1(image.channels()).known_if(image.is_known() && image.len() > 0)
}

impl<E: Element, const H: usize, const W: usize, const C: usize> Layer<E, Rank3<H, W, C>, Rank1<C>>
    for GlobalAvgPool2d
{
    #[inline(always)]
    fn forward_batch<S: Simd>(
        &self,
        simd: S,
        x: &[Tensor<Rank3<H, W, C>, E>],
        y: &mut [Tensor<Rank1<C>, E>],
        _: Room<'_, E>,
        _: Mode,
    ) {
        let pixels = E::splat(simd, E::from_f64((H * W) as f64));
        for (x, y) in x.iter().zip(y) {
            let (x, y) = (x.as_slice(), y.as_mut_slice());
            for (channel, count) in channel_vectors::<S, E>(C) {
                let pixel = |pixel: usize| load_part(simd, &x[pixel * C + channel..][..count]);
                let total = sum::terms::<S, E>(simd, H * W, pixel);
                store_part(simd, &mut y[channel..][..count], E::vector_div(simd, total, pixels));
            }
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, simd: S, pass: Backward<'_, E, Rank3<H, W, C>, Rank1<C>>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        let pixels = E::splat(simd, E::from_f64((H * W) as f64));
        for (dy, dx) in pass.dy.iter().zip(dx) {
            let (dy, dx) = (dy.as_slice(), dx.as_mut_slice());
            for (channel, count) in channel_vectors::<S, E>(C) {
                let share = E::vector_div(simd, load_part(simd, &dy[channel..][..count]), pixels);
                for pixel in 0..H * W {
                    store_part(simd, &mut dx[pixel * C + channel..][..count], share);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_becomes_its_channels() {
        assert_eq!(output(Dims::new3(7, 5, 64)), Dims::new1(64));
        assert!(!output(Dims::new2(7, 64)).is_known());
        assert!(!output(Dims::new3(7, 5, 64).placeholder()).is_known());
    }
}
