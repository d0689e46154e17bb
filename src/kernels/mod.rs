//! The inner loops. Everything here is generic over the SIMD level and inlined beneath one dispatch per pass.

pub mod across_lines;
pub mod elementwise;
pub mod narrow;
pub mod nonzero;
mod permute;
pub(crate) mod prefetch;
pub mod sum;
pub mod tile;
mod transpose;
pub mod winograd;

use crate::Element;
use crate::element::lanes;
use pulp::Simd;

pub use transpose::{transpose, transpose_inlined};

/// Reads a vector from a slice that is exactly one vector long.
#[inline(always)]
pub fn load<S: Simd, E: Element>(slice: &[E]) -> E::Vector<S> {
    debug_assert_eq!(slice.len(), lanes::<S, E>());
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(slice))
}

/// Writes a vector to a slice that is exactly one vector long.
#[inline(always)]
pub fn store<S: Simd, E: Element>(slice: &mut [E], vector: E::Vector<S>) {
    slice.copy_from_slice(bytemuck::cast_slice(core::slice::from_ref(&vector)));
}

/// The vectors that `channels` fill: the first channel and the number of channels of each, the last perhaps fewer.
#[inline(always)]
pub fn channel_vectors<S: Simd, E: Element>(channels: usize) -> impl Iterator<Item = (usize, usize)> {
    let lanes = lanes::<S, E>();
    (0..channels).step_by(lanes).map(move |channel| (channel, lanes.min(channels - channel)))
}

/// Reads a vector from a slice of at most one vector, with zero in the lanes that it lacks.
#[inline(always)]
pub fn load_part<S: Simd, E: Element>(simd: S, slice: &[E]) -> E::Vector<S> {
    if slice.len() == lanes::<S, E>() { load::<S, E>(slice) } else { E::load_partial(simd, slice) }
}

/// Writes the first lanes of a vector to a slice that is at most one vector long.
#[inline(always)]
pub fn store_part<S: Simd, E: Element>(simd: S, slice: &mut [E], value: E::Vector<S>) {
    if slice.len() == lanes::<S, E>() {
        store::<S, E>(slice, value);
    } else {
        E::store_partial(simd, slice, value);
    }
}

/// A function of vectors for a single number: the same bits as in any lane.
#[inline(always)]
pub fn single<S: Simd, E: Element>(simd: S, x: E, f: impl Fn(E::Vector<S>) -> E::Vector<S>) -> E {
    let vector = f(E::splat(simd, x));
    let lanes: &[E] = bytemuck::cast_slice(core::slice::from_ref(&vector));
    lanes[0]
}
