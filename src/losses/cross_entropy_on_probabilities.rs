//! The cross-entropy of probabilities.

use pulp::Simd;

use super::Loss;
use crate::kernels::elementwise::elementwise;
use crate::kernels::{single, sum};
use crate::shape::Rank1;
use crate::{Class, Element, Tensor};

/// The cross-entropy between probabilities `p` and a target: `-ln q_c` for the class `c`, where `q` is `p / Σ p`,
/// clipped to [1e-7, 1 - 1e-7].
///
/// A target of probabilities `t` gives `-Σ tᵢ ln qᵢ`. Keras' default `categorical_crossentropy`, behind a softmax layer.
/// [`CrossEntropy`](super::CrossEntropy) on logits is the same where nothing is clipped, and has a gradient everywhere.
///
/// The gradient is `(r - Σ rⱼ pⱼ / Σ p) / Σ p` with `rᵢ = -tᵢ / qᵢ`, or `rᵢ = 0` where `qᵢ` was clipped: what
/// differentiating Keras' formula gives.
///
/// ```
/// use tintype::losses::{CrossEntropyOnProbabilities, evaluate};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let output = Tensor::<Rank1<3>>::from([1.0, 1.0, 2.0]);
/// let loss = evaluate(&CrossEntropyOnProbabilities, &output, &Class::<3>::new(2).unwrap());
/// assert!((loss - 2f32.ln()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossEntropyOnProbabilities;

const EPSILON: f64 = 1e-7;

/// `p / total`, and the same clipped.
#[inline(always)]
fn clipped<S: Simd, E: Element>(simd: S, p: E::Vector<S>, total: E) -> (E::Vector<S>, E::Vector<S>) {
    let (least, most) = (E::splat(simd, E::from_f64(EPSILON)), E::splat(simd, E::from_f64(1.0 - EPSILON)));
    let share = E::vector_div(simd, p, E::splat(simd, total));
    let raised = E::select(simd, E::less_than(simd, share, least), least, share);
    (share, E::select(simd, E::less_than(simd, most, raised), most, raised))
}

/// `-1 / q`, or 0 where `q` was clipped.
#[inline(always)]
fn slope<S: Simd, E: Element>(simd: S, share: E::Vector<S>, clipped: E::Vector<S>) -> E::Vector<S> {
    let inside = E::vector_div(simd, E::splat(simd, -E::one()), share);
    E::select(simd, E::equal(simd, share, clipped), inside, E::splat(simd, E::zero()))
}

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Class<N>> for CrossEntropyOnProbabilities {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<Rank1<N>, E>, target: &Class<N>) -> E {
        let p = output.as_slice();
        let total = sum::of(simd, p);
        -single(
            simd,
            p[target.index()],
            #[inline(always)]
            |p| E::vector_ln(simd, clipped(simd, p, total).1),
        )
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
        let (p, gradient) = (output.as_slice(), gradient.as_mut_slice());
        let total = sum::of(simd, p);
        let target_p = p[target.index()];
        let slope = single(
            simd,
            target_p,
            #[inline(always)]
            |p| {
                let (share, clipped) = clipped(simd, p, total);
                slope::<S, E>(simd, share, clipped)
            },
        );
        let factor = scale / total;
        let by_sum = slope * (target_p / total);
        gradient.fill(-by_sum * factor);
        gradient[target.index()] = (slope - by_sum) * factor;
        self.value(simd, output, target)
    }
}

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Tensor<Rank1<N>, E>> for CrossEntropyOnProbabilities {
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<Rank1<N>, E>, target: &Tensor<Rank1<N>, E>) -> E {
        let (p, t) = (output.as_slice(), target.as_slice());
        let total = sum::of(simd, p);
        -sum::of_values(
            simd,
            [p, t],
            #[inline(always)]
            |[p, t]| E::vector_mul(simd, t, E::vector_ln(simd, clipped(simd, p, total).1)),
        )
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
        let (p, t, gradient) = (output.as_slice(), target.as_slice(), gradient.as_mut_slice());
        let total = sum::of(simd, p);
        elementwise!(simd, [&mut *gradient], [p, t], |_, [p, t]| {
            let (share, clipped) = clipped(simd, p, total);
            [E::vector_mul(simd, t, slope::<S, E>(simd, share, clipped))]
        });
        let weighted = sum::of_products(simd, gradient, p);
        let (by_sum, factor) = (E::splat(simd, weighted / total), E::splat(simd, scale / total));
        elementwise!(simd, [gradient], [], |[r], []| [E::vector_mul(simd, E::vector_sub(simd, r, by_sum), factor)]);
        self.value(simd, output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::one_hot;
    use crate::losses::CrossEntropy;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient, gradient};
    use proptest::array::uniform19;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(p in uniform19(0.02..1.0), class in 0usize..19, t in uniform19(0.0..1.0)) {
            let p = Tensor::<Rank1<19>, f64>::from(p);
            check_gradient(&CrossEntropyOnProbabilities, &p, &Class::<19>::new(class).unwrap());
            check_gradient(&CrossEntropyOnProbabilities, &p, &Tensor::from(t));
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(p in uniform19(0f32..1.0), t in uniform19(0f32..1.0)) {
            let p = Tensor::<Rank1<19>>::from(p);
            bits_agree_at_every_level(&CrossEntropyOnProbabilities, &p, &Class::<19>::new(3).unwrap());
            bits_agree_at_every_level(&CrossEntropyOnProbabilities, &p, &Tensor::from(t));
        }

        #[test]
        fn it_is_that_of_logits_behind_a_softmax(x in uniform19(-5f64..5.0), class in 0usize..19) {
            let (x, class) = (Tensor::<Rank1<19>, f64>::from(x), Class::<19>::new(class).unwrap());
            let p = x.map(f64::exp);
            let (of_logits, of_probabilities) =
                (gradient(&CrossEntropy, &x, &class), gradient(&CrossEntropyOnProbabilities, &p, &class));
            prop_assert!((of_logits.0 - of_probabilities.0).abs() < 1e-12);
            // By the chain rule the gradient by a logit is that by its exponential, times the exponential.
            for index in 0..19 {
                let chained = of_probabilities.1.as_slice()[index] * p.as_slice()[index];
                prop_assert!((chained - of_logits.1.as_slice()[index]).abs() < 1e-12);
            }
            let hot = gradient(&CrossEntropyOnProbabilities, &p, &one_hot::<f64, 19>(class));
            prop_assert!((hot.0 - of_probabilities.0).abs() < 1e-12);
        }
    }

    #[test]
    fn an_excluded_class_costs_the_logarithm_of_the_clip_and_has_no_gradient() {
        let p = Tensor::<Rank1<3>>::from([0.0, 0.25, 0.75]);
        let (loss, slope) = gradient(&CrossEntropyOnProbabilities, &p, &Class::<3>::new(0).unwrap());
        assert!((f64::from(loss) + 1e-7f64.ln()).abs() < 1e-5, "{loss}");
        assert_eq!(slope, Tensor::zeros());
    }
}
