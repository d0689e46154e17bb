//! Every layer, forward and backward, gives the same bits with every kind of vector instructions.

use std::marker::PhantomData;

use proptest::prelude::*;
use pulp::WithSimd;
use tintype::Shape;
use tintype::layer::Layer;
use tintype::layers::conv2d::Sliding;
use tintype::layers::{
    AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Gelu, GeluTanh, GlobalAvgPool2d, LeakyRelu, LogSoftmax, MaxPool2d,
    Relu, Repeat, Sigmoid, Silu, Softmax, Tanh,
};
use tintype::shape::{Rank1, Rank2, Rank3};
use tintype::simd::Simd;

#[path = "common/fused.rs"]
mod fused;
#[path = "common/inputs.rs"]
mod inputs;
#[path = "common/step.rs"]
mod step;
#[path = "common/table.rs"]
mod table;
#[path = "common/values.rs"]
mod values;

use fused::Fused;
use inputs::{Inputs, Purpose};
use step::{Results, Step};
use values::Values;

type E = f32;

struct AtLevel<'a, 'b, L, I: Shape, O>(&'a Step<'b, E, L, I>, PhantomData<O>);

impl<L: Layer<E, I, O>, I: Shape, O: Shape> WithSimd for AtLevel<'_, '_, L, I, O> {
    type Output = Results<E>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        self.0.run::<S, O>(simd)
    }
}

/// The results at each level that the processor has, the scalar one first.
fn at_each_level<L: Layer<E, I, O>, I: Shape, O: Shape>(step: &Step<'_, E, L, I>) -> Vec<(&'static str, Results<E>)> {
    let work = || AtLevel::<L, I, O>(step, PhantomData);
    let mut results = vec![("scalar", Simd::vectorize(pulp::Scalar::new(), work()))];
    #[cfg(target_arch = "x86_64")]
    {
        results.extend(pulp::x86::V3::try_new().map(|simd| ("AVX2", Simd::vectorize(simd, work()))));
        results.extend(pulp::x86::V4::try_new().map(|simd| ("AVX-512", Simd::vectorize(simd, work()))));
    }
    #[cfg(target_arch = "aarch64")]
    results.extend(pulp::aarch64::Neon::try_new().map(|simd| ("NEON", Simd::vectorize(simd, work()))));
    results
}

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
    let levels = at_each_level::<L, I, O>(&step);
    let (_, scalar) = &levels[0];
    for (name, results) in &levels[1..] {
        for (what, scalar, other) in [
            ("output", &scalar.y, &results.y),
            ("gradient by the input", &scalar.dx, &results.dx),
            ("gradient by the parameters", &scalar.gradient, &results.gradient),
        ] {
            for (index, (scalar, other)) in scalar.iter().zip(other).enumerate() {
                prop_assert!(
                    scalar.to_bits() == other.to_bits(),
                    "{what}, element {index}: {scalar} one by one, {other} with {name}"
                );
            }
        }
    }
    Ok(())
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
