//! The negative log-likelihood.

use pulp::Simd;

use super::Loss;
use crate::kernels::elementwise::elementwise;
use crate::kernels::sum;
use crate::shape::Rank1;
use crate::{Class, Element, Tensor};

/// The negative log-likelihood of log-probabilities `x`: `-x_c` for the class `c`.
///
/// A target of probabilities `t` gives `-Σ tᵢ xᵢ`. The network ends in a log-softmax. PyTorch's `NLLLoss`.
///
/// ```
/// use tintype::losses::{NegativeLogLikelihood, evaluate};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let output = Tensor::<Rank1<2>>::from([-0.5, -1.0]);
/// assert_eq!(evaluate(&NegativeLogLikelihood, &output, &Class::<2>::new(0).unwrap()), 0.5);
/// assert_eq!(evaluate(&NegativeLogLikelihood, &output, &Tensor::from([0.5, 0.5])), 0.75);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegativeLogLikelihood;

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Class<N>> for NegativeLogLikelihood {
    #[inline(always)]
    fn value<S: Simd>(&self, _: S, output: &Tensor<Rank1<N>, E>, target: &Class<N>) -> E {
        -output.as_slice()[target.index()]
    }

    #[inline(always)]
    fn gradient<S: Simd>(
        &self,
        simd: S,
        output: &Tensor<Rank1<N>, E>,
        target: &Class<N>,
        scale: E,
        gradient: &mut Tensor<Rank1<N>, E>,
    ) -> E {
        let gradient = gradient.as_mut_slice();
        gradient.fill(E::zero());
        gradient[target.index()] = -scale;
        self.value(simd, output, target)
    }
}

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Tensor<Rank1<N>, E>> for NegativeLogLikelihood {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<Rank1<N>, E>, target: &Tensor<Rank1<N>, E>) -> E {
        -sum::of_products(simd, output.as_slice(), target.as_slice())
    }

    #[inline(always)]
    fn gradient<S: Simd>(
        &self,
        simd: S,
        output: &Tensor<Rank1<N>, E>,
        target: &Tensor<Rank1<N>, E>,
        scale: E,
        gradient: &mut Tensor<Rank1<N>, E>,
    ) -> E {
        let factor = E::splat(simd, -scale);
        elementwise!(simd, [gradient.as_mut_slice()], [target.as_slice()], |_, [t]| [E::vector_mul(simd, factor, t)]);
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient};
    use proptest::array::uniform19;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(x in uniform19(-5.0..0.0), class in 0usize..19, t in uniform19(0.0..1.0)) {
            let x = Tensor::<Rank1<19>, f64>::from(x);
            check_gradient(&NegativeLogLikelihood, &x, &Class::<19>::new(class).unwrap());
            check_gradient(&NegativeLogLikelihood, &x, &Tensor::from(t));
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(x in uniform19(-5f32..0.0), t in uniform19(0f32..1.0)) {
            let x = Tensor::<Rank1<19>>::from(x);
            bits_agree_at_every_level(&NegativeLogLikelihood, &x, &Class::<19>::new(3).unwrap());
            bits_agree_at_every_level(&NegativeLogLikelihood, &x, &Tensor::from(t));
        }
    }
}
