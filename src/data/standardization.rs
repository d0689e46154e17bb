//! Features of mean 0 and deviation 1.

use super::Dataset;
use crate::{Element, Shape, Tensor};

/// `(x - mean) / deviation` for each feature, with mean and deviation learnt from a data set.
///
/// The deviation is that of the whole population, `√(Σ (x - mean)² / n)`, and 1 in place of 0 for features that are the
/// same in every sample, as in scikit-learn's `StandardScaler`. Fit it on the training set alone, and apply it to
/// everything that the network sees, the inputs of a program in use included.
///
/// ```
/// use tintype::{Tensor, data::{Dataset, Samples, Standardization}, shape::Rank1};
///
/// let inputs = [Tensor::<Rank1<2>>::from([1.0, 7.0]), Tensor::from([3.0, 7.0])];
/// let train = Samples::new(&inputs, &[10.0, 20.0])?;
/// let standardization = Standardization::fit(&train);
/// let (input, target) = standardization.applied_to(&train).sample(1);
/// assert_eq!((input.as_slice(), target), ([1.0, 0.0].as_slice(), 20.0));
///
/// let mut fresh = Tensor::from([4.0, 9.0]);
/// standardization.apply(&mut fresh);
/// assert_eq!(fresh.as_slice(), [2.0, 2.0]);
/// # Ok::<(), tintype::data::LengthError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standardization<S: Shape, E: Element = f32> {
    /// What is subtracted from each feature.
    pub mean: Tensor<S, E>,
    /// What each feature is divided by afterwards.
    pub deviation: Tensor<S, E>,
}

impl<S: Shape, E: Element> Standardization<S, E> {
    /// Mean and deviation of each feature over all samples, summed in `f64` in the order of the samples. A data set
    /// without samples leaves everything as it is.
    pub fn fit(data: &impl Dataset<E, Input = S>) -> Self {
        let count = data.len().max(1) as f64;
        let mut input = Tensor::zeros();
        let mut first = Tensor::<S, f64>::zeros();
        let mut mean = Tensor::<S, f64>::zeros();
        for index in 0..data.len() {
            data.read(index, &mut input);
            if index == 0 {
                first = input.map(Element::to_f64);
            }
            // As distances from the first sample, so that the mean of equal numbers is that number to the last digit.
            for ((sum, x), first) in mean.as_mut_slice().iter_mut().zip(input.as_slice()).zip(first.as_slice()) {
                *sum += Element::to_f64(*x) - first;
            }
        }
        for (sum, first) in mean.as_mut_slice().iter_mut().zip(first.as_slice()) {
            *sum = first + *sum / count;
        }
        let mut variance = Tensor::<S, f64>::zeros();
        for index in 0..data.len() {
            data.read(index, &mut input);
            for ((sum, x), mean) in variance.as_mut_slice().iter_mut().zip(input.as_slice()).zip(mean.as_slice()) {
                let difference = Element::to_f64(*x) - mean;
                *sum += difference * difference;
            }
        }
        let deviation = variance.map(|sum| {
            let deviation = E::from_f64(libm::sqrt(sum / count));
            if deviation == E::zero() { E::one() } else { deviation }
        });
        Self { mean: mean.map(E::from_f64), deviation }
    }

    /// Standardises one input in place.
    pub fn apply(&self, input: &mut Tensor<S, E>) {
        let (mean, deviation) = (self.mean.as_slice(), self.deviation.as_slice());
        for ((x, &mean), &deviation) in input.as_mut_slice().iter_mut().zip(mean).zip(deviation) {
            *x = (*x - mean) / deviation;
        }
    }

    /// The data set with standardised inputs.
    pub const fn applied_to<D: Dataset<E, Input = S>>(&self, data: D) -> Standardized<'_, D, S, E> {
        Standardized { data, standardization: self }
    }
}

/// A data set with standardised inputs; made by [`Standardization::applied_to`].
#[derive(Clone, Copy, Debug)]
pub struct Standardized<'a, D, S: Shape, E: Element = f32> {
    data: D,
    standardization: &'a Standardization<S, E>,
}

impl<E: Element, S: Shape, D: Dataset<E, Input = S>> Dataset<E> for Standardized<'_, D, S, E>
where
    Tensor<S, E>: Sync,
{
    type Input = S;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.data.len()
    }

    fn read(&self, index: usize, input: &mut Tensor<S, E>) -> D::Target {
        let target = self.data.read(index, input);
        self.standardization.apply(input);
        target
    }

    fn prefetch(&self, index: usize) {
        self.data.prefetch(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Samples;
    use crate::shape::Rank1;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn standardised_features_have_mean_0_and_deviation_1(
            rows in proptest::collection::vec([-1e3..1e3, -1.0..1.0], 2..40)
        ) {
            let inputs: Vec<_> = rows.into_iter().map(Tensor::<Rank1<2>, f64>::from).collect();
            let targets = std::vec![(); inputs.len()];
            let data = Samples::new(&inputs, &targets).unwrap();
            let standardization = Standardization::<Rank1<2>, f64>::fit(&data);
            let standardised = standardization.applied_to(data);
            let count = inputs.len() as f64;
            for feature in 0..2 {
                let column: Vec<f64> = standardised.iter().map(|(x, ())| x.as_slice()[feature]).collect();
                let mean = column.iter().sum::<f64>() / count;
                let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
                prop_assert!(mean.abs() < 1e-9, "mean {}", mean);
                prop_assert!((variance - 1.0).abs() < 1e-9, "variance {}", variance);
            }
        }
    }

    #[test]
    fn a_constant_feature_becomes_zero() {
        let inputs = [Tensor::<Rank1<1>>::full(0.1); 7];
        let data = Samples::new(&inputs, &[(); 7]).unwrap();
        let standardization = Standardization::fit(&data);
        assert_eq!(standardization.deviation.as_slice(), [1.0]);
        assert_eq!(Dataset::<f32>::sample(&standardization.applied_to(&data), 0).0.as_slice(), [0.0]);
        // Ten times 0.1, added up, is not 1.
        let inputs = [Tensor::<Rank1<1>, f64>::full(0.1); 10];
        let standardization = Standardization::fit(&Samples::new(&inputs, &[(); 10]).unwrap());
        assert_eq!((standardization.mean.as_slice(), standardization.deviation.as_slice()), (&[0.1][..], &[1.0][..]));
    }

    #[test]
    fn no_samples_change_nothing() {
        let data = Samples::<Rank1<1>, ()>::new(&[], &[]).unwrap();
        let mut input = Tensor::<Rank1<1>>::full(5.0);
        Standardization::fit(&data).apply(&mut input);
        assert_eq!(input.as_slice(), [5.0]);
    }
}
