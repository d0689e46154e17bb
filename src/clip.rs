//! Limits to the gradient, against steps that are too large.

use pulp::Simd;

use crate::Element;
use crate::kernels::elementwise::{elementwise, in_place};
use crate::kernels::sum;
use crate::parameters::Layout;
use crate::simd::{Work, dispatch};

/// A limit to the gradient of the trained parameters; what a layer leaves in the place of a statistic is no gradient
/// and stays as it is.
///
/// ```
/// use tintype::clip::Clip;
/// use tintype::layers::Dense;
/// use tintype::parameters::{Layout, Parameters};
///
/// const LAYOUT: Layout = <Dense<f32, 1, 1> as Parameters<f32>>::LAYOUT;
/// let mut gradient = [3.0f32, -4.0];
/// Clip::Norm(1.0).apply(&LAYOUT, &mut gradient);
/// assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] + 0.8).abs() < 1e-6);
/// Clip::Value(0.7).apply(&LAYOUT, &mut gradient);
/// assert!((gradient[0] - 0.6).abs() < 1e-6 && gradient[1] == -0.7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Each number is limited to ± this value: PyTorch's `clip_grad_value_`.
    Value(f64),
    /// If the [`norm`] is larger than this, all numbers are multiplied by `limit / (norm + 1e-6)`: PyTorch's
    /// `clip_grad_norm_`.
    Norm(f64),
}

impl Clip {
    /// Limits `gradient`, which holds the numbers that `layout` describes.
    ///
    /// What is not a number stays so; by a norm that is not a number, nothing is limited.
    ///
    /// # Panics
    /// If `gradient` is shorter than the layout.
    pub fn apply<E: Element>(self, layout: &Layout, gradient: &mut [E]) {
        let change = match self {
            Self::Value(limit) => Change::Limit(E::from_f64(limit)),
            Self::Norm(limit) => {
                let factor = limit / (norm(layout, gradient) + 1e-6);
                if factor >= 1.0 || factor.is_nan() {
                    return;
                }
                Change::Scale(E::from_f64(factor))
            }
        };
        layout.visit(&mut |located, _| {
            if located.tensor.role.is_trained() {
                dispatch(Apply(change, &mut gradient[located.range()]));
            }
        });
    }
}

/// The Euclidean norm of the gradient of all trained parameters together.
///
/// Squares are summed as [`sum::wide`] does within a tensor, and in `f64` from tensor to tensor.
///
/// # Panics
/// If `gradient` is shorter than the layout.
pub fn norm<E: Element>(layout: &Layout, gradient: &[E]) -> f64 {
    let mut total = 0.0;
    layout.visit(&mut |located, _| {
        if located.tensor.role.is_trained() {
            total += dispatch(SquareSum(&gradient[located.range()]));
        }
    });
    libm::sqrt(total)
}

#[derive(Clone, Copy)]
enum Change<E> {
    Limit(E),
    Scale(E),
}

struct Apply<'a, E>(Change<E>, &'a mut [E]);

impl<E: Element> Work for Apply<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match self.0 {
            Change::Limit(limit) => {
                let (most, least) = (E::splat(simd, limit), E::splat(simd, -limit));
                in_place!(simd, self.1, [], |g, []| {
                    let g = E::select(simd, E::less_than(simd, most, g), most, g);
                    E::select(simd, E::less_than(simd, g, least), least, g)
                });
            }
            Change::Scale(factor) => {
                let factor = E::splat(simd, factor);
                elementwise!(simd, [self.1], [], |[g], []| [E::vector_mul(simd, g, factor)]);
            }
        }
    }
}

/// `Σ x²`
pub(crate) struct SquareSum<'a, E>(pub &'a [E]);

impl<E: Element> Work for SquareSum<'_, E> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        sum::wide(
            simd,
            self.0,
            #[inline(always)]
            |x| E::vector_mul(simd, x, x),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{ParameterTensor, Role};
    use proptest::prelude::*;

    const LAYOUT: Layout = Layout::Tensors(&[
        ParameterTensor { name: "weight", axes: &[3, 7], role: Role::Weight { fan_in: 3, fan_out: 7 } },
        ParameterTensor { name: "mean", axes: &[7], role: Role::Statistic(0.0) },
        ParameterTensor { name: "bias", axes: &[9], role: Role::Bias },
    ]);

    fn is_trained(index: usize) -> bool {
        !(21..28).contains(&index)
    }

    proptest! {
        #[test]
        fn the_norm_is_limited_and_the_direction_kept(gradient in proptest::collection::vec(-5f64..5.0, 37), limit in 0.1..40.0) {
            let before = norm(&LAYOUT, &gradient);
            let truth = (0..37).filter(|i| is_trained(*i)).map(|i| gradient[i] * gradient[i]).sum::<f64>().sqrt();
            prop_assert!((before - truth).abs() < 1e-12 * truth);
            let mut clipped = gradient.clone();
            Clip::Norm(limit).apply(&LAYOUT, &mut clipped);
            let factor = (limit / (truth + 1e-6)).min(1.0);
            for (index, (after, before)) in clipped.iter().zip(&gradient).enumerate() {
                let factor = if is_trained(index) { factor } else { 1.0 };
                prop_assert!((after - before * factor).abs() < 1e-12);
            }
        }

        #[test]
        fn values_are_limited(gradient in proptest::collection::vec(-5f32..5.0, 37), limit in 0.1..6.0) {
            let mut clipped = gradient.clone();
            Clip::Value(limit).apply(&LAYOUT, &mut clipped);
            let limit = limit as f32;
            for (index, (after, before)) in clipped.iter().zip(&gradient).enumerate() {
                let wanted = if is_trained(index) { before.clamp(-limit, limit) } else { *before };
                prop_assert_eq!(*after, wanted);
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_visible() {
        for clip in [Clip::Value(1.0), Clip::Norm(1.0)] {
            let mut gradient = [2.0f32; 37];
            gradient[0] = f32::NAN;
            clip.apply(&LAYOUT, &mut gradient);
            assert!(gradient[0].is_nan());
        }
    }
}
