//! The binary cross-entropy of probabilities.

use pulp::Simd;

use super::{Loss, log_of_one_plus, mean, mean_gradient};
use crate::{Element, Shape, Tensor};

/// The binary cross-entropy of probabilities `p`: the mean of `-(t ln p + (1 - t) ln(1 - p))` over the elements of a
/// sample, with targets `t` from 0 to 1.
///
/// PyTorch's `BCELoss`: a logarithm counts as -100 at the least, so the loss is finite at 0 and 1, and the gradient is
/// `(p - t) / max(p (1 - p), 1e-12)`. Where a network ends in a sigmoid, leave that off and take
/// [`BinaryCrossEntropyWithLogits`](super::BinaryCrossEntropyWithLogits), which is exact everywhere.
///
/// ```
/// use tintype::losses::{BinaryCrossEntropy, evaluate};
/// use tintype::{Tensor, shape::Rank1};
/// let (output, target) = (Tensor::<Rank1<2>>::from([0.5, 0.0]), Tensor::from([1.0, 1.0]));
/// let loss = evaluate(&BinaryCrossEntropy, &output, &target);
/// assert!((loss - (2f32.ln() + 100.0) / 2.0).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropy;

impl<E: Element, O: Shape> Loss<E, O, Tensor<O, E>> for BinaryCrossEntropy {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &Tensor<O, E>) -> E {
        let (zero, one) = (E::splat(simd, E::zero()), E::splat(simd, E::one()));
        let least = E::splat(simd, E::from_f64(-100.0));
        mean(
            simd,
            output,
            target,
            #[inline(always)]
            |p, t| {
                let log = E::vector_max(simd, E::vector_ln(simd, p), least);
                let log_of_other =
                    E::vector_max(simd, log_of_one_plus::<S, E>(simd, E::vector_sub(simd, zero, p)), least);
                let other = E::vector_mul(simd, E::vector_sub(simd, one, t), log_of_other);
                E::vector_sub(simd, zero, E::vector_mul_add(simd, t, log, other))
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
        let (one, least) = (E::splat(simd, E::one()), E::splat(simd, E::from_f64(1e-12)));
        mean_gradient(
            simd,
            output,
            target,
            scale,
            gradient,
            #[inline(always)]
            |p, t| {
                let variance = E::vector_mul(simd, p, E::vector_sub(simd, one, p));
                E::vector_div(simd, E::vector_sub(simd, p, t), E::vector_max(simd, variance, least))
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
        fn the_gradient_is_the_derivative(o in uniform18(0.05..0.95), t in uniform18(0.0..1.0)) {
            let (o, t) = (Tensor::<Rank2<3, 6>, f64>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            check_gradient(&BinaryCrossEntropy, &o, &t);
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(o in uniform18(0f32..=1.0), t in uniform18(0f32..=1.0)) {
            let (o, t) = (Tensor::<Rank1<18>>::from(o), Tensor::from(t));
            bits_agree_at_every_level(&BinaryCrossEntropy, &o, &t);
        }
    }

    #[test]
    fn certainty_costs_nothing_or_a_hundred() {
        let certain = Tensor::<Rank1<2>>::from([0.0, 1.0]);
        let (loss, slope) = gradient(&BinaryCrossEntropy, &certain, &certain);
        assert_eq!((loss, slope), (0.0, Tensor::zeros()));
        let (loss, slope) = gradient(&BinaryCrossEntropy, &certain, &Tensor::from([1.0, 0.0]));
        assert_eq!(loss, 100.0);
        assert!(slope.as_slice().iter().all(|x| x.is_finite()), "{slope:?}");
    }
}
