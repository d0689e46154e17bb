//! What can go wrong with an IDX file.

use std::io;
use std::path::PathBuf;
use std::string::String;
use std::vec::Vec;

use crate::data::LengthError;

/// Why an IDX file could not be read. Offsets count the bytes of the file after decompression.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// No file of a data set has one of the names that it may have.
    #[error("{}: none of the files {} is there", folder.display(), names.join(", "))]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// The names that were tried.
        names: Vec<String>,
    },
    /// The operating system could not read the file.
    #[error("{}: cannot be read at byte {offset}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// How many bytes could be read.
        offset: u64,
        /// What the operating system says.
        source: io::Error,
    },
    /// The gzip stream is broken or cut off.
    #[error("{}: the gzip stream is broken after {offset} decompressed bytes: {source}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// How many bytes could be decompressed.
        offset: u64,
        /// What the decompressor says.
        source: io::Error,
    },
    /// The first two bytes are those of another format.
    #[error("{}: an IDX file starts with the bytes 0 and 0, found {} and {}", path.display(), found[0], found[1])]
    Magic {
        /// The file.
        path: PathBuf,
        /// The first two bytes.
        found: [u8; 2],
    },
    /// The elements are not unsigned bytes.
    #[error("{}: byte 2: expected the element type 8 (unsigned bytes), found {found}", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The code of the element type.
        found: u8,
    },
    /// Images where labels were expected, or the other way round.
    #[error("{}: byte 3: expected {expected} axes ({}), found {found}", path.display(), axes(*expected))]
    Rank {
        /// The file.
        path: PathBuf,
        /// 3 for images, 1 for labels.
        expected: u8,
        /// The number of axes in the file.
        found: u8,
    },
    /// The images have another size.
    #[error("{}: byte {offset}: expected {expected} along axis {axis}, found {found}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Where the size stands.
        offset: usize,
        /// 1 for the rows, 2 for the columns.
        axis: usize,
        /// The size in the type of the tensor.
        expected: usize,
        /// The size in the file.
        found: u32,
    },
    /// The file ends too early.
    #[error("{}: expected {expected} bytes, but the file ends after {found}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The length that the header announces, or that of the header itself if that is cut off.
        expected: u64,
        /// The length of the file.
        found: u64,
    },
    /// The header announces more than the file could ever hold.
    #[error("{}: the header announces {expected} bytes, which {compressed} compressed bytes cannot hold", path.display())]
    Implausible {
        /// The file.
        path: PathBuf,
        /// The length that the header announces.
        expected: u64,
        /// The length of the compressed file.
        compressed: u64,
    },
    /// The data does not fit in memory.
    #[error("{}: there is no memory for the {expected} bytes that the header announces", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// The length that the header announces.
        expected: u64,
    },
    /// The file goes on after its last element.
    #[error("{}: expected the end of the file after {expected} bytes, but it goes on", path.display())]
    Trailing {
        /// The file.
        path: PathBuf,
        /// The length that the header announces.
        expected: u64,
    },
    /// A label is not that of a class.
    #[error("{}: byte {}: label number {index} is {label}, but there are {classes} classes", path.display(), 8 + index)]
    Label {
        /// The file.
        path: PathBuf,
        /// The number of the sample.
        index: usize,
        /// The label in the file.
        label: u8,
        /// The number of classes.
        classes: usize,
    },
    /// Images and labels do not belong together.
    #[error("{} and {} do not belong together: {source}", images.display(), labels.display())]
    Lengths {
        /// The file of the images.
        images: PathBuf,
        /// The file of the labels.
        labels: PathBuf,
        /// How many there are of each.
        source: LengthError,
    },
}

/// What the axes of a file with so many of them are.
fn axes(count: u8) -> &'static str {
    if count == 1 { "labels" } else { "images, rows and columns" }
}
