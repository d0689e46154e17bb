//! Weights in and out, as [safetensors](https://huggingface.co/docs/safetensors/) files.
//!
//! A file holds the tensors of a network under their full names (`encoder.conv1.weight`), and nothing else: a file with
//! other names, shapes or element types is refused with a message that names the tensor, and the network stays as it
//! was. The format is little-endian, so a file means the same on every machine.
//!
//! | from | when | how |
//! |---|---|---|
//! | a file | the program runs | `load`, and `save` for the way out |
//! | bytes | the program runs, without a heap if need be | [`load_bytes`] |
//! | a file | the program is compiled | [`embed_weights!`](crate::embed_weights) |

mod embed;
#[cfg(feature = "std")]
mod file;
mod fit;
mod header;
#[cfg(feature = "std")]
mod held;
mod json;
mod names;
mod problem;
#[cfg(feature = "std")]
pub(crate) mod replace;

pub use embed::embed;
#[cfg(feature = "std")]
pub use file::{Error, load, save, to_writer};
pub use header::Axes;
#[cfg(feature = "std")]
pub use held::AsParameters;
pub use problem::{Declared, Excerpt, Problem};

use crate::parameters::Layout;
use crate::{Element, Parameters};
use fit::{ElementType, Weights};

/// Compares `file` with the network `N`.
const fn check<E: Element, N: Parameters<E>>(file: &[u8]) -> Result<Weights<'_>, Problem> {
    let layout: &'static Layout = const { &N::LAYOUT };
    Weights::check(file, layout, ElementType { name: E::NAME, size: size_of::<E>() })
}

/// Takes the weights of `network` from `file`, the bytes of a safetensors file. Needs no heap.
///
/// The order of the tensors in the file does not matter, and its metadata are ignored.
///
/// # Errors
/// If the file is no safetensors file, if it lacks a tensor of the network or has another one, or if a tensor has
/// another shape or element type. Everything is checked before the first weight changes.
///
/// ```
/// use bytemuck::Zeroable;
/// use tintype::{io, layers::Dense};
///
/// let file = include_bytes!("../../tests/weights/dense.safetensors");
/// let mut layer = Dense::<f32, 2, 3>::zeroed();
/// io::load_bytes(&mut layer, file)?;
/// assert_eq!(layer.weight, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
///
/// let problem = io::load_bytes(&mut Dense::<f32, 2, 4>::zeroed(), file).unwrap_err();
/// assert_eq!(problem.to_string(), "tensor `bias`: the file has the shape [3], the network wants [4]");
/// # Ok::<(), io::Problem>(())
/// ```
pub fn load_bytes<E: Element, N: Parameters<E>>(network: &mut N, file: &[u8]) -> Result<(), Problem> {
    let mut weights = check::<E, N>(file)?;
    let elements = network.as_mut_slice();
    while let Some(stretch) = weights.next() {
        let places = &mut elements[stretch.offset..][..stretch.data.len() / size_of::<E>()];
        if cfg!(target_endian = "little") {
            bytemuck::cast_slice_mut(places).copy_from_slice(stretch.data);
        } else {
            let numbers = stretch.data.chunks_exact(size_of::<E>()).map(E::from_le_bytes);
            places.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
        }
    }
    Ok(())
}
