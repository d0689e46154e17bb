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

/// The gradient, or zero in its place if its square, or a share of it, might be subnormal.
#[inline(always)]
pub(super) fn gradient_or_zero<S: Simd, E: Element>(simd: S, gradient: E::Vector<S>) -> E::Vector<S> {
    or_zero::<S, E>(simd, gradient, const { if is_single::<E>() { 1e-15 } else { 1e-146 } })
}

/// A mean of gradients, or zero in its place if a product with a learning rate might be subnormal.
#[inline(always)]
pub(super) fn mean_or_zero<S: Simd, E: Element>(simd: S, mean: E::Vector<S>) -> E::Vector<S> {
    or_zero::<S, E>(simd, mean, const { if is_single::<E>() { 1e-30 } else { 1e-292 } })
}

/// A mean of squares, or zero in its place if half of it might be subnormal. Its root is far below any `ε`.
#[inline(always)]
pub(super) fn square_or_zero<S: Simd, E: Element>(simd: S, square: E::Vector<S>) -> E::Vector<S> {
    or_zero::<S, E>(
        simd,
        square,
        const { if is_single::<E>() { 2.0 * f32::MIN_POSITIVE as f64 } else { 2.0 * f64::MIN_POSITIVE } },
    )
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

    use super::{gradient_or_zero, mean_or_zero, square_or_zero};
    use crate::Element;
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

    /// A mean gradient, a gradient and a mean square in every lane, each as it is or zero in its place.
    #[derive(Clone, Copy)]
    struct OrZero<E>([E; 3]);

    impl<E: Element> Work for OrZero<E> {
        type Output = [E; 3];

        fn run<S: Simd>(self, simd: S) -> [E; 3] {
            let [mean, gradient, square] = self.0.map(|number| E::splat(simd, number));
            let all = [
                mean_or_zero::<S, E>(simd, mean),
                gradient_or_zero::<S, E>(simd, gradient),
                square_or_zero::<S, E>(simd, square),
            ];
            all.map(|vector| {
                let lanes: &[E] = bytemuck::cast_slice(core::slice::from_ref(&vector));
                assert!(lanes.iter().all(|lane| *lane == lanes[0] || lane.is_nan()));
                lanes[0]
            })
        }
    }

    fn zero_below<E: Element>(least: [f64; 3]) {
        for sign in [1.0, -1.0] {
            for (_, all) in at_every_level(OrZero(least.map(|least| E::from_f64(0.99 * sign * least)))) {
                assert_eq!(all, [E::zero(); 3]);
            }
            for factor in [1.01, 1e3, f64::INFINITY] {
                let kept = least.map(|least| E::from_f64(factor * sign * least));
                assert!(at_every_level(OrZero(kept)).iter().all(|(_, all)| *all == kept));
            }
        }
        assert!(at_every_level(OrZero([E::nan(); 3])).iter().all(|(_, all)| all.iter().all(|number| number.is_nan())));
    }

    #[test]
    fn numbers_are_zero_below_their_bounds_and_as_they_are_above() {
        zero_below::<f32>([1e-30, 1e-15, 2.0 * f64::from(f32::MIN_POSITIVE)]);
        zero_below::<f64>([1e-292, 1e-146, 2.0 * f64::MIN_POSITIVE]);
    }

    #[test]
    fn a_state_without_gradients_fades_to_zero() {
        assert_eq!(never_subnormal(Sgd::new(0.1).momentum(0.9), &[0.01], 1_000), 0.0);
        assert_eq!(never_subnormal(Adam::new(1e-3).beta2(0.99), &[0.01], 10_000), 0.0);
        assert_eq!(never_subnormal(AdamW::new(1e-3).beta2(0.99), &[0.01], 10_000), 0.0);
        assert_eq!(never_subnormal(RmsProp::new(1e-3), &[0.01], 10_000), 0.0);
        assert_eq!(never_subnormal(RmsProp::new(1e-3).momentum(0.9), &[0.01], 10_000), 0.0);
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
