//! Images and filters on their way into the tiles of Winograd's convolution and back.
//!
//! A tile is 4 by 4 outputs, and the 6 by 6 inputs that they see; it becomes 36 points. The points lie in memory as 36 matrices, of a
//! row for each tile and a column for each channel, [`apart`] elements from one to the next.

use pulp::Simd;

use crate::Element;
use crate::activation::Activation;
use crate::kernels::winograd::{Filters, OUTPUTS, POINTS, TAPS, ToFilters, Transform, both_ways};
use crate::kernels::{channel_vectors, load_part, store_part};

/// The matrices of points.
pub(super) const MATRICES: usize = POINTS * POINTS;

/// How far apart the matrices of points lie that have `len` elements: an odd number of cache lines of single precision, since a
/// transform touches all of them at once, and those that lie a power of two apart would drive each other out of the cache.
pub(super) const fn apart(len: usize) -> usize {
    const LINE: usize = 16;
    (len.div_ceil(LINE) | 1) * LINE
}

/// An image that is cut into tiles.
#[derive(Clone, Copy)]
pub(super) struct Tiled {
    /// Rows and columns of pixels.
    pub(super) size: [usize; 2],
    /// The channels of a pixel.
    pub(super) channels: usize,
    /// Rows and columns of tiles.
    pub(super) tiles: [usize; 2],
    /// How far the first tile begins above and left of the image.
    pub(super) padding: [usize; 2],
}

impl Tiled {
    /// The pixel at a place of a tile, if it lies in the image.
    #[inline(always)]
    fn pixel(self, tile: usize, row: usize, column: usize) -> Option<usize> {
        // Above and left of the image this wraps around to a huge number.
        let row = (tile / self.tiles[1] * OUTPUTS + row).wrapping_sub(self.padding[0]);
        let column = (tile % self.tiles[1] * OUTPUTS + column).wrapping_sub(self.padding[1]);
        if row < self.size[0] && column < self.size[1] { Some(row * self.size[1] + column) } else { None }
    }

    /// Transforms tiles of `N` by `N` pixels to points; what lies beside the image is zero.
    #[inline(always)]
    pub(super) fn to_points<T: Transform<N, POINTS>, S: Simd, E: Element, const N: usize>(
        self,
        simd: S,
        image: &[E],
        points: &mut [E],
    ) {
        let (tiles, channels) = (self.tiles[0] * self.tiles[1], self.channels);
        let (image, points) =
            (&image[..self.size[0] * self.size[1] * channels], &mut points[..MATRICES * apart(tiles * channels)]);
        for tile in 0..tiles {
            for (channel, count) in channel_vectors::<S, E>(channels) {
                let mut pixels = [[E::splat(simd, E::zero()); N]; N];
                for (row, pixels) in pixels.iter_mut().enumerate() {
                    for (column, value) in pixels.iter_mut().enumerate() {
                        if let Some(pixel) = self.pixel(tile, row, column) {
                            *value = load_part(simd, &image[pixel * channels + channel..][..count]);
                        }
                    }
                }
                let transformed = both_ways::<T, S, E, N, POINTS>(simd, &pixels);
                for (matrix, value) in transformed.as_flattened().iter().enumerate() {
                    store_part(
                        simd,
                        &mut points[matrix * apart(tiles * channels) + tile * channels + channel..][..count],
                        *value,
                    );
                }
            }
        }
    }

    /// Transforms points to tiles of `N` by `N` pixels, each of which is handed to `target`.
    #[inline(always)]
    pub(super) fn from_points<T: Transform<POINTS, N>, S: Simd, E: Element, W: Target<E>, const N: usize>(
        self,
        simd: S,
        points: &[E],
        image: &mut [E],
        target: W,
    ) {
        let (tiles, channels) = (self.tiles[0] * self.tiles[1], self.channels);
        let (image, points) =
            (&mut image[..self.size[0] * self.size[1] * channels], &points[..MATRICES * apart(tiles * channels)]);
        for tile in 0..tiles {
            for (channel, count) in channel_vectors::<S, E>(channels) {
                let mut values = [[E::splat(simd, E::zero()); POINTS]; POINTS];
                for (matrix, value) in values.as_flattened_mut().iter_mut().enumerate() {
                    *value = load_part(
                        simd,
                        &points[matrix * apart(tiles * channels) + tile * channels + channel..][..count],
                    );
                }
                let pixels = both_ways::<T, S, E, POINTS, N>(simd, &values);
                for (row, pixels) in pixels.iter().enumerate() {
                    for (column, value) in pixels.iter().enumerate() {
                        if let Some(pixel) = self.pixel(tile, row, column) {
                            let place = &mut image[pixel * channels + channel..][..count];
                            target.write(simd, *value, channel, place);
                        }
                    }
                }
            }
        }
    }
}

/// What becomes of the pixels of a tile. A trait rather than a closure, because only a method can be sure to be inlined.
pub(super) trait Target<E: Element>: Copy {
    /// Takes a vector of channels from `channel` on, whose place in the image is `place`.
    fn write<S: Simd>(self, simd: S, value: E::Vector<S>, channel: usize, place: &mut [E]);
}

/// Adds to what is there: tiles of inputs overlap.
#[derive(Clone, Copy)]
pub(super) struct Add;

impl<E: Element> Target<E> for Add {
    #[inline(always)]
    fn write<S: Simd>(self, simd: S, value: E::Vector<S>, _: usize, place: &mut [E]) {
        let sum = E::vector_add(simd, load_part(simd, place), value);
        store_part(simd, place, sum);
    }
}

/// Adds a bias, which may be empty, and applies an activation.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a, E, A> {
    pub(super) bias: &'a [E],
    pub(super) activation: A,
}

impl<E: Element, A: Activation<E>> Target<E> for Finish<'_, E, A> {
    #[inline(always)]
    fn write<S: Simd>(self, simd: S, mut value: E::Vector<S>, channel: usize, place: &mut [E]) {
        if !self.bias.is_empty() {
            value = E::vector_add(simd, value, load_part(simd, &self.bias[channel..][..place.len()]));
        }
        store_part(simd, place, self.activation.apply(simd, value));
    }
}

/// Transforms filters to points: `pairs` pairs of channels, whose weights lie that far apart from tap to tap.
#[inline(always)]
pub(super) fn filters_to_points<S: Simd, E: Element>(simd: S, weights: &[E], pairs: usize, points: &mut [E]) {
    let (weights, points) = (&weights[..TAPS * TAPS * pairs], &mut points[..MATRICES * apart(pairs)]);
    for (pair, count) in channel_vectors::<S, E>(pairs) {
        let mut taps = [[E::splat(simd, E::zero()); TAPS]; TAPS];
        for (tap, value) in taps.as_flattened_mut().iter_mut().enumerate() {
            *value = load_part(simd, &weights[tap * pairs + pair..][..count]);
        }
        let transformed = both_ways::<Filters, S, E, TAPS, POINTS>(simd, &taps);
        for (matrix, value) in transformed.as_flattened().iter().enumerate() {
            store_part(simd, &mut points[matrix * apart(pairs) + pair..][..count], *value);
        }
    }
}

/// Adds to the gradient by the weights what the gradient by the points makes of it.
#[inline(always)]
pub(super) fn add_filter_gradient<S: Simd, E: Element>(simd: S, points: &[E], pairs: usize, gradient: &mut [E]) {
    let (points, gradient) = (&points[..MATRICES * apart(pairs)], &mut gradient[..TAPS * TAPS * pairs]);
    for (pair, count) in channel_vectors::<S, E>(pairs) {
        let mut values = [[E::splat(simd, E::zero()); POINTS]; POINTS];
        for (matrix, value) in values.as_flattened_mut().iter_mut().enumerate() {
            *value = load_part(simd, &points[matrix * apart(pairs) + pair..][..count]);
        }
        let taps = both_ways::<ToFilters, S, E, POINTS, TAPS>(simd, &values);
        for (tap, value) in taps.as_flattened().iter().enumerate() {
            Add.write(simd, *value, 0, &mut gradient[tap * pairs + pair..][..count]);
        }
    }
}
