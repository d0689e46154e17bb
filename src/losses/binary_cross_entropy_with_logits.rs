//! The binary cross-entropy of logits.

use pulp::Simd;

use super::{Loss, log_of_one_plus, mean, mean_gradient};
use crate::{Element, Shape, Tensor};

/// The binary cross-entropy of logits `x`: the mean of `max(x, 0) - x t + ln(1 + e^-|x|)` over the elements of a sample,
/// with targets `t` from 0 to 1.
///
/// The same as [`BinaryCrossEntropy`](super::BinaryCrossEntropy) behind a sigmoid, without its overflow: PyTorch's
/// `BCEWithLogitsLoss`, Keras' `BinaryCrossentropy(from_logits=True)`. The gradient is `sigmoid(x) - t`.
///
/// ```
/// use tintype::losses::{BinaryCrossEntropyWithLogits, evaluate};
/// use tintype::{Tensor, shape::Rank1};
/// let (output, target) = (Tensor::<Rank1<1>>::from([-1000.0]), Tensor::from([1.0]));
/// assert_eq!(evaluate(&BinaryCrossEntropyWithLogits, &output, &target), 1000.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropyWithLogits;

impl<E: Element, O: Shape> Loss<E, O, Tensor<O, E>> for BinaryCrossEntropyWithLogits {
    const APPLIES: Option<&'static str> = Some("Sigmoid");

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &Tensor<O, E>) -> E {
        let zero = E::splat(simd, E::zero());
        mean(
            simd,
            output,
            target,
            #[inline(always)]
            |x, t| {
                let tail = E::vector_exp(simd, E::vector_sub(simd, zero, E::vector_abs(simd, x)));
                let line = E::vector_sub(simd, E::vector_max(simd, x, zero), E::vector_mul(simd, x, t));
                E::vector_add(simd, line, log_of_one_plus::<S, E>(simd, tail))
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
            |x, t| E::vector_sub(simd, E::vector_sigmoid(simd, x), t),
        );
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient, gradient};
    use crate::losses::{BinaryCrossEntropy, evaluate};
    use crate::shape::{Rank1, Rank2};
    use proptest::array::uniform18;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(o in uniform18(-5.0..5.0), t in uniform18(0.0..1.0)) {
            let (o, t) = (Tensor::<Rank2<3, 6>, f64>::from_fn(|i| o[i]), Tensor::from_fn(|i| t[i]));
            check_gradient(&BinaryCrossEntropyWithLogits, &o, &t);
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(o in uniform18(-50f32..50.0), t in uniform18(0f32..=1.0)) {
            let (o, t) = (Tensor::<Rank1<18>>::from(o), Tensor::from(t));
            bits_agree_at_every_level(&BinaryCrossEntropyWithLogits, &o, &t);
        }

        #[test]
        fn it_is_that_of_probabilities_behind_a_sigmoid(o in uniform18(-5f64..5.0), t in uniform18(0f64..=1.0)) {
            let (o, t) = (Tensor::<Rank1<18>, f64>::from(o), Tensor::from(t));
            let of_probabilities = evaluate(&BinaryCrossEntropy, &o.map(|x: f64| 1.0 / (1.0 + (-x).exp())), &t);
            prop_assert!((evaluate(&BinaryCrossEntropyWithLogits, &o, &t) - of_probabilities).abs() < 1e-12);
        }
    }

    #[test]
    fn small_losses_keep_their_digits() {
        let (loss, _) =
            gradient(&BinaryCrossEntropyWithLogits, &Tensor::<Rank1<1>>::from([30.0]), &Tensor::from([1.0]));
        let truth = (-30f64).exp().ln_1p();
        assert!((f64::from(loss) - truth).abs() < 1e-6 * truth, "{loss}");
    }

    #[test]
    fn far_out_the_gradient_is_finite() {
        let logits = Tensor::<Rank1<2>>::from([1e30, -1e30]);
        let (loss, slope) = gradient(&BinaryCrossEntropyWithLogits, &logits, &Tensor::from([0.0, 0.0]));
        assert_eq!((loss, slope), (5e29, Tensor::from([0.5, 0.0])));
    }
}
