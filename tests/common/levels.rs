//! The same step with every kind of vector instructions.

use std::marker::PhantomData;

use proptest::prelude::*;
use pulp::WithSimd;
use tintype::layer::Layer;
use tintype::simd::Simd;
use tintype::{Element, Shape};

use super::step::{Results, Step};

struct AtLevel<'a, 'b, E: Element, L, I: Shape, O>(&'a Step<'b, E, L, I>, PhantomData<O>);

impl<E: Element, L: Layer<E, I, O>, I: Shape, O: Shape> WithSimd for AtLevel<'_, '_, E, L, I, O> {
    type Output = Results<E>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        self.0.run::<S, O>(simd)
    }
}

/// The results at each level that the processor has, the scalar one first.
fn at_each_level<E: Element, L: Layer<E, I, O>, I: Shape, O: Shape>(
    step: &Step<'_, E, L, I>,
) -> Vec<(&'static str, Results<E>)> {
    let work = || AtLevel::<E, L, I, O>(step, PhantomData);
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

/// Fails where two levels give different bits.
pub fn check_levels<E: Element, L: Layer<E, I, O>, I: Shape, O: Shape>(
    step: &Step<'_, E, L, I>,
) -> Result<(), TestCaseError> {
    let levels = at_each_level::<E, L, I, O>(step);
    let (_, scalar) = &levels[0];
    for (name, results) in &levels[1..] {
        for (what, scalar, other) in [
            ("output", &scalar.y, &results.y),
            ("gradient by the input", &scalar.dx, &results.dx),
            ("gradient by the parameters", &scalar.gradient, &results.gradient),
        ] {
            for (index, (scalar, other)) in scalar.iter().zip(other).enumerate() {
                prop_assert!(
                    Element::to_f64(*scalar).to_bits() == Element::to_f64(*other).to_bits(),
                    "{what}, element {index}: {scalar} one by one, {other} with {name}"
                );
            }
        }
    }
    Ok(())
}
