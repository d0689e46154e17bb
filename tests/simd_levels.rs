//! Every layer, forward and backward, gives the same bits with every kind of vector instructions.

use proptest::prelude::*;
use tintype::Shape;
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
#[path = "common/levels.rs"]
mod levels;
#[path = "common/step.rs"]
mod step;
#[path = "common/table.rs"]
mod table;
#[path = "common/values.rs"]
mod values;

use fused::Fused;
use inputs::{Inputs, Purpose};
use levels::check_levels;
use step::Step;
use values::Values;

type E = f32;

fn check<L: Layer<E, I, O>, I: Shape, O: Shape>(
    seed: u64,
    samples: usize,
    inputs: Inputs,
    purpose: Purpose,
) -> Result<(), TestCaseError> {
    let mut values = Values::new(seed);
    let mut layer = Box::new(L::zeroed());
    values.fill(&mut *layer);
    let x = inputs.batch::<I, E>(&mut values, samples);
    let dy: Vec<E> = (0..samples * O::LEN).map(|_| values.uniform(-1.0, 1.0) as E).collect();
    let step = Step { layer: &*layer, x: &x, dy: &dy, mode: purpose.mode(seed) };
    check_levels::<E, L, I, O>(&step)
}

macro_rules! level_tests {
    ($($name:ident: $layer:ty, $input:ty => $output:ty, $inputs:ident, $purpose:ident, $samples:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(seed: u64, samples in core::ops::RangeInclusive::<usize>::from($samples)) {
                    check::<$layer, $input, $output>(seed, samples, Inputs::$inputs, Purpose::$purpose)?;
                }
            )*
        }
    };
}

table::layer_table!(level_tests);
