//! Neural networks fixed in type.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

pub mod activation;
mod class;
pub mod clip;
pub mod element;
pub mod init;
pub mod kernels;
pub mod layer;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod parameters;
pub mod penalty;
pub mod plan;
pub mod shape;
pub mod simd;
pub mod tensor;

pub use activation::Activation;
pub use class::Class;
pub use element::Element;
pub use init::Seed;
pub use layer::Layer;
pub use parameters::Parameters;
pub use shape::Shape;
pub use tensor::Tensor;
