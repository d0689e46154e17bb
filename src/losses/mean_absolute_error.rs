//! The mean absolute error.

use pulp::Simd;

use super::{Loss, mean, mean_gradient};
use crate::{Element, Shape, Tensor};

/// The mean absolute error: the mean of `|output - target|` over the elements of a sample.
///
/// PyTorch's `L1Loss`, Keras' `MeanAbsoluteError`. Where output and target are equal, the gradient is 0.
///
/// ```
/// use tintype::losses::{MeanAbsoluteError, evaluate};
/// use tintype::{Tensor, shape::Rank1};
/// let (output, target) = (Tensor::<Rank1<2>>::from([1.0, 5.0]), Tensor::from([2.0, 3.0]));
/// assert_eq!(evaluate(&MeanAbsoluteError, &output, &target), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl<E: Element, O: Shape> Loss<E, O, Tensor<O, E>> for MeanAbsoluteError {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &Tensor<O, E>) -> E {
        mean(
            simd,
            output,
            target,
            #[inline(always)]
            |o, t| E::vector_abs(simd, E::vector_sub(simd, o, t)),
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
        let one = |sign: E| E::splat(simd, sign);
        mean_gradient(
            simd,
            output,
            target,
            scale,
            gradient,
            #[inline(always)]
            |o, t| {
                let below = E::select(simd, E::less_than(simd, o, t), one(-E::one()), one(E::zero()));
                E::select(simd, E::less_than(simd, t, o), one(E::one()), below)
            },
        );
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient, gradient};
    use crate::shape::{Rank1, Rank2};
    use proptest::array::uniform18;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(o in uniform18(-3.0..3.0), t in uniform18(-3.0..3.0)) {
            prop_assume!(o.iter().zip(&t).all(|(o, t): (&f64, &f64)| (o - t).abs() > 1e-3));
            let (o, t) = (Tensor::<Rank2<3, 6>, f64>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            check_gradient(&MeanAbsoluteError, &o, &t);
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(o in uniform18(-3f32..3.0), t in uniform18(-3f32..3.0)) {
            let (o, t) = (Tensor::<Rank1<18>>::from(o), Tensor::from(t));
            bits_agree_at_every_level(&MeanAbsoluteError, &o, &t);
        }
    }

    #[test]
    fn a_hit_has_no_gradient() {
        let x = Tensor::<Rank1<2>>::from([1.0, -1.0]);
        assert_eq!(gradient(&MeanAbsoluteError, &x, &x).1, Tensor::zeros());
    }
}
