//! The cross-entropy of logits.

use pulp::Simd;

use super::Loss;
use crate::kernels::elementwise::elementwise;
use crate::kernels::{single, sum};
use crate::layers::softmax::exponentials;
use crate::shape::Rank1;
use crate::{Class, Element, Tensor};

/// The cross-entropy between the softmax of logits `x` and a target: `ln Σ e^xᵢ - x_c` for the class `c`.
///
/// A target of probabilities `t` gives `Σ tᵢ (ln Σ e^xⱼ - xᵢ)`; a one-hot one is the same as its class. The network ends
/// without a softmax. PyTorch's `CrossEntropyLoss`, Keras' `CategoricalCrossentropy(from_logits=True)` and
/// `SparseCategoricalCrossentropy(from_logits=True)`. The gradient is `softmax(x) Σ t - t`.
///
/// The largest logit is subtracted from all others, so that nothing overflows.
///
/// ```
/// use tintype::losses::{CrossEntropy, evaluate};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let logits = Tensor::<Rank1<3>>::from([1000.0, 1000.0, -1000.0]);
/// let loss = evaluate(&CrossEntropy, &logits, &Class::<3>::new(0).unwrap());
/// assert!((loss - 2f32.ln()).abs() < 1e-6);
/// assert_eq!(loss, evaluate(&CrossEntropy, &logits, &Tensor::from([1.0, 0.0, 0.0])));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossEntropy;

/// `Σ tᵢ (largest - xᵢ)`: the part of the loss that is linear in the logits.
#[inline(always)]
fn shortfall<S: Simd, E: Element>(simd: S, logits: &[E], target: &[E], largest: E) -> E {
    let largest = E::splat(simd, largest);
    let (zero, below) = (E::splat(simd, E::zero()), |x| E::vector_sub(simd, largest, x));
    sum::of_values(
        simd,
        [logits, target],
        #[inline(always)]
        |[x, t]| {
            // A logit of minus infinity under a target of zero costs nothing.
            E::select(simd, E::equal(simd, t, zero), zero, E::vector_mul(simd, t, below(x)))
        },
    )
}

/// `e^(x - largest)`
#[inline(always)]
fn exponential<S: Simd, E: Element>(simd: S, x: E::Vector<S>, largest: E) -> E::Vector<S> {
    E::vector_exp(simd, E::vector_sub(simd, x, E::splat(simd, largest)))
}

#[inline(always)]
fn ln<S: Simd, E: Element>(simd: S, x: E) -> E {
    single(
        simd,
        x,
        #[inline(always)]
        |x| E::vector_ln(simd, x),
    )
}

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Class<N>> for CrossEntropy {
    const APPLIES: Option<&'static str> = Some("Softmax");

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<Rank1<N>, E>, target: &Class<N>) -> E {
        let x = output.as_slice();
        let largest = sum::maximum(simd, x);
        let total = sum::of_values(
            simd,
            [x],
            #[inline(always)]
            |[x]| exponential(simd, x, largest),
        );
        ln(simd, total) + (largest - x[target.index()])
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
        let (x, gradient) = (output.as_slice(), gradient.as_mut_slice());
        let (largest, total) = exponentials(simd, x, gradient);
        let factor = E::splat(simd, scale / total);
        elementwise!(simd, [&mut *gradient], [], |[e], []| [E::vector_mul(simd, e, factor)]);
        gradient[target.index()] -= scale;
        ln(simd, total) + (largest - x[target.index()])
    }
}

impl<E: Element, const N: usize> Loss<E, Rank1<N>, Tensor<Rank1<N>, E>> for CrossEntropy {
    const APPLIES: Option<&'static str> = Some("Softmax");

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, output: &Tensor<Rank1<N>, E>, target: &Tensor<Rank1<N>, E>) -> E {
        let (x, t) = (output.as_slice(), target.as_slice());
        let largest = sum::maximum(simd, x);
        let total = sum::of_values(
            simd,
            [x],
            #[inline(always)]
            |[x]| exponential(simd, x, largest),
        );
        ln(simd, total) * sum::of(simd, t) + shortfall(simd, x, t, largest)
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
        let (x, t, gradient) = (output.as_slice(), target.as_slice(), gradient.as_mut_slice());
        let (largest, total) = exponentials(simd, x, gradient);
        let weight = sum::of(simd, t);
        let (factor, scale) = (E::splat(simd, scale * weight / total), E::splat(simd, scale));
        elementwise!(simd, [gradient], [t], |[e], [t]| {
            [E::vector_sub(simd, E::vector_mul(simd, e, factor), E::vector_mul(simd, t, scale))]
        });
        ln(simd, total) * weight + shortfall(simd, x, t, largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::one_hot;
    use crate::losses::testing::{bits_agree_at_every_level, check_gradient, gradient};
    use proptest::array::uniform19;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_derivative(x in uniform19(-5.0..5.0), class in 0usize..19, t in uniform19(0.0..1.0)) {
            let x = Tensor::<Rank1<19>, f64>::from(x);
            check_gradient(&CrossEntropy, &x, &Class::<19>::new(class).unwrap());
            check_gradient(&CrossEntropy, &x, &Tensor::from(t));
        }

        #[test]
        fn the_bits_are_the_same_at_every_level(
            x in uniform19(-50f32..50.0), class in 0usize..19, t in uniform19(0f32..1.0),
        ) {
            let x = Tensor::<Rank1<19>>::from(x);
            bits_agree_at_every_level(&CrossEntropy, &x, &Class::<19>::new(class).unwrap());
            bits_agree_at_every_level(&CrossEntropy, &x, &Tensor::from(t));
        }

        #[test]
        fn a_class_is_its_one_hot_vector(x in uniform19(-50f32..50.0), class in 0usize..19) {
            let (x, class) = (Tensor::<Rank1<19>>::from(x), Class::<19>::new(class).unwrap());
            let hot = one_hot::<f32, 19>(class);
            prop_assert_eq!(gradient(&CrossEntropy, &x, &class), gradient(&CrossEntropy, &x, &hot));
        }

        #[test]
        fn a_common_offset_changes_nothing(x in uniform19(-5f64..5.0), offset in -1e3f64..1e3) {
            let (x, class) = (Tensor::<Rank1<19>, f64>::from(x), Class::<19>::new(7).unwrap());
            let moved = gradient(&CrossEntropy, &x.map(|x: f64| x + offset), &class).0;
            prop_assert!((moved - gradient(&CrossEntropy, &x, &class).0).abs() < 1e-11);
        }
    }

    #[test]
    fn an_impossible_class_costs_nothing_where_it_is_not_the_target() {
        let x = Tensor::<Rank1<3>>::from([f32::NEG_INFINITY, 1.0, 1.0]);
        let (loss, slope) = gradient(&CrossEntropy, &x, &Tensor::from([0.0, 1.0, 0.0]));
        assert!((loss - 2f32.ln()).abs() < 1e-6, "{loss}");
        assert_eq!(slope, Tensor::from([0.0, -0.5, 0.5]));
    }

    #[test]
    fn what_is_not_a_number_shows() {
        let x = Tensor::<Rank1<3>>::from([f32::NAN, 1.0, 2.0]);
        assert!(gradient(&CrossEntropy, &x, &Class::<3>::new(1).unwrap()).0.is_nan());
    }
}
