//! Data sets: samples to train and to test on, and the files that they come from.
//!
//! | what | where |
//! |---|---|
//! | borrowed slices, without alloc | [`Samples`] |
//! | samples in memory that belong to the data set | [`InMemory`] |
//! | some samples of another, chosen by index | [`Subset`] |
//! | features of mean 0 and deviation 1 | [`Standardization`] |
//! | classes as vectors | [`OneHot`] |
//! | MNIST and its kin | `mnist` and `idx`, feature `mnist` |
//! | tables | `csv`, feature `csv` |
//! | files from the web | `download`, feature `download` |
//! | 1797 handwritten digits inside the program | `digits`, feature `digits` |
//!
//! Inputs may be kept as bytes: they become numbers of the network's element as they are read.

#[cfg(feature = "csv")]
pub mod csv;
mod dataset;
#[cfg(feature = "digits")]
pub mod digits;
#[cfg(feature = "download")]
pub mod download;
#[cfg(feature = "mnist")]
pub mod idx;
#[cfg(feature = "std")]
mod in_memory;
#[cfg(feature = "mnist")]
pub mod mnist;
mod one_hot;
mod rescaling;
mod samples;
mod standardization;
#[cfg(feature = "std")]
mod subset;

pub use dataset::Dataset;
#[cfg(feature = "std")]
pub use in_memory::InMemory;
#[cfg(feature = "mnist")]
pub use mnist::Mnist;
pub use one_hot::{OneHot, one_hot};
pub use rescaling::Rescaling;
pub use samples::{LengthError, Samples};
pub use standardization::{Standardization, Standardized};
#[cfg(feature = "std")]
pub use subset::Subset;
