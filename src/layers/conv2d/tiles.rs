//! Images and filters on their way into the tiles of Winograd's convolution and back.
//!
//! A tile is 4 by 4 outputs, and the 6 by 6 inputs that they see; it becomes 36 points. The points lie in memory as 36 matrices, of a
//! row for each tile and a column for each channel, [`apart`] elements from one to the next. The filters are an image of 3 by 3 pixels
//! that is one tile, whose channels are the pairs of input and output channels.
//!
//! Each transform is a function of its own: without optimisation a function's frame has a place for every inlined local, and these
//! have dozens of vectors.

use core::marker::PhantomData;

use pulp::{Simd, WithSimd};

use crate::Element;
use crate::activation::Activation;
use crate::kernels::tile::Block;
use crate::kernels::winograd::{OUTPUTS, POINTS, Sink, Source, Transform, both_ways};
use crate::kernels::{channel_vectors, load_part, store_part};

/// The matrices of points.
pub(super) const MATRICES: usize = POINTS * POINTS;

/// How far apart the matrices of points lie that have `len` elements: an odd number of cache lines of single precision, since a
/// transform touches all of them at once, and those that lie a power of two apart would drive each other out of the cache.
pub(super) const fn apart(len: usize) -> usize {
    const LINE: usize = 16;
    (len.div_ceil(LINE) | 1).saturating_mul(LINE)
}

/// The elements of all matrices of points that have `rows` by `columns` elements each. For sizes beyond all memory as many as there can
/// be: a constant that overflows would be an error, and such a convolution goes another way.
pub(super) const fn points(rows: usize, columns: usize) -> usize {
    MATRICES.saturating_mul(apart(rows.saturating_mul(columns)))
}

/// An image that is cut into tiles; as a block, its points have a row for each tile and a column for each channel.
pub(super) trait Tiled: Block {
    /// Rows and columns of pixels.
    const SIZE: [usize; 2];
    /// Rows and columns of tiles.
    const TILES: [usize; 2];
    /// How far the first tile begins above and left of the image.
    const PADDING: [usize; 2];
    /// The elements of a matrix of points.
    const MATRIX: usize = Self::ROWS * Self::COLUMNS;
    /// The elements of the image.
    const LEN: usize = Self::SIZE[0] * Self::SIZE[1] * Self::COLUMNS;

    /// The pixel at a place of a tile, if it lies in the image.
    #[inline(always)]
    fn pixel(tile: usize, row: usize, column: usize) -> Option<usize> {
        // Above and left of the image this wraps around to a huge number.
        let row = (tile / Self::TILES[1] * OUTPUTS + row).wrapping_sub(Self::PADDING[0]);
        let column = (tile % Self::TILES[1] * OUTPUTS + column).wrapping_sub(Self::PADDING[1]);
        if row < Self::SIZE[0] && column < Self::SIZE[1] { Some(row * Self::SIZE[1] + column) } else { None }
    }
}

/// Transforms tiles of `N` by `N` pixels to points; what lies beside the image is zero.
struct ToPoints<'a, T, I, E, const N: usize> {
    image: &'a [E],
    points: &'a mut [E],
    of: PhantomData<(T, I)>,
}

/// Runs [`ToPoints`].
#[inline(always)]
pub(super) fn to_points<T: Transform<N, POINTS>, I: Tiled, S: Simd, E: Element, const N: usize>(
    simd: S,
    image: &[E],
    points: &mut [E],
) {
    simd.vectorize(ToPoints::<T, I, E, N> { image, points, of: PhantomData });
}

impl<T: Transform<N, POINTS>, I: Tiled, E: Element, const N: usize> WithSimd for ToPoints<'_, T, I, E, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (image, matrices) = (&self.image[..I::LEN], &mut self.points[..points(I::ROWS, I::COLUMNS)]);
        for tile in 0..I::ROWS {
            for (channel, count) in channel_vectors::<S, E>(I::COLUMNS) {
                let pixels = Pixels { image, tile, channel, count, of: PhantomData::<I> };
                let mut points = Points { matrices: &mut *matrices, tile, channel, count, of: PhantomData::<I> };
                both_ways::<T, S, E, N, POINTS>(simd, &pixels, &mut points);
            }
        }
    }
}

/// Transforms points to tiles of `N` by `N` pixels, each of which is handed to `target`.
struct FromPoints<'a, T, I, E, W, const N: usize> {
    points: &'a [E],
    image: &'a mut [E],
    target: W,
    of: PhantomData<(T, I)>,
}

/// Runs [`FromPoints`].
#[inline(always)]
pub(super) fn from_points<T: Transform<POINTS, N>, I: Tiled, S: Simd, E: Element, W: Target<E>, const N: usize>(
    simd: S,
    points: &[E],
    image: &mut [E],
    target: W,
) {
    simd.vectorize(FromPoints::<T, I, E, W, N> { points, image, target, of: PhantomData });
}

impl<T: Transform<POINTS, N>, I: Tiled, E: Element, W: Target<E>, const N: usize> WithSimd
    for FromPoints<'_, T, I, E, W, N>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (image, matrices) = (&mut self.image[..I::LEN], &self.points[..points(I::ROWS, I::COLUMNS)]);
        for tile in 0..I::ROWS {
            for (channel, count) in channel_vectors::<S, E>(I::COLUMNS) {
                let points = Points { matrices, tile, channel, count, of: PhantomData::<I> };
                let mut pixels =
                    Written { image: &mut *image, tile, channel, count, target: self.target, of: PhantomData::<I> };
                both_ways::<T, S, E, POINTS, N>(simd, &points, &mut pixels);
            }
        }
    }
}

/// Some channels of a tile's pixels.
struct Pixels<'a, I, E> {
    image: &'a [E],
    tile: usize,
    channel: usize,
    count: usize,
    of: PhantomData<I>,
}

impl<I: Tiled, E: Element> Source<E> for Pixels<'_, I, E> {
    #[inline(always)]
    fn read<S: Simd>(&self, simd: S, row: usize, column: usize) -> E::Vector<S> {
        match I::pixel(self.tile, row, column) {
            Some(pixel) => load_part(simd, &self.image[pixel * I::COLUMNS + self.channel..][..self.count]),
            None => E::splat(simd, E::zero()),
        }
    }
}

/// The same, as they are written.
struct Written<'a, I, E, W> {
    image: &'a mut [E],
    tile: usize,
    channel: usize,
    count: usize,
    target: W,
    of: PhantomData<I>,
}

impl<I: Tiled, E: Element, W: Target<E>> Sink<E> for Written<'_, I, E, W> {
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, row: usize, column: usize, value: E::Vector<S>) {
        if let Some(pixel) = I::pixel(self.tile, row, column) {
            let place = &mut self.image[pixel * I::COLUMNS + self.channel..][..self.count];
            self.target.write(simd, value, self.channel, place);
        }
    }
}

/// Some channels of a tile's points.
struct Points<M, I> {
    matrices: M,
    tile: usize,
    channel: usize,
    count: usize,
    of: PhantomData<I>,
}

impl<M, I: Tiled> Points<M, I> {
    /// Where the points at a place of the tile begin.
    #[inline(always)]
    fn place(&self, row: usize, column: usize) -> usize {
        (row * POINTS + column) * apart(I::MATRIX) + self.tile * I::COLUMNS + self.channel
    }
}

impl<I: Tiled, E: Element> Source<E> for Points<&[E], I> {
    #[inline(always)]
    fn read<S: Simd>(&self, simd: S, row: usize, column: usize) -> E::Vector<S> {
        load_part(simd, &self.matrices[self.place(row, column)..][..self.count])
    }
}

impl<I: Tiled, E: Element> Sink<E> for Points<&mut [E], I> {
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, row: usize, column: usize, value: E::Vector<S>) {
        let place = self.place(row, column);
        store_part(simd, &mut self.matrices[place..][..self.count], value);
    }
}

/// What becomes of the pixels of a tile. A trait rather than a closure, because only a method can be sure to be inlined.
pub(super) trait Target<E: Element>: Copy {
    /// Takes a vector of channels from `channel` on, whose place in the image is `place`.
    fn write<S: Simd>(self, simd: S, value: E::Vector<S>, channel: usize, place: &mut [E]);
}

/// Adds to what is there, as tiles of inputs want it, which overlap; or takes the place of that.
#[derive(Clone, Copy)]
pub(super) struct Put {
    pub(super) accumulate: bool,
}

impl<E: Element> Target<E> for Put {
    #[inline(always)]
    fn write<S: Simd>(self, simd: S, value: E::Vector<S>, _: usize, place: &mut [E]) {
        let sum = if self.accumulate { E::vector_add(simd, load_part(simd, place), value) } else { value };
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
