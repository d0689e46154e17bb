//! The backward pass of every layer against differences of its forward pass.
#![cfg(feature = "std")]

use std::ops::RangeInclusive;

use proptest::prelude::*;
use tintype::Shape;
use tintype::gradient_check::gradient_check;
use tintype::layer::Layer;
use tintype::layers::conv2d::Sliding;
use tintype::layers::{
    AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Gelu, GeluTanh, GlobalAvgPool2d, LeakyRelu, LogSoftmax, MaxPool2d,
    Relu, Repeat, Sigmoid, Silu, Softmax, Tanh,
};
use tintype::shape::{Rank1, Rank2, Rank3};

#[path = "common/fused.rs"]
mod fused;
#[path = "common/inputs.rs"]
mod inputs;
#[path = "common/table.rs"]
mod table;
#[path = "common/values.rs"]
mod values;

use fused::Fused;
use inputs::{Inputs, Purpose};
use values::Values;

type E = f64;

/// The error that the gradients may have.
const TOLERANCE: f64 = 1e-6;

fn check<L: Layer<E, I, O>, I: Shape, O: Shape>(
    seed: u64,
    samples: usize,
    inputs: Inputs,
    purpose: Purpose,
) -> Result<(), TestCaseError> {
    let mut values = Values::new(seed);
    let mut layer = Box::new(L::zeroed());
    values.fill(&mut *layer);
    let x = inputs.batch(&mut values, samples);
    match gradient_check::<L, I, O>(&mut layer, &x, purpose.mode(seed)) {
        Ok(worst) => prop_assert!(worst.error <= TOLERANCE, "{worst}"),
        Err(error) => prop_assert!(false, "{error}"),
    }
    Ok(())
}

macro_rules! gradient_tests {
    ($($name:ident: $layer:ty, $input:ty => $output:ty, $inputs:ident, $purpose:ident, $samples:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(seed: u64, samples in RangeInclusive::<usize>::from($samples)) {
                    check::<$layer, $input, $output>(seed, samples, Inputs::$inputs, Purpose::$purpose)?;
                }
            )*
        }
    };
}

table::layer_table!(gradient_tests);
