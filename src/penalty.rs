//! The price of large weights.

use pulp::Simd;

use crate::Element;
use crate::clip::SquareSum;
use crate::kernels::elementwise::elementwise;
use crate::kernels::sum;
use crate::parameters::{Layout, Role};
use crate::simd::{Work, dispatch};

/// What is added to the loss of a batch for large weights: `λ₁ Σ |w| + λ₂ Σ w²`, and its derivative
/// `λ₁ sign w + 2 λ₂ w` to the gradient.
///
/// The sums are over tensors of [`Role::Weight`] alone; biases and scales cost nothing. The formulas are those of
/// Keras' `kernel_regularizer`: [`AdamW`](crate::optimizers::AdamW)'s decay and PyTorch's `weight_decay` are another
/// thing, the latter with half the square.
///
/// ```
/// use tintype::layers::Dense;
/// use tintype::parameters::{Layout, Parameters};
/// use tintype::penalty::Penalty;
///
/// const LAYOUT: Layout = <Dense<f32, 2, 1> as Parameters<f32>>::LAYOUT;
/// let (weights_and_bias, mut gradient) = ([3.0f32, -4.0, 100.0], [0.0f32; 3]);
/// let penalty = Penalty::L2(0.5);
/// assert_eq!(penalty.value(&LAYOUT, &weights_and_bias), 12.5);
/// penalty.add_gradient(&LAYOUT, &weights_and_bias, &mut gradient);
/// assert_eq!(gradient, [3.0, -4.0, 0.0]);
/// assert_eq!(Penalty::L1(0.5).value(&LAYOUT, &weights_and_bias), 3.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// `λ Σ |w|` (the lasso), with the derivative 0 at 0.
    L1(f64),
    /// `λ Σ w²` (ridge).
    L2(f64),
    /// Both (the elastic net).
    L1L2 {
        /// The factor of `Σ |w|`.
        l1: f64,
        /// The factor of `Σ w²`.
        l2: f64,
    },
}

impl Penalty {
    /// The factors of `Σ |w|` and `Σ w²`.
    const fn factors(self) -> (f64, f64) {
        match self {
            Self::L1(l1) => (l1, 0.0),
            Self::L2(l2) => (0.0, l2),
            Self::L1L2 { l1, l2 } => (l1, l2),
        }
    }

    /// What the parameters cost.
    ///
    /// Sums are taken as [`sum::wide`] does within a tensor, and in `f64` from tensor to tensor.
    ///
    /// # Panics
    /// If `parameters` is shorter than the layout.
    pub fn value<E: Element>(self, layout: &Layout, parameters: &[E]) -> f64 {
        let (l1, l2) = self.factors();
        let mut total = 0.0;
        layout.visit(&mut |located, _| {
            if matches!(located.tensor.role, Role::Weight { .. }) {
                let weights = &parameters[located.range()];
                if l1 != 0.0 {
                    total += l1 * dispatch(AbsoluteSum(weights));
                }
                if l2 != 0.0 {
                    total += l2 * dispatch(SquareSum(weights));
                }
            }
        });
        total
    }

    /// Adds the derivative of the [`value`](Self::value) to `gradient`.
    ///
    /// # Panics
    /// If `parameters` or `gradient` is shorter than the layout.
    pub fn add_gradient<E: Element>(self, layout: &Layout, parameters: &[E], gradient: &mut [E]) {
        let (l1, l2) = self.factors();
        layout.visit(&mut |located, _| {
            if matches!(located.tensor.role, Role::Weight { .. }) {
                dispatch(AddSlope {
                    l1: E::from_f64(l1),
                    twice_l2: E::from_f64(2.0 * l2),
                    weights: &parameters[located.range()],
                    gradient: &mut gradient[located.range()],
                });
            }
        });
    }
}

/// `Σ |x|`
struct AbsoluteSum<'a, E>(&'a [E]);

impl<E: Element> Work for AbsoluteSum<'_, E> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        sum::wide(
            simd,
            self.0,
            #[inline(always)]
            |x| E::vector_abs(simd, x),
        )
    }
}

struct AddSlope<'a, E> {
    l1: E,
    twice_l2: E,
    weights: &'a [E],
    gradient: &'a mut [E],
}

impl<E: Element> Work for AddSlope<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (plus, minus, zero) = (E::splat(simd, self.l1), E::splat(simd, -self.l1), E::splat(simd, E::zero()));
        let twice_l2 = E::splat(simd, self.twice_l2);
        elementwise!(simd, [self.gradient], [self.weights], |[g], [w]| {
            let below = E::select(simd, E::less_than(simd, w, zero), minus, zero);
            let sign = E::select(simd, E::less_than(simd, zero, w), plus, below);
            [E::vector_add(simd, g, E::vector_mul_add(simd, twice_l2, w, sign))]
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::ParameterTensor;
    use proptest::prelude::*;
    use std::vec::Vec;

    const WEIGHTS: usize = 21;
    const LAYOUT: Layout = Layout::Tensors(&[
        ParameterTensor { name: "weight", axes: &[3, 7], role: Role::Weight { fan_in: 3, fan_out: 7 } },
        ParameterTensor { name: "bias", axes: &[7], role: Role::Bias },
        ParameterTensor { name: "gamma", axes: &[7], role: Role::Scale },
    ]);

    fn parameters() -> impl Strategy<Value = Vec<f64>> {
        let away_from_zero =
            (0.01f64..3.0, proptest::bool::ANY).prop_map(|(x, negative)| if negative { -x } else { x });
        proptest::collection::vec(away_from_zero, LAYOUT.len())
    }

    proptest! {
        #[test]
        fn the_value_is_the_formula(w in parameters(), l1 in 0.0..1.0, l2 in 0.0..1.0) {
            let absolute: f64 = w[..WEIGHTS].iter().map(|w| w.abs()).sum();
            let square: f64 = w[..WEIGHTS].iter().map(|w| w * w).sum();
            for (penalty, wanted) in [
                (Penalty::L1(l1), l1 * absolute),
                (Penalty::L2(l2), l2 * square),
                (Penalty::L1L2 { l1, l2 }, l1 * absolute + l2 * square),
            ] {
                prop_assert!((penalty.value(&LAYOUT, &w) - wanted).abs() < 1e-12);
            }
        }

        #[test]
        fn the_gradient_is_the_derivative(w in parameters(), l1 in 0.1..1.0, l2 in 0.1..1.0) {
            for penalty in [Penalty::L1(l1), Penalty::L2(l2), Penalty::L1L2 { l1, l2 }] {
                let mut gradient = std::vec![0.5; w.len()];
                penalty.add_gradient(&LAYOUT, &w, &mut gradient);
                for index in 0..w.len() {
                    let at = |step: f64| {
                        let mut moved = w.clone();
                        moved[index] += step;
                        penalty.value(&LAYOUT, &moved)
                    };
                    let numeric = (at(1e-4) - at(-1e-4)) / 2e-4;
                    prop_assert!((gradient[index] - 0.5 - numeric).abs() < 1e-6 * numeric.abs() + 1e-10);
                }
            }
        }
    }

    #[test]
    fn a_weight_of_zero_is_left_alone() {
        let mut gradient = [0.0f32; LAYOUT.len()];
        Penalty::L1L2 { l1: 0.1, l2: 0.1 }.add_gradient(&LAYOUT, &[0.0f32; LAYOUT.len()], &mut gradient);
        assert_eq!(gradient, [0.0; LAYOUT.len()]);
    }
}
