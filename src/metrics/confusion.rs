//! The confusion matrix.

use core::fmt;

use bytemuck::Zeroable;

use crate::Class;
#[cfg(feature = "std")]
use crate::{Network, Tensor, data::Dataset, network::AsNetwork, shape::Rank1};

/// How often samples of one class were taken for another.
///
/// ```
/// use tintype::{Class, metrics::ConfusionMatrix};
/// let [cat, dog] = [0, 1].map(|index| Class::<2>::new(index).unwrap());
/// let mut matrix = ConfusionMatrix::new();
/// for (actual, predicted) in [(cat, cat), (cat, dog), (dog, dog), (dog, dog)] {
///     matrix.add(actual, predicted);
/// }
/// assert_eq!(matrix.count(cat, dog), 1);
/// assert_eq!(matrix.accuracy(), Some(0.75));
/// assert_eq!(matrix.recall(cat), Some(0.5));
/// assert_eq!(matrix.precision(cat), Some(1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix<const N: usize> {
    counts: [[u64; N]; N],
}

// SAFETY: all bits zero is a value of every array of integers.
unsafe impl<const N: usize> Zeroable for ConfusionMatrix<N> {}

impl<const N: usize> ConfusionMatrix<N> {
    /// Without samples.
    pub const fn new() -> Self {
        Self { counts: [[0; N]; N] }
    }

    /// Of what `network` says of each sample of `data`; computed on all cores.
    ///
    /// ```
    /// use tintype::data::InMemory;
    /// use tintype::metrics::ConfusionMatrix;
    /// use tintype::prelude::*;
    /// network! { struct Signs: [1] -> [2] { signs: Dense(2) } }
    ///
    /// let mut net = Signs::boxed(Seed(7));
    /// net.signs.weight = [[-1.0, 1.0]];
    /// let samples = [(-3.0, 0), (1.0, 1), (2.0, 0)].map(|(x, class)| (Tensor::from([x]), Class::new(class).unwrap()));
    /// let data: InMemory<_, _> = samples.into_iter().collect();
    /// assert_eq!(ConfusionMatrix::of(&net, &data).counts(), &[[1, 1], [0, 1]]);
    /// ```
    #[cfg(feature = "std")]
    pub fn of<Net, Kind, D>(network: &impl AsNetwork<Kind, Network = Net>, data: &D) -> Self
    where
        Net: Network<Output = Rank1<N>>,
        D: Dataset<Net::Element, Input = Net::Input, Target = Class<N>> + ?Sized,
    {
        let mut matrix = Self::new();
        let mut input = Tensor::zeros();
        for (index, output) in crate::train::predict(network, data).iter().enumerate() {
            matrix.add(data.read(index, &mut input), Class::of(output));
        }
        matrix
    }

    /// Counts one sample.
    pub const fn add(&mut self, actual: Class<N>, predicted: Class<N>) {
        self.counts[actual.index()][predicted.index()] += 1;
    }

    /// How many samples of class `actual` were taken for class `predicted`.
    pub const fn count(&self, actual: Class<N>, predicted: Class<N>) -> u64 {
        self.counts[actual.index()][predicted.index()]
    }

    /// The counts: a row for each actual class, a column for each predicted one.
    pub const fn counts(&self) -> &[[u64; N]; N] {
        &self.counts
    }

    /// The share of all samples that were taken for what they are, if there are any.
    pub fn accuracy(&self) -> Option<f64> {
        let right = (0..N).map(|index| self.counts[index][index]).sum();
        ratio(right, self.counts.as_flattened().iter().sum())
    }

    /// Of the samples that were taken for `class`, the share that are of it.
    pub fn precision(&self, class: Class<N>) -> Option<f64> {
        ratio(self.count(class, class), self.counts.iter().map(|row| row[class.index()]).sum())
    }

    /// Of the samples that are of `class`, the share that were taken for it.
    pub fn recall(&self, class: Class<N>) -> Option<f64> {
        ratio(self.count(class, class), self.counts[class.index()].iter().sum())
    }

    /// The harmonic mean of [`precision`](Self::precision) and [`recall`](Self::recall): the F1 score.
    pub fn f1(&self, class: Class<N>) -> Option<f64> {
        let actual: u64 = self.counts[class.index()].iter().sum();
        let predicted: u64 = self.counts.iter().map(|row| row[class.index()]).sum();
        ratio(2 * self.count(class, class), actual + predicted)
    }
}

/// A table: a row for each actual class, a column for each predicted one.
///
/// ```
/// use tintype::{Class, metrics::ConfusionMatrix};
/// let mut matrix = ConfusionMatrix::<2>::new();
/// (0..12).for_each(|_| matrix.add(Class::new(1).unwrap(), Class::new(0).unwrap()));
/// let table = "\
/// actual  taken for   0   1
///      0              0   0
///      1             12   0";
/// assert_eq!(matrix.to_string(), table);
/// ```
impl<const N: usize> fmt::Display for ConfusionMatrix<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.counts.as_flattened().iter().copied().max().unwrap_or(0).max(N as u64);
        let width = largest.checked_ilog10().unwrap_or(0) as usize + 1;
        f.write_str("actual  taken for")?;
        (0..N).try_for_each(|class| write!(f, "  {class:>width$}"))?;
        for (class, row) in self.counts.iter().enumerate() {
            write!(f, "\n{class:>6}           ")?;
            row.iter().try_for_each(|count| write!(f, "  {count:>width$}"))?;
        }
        Ok(())
    }
}

impl<const N: usize> Default for ConfusionMatrix<N> {
    fn default() -> Self {
        Self::new()
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scores_are_those_of_the_textbook() {
        let classes: [Class<3>; 3] = core::array::from_fn(|index| Class::new(index).unwrap());
        let [a, b, c] = classes;
        let mut matrix = ConfusionMatrix::<3>::new();
        // Of `a`: 6 true positives, 2 false negatives, 4 false positives.
        for (actual, predicted, times) in [(a, a, 6), (a, b, 2), (b, a, 4), (b, b, 8)] {
            (0..times).for_each(|_| matrix.add(actual, predicted));
        }
        assert_eq!(matrix.counts(), &[[6, 2, 0], [4, 8, 0], [0, 0, 0]]);
        assert_eq!(matrix.accuracy(), Some(14.0 / 20.0));
        assert_eq!((matrix.precision(a), matrix.recall(a)), (Some(0.6), Some(0.75)));
        let (precision, recall) = (0.6, 0.75);
        assert!((matrix.f1(a).unwrap() - 2.0 * precision * recall / (precision + recall)).abs() < 1e-15);
        assert_eq!((matrix.precision(c), matrix.recall(c), matrix.f1(c)), (None, None, None));
        assert_eq!(ConfusionMatrix::<3>::new().accuracy(), None);
    }
}
