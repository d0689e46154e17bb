//! Neural networks fixed in type: declared with a macro, shape-checked by the compiler, trained and run without allocation.
//!
//! ```
//! use tintype::data::InMemory;
//! use tintype::prelude::*;
//!
//! network! {
//!     /// Tells points inside a circle from those outside.
//!     pub struct Circle: [2] -> [2] {
//!         hidden: Dense(16), Tanh,
//!         output: Dense(2),
//!     }
//! }
//!
//! let points = (0..400).map(|i| [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95]);
//! let samples = points.map(|[x, y]| (Tensor::from([x, y]), Class::new(usize::from(x * x + y * y < 0.6)).unwrap()));
//! let data: InMemory<_, _> = samples.collect();
//! let (train, test) = data.split(0.8, Seed(1));
//!
//! let mut net = Circle::boxed(Seed(7));
//! let mut trainer = Trainer::new(CrossEntropy, Adam::new(0.02)).epochs(40).metric(Accuracy);
//! trainer.fit(&mut net, &train, &test)?;
//! assert!(trainer.evaluate(&net, &test)?.metric("accuracy").unwrap() > 0.9);
//! assert_eq!(net.classify(&[0.1, -0.2].into()).index(), 1);
//! # Ok::<(), tintype::train::TrainError>(())
//! ```
//!
//! [`network!`] makes a plain struct of the declaration, which implements [`Network`]. [`train::Trainer`] trains it on a
//! [`data::Dataset`], with a [loss](losses) and an [optimizer](optimizers); [`io`] saves, loads and embeds its weights.
//! [`layers`] are the built-in ones; a layer of one's own implements [`Layer`] and [`network::DeclaredLayer`].
//!
//! Without the feature `std` the library needs neither `std` nor `alloc`: all memory is lent by the caller. The features
//! `rayon` (several cores) and `progress` (the progress bar) are on by default; `plot`, `csv`, `mnist`, `download` and
//! `digits` add learning curves and sources of data.
#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

// The macro names the library by its path, in the library's own tests too.
extern crate self as tintype;

pub mod activation;
mod aligned;
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
pub use aligned::Aligned;
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

/// The examples of the README, which must compile.
#[cfg(all(doctest, feature = "csv"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// What a program that declares and trains a network needs.
pub mod prelude {
    pub use crate::losses::{
        BinaryCrossEntropy, BinaryCrossEntropyWithLogits, CrossEntropy, CrossEntropyOnProbabilities, Huber,
        MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
    };
    pub use crate::metrics::{Accuracy, BinaryAccuracy, ConfusionMatrix, TopK};
    pub use crate::optimizers::{Adam, AdamW, GradientDescent, RmsProp, Sgd};
    pub use crate::penalty::Penalty;
    pub use crate::shape::{Rank1, Rank2, Rank3};
    #[cfg(feature = "std")]
    pub use crate::train::{Evaluator, Trainer, predict};
    pub use crate::{Class, Element, Network, Seed, Shape, Tensor, embed_weights, network};
}
