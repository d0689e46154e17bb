//! The mean squared error.

use pulp::Simd;

use super::{Loss, mean, mean_gradient};
use crate::{Element, Shape, Tensor};

/// The mean squared error: the mean of `(output - target)²` over the elements of a sample.
///
/// PyTorch's `MSELoss`, Keras' `MeanSquaredError`.
///
/// ```
/// use tintype::losses::{MeanSquaredError, evaluate};
/// use tintype::{Tensor, shape::Rank1};
/// let (output, target) = (Tensor::<Rank1<2>>::from([1.0, 5.0]), Tensor::from([2.0, 3.0]));
/// assert_eq!(evaluate(&MeanSquaredError, &output, &target), 2.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError;

impl<E: Element, O: Shape> Loss<E, O, Tensor<O, E>> for MeanSquaredError {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &Tensor<O, E>) -> E {
        mean(
            simd,
            output,
            target,
            #[inline(always)]
            |o, t| {
                let error = E::vector_sub(simd, o, t);
                E::vector_mul(simd, error, error)
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
        mean_gradient(
            simd,
            output,
            target,
            scale,
            gradient,
            #[inline(always)]
            |o, t| {
                let error = E::vector_sub(simd, o, t);
                E::vector_add(simd, error, error)
            },
        );
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient};
    use crate::shape::{Rank2, Rank3};
    use proptest::array::uniform18;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(o in uniform18(-3.0..3.0), t in uniform18(-3.0..3.0)) {
            let (o, t) = (Tensor::<Rank2<3, 6>, f64>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            check_gradient(&MeanSquaredError, &o, &t);
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(o in uniform18(-3f32..3.0), t in uniform18(-3f32..3.0)) {
            let (o, t) = (Tensor::<Rank3<3, 2, 3>>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            bits_agree_at_every_level(&MeanSquaredError, &o, &t);
        }
    }
}
