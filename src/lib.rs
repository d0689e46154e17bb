//! Neural networks fixed in type.
#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

// The macro names the library by its path, in the library's own tests too.
extern crate self as tintype;

pub mod activation;
mod class;
pub mod clip;
pub mod data;
pub mod element;
#[cfg(feature = "std")]
pub mod gradient_check;
pub mod init;
pub mod io;
pub mod kernels;
pub mod layer;
pub mod layers;
pub mod losses;
#[cfg(feature = "std")]
pub mod memory;
pub mod metrics;
pub mod network;
pub mod optimizers;
pub mod parameters;
pub mod penalty;
pub mod plan;
pub mod shape;
pub mod simd;
pub mod tensor;
pub mod train;

pub use activation::Activation;
#[doc(hidden)]
pub use bytemuck;
pub use class::Class;
pub use element::Element;
pub use init::Seed;
pub use layer::Layer;
pub use network::Network;
pub use parameters::Parameters;
pub use shape::Shape;
pub use tensor::Tensor;
pub use tintype_macros::network;

/// What the macro emits only where there is a heap.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "std")]
macro_rules! __with_std {
    ($($code:tt)*) => { $($code)* };
}

/// What the macro emits only where there is a heap.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "std"))]
macro_rules! __with_std {
    ($($code:tt)*) => {};
}

/// What a program that declares and trains a network needs.
pub mod prelude {
    pub use crate::losses::{
        BinaryCrossEntropy, BinaryCrossEntropyWithLogits, CrossEntropy, CrossEntropyOnProbabilities, Huber,
        MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
    };
    pub use crate::metrics::{Accuracy, BinaryAccuracy, TopK};
    pub use crate::optimizers::{Adam, AdamW, GradientDescent, RmsProp, Sgd};
    pub use crate::penalty::Penalty;
    pub use crate::shape::{Rank1, Rank2, Rank3};
    #[cfg(feature = "std")]
    pub use crate::train::{Evaluator, Trainer, predict};
    pub use crate::{Class, Element, Network, Seed, Shape, Tensor, network};
}
