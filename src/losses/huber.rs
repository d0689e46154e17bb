//! Huber's loss.

use pulp::Simd;

use super::{Loss, mean, mean_gradient};
use crate::{Element, Shape, Tensor};

/// Huber's loss (1964): with `e = |output - target|`, the mean over the elements of a sample of `e² / 2` up to
/// `e = δ` and of `δ (e - δ / 2)` beyond it.
///
/// PyTorch's `HuberLoss`, Keras' `Huber`.
///
/// ```
/// use tintype::losses::{Huber, evaluate};
/// use tintype::{Tensor, shape::Rank1};
/// let (output, target) = (Tensor::<Rank1<2>>::from([1.0, 5.0]), Tensor::from([2.0, 3.0]));
/// assert_eq!(evaluate(&Huber::default(), &output, &target), (0.5 + 1.5) / 2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// Up to this error the loss is a parabola, beyond it a line.
    pub delta: f64,
}

impl Huber {
    /// With this border between parabola and line.
    pub const fn new(delta: f64) -> Self {
        Self { delta }
    }
}

impl Default for Huber {
    /// With the border at 1, as PyTorch and Keras have it.
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl<E: Element, O: Shape> Loss<E, O, Tensor<O, E>> for Huber {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &Tensor<O, E>) -> E {
        let (delta, half) = (E::splat(simd, E::from_f64(self.delta)), E::splat(simd, E::from_f64(0.5)));
        mean(
            simd,
            output,
            target,
            #[inline(always)]
            |o, t| {
                let error = E::vector_abs(simd, E::vector_sub(simd, o, t));
                let parabola = E::vector_mul(simd, half, E::vector_mul(simd, error, error));
                let line = E::vector_mul(simd, delta, E::vector_sub(simd, error, E::vector_mul(simd, half, delta)));
                E::select(simd, E::less_than(simd, delta, error), line, parabola)
            },
        )
    }

    #[inline(always)]
    fn gradient<S: Simd>(
        &self,
        simd: S,
        output: &Tensor<O, E>,
        target: &Tensor<O, E>,
        scale: E,
        gradient: &mut Tensor<O, E>,
    ) -> E {
        let delta = E::splat(simd, E::from_f64(self.delta));
        let minus_delta = E::splat(simd, -E::from_f64(self.delta));
        mean_gradient(
            simd,
            output,
            target,
            scale,
            gradient,
            #[inline(always)]
            |o, t| {
                let error = E::vector_sub(simd, o, t);
                let above = E::select(simd, E::less_than(simd, delta, error), delta, error);
                E::select(simd, E::less_than(simd, error, minus_delta), minus_delta, above)
            },
        );
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient, gradient};
    use crate::losses::{MeanAbsoluteError, MeanSquaredError};
    use crate::shape::{Rank1, Rank2};
    use proptest::array::uniform18;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(
            o in uniform18(-3.0..3.0), t in uniform18(-3.0..3.0), delta in 0.1f64..2.0,
        ) {
            // The second derivative jumps at the border: there differences are less exact than 1e-6.
            prop_assume!(o.iter().zip(&t).all(|(o, t): (&f64, &f64)| ((o - t).abs() - delta).abs() > 1e-3));
            let (o, t) = (Tensor::<Rank2<3, 6>, f64>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            check_gradient(&Huber::new(delta), &o, &t);
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(o in uniform18(-3f32..3.0), t in uniform18(-3f32..3.0)) {
            let (o, t) = (Tensor::<Rank1<18>>::from(o), Tensor::from(t));
            bits_agree_at_every_level(&Huber::default(), &o, &t);
        }

        #[test]
        fn it_is_half_the_square_inside_and_a_line_outside(o in uniform18(-3f64..3.0), t in uniform18(-3f64..3.0)) {
            let (o, t) = (Tensor::<Rank1<18>, f64>::from(o), Tensor::from(t));
            let square = gradient(&MeanSquaredError, &o, &t).0;
            let inside = gradient(&Huber::new(10.0), &o, &t).0;
            prop_assert!((inside - square / 2.0).abs() < 1e-14 * square);
            let absolute = gradient(&MeanAbsoluteError, &o, &t).0;
            let outside = gradient(&Huber::new(1e-9), &o, &t).0;
            prop_assert!((outside * 1e9 - absolute).abs() <= 1e-9);
        }
    }
}
