//! What fades away becomes zero, before it is so small that processors are slow with it.
//!
//! A mean that keeps a share of itself from step to step, and gets nothing, ends among the subnormal numbers and stays there:
//! nine tenths of the smallest one are rounded up to it. Parameters behind an input that is nearly always zero, or before a dead
//! unit, have such means, and samples that are told apart with confidence have gradients whose squares are subnormal; some
//! processors take a hundred cycles or more for each operation on one. PyTorch leaves that to `torch.set_flush_denormal`, a mode of
//! the processor, in which Rust code may not run.
//!
//! What is not a number stays what it is.

use pulp::Simd;

use crate::Element;

/// A mean of gradients, or zero in its place if a product with a learning rate might be subnormal.
#[inline(always)]
pub(super) fn mean_or_zero<S: Simd, E: Element>(simd: S, mean: E::Vector<S>) -> E::Vector<S> {
    or_zero::<S, E>(simd, mean, const { if is_single::<E>() { 1e-30 } else { 1e-292 } })
}

/// `kept · mean + rest · gradient²` and a little more, 1e-36 (`f64`: 1e-300), which keeps the mean off the subnormal
/// numbers, and the gradient's square, which is not rounded by itself: in less time than a comparison takes, and far below any `ε`.
#[inline(always)]
pub(super) fn mean_square<S: Simd, E: Element>(
    simd: S,
    (kept, mean): (E::Vector<S>, E::Vector<S>),
    (rest, gradient): (E::Vector<S>, E::Vector<S>),
) -> E::Vector<S> {
    let least = E::splat(simd, E::from_f64(const { if is_single::<E>() { 1e-36 } else { 1e-300 } }));
    let new = E::vector_mul_add(simd, E::vector_mul(simd, rest, gradient), gradient, least);
    E::vector_mul_add(simd, kept, mean, new)
}

const fn is_single<E>() -> bool {
    size_of::<E>() == size_of::<f32>()
}

#[inline(always)]
fn or_zero<S: Simd, E: Element>(simd: S, x: E::Vector<S>, least: f64) -> E::Vector<S> {
    let fades = E::less_than(simd, E::vector_abs(simd, x), E::splat(simd, E::from_f64(least)));
    E::select(simd, fades, E::splat(simd, E::zero()), x)
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;
    use proptest::prelude::*;
    use pulp::Simd;
    use typenum::U1;

    use super::{mean_or_zero, mean_square};
    use crate::Element;
    use crate::kernels::single;
    use crate::optimizers::{Adam, AdamW, One, Optimizer, RmsProp, Run, Sgd, State, Two};
    use crate::simd::{Work, at_every_level};

    trait Numbers {
        fn largest(&self) -> f32;
        fn is_subnormal(&self) -> bool;
    }

    impl Numbers for One<f32, U1> {
        fn largest(&self) -> f32 {
            self.numbers[0].abs()
        }

        fn is_subnormal(&self) -> bool {
            self.numbers[0].is_subnormal()
        }
    }

    impl Numbers for Two<f32, U1> {
        fn largest(&self) -> f32 {
            self.first.largest().max(self.second.largest())
        }

        fn is_subnormal(&self) -> bool {
            self.first.is_subnormal() || self.second.is_subnormal()
        }
    }

    #[derive(Clone, Copy)]
    struct Steps<'a, P>(P, &'a [f32], usize);

    impl<P: Optimizer<f32>> Work for Steps<'_, P>
    where
        P::State<U1>: Numbers,
    {
        /// Whether the state was subnormal once, and the largest number of what is left.
        type Output = (bool, f32);

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let Self(optimizer, gradients, steps) = self;
            let (mut parameter, mut state, mut was_subnormal) = ([1.0], P::State::<U1>::zeroed(), false);
            for step in 0..steps {
                let gradient = [gradients.get(step).copied().unwrap_or(0.0)];
                let run = Run { parameters: &mut parameter, gradient: &gradient, state: state.run(0..1) };
                optimizer.step::<S, U1>(simd, run, step as u64 + 1, 1.0);
                was_subnormal |= state.is_subnormal();
            }
            (was_subnormal, state.largest())
        }
    }

    fn never_subnormal<P: Optimizer<f32> + Copy>(optimizer: P, gradients: &[f32], steps: usize) -> f32
    where
        P::State<U1>: Numbers,
    {
        let mut left = 0.0_f32;
        for (level, (was_subnormal, largest)) in at_every_level(Steps(optimizer, gradients, steps)) {
            assert!(!was_subnormal, "{level}");
            left = left.max(largest);
        }
        left
    }

    /// A mean gradient in every lane, as it is or zero in its place.
    #[derive(Clone, Copy)]
    struct OrZero<E>(E);

    impl<E: Element> Work for OrZero<E> {
        type Output = E;

        fn run<S: Simd>(self, simd: S) -> E {
            single(simd, self.0, |mean| mean_or_zero::<S, E>(simd, mean))
        }
    }

    fn zero_below<E: Element>(least: f64) {
        for sign in [1.0, -1.0] {
            for (_, faded) in at_every_level(OrZero(E::from_f64(0.99 * sign * least))) {
                assert_eq!(faded, E::zero());
            }
            for factor in [1.01, 1e3, f64::INFINITY] {
                let kept = E::from_f64(factor * sign * least);
                assert!(at_every_level(OrZero(kept)).iter().all(|(_, mean)| *mean == kept));
            }
        }
        assert!(at_every_level(OrZero(E::nan())).iter().all(|(_, mean)| mean.is_nan()));
    }

    #[test]
    fn means_are_zero_below_their_bounds_and_as_they_are_above() {
        zero_below::<f32>(1e-30);
        zero_below::<f64>(1e-292);
    }

    /// The mean square of a mean and a gradient.
    #[derive(Clone, Copy)]
    struct MeanSquare<E>(E, E);

    impl<E: Element> Work for MeanSquare<E> {
        type Output = E;

        fn run<S: Simd>(self, simd: S) -> E {
            let splat = |x: f64| E::splat(simd, E::from_f64(x));
            single(simd, self.1, |gradient| {
                mean_square::<S, E>(simd, (splat(0.75), E::splat(simd, self.0)), (splat(0.25), gradient))
            })
        }
    }

    fn squares<E: Element>(least: f64, tiny: f64) {
        let mean_square = |mean: f64, gradient: f64| {
            let all = at_every_level(MeanSquare(E::from_f64(mean), E::from_f64(gradient)));
            assert!(all.iter().all(|(_, square)| *square == all[0].1 || square.is_nan()));
            all[0].1
        };
        assert_eq!(mean_square(4.0, 2.0), E::from_f64(4.0));
        assert_eq!(mean_square(0.0, -8.0), E::from_f64(16.0));
        assert_eq!(mean_square(0.0, 0.0), E::from_f64(least));
        assert_eq!(mean_square(0.0, tiny), E::from_f64(least));
        assert!(mean_square(0.0, f64::NAN).is_nan());
        assert!(mean_square(f64::NAN, 0.0).is_nan());
    }

    #[test]
    fn a_mean_square_is_never_less_than_a_normal_number() {
        squares::<f32>(1e-36, 1e-30);
        squares::<f64>(1e-300, 1e-200);
    }

    #[test]
    fn a_state_without_gradients_fades_to_next_to_nothing() {
        assert_eq!(never_subnormal(Sgd::new(0.1).momentum(0.9), &[0.01], 1_000), 0.0);
        for left in [
            never_subnormal(Adam::new(1e-3).beta2(0.99), &[0.01], 10_000),
            never_subnormal(AdamW::new(1e-3).beta2(0.99), &[0.01], 10_000),
            never_subnormal(RmsProp::new(1e-3), &[0.01], 10_000),
            never_subnormal(RmsProp::new(1e-3).momentum(0.9), &[0.01], 10_000),
        ] {
            assert!(left < 1e-33, "{left}");
        }
    }

    proptest! {
        #[test]
        fn no_gradients_make_a_state_subnormal(
            gradients in prop::collection::vec((1.0_f32..10.0, -45_i32..3).prop_map(|(x, power)| x * 10_f32.powi(power)), 20),
        ) {
            never_subnormal(Sgd::new(0.1).momentum(0.9), &gradients, 40);
            never_subnormal(Adam::new(1e-3), &gradients, 40);
            never_subnormal(AdamW::new(1e-3), &gradients, 40);
            never_subnormal(RmsProp::new(1e-3), &gradients, 40);
            never_subnormal(RmsProp::new(1e-3).momentum(0.9), &gradients, 40);
        }
    }
}
