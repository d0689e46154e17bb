//! Files of weights, where there is an operating system.

use core::fmt::{self, Write as _};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::ToString;
use std::vec::Vec;

use super::replace::replace;
use super::{AsParameters, Problem, load_bytes};
use crate::parameters::Layout;
use crate::{Element, Parameters};

/// Why weights could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read weights from `{path}`: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// The file could not be written.
    #[error("cannot write weights to `{path}`: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// The file is not one of the network.
    #[error("the weights in `{path}` are not those of the network: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// Takes the weights of `network` from a safetensors file.
///
/// # Errors
/// If the file cannot be read, or is not one of this network (see [`load_bytes`]). The network stays as it was.
///
/// ```
/// use tintype::{io, prelude::*};
/// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
///
/// let mut net = Xor::boxed(Seed(7));
/// let error = io::load(&mut net, "no/such/file.safetensors").unwrap_err();
/// assert!(error.to_string().starts_with("cannot read weights from `no/such/file.safetensors`: "));
/// ```
pub fn load<E: Element, Kind>(network: &mut impl AsParameters<E, Kind>, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let file = fs::read(path).map_err(|reason| Error::Read { path: path.into(), reason })?;
    load_bytes(network.as_parameters_mut(), &file).map_err(|problem| Error::Content { path: path.into(), problem })
}

/// Writes the weights of `network` to a safetensors file, the tensors in the network's own order.
///
/// The file is written beside its place and renamed over what is there, so that a crash leaves the old file or the new
/// one.
///
/// # Errors
/// If the file cannot be written. An old file stays as it was.
///
/// ```
/// use tintype::{io, prelude::*};
/// network! { struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) } }
///
/// # let path = std::env::temp_dir().join(format!("tintype-save-{}.safetensors", std::process::id()));
/// let net = Xor::boxed(Seed(7));
/// io::save(&net, &path)?;
///
/// let mut other = Xor::boxed(Seed(8));
/// io::load(&mut other, &path)?;
/// assert_eq!(other.dense1.weight, net.dense1.weight);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save<E: Element, Kind>(network: &impl AsParameters<E, Kind>, path: impl AsRef<Path>) -> Result<(), Error> {
    let (network, path) = (network.as_parameters(), path.as_ref());
    replace(path, |writer| to_writer(network, writer)).map_err(|reason| Error::Write { path: path.into(), reason })
}

/// Writes the weights of `network` as a safetensors file to `writer`, the tensors in the network's own order.
///
/// # Errors
/// Those of the writer.
pub fn to_writer<E: Element, N: Parameters<E>>(network: &N, mut writer: impl Write) -> std::io::Result<()> {
    let mut header = header(&N::LAYOUT, E::NAME, size_of::<E>())?;
    // Spaces, so that the data begin on a multiple of eight bytes and can be used where they lie.
    while !header.len().is_multiple_of(8) {
        header.push(b' ');
    }
    writer.write_all(&(header.len() as u64).to_le_bytes())?;
    writer.write_all(&header)?;
    if cfg!(target_endian = "little") {
        return writer.write_all(bytemuck::cast_slice(network.as_slice()));
    }
    let mut bytes = [0; 4096];
    for elements in network.as_slice().chunks(bytes.len() / size_of::<E>()) {
        let bytes = &mut bytes[..size_of_val(elements)];
        bytes.chunks_exact_mut(size_of::<E>()).zip(elements).for_each(|(place, element)| element.write_le_bytes(place));
        writer.write_all(bytes)?;
    }
    Ok(())
}

/// The JSON object that describes the tensors of `layout`.
fn header(layout: &Layout, element: &str, size: usize) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::new();
    let tensors = (0..layout.tensor_count()).filter_map(|index| layout.tensor(index));
    for (index, tensor) in tensors.enumerate() {
        let separator = if index == 0 { '{' } else { ',' };
        let name = Quoted(&tensor.to_string());
        let axes = tensor.tensor.axes;
        let (begin, end) = (tensor.range().start * size, tensor.range().end * size);
        write!(header, r#"{separator}{name}:{{"dtype":"{element}","shape":{axes:?},"data_offsets":[{begin},{end}]}}"#)?;
    }
    header.extend_from_slice(if header.is_empty() { b"{}" } else { b"}" });
    Ok(header)
}

/// Displayed, a text as a JSON string.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..' ' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}
