//! Whole networks: their backward passes against differences, in memory full of garbage; and the same bits with every
//! kind of vector instructions, for inference and training, for one sample and for many.
#![cfg(feature = "std")]

use core::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tintype::gradient_check::gradient_check;
use tintype::memory::zeroed_box;
use tintype::network::inference_len;
use tintype::{Network, Shape, Tensor};

#[path = "common/inputs.rs"]
#[allow(dead_code)]
mod inputs;
#[path = "common/levels.rs"]
mod levels;
#[path = "common/networks.rs"]
mod networks;
#[path = "common/step.rs"]
mod step;
#[path = "common/values.rs"]
mod values;

use inputs::{Inputs, Purpose};
use levels::check_levels;
use networks::{
    Activations, Branches, Chain, Convolutions, Encoder, Fan, Kinks, Long, Nested, Normalised, OnlyReshape, Repeats,
    Residuals, Stacked, Sums, Views, ViewsWithin, network_table,
};
use step::Step;
use values::Values;

/// The error that the gradients may have.
const TOLERANCE: f64 = 1e-6;

/// Gives the network parameters with which it is smooth at such inputs.
fn fill<N: Network>(network: &mut N, values: &mut Values, inputs: Inputs) {
    match inputs {
        Inputs::Anything => values.fill(network),
        Inputs::AwayFromZero | Inputs::Distinct => values.fill_away_from_kinks(network),
    }
}

fn gradients<N: Network<Element = f64>>(seed: u64, samples: usize, inputs: Inputs) -> TestCaseResult {
    let mut values = Values::new(seed);
    let mut network = zeroed_box::<N>();
    fill(&mut *network, &mut values, inputs);
    let x = inputs.batch::<N::Input, f64>(&mut values, samples);
    match gradient_check::<N, N::Input, N::Output>(&mut network, &x, Purpose::Training.mode(seed)) {
        Ok(worst) => prop_assert!(worst.error <= TOLERANCE, "{worst}"),
        Err(error) => prop_assert!(false, "{error}"),
    }
    Ok(())
}

fn levels<N: Network<Element = f32>>(seed: u64, samples: usize, inputs: Inputs) -> TestCaseResult {
    let mut values = Values::new(seed);
    let mut network = zeroed_box::<N>();
    fill(&mut *network, &mut values, inputs);
    let x = inputs.batch::<N::Input, f32>(&mut values, samples);
    let dy: Vec<f32> = (0..samples * N::Output::LEN).map(|_| values.uniform(-1.0, 1.0) as f32).collect();
    check_levels::<f32, N, N::Input, N::Output>(&Step {
        layer: &*network,
        x: &x,
        dy: &dy,
        mode: Purpose::Training.mode(seed),
    })
}

/// However the memory of a pass for inference was filled and however many samples share it, the outputs are the same.
fn inference<N: Network<Element = f32>>(seed: u64, samples: usize, inputs: Inputs) -> TestCaseResult {
    let mut values = Values::new(seed);
    let mut network = zeroed_box::<N>();
    fill(&mut *network, &mut values, inputs);
    let x = inputs.batch::<N::Input, f32>(&mut values, samples);
    let run = |together: usize, filling: f32| {
        let mut y = vec![Tensor::<N::Output>::full(filling); samples];
        network.infer(&x, &mut y, &mut vec![filling; inference_len::<N>(together)]);
        y
    };
    let alone = run(1, 0.0);
    prop_assert!(alone.iter().flat_map(Tensor::as_slice).all(|y| y.is_finite()));
    prop_assert_eq!(&run(1, f32::NAN), &alone);
    prop_assert_eq!(&run(samples, f32::NAN), &alone);
    let mut workspace: N::Workspace = bytemuck::Zeroable::zeroed();
    prop_assert_eq!(&network.forward_with(&x[0], &mut workspace), &alone[0]);
    prop_assert_eq!(&network.forward(&x[0]), &alone[0]);
    Ok(())
}

macro_rules! network_tests {
    ($($name:ident: $network:ident, $inputs:ident, $samples:expr;)*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn gradients_are_the_differences(seed: u64, samples in RangeInclusive::<usize>::from($samples)) {
                    gradients::<$network<f64>>(seed, samples, Inputs::$inputs)?;
                }

                #[test]
                fn memory_and_neighbours_do_not_matter(seed: u64, samples in RangeInclusive::<usize>::from($samples)) {
                    inference::<$network<f32>>(seed, samples, Inputs::$inputs)?;
                }
            }
        }
    )*};
}

network_table!(network_tests);

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_levels_give_the_same_bits(seed: u64, samples in 1_usize..=3) {
        levels::<Branches<f32>>(seed, samples, Inputs::Anything)?;
        levels::<Nested<f32>>(seed, samples, Inputs::Anything)?;
        levels::<Kinks<f32>>(seed, samples, Inputs::Distinct)?;
    }
}
