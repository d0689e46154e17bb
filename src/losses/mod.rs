//! What a network's output is compared with, and how.
//!
//! A loss is a number for one sample; the loss of a batch is the mean over its samples. One file holds one loss.
//!
//! | loss | output | target |
//! |---|---|---|
//! | [`CrossEntropy`] | logits `Rank1<N>` | `Class<N>`, or probabilities `Tensor<Rank1<N>>` |
//! | [`CrossEntropyOnProbabilities`] | probabilities `Rank1<N>` | the same |
//! | [`NegativeLogLikelihood`] | log-probabilities `Rank1<N>` | the same |
//! | [`MeanSquaredError`], [`MeanAbsoluteError`], [`Huber`] | any shape | a tensor of that shape |
//! | [`BinaryCrossEntropy`] | probabilities, any shape | a tensor of that shape |
//! | [`BinaryCrossEntropyWithLogits`] | logits, any shape | a tensor of that shape |
//!
//! Sums over the elements of a sample are split as [`sum`] says, so a loss and its
//! gradient have the same bits at every SIMD level.

use pulp::Simd;

use crate::kernels::elementwise::elementwise;
use crate::kernels::sum;
use crate::simd::{Work, dispatch};
use crate::{Element, Shape, Tensor};

mod binary_cross_entropy;
mod binary_cross_entropy_with_logits;
mod cross_entropy;
mod cross_entropy_on_probabilities;
mod huber;
mod mean_absolute_error;
mod mean_squared_error;
mod negative_log_likelihood;
#[cfg(test)]
mod testing;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_with_logits::BinaryCrossEntropyWithLogits;
pub use cross_entropy::CrossEntropy;
pub use cross_entropy_on_probabilities::CrossEntropyOnProbabilities;
pub use huber::Huber;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_squared_error::MeanSquaredError;
pub use negative_log_likelihood::NegativeLogLikelihood;

/// What a network's output of shape `O` is compared with, a target of type `T`, and how.
///
/// A loss of one's own says what it gives for one sample, and the gradient:
///
/// ```
/// use tintype::losses::Loss;
/// use tintype::simd::Simd;
/// use tintype::{Element, Tensor, shape::Rank1};
///
/// /// How far a single output is above a limit; nothing if it is below.
/// struct Excess;
///
/// impl<E: Element> Loss<E, Rank1<1>, E> for Excess {
///     fn value<S: Simd>(&self, _: S, output: &Tensor<Rank1<1>, E>, limit: &E) -> E {
///         (output.as_slice()[0] - *limit).max(E::zero())
///     }
///     fn gradient<S: Simd>(
///         &self,
///         simd: S,
///         output: &Tensor<Rank1<1>, E>,
///         limit: &E,
///         scale: E,
///         gradient: &mut Tensor<Rank1<1>, E>,
///     ) -> E {
///         let above = output.as_slice()[0] > *limit;
///         gradient.as_mut_slice()[0] = if above { scale } else { E::zero() };
///         self.value(simd, output, limit)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot compare the network's output `{O}` with the target `{T}`",
    label = "this loss does not fit the output and the targets",
    note = "a target `Class<12>` needs an output `Rank1<12>` and a loss for classes, such as `CrossEntropy`",
    note = "a target that is a tensor needs an output of the same shape and element"
)]
pub trait Loss<E: Element, O: Shape, T>: Sync {
    /// The kind of layer that the loss applies to the output itself, so that a network must not end with it.
    const APPLIES: Option<&'static str> = None;

    /// The loss of one sample.
    fn value<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &T) -> E;

    /// The loss of one sample; writes its gradient by the output, times `scale`, to `gradient`.
    fn gradient<S: Simd>(&self, simd: S, output: &Tensor<O, E>, target: &T, scale: E, gradient: &mut Tensor<O, E>)
    -> E;
}

/// The loss of one sample, with the widest vector instructions that the processor has.
///
/// ```
/// use tintype::losses::{CrossEntropy, evaluate};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let logits = Tensor::<Rank1<4>>::zeros();
/// let loss = evaluate(&CrossEntropy, &logits, &Class::<4>::new(1).unwrap());
/// assert!((loss - 4f32.ln()).abs() < 1e-6);
/// ```
pub fn evaluate<L: Loss<E, O, T>, E: Element, O: Shape, T>(loss: &L, output: &Tensor<O, E>, target: &T) -> E {
    struct Value<'a, L, O: Shape, E: Element, T>(&'a L, &'a Tensor<O, E>, &'a T);
    impl<L: Loss<E, O, T>, E: Element, O: Shape, T> Work for Value<'_, L, O, E, T> {
        type Output = E;
        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> E {
            self.0.value(simd, self.1, self.2)
        }
    }
    dispatch(Value(loss, output, target))
}

/// The mean of `term(output, target)` over the elements of a sample.
#[inline(always)]
fn mean<S: Simd, E: Element, O: Shape>(
    simd: S,
    output: &Tensor<O, E>,
    target: &Tensor<O, E>,
    term: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) -> E {
    sum::of_values(
        simd,
        [output.as_slice(), target.as_slice()],
        #[inline(always)]
        |[o, t]| term(o, t),
    ) / E::from_f64(O::LEN as f64)
}

/// Writes the gradient of a [`mean`], times `scale`: `slope` is the derivative of the term by the output.
#[inline(always)]
fn mean_gradient<S: Simd, E: Element, O: Shape>(
    simd: S,
    output: &Tensor<O, E>,
    target: &Tensor<O, E>,
    scale: E,
    gradient: &mut Tensor<O, E>,
    slope: impl Fn(E::Vector<S>, E::Vector<S>) -> E::Vector<S>,
) {
    let factor = E::splat(simd, scale / E::from_f64(O::LEN as f64));
    elementwise!(simd, [gradient.as_mut_slice()], [output.as_slice(), target.as_slice()], |_, [o, t]| {
        [E::vector_mul(simd, factor, slope(o, t))]
    });
}

/// `ln(1 + x)`, to the last digits for small `x` too.
#[inline(always)]
fn log_of_one_plus<S: Simd, E: Element>(simd: S, x: E::Vector<S>) -> E::Vector<S> {
    let one = E::splat(simd, E::one());
    let sum = E::vector_add(simd, one, x);
    // What the sum has rounded away of `x` is made good by the quotient (Goldberg, 1991, theorem 4).
    let kept = E::vector_sub(simd, sum, one);
    let corrected = E::vector_div(simd, E::vector_mul(simd, E::vector_ln(simd, sum), x), kept);
    E::select(simd, E::equal(simd, sum, one), x, corrected)
}
