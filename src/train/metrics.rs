//! Several metrics at once.

use std::vec::Vec;

use crate::metrics::Metric;
use crate::{Element, Shape, Tensor};

/// A list of metrics: `()` is none, and `(others, metric)` is one more behind `others`.
///
/// [`Trainer::metric`](super::Trainer::metric) and [`Evaluator::metric`](super::Evaluator::metric) make it longer.
#[diagnostic::on_unimplemented(
    message = "a metric in `{Self}` cannot compare the network's output `{O}` with the target `{T}`",
    note = "a metric is one for classes, such as `Accuracy`, or one for tensors, such as `MeanAbsoluteError`"
)]
pub trait Metrics<E: Element, O: Shape, T>: Sync {
    /// How many there are.
    const COUNT: usize;

    /// Adds the names in their order.
    fn names(&self, names: &mut Vec<&'static str>);

    /// Adds the numbers of one sample to `sums`, which has `COUNT` places.
    fn add(&self, output: &Tensor<O, E>, target: &T, sums: &mut [f64]);
}

impl<E: Element, O: Shape, T> Metrics<E, O, T> for () {
    const COUNT: usize = 0;

    fn names(&self, _: &mut Vec<&'static str>) {}

    fn add(&self, _: &Tensor<O, E>, _: &T, _: &mut [f64]) {}
}

impl<E: Element, O: Shape, T, Others, M> Metrics<E, O, T> for (Others, M)
where
    Others: Metrics<E, O, T>,
    M: Metric<E, O, T>,
{
    const COUNT: usize = Others::COUNT + 1;

    fn names(&self, names: &mut Vec<&'static str>) {
        self.0.names(names);
        names.push(self.1.name());
    }

    fn add(&self, output: &Tensor<O, E>, target: &T, sums: &mut [f64]) {
        if let Some((sum, others)) = sums.split_last_mut() {
            self.0.add(output, target, others);
            *sum += self.1.value(output, target);
        }
    }
}
