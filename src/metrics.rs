//! Numbers that tell a person how good a network is.

use crate::losses::{MeanAbsoluteError, MeanSquaredError};
use crate::shape::Rank1;
use crate::{Class, Element, Shape, Tensor};

mod confusion;

pub use confusion::ConfusionMatrix;

/// A number for each sample; what is shown of a data set is the mean over its samples.
#[diagnostic::on_unimplemented(
    message = "the metric `{Self}` cannot compare the network's output `{O}` with the target `{T}`",
    note = "a target `Class<12>` needs an output `Rank1<12>`; a target that is a tensor needs an output of its shape"
)]
pub trait Metric<E: Element, O: Shape, T>: Sync {
    /// What it is called in reports and in the header of their CSV files; best in snake case.
    fn name(&self) -> &'static str;

    /// The number for one sample.
    fn value(&self, output: &Tensor<O, E>, target: &T) -> f64;
}

const fn share(right: bool) -> f64 {
    if right { 1.0 } else { 0.0 }
}

/// The share of samples whose largest output, the first of equals, is that of the target's class.
///
/// ```
/// use tintype::metrics::{Accuracy, Metric};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let output = Tensor::<Rank1<3>>::from([0.1, 2.0, 0.3]);
/// assert_eq!(Accuracy.value(&output, &Class::<3>::new(1).unwrap()), 1.0);
/// assert_eq!(Accuracy.value(&output, &Tensor::from([1.0, 0.0, 0.0])), 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy;

impl<E: Element, const N: usize> Metric<E, Rank1<N>, Class<N>> for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn value(&self, output: &Tensor<Rank1<N>, E>, target: &Class<N>) -> f64 {
        share(output.argmax() == target.index() && !output.as_slice()[target.index()].is_nan())
    }
}

impl<E: Element, const N: usize> Metric<E, Rank1<N>, Tensor<Rank1<N>, E>> for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn value(&self, output: &Tensor<Rank1<N>, E>, target: &Tensor<Rank1<N>, E>) -> f64 {
        share(output.argmax() == target.argmax() && !output.as_slice()[target.argmax()].is_nan())
    }
}

/// The share of samples for which fewer than so many outputs are larger than that of the target's class, as
/// TensorFlow's `in_top_k` counts.
///
/// ```
/// use tintype::metrics::{Metric, TopK};
/// use tintype::{Class, Tensor, shape::Rank1};
/// let output = Tensor::<Rank1<3>>::from([0.1, 2.0, 0.3]);
/// assert_eq!(TopK(2).value(&output, &Class::<3>::new(2).unwrap()), 1.0);
/// assert_eq!(TopK(2).value(&output, &Class::<3>::new(0).unwrap()), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopK(pub usize);

impl TopK {
    const fn text(self) -> &'static str {
        match self.0 {
            1 => "top_1_accuracy",
            2 => "top_2_accuracy",
            3 => "top_3_accuracy",
            4 => "top_4_accuracy",
            5 => "top_5_accuracy",
            6 => "top_6_accuracy",
            7 => "top_7_accuracy",
            8 => "top_8_accuracy",
            9 => "top_9_accuracy",
            10 => "top_10_accuracy",
            _ => "top_k_accuracy",
        }
    }

    fn holds<E: Element>(self, output: &[E], class: usize) -> bool {
        let Some(chosen) = output.get(class) else { return false };
        !chosen.is_nan() && output.iter().filter(|other| *other > chosen).count() < self.0
    }
}

impl<E: Element, const N: usize> Metric<E, Rank1<N>, Class<N>> for TopK {
    fn name(&self) -> &'static str {
        self.text()
    }

    fn value(&self, output: &Tensor<Rank1<N>, E>, target: &Class<N>) -> f64 {
        share(self.holds(output.as_slice(), target.index()))
    }
}

impl<E: Element, const N: usize> Metric<E, Rank1<N>, Tensor<Rank1<N>, E>> for TopK {
    fn name(&self) -> &'static str {
        self.text()
    }

    fn value(&self, output: &Tensor<Rank1<N>, E>, target: &Tensor<Rank1<N>, E>) -> f64 {
        share(self.holds(output.as_slice(), target.argmax()))
    }
}

/// The share of elements that are on the target's side of the threshold: `output > threshold` for a target of 1, and
/// not so for a target of 0. A target in between is never met, as in Keras' `BinaryAccuracy`.
///
/// ```
/// use tintype::metrics::{BinaryAccuracy, Metric};
/// use tintype::{Tensor, shape::Rank1};
/// let output = Tensor::<Rank1<4>>::from([0.9, 0.6, 0.4, 0.1]);
/// assert_eq!(BinaryAccuracy::default().value(&output, &Tensor::from([1.0, 0.0, 1.0, 0.0])), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryAccuracy {
    /// The output above which an element counts as 1.
    pub threshold: f64,
}

impl BinaryAccuracy {
    /// For logits: the threshold is 0.
    pub const LOGITS: Self = Self { threshold: 0.0 };
}

impl Default for BinaryAccuracy {
    /// For probabilities: the threshold is 0.5.
    fn default() -> Self {
        Self { threshold: 0.5 }
    }
}

impl<E: Element, O: Shape> Metric<E, O, Tensor<O, E>> for BinaryAccuracy {
    fn name(&self) -> &'static str {
        "binary_accuracy"
    }

    fn value(&self, output: &Tensor<O, E>, target: &Tensor<O, E>) -> f64 {
        let pairs = output.as_slice().iter().zip(target.as_slice());
        let threshold = E::from_f64(self.threshold);
        let right = pairs.filter(|(o, t)| !o.is_nan() && **t == E::from_f64(share(**o > threshold)));
        right.count() as f64 / O::LEN as f64
    }
}

/// Makes a loss on tensors a metric.
macro_rules! metric_from_loss {
    ($loss:ident, $name:literal) => {
        impl<E: Element, O: Shape> Metric<E, O, Tensor<O, E>> for $loss {
            fn name(&self) -> &'static str {
                $name
            }

            fn value(&self, output: &Tensor<O, E>, target: &Tensor<O, E>) -> f64 {
                crate::losses::evaluate(self, output, target).to_f64()
            }
        }
    };
}

metric_from_loss!(MeanAbsoluteError, "mean_absolute_error");
metric_from_loss!(MeanSquaredError, "mean_squared_error");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::one_hot;
    use proptest::array::uniform7;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_rank_of_the_target_decides(output in uniform7(0f32..1.0), class in 0usize..7, k in 0usize..9) {
            let mut sorted = output;
            sorted.sort_by(|a, b| b.total_cmp(a));
            let rank = sorted.iter().position(|x| *x == output[class]).unwrap();
            let (output, class) = (Tensor::<Rank1<7>>::from(output), Class::<7>::new(class).unwrap());
            prop_assert_eq!(TopK(k).value(&output, &class), share(rank < k));
            prop_assert_eq!(TopK(k).value(&output, &one_hot::<f32, 7>(class)), share(rank < k));
            prop_assert_eq!(Accuracy.value(&output, &class), TopK(1).value(&output, &class));
            prop_assert_eq!(Accuracy.value(&output, &class), Accuracy.value(&output, &one_hot::<f32, 7>(class)));
        }
    }

    #[test]
    fn what_is_not_a_number_is_never_right() {
        let output = Tensor::<Rank1<2>>::full(f32::NAN);
        let class = Class::<2>::new(0).unwrap();
        assert_eq!(Accuracy.value(&output, &class), 0.0);
        assert_eq!(TopK(2).value(&output, &class), 0.0);
        assert_eq!(BinaryAccuracy::LOGITS.value(&output, &Tensor::zeros()), 0.0);
    }

    #[test]
    fn a_loss_is_a_metric() {
        let (output, target) = (Tensor::<Rank1<2>>::from([1.0, 5.0]), Tensor::from([2.0, 3.0]));
        assert_eq!(MeanAbsoluteError.value(&output, &target), 1.5);
        assert_eq!(MeanSquaredError.value(&output, &target), 2.5);
    }
}
