//! Training without a heap.

use bytemuck::Zeroable;
use num_traits::One;

use super::descent::{Descent, NonFiniteGradient, Update};
use super::passes::{Passes, pack, passes_len};
use crate::layer::Randomness;
use crate::losses::Loss;
use crate::optimizers::Optimizer;
use crate::tensor::tensors_mut;
use crate::{Element, Network, Seed, Shape, Tensor};

/// The elements of memory that a [`Learner`] of the network `N` wants lent for `samples` at a time.
pub const fn learner_len<N: Network>(samples: usize) -> usize {
    N::MEMORY.packed + N::Output::LEN * samples + passes_len::<N>(samples)
}

/// All that training remembers of a network: the gradient, and the optimizer's state.
///
/// It is plain data that starts as all zeros, so that a microcontroller may keep it in a `static`. The memory of a step
/// is lent by the caller, who is free to use it for something else between the steps.
///
/// ```
/// use tintype::losses::MeanSquaredError;
/// use tintype::optimizers::Sgd;
/// use tintype::prelude::*;
/// use tintype::train::{Learner, Update, learner_len};
///
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
///
/// let mut net = Line::ZERO;
/// let mut learner = Learner::<Line, Sgd>::ZERO;
/// let mut memory = [0.0; learner_len::<Line>(2)];
/// let (x, y) = ([[0.0], [1.0], [2.0]].map(Tensor::from), [[1.0], [3.0], [5.0]].map(Tensor::from));
/// for _ in 0..200 {
///     learner.step(&mut net, &MeanSquaredError, &Update::new(&Sgd::new(0.2)), &x, &y, &mut memory)?;
/// }
/// assert!((net.line.weight[0][0] - 2.0).abs() < 1e-3);
/// # Ok::<(), tintype::train::NonFiniteGradient>(())
/// ```
#[repr(C, align(64))]
pub struct Learner<N: Network, Opt: Optimizer<N::Element>> {
    gradient: N,
    descent: Descent<N, Opt>,
}

// SAFETY: both fields are `Zeroable`.
unsafe impl<N: Network, Opt: Optimizer<N::Element>> Zeroable for Learner<N, Opt> {}

impl<N: Network, Opt: Optimizer<N::Element>> Learner<N, Opt> {
    /// A learner that has not taken a step.
    pub const ZERO: Self = {
        // SAFETY: `Learner` is `Zeroable`.
        unsafe { core::mem::zeroed() }
    };

    /// The gradient that the last step used.
    pub const fn gradient(&self) -> &N {
        &self.gradient
    }

    /// The number of steps taken.
    pub const fn steps(&self) -> u64 {
        self.descent.steps()
    }

    /// Takes one step down the gradient of the mean loss over the batch `inputs`, and gives that loss, without a
    /// penalty. Samples go through the network as many at a time as `memory` holds; [`learner_len`] says what is needed
    /// for how many. It may hold anything.
    ///
    /// Random decisions of layers, such as dropout's, follow from the number of the step.
    ///
    /// # Errors
    /// If the gradient is not finite. The network stays as it was.
    ///
    /// # Panics
    /// If there are not as many targets as inputs, or none; if the memory is too small for one sample, or for the whole
    /// batch where the samples depend on each other, as in batch normalisation.
    pub fn step<L, T>(
        &mut self,
        network: &mut N,
        loss: &L,
        update: &Update<'_, Opt>,
        inputs: &[Tensor<N::Input, N::Element>],
        targets: &[T],
        memory: &mut [N::Element],
    ) -> Result<f64, NonFiniteGradient>
    where
        L: Loss<N::Element, N::Output, T>,
    {
        assert_eq!(inputs.len(), targets.len(), "there must be one target for each input");
        assert!(!inputs.is_empty(), "a batch has at least one sample");
        let together = samples_together::<N>(memory.len()).min(inputs.len());
        let at_least = if N::COUPLES_BATCH { inputs.len() } else { 1 };
        assert!(together >= at_least, "the memory holds {together} samples at a time, but must hold {at_least}");
        // The outputs last: they are few, and what lies behind them would begin within a cache line.
        let (packed, memory) = memory.split_at_mut(N::MEMORY.packed);
        let (memory, outputs) = memory.split_at_mut(passes_len::<N>(together));
        let outputs = tensors_mut::<N::Output, _>(&mut outputs[..N::Output::LEN * together]);
        pack(network, packed, false);
        let key = Seed(self.steps()).part(0).0;
        let scale = N::Element::one() / N::Element::from_f64(inputs.len() as f64);
        let mut sum = 0.0;
        let runs = inputs.chunks(together).zip(targets.chunks(together));
        for (first_sample, (inputs, targets)) in (0..).step_by(together).zip(runs) {
            let outputs = &mut outputs[..inputs.len()];
            let randomness = Randomness { key, first_sample };
            let accumulate = first_sample > 0;
            sum +=
                Passes { network: &*network, packed, inputs, targets, outputs, memory, randomness, accumulate, scale }
                    .gradient(loss, &mut self.gradient);
        }
        self.descent.step(network, &mut self.gradient, update)?;
        Ok(sum / inputs.len() as f64)
    }
}

/// How many samples a learner takes at a time in `len` elements of memory.
const fn samples_together<N: Network>(len: usize) -> usize {
    len.saturating_sub(learner_len::<N>(0)) / (learner_len::<N>(1) - learner_len::<N>(0))
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::data::InMemory;
    use crate::layer::{Backward, Layer, Mode, Room};
    use crate::losses::MeanSquaredError;
    use crate::network::DeclaredLayer;
    use crate::optimizers::{Adam, Sgd};
    use crate::parameters::{Layout, ParameterTensor, Parameters, Role};
    use crate::shape::Rank1;
    use crate::simd::Simd;
    use crate::train::Trainer;
    use crate::{Element, network};
    use std::vec;
    use std::vec::Vec;

    network! { struct Curve: [2] -> [1] { Dense(6), Tanh, Dense(1) } }
    network! { struct Normalised: [2] -> [1] { Dense(6), BatchNorm, Tanh, Dense(1) } }

    type Net = Curve<f64>;
    type Input = Tensor<Rank1<2>, f64>;
    type Output = Tensor<Rank1<1>, f64>;

    fn samples() -> (Vec<Input>, Vec<Output>) {
        let x = |index: u8| f64::from(index) / 10.0;
        (0..10).map(|index| (Input::from([x(index), 1.0]), Output::from([x(index) * x(index)]))).unzip()
    }

    fn learn(memory: usize) -> Vec<f64> {
        let (inputs, targets) = samples();
        let mut network = Net::ZERO;
        network.initialize(Seed(1));
        let mut learner = Learner::<Net, Adam>::ZERO;
        let mut memory = vec![f64::NAN; memory];
        let update = Update::new(&const { Adam::new(0.01) });
        for _ in 0..5 {
            learner.step(&mut network, &MeanSquaredError, &update, &inputs, &targets, &mut memory).unwrap();
        }
        assert_eq!(learner.steps(), 5);
        network.as_slice().to_vec()
    }

    #[test]
    fn how_many_samples_go_together_is_a_matter_of_rounding() {
        let together = learn(learner_len::<Net>(10));
        for samples in 1..10 {
            let alone = learn(learner_len::<Net>(samples));
            assert!(alone.iter().zip(&together).all(|(a, b)| (a - b).abs() < 1e-12), "{alone:?} {together:?}");
        }
    }

    #[test]
    fn a_trainer_takes_the_same_steps() {
        let data: InMemory<_, _, f64> = samples().0.into_iter().zip(samples().1).collect();
        let mut network = Net::ZERO;
        network.initialize(Seed(1));
        let mut trainer = Trainer::new(MeanSquaredError, Adam::new(0.01)).epochs(5).shuffle(false);
        trainer.fit_without_validation(&mut network, &data).unwrap();
        assert_eq!(network.as_slice(), learn(learner_len::<Net>(10)));
    }

    /// `y = a x`, by a layer that adds its gradient to what it finds.
    #[repr(C)]
    struct Gain<E>(E);
    // SAFETY: a number, for which all bits zero is a value.
    unsafe impl<E: Element> Zeroable for Gain<E> {}
    // SAFETY: one number and nothing else, as the layout says.
    unsafe impl<E: Element> Parameters<E> for Gain<E> {
        const LAYOUT: Layout = Layout::Tensors(&[ParameterTensor { name: "gain", axes: &[1], role: Role::Bias }]);
    }
    impl<E: Element> Layer<E, Rank1<1>, Rank1<1>> for Gain<E> {
        fn forward_batch<S: Simd>(
            &self,
            _: S,
            x: &[Tensor<Rank1<1>, E>],
            y: &mut [Tensor<Rank1<1>, E>],
            _: Room<'_, E>,
            _: Mode,
        ) {
            x.iter().zip(y).for_each(|(x, y)| y[0] = self.0 * x[0]);
        }

        fn backward_batch<S: Simd>(&self, _: S, pass: Backward<'_, E, Rank1<1>, Rank1<1>>, gradient: &mut Self) {
            pass.x.iter().zip(&*pass.dy).for_each(|(x, dy)| gradient.0 += x[0] * dy[0]);
        }
    }

    struct Amplify;
    impl DeclaredLayer<Rank1<1>> for Amplify {
        type Output = Rank1<1>;
        type Layer<E: Element> = Gain<E>;
    }
    network! { struct Amplifier: [1] -> [1] { amplify: Amplify } }

    #[test]
    fn a_layer_of_ones_own_that_adds_its_gradient_takes_the_textbook_steps() {
        let xs = [0.25, 0.5, -1.0, 2.0, 1.5];
        let (inputs, targets) = (xs.map(|x| Output::from([x])), xs.map(|x| Output::from([3.0 * x])));
        for together in 1..=5 {
            let mut network = <Amplifier<f64>>::ZERO;
            let mut learner = Learner::<Amplifier<f64>, Sgd>::ZERO;
            let mut memory = vec![f64::NAN; learner_len::<Amplifier<f64>>(together)];
            let update = Update::new(&const { Sgd::new(0.125) });
            let mut gain = 0.0;
            for _ in 0..4 {
                learner.step(&mut network, &MeanSquaredError, &update, &inputs, &targets, &mut memory).unwrap();
                // The mean squared error has the gradient 2 Σ (a x - 3 x) x / n.
                gain -= 0.125 * 2.0 * xs.map(|x| (gain * x - 3.0 * x) * x).iter().sum::<f64>() / 5.0;
                assert!((network.amplify.0 - gain).abs() < 1e-12, "{together} at a time: {} {gain}", network.amplify.0);
            }
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let mut network = Net::ZERO;
        let mut learner = Learner::<Net, Adam>::ZERO;
        let mut memory = vec![0.0; learner_len::<Net>(1)];
        let target = [Output::from([f64::INFINITY])];
        let update = Update::new(&const { Adam::new(0.01) });
        let step = learner.step(&mut network, &MeanSquaredError, &update, &[Input::zeros()], &target, &mut memory);
        assert_eq!(step, Err(NonFiniteGradient));
        assert_eq!(network.as_slice(), Net::ZERO.as_slice());
    }

    #[test]
    #[should_panic(expected = "the memory holds 9 samples at a time, but must hold 10")]
    fn coupled_samples_need_memory_for_all() {
        type Net = Normalised<f64>;
        let (inputs, targets) = samples();
        let update = Update::new(&const { Adam::new(0.01) });
        let mut memory = vec![0.0; learner_len::<Net>(9)];
        let mut learner = Learner::<Net, Adam>::ZERO;
        let _ = learner.step(&mut Net::boxed(Seed(1)), &MeanSquaredError, &update, &inputs, &targets, &mut memory);
    }
}
