//! Numbers that tell a person how good a network is.

use crate::{Element, Shape, Tensor};

/// A number for each sample; the mean over a data set is what is shown.
pub trait Metric<E: Element, O: Shape, T>: Sync {
    /// What it is called in a report.
    fn name(&self) -> &'static str;

    /// The number for one sample.
    fn value(&self, output: &Tensor<O, E>, target: &T) -> f64;
}
