//! What can go wrong with a download.

use std::boxed::Box;
use std::io;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::vec::Vec;

/// Why a file could not be downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The server could not be reached, or does not give the file.
    #[error("{url}: {source}")]
    Request {
        /// The address.
        url: String,
        /// What the server or the way to it says.
        source: Box<ureq::Error>,
    },
    /// The connection broke.
    #[error("{url}: the connection broke after {received} bytes: {source}")]
    Body {
        /// The address.
        url: String,
        /// How many bytes had come.
        received: u64,
        /// What happened to the connection.
        source: io::Error,
    },
    /// The server gave another file.
    #[error("{url}: expected the SHA-256 checksum {expected}, found {found} in the {received} bytes that came")]
    Checksum {
        /// The address.
        url: String,
        /// How many bytes came.
        received: u64,
        /// The checksum of the file that was wanted.
        expected: String,
        /// The checksum of the file that came.
        found: String,
    },
    /// The file could not be written, or the one that is there could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// No mirror gave the file.
    #[error("{}: no mirror gave the file: {}", path.display(), list(errors))]
    Mirrors {
        /// The file.
        path: PathBuf,
        /// What happened with each mirror.
        errors: Vec<Self>,
    },
}

fn list(errors: &[DownloadError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
