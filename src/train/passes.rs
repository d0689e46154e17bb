//! A forward and a backward pass beneath one choice of vector instructions.

use pulp::{Simd, WithSimd};

use crate::layer::{Backward, Mode, Randomness, Room};
use crate::losses::Loss;
use crate::network::{Probe, WithoutInputGradient, clear};
use crate::simd::{Work, dispatch};
use crate::tensor::tensors_mut;
use crate::{Element, Network, Shape, Tensor};

/// The elements of memory that [`Passes`] over `samples` at a time need.
pub const fn passes_len<N: Network>(samples: usize) -> usize {
    N::MEMORY.training_scratch() + (N::MEMORY.tape + N::MEMORY.workspace + N::Output::LEN) * samples
}

/// Arranges the parameters of `network` for backward passes, in `N::MEMORY.packed` elements; `input_gradient` says whether for
/// [`Passes::input_gradient`] as well.
///
/// # Panics
/// If `packed` is shorter.
pub fn pack<N: Network>(network: &N, packed: &mut [N::Element], input_gradient: bool) {
    dispatch(Pack { network, packed: &mut packed[..N::MEMORY.packed], input_gradient });
}

struct Pack<'a, N: Network> {
    network: &'a N,
    packed: &'a mut [N::Element],
    input_gradient: bool,
}

impl<N: Network> Work for Pack<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.network.pack(simd, self.packed, self.input_gradient);
    }
}

/// The samples of a batch that go through a network together, and all memory that this takes.
///
/// [`gradient`](Self::gradient) runs the forward pass, the loss and the backward pass beneath one choice of the
/// processor's vector instructions.
///
/// ```
/// use tintype::layer::Randomness;
/// use tintype::losses::MeanSquaredError;
/// use tintype::memory::zeroed_box;
/// use tintype::prelude::*;
/// use tintype::train::{Passes, pack, passes_len};
///
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
/// let net = Line::boxed(Seed(1));
/// let mut gradient = zeroed_box::<Line>();
/// let mut packed = vec![0.0; <Line as tintype::Layer<f32, _, _>>::MEMORY.packed];
/// pack(&*net, &mut packed, false);
/// let (x, target) = (Tensor::from([2.0]), Tensor::from([5.0]));
/// let mut outputs = [Tensor::zeros()];
/// let loss = Passes {
///     network: &*net,
///     packed: &packed,
///     inputs: &[x],
///     targets: &[target],
///     outputs: &mut outputs,
///     memory: &mut vec![0.0; passes_len::<Line>(1)],
///     randomness: Randomness { key: 0, first_sample: 0 },
///     accumulate: false,
///     scale: 1.0,
/// }
/// .gradient(&MeanSquaredError, &mut gradient);
/// let missing = 5.0 - outputs[0].as_slice()[0];
/// assert_eq!(gradient.line.bias, [-2.0 * missing]);
/// assert_eq!(loss, f64::from(missing * missing));
/// ```
#[derive(Debug)]
pub struct Passes<'a, N: Network, T> {
    /// The network.
    pub network: &'a N,
    /// What [`pack`] made of its parameters.
    pub packed: &'a [N::Element],
    /// The inputs.
    pub inputs: &'a [Tensor<N::Input, N::Element>],
    /// A target for each input.
    pub targets: &'a [T],
    /// A place for the output to each input.
    pub outputs: &'a mut [Tensor<N::Output, N::Element>],
    /// At least [`passes_len`] elements; they may hold anything.
    pub memory: &'a mut [N::Element],
    /// Where layers take their random decisions from.
    pub randomness: Randomness,
    /// Whether the gradient by the parameters is added to what is there; otherwise it takes the place of that.
    pub accumulate: bool,
    /// What the gradient is multiplied by: one divided by the size of the batch, where the loss is a mean over it.
    pub scale: N::Element,
}

impl<N: Network, T> Passes<'_, N, T> {
    /// Computes the gradient of the loss by the parameters, which goes to `gradient`, and gives the sum of the samples' losses, which
    /// is not scaled.
    ///
    /// # Panics
    /// If inputs, targets and outputs are not equally many, or if there is less memory than needed.
    pub fn gradient<L: Loss<N::Element, N::Output, T>>(self, loss: &L, gradient: &mut N) -> f64 {
        self.check();
        dispatch(Gradient { passes: self, loss, sum: gradient })
    }

    /// The same as [`gradient`](Self::gradient), and writes the gradient by the inputs to `input_gradients`. The parameters
    /// must have been packed for it.
    ///
    /// # Panics
    /// As [`gradient`](Self::gradient), and if there are not as many places as inputs.
    pub fn input_gradient<L: Loss<N::Element, N::Output, T>>(
        self,
        loss: &L,
        gradient: &mut N,
        input_gradients: &mut [Tensor<N::Input, N::Element>],
    ) -> f64 {
        self.check();
        assert_eq!(self.inputs.len(), input_gradients.len(), "there must be one gradient for each input");
        dispatch(InputGradient { passes: self, loss, sum: gradient, input_gradients })
    }

    fn check(&self) {
        assert_eq!(self.inputs.len(), self.targets.len(), "there must be one target for each input");
        assert_eq!(self.inputs.len(), self.outputs.len(), "there must be one output for each input");
        assert!(self.memory.len() >= passes_len::<N>(self.inputs.len()), "the memory is too small for the samples");
        assert!(self.packed.len() >= N::MEMORY.packed, "the memory of the packed parameters is too small");
    }

    #[inline(always)]
    fn run<S: Simd, L: Loss<N::Element, N::Output, T>, P: Probe>(
        self,
        simd: S,
        loss: &L,
        gradient: &mut N,
        dx: Option<&mut [Tensor<N::Input, N::Element>]>,
        probe: &mut P,
    ) -> f64 {
        let Self { network, packed, inputs: x, targets, outputs: y, memory, randomness, accumulate, scale } = self;
        let samples = x.len();
        let (tape, memory) = memory.split_at_mut(N::MEMORY.tape * samples);
        let (workspace, memory) = memory.split_at_mut(N::MEMORY.workspace * samples);
        let (scratch, memory) = memory.split_at_mut(N::MEMORY.training_scratch());
        let dy = tensors_mut::<N::Output, _>(&mut memory[..N::Output::LEN * samples]);
        let mode = Mode::Training(randomness);
        let room = Room { tape: &mut *tape, workspace: &mut *workspace, scratch: &mut *scratch };
        network.forward_batch(simd, x, y, room, mode);
        let sum = simd.vectorize(Losses { loss, y, targets, scale, dy: &mut *dy });
        let mut pass = Backward {
            x,
            y,
            dy,
            dx,
            packed: &packed[..N::MEMORY.packed],
            room: Room { tape, workspace, scratch },
            mode,
            accumulate,
        };
        clear(&mut pass, gradient);
        network.backward_probed(simd, pass, gradient, probe);
        sum
    }
}

/// The gradients of a run of losses by the outputs; a function of its own, whose frame does not add to those of the
/// layers.
struct Losses<'a, L, O: Shape, E: Element, T> {
    loss: &'a L,
    y: &'a [Tensor<O, E>],
    targets: &'a [T],
    scale: E,
    dy: &'a mut [Tensor<O, E>],
}

impl<L: Loss<E, O, T>, O: Shape, E: Element, T> WithSimd for Losses<'_, L, O, E, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut sum = 0.0;
        for ((y, dy), target) in self.y.iter().zip(self.dy).zip(self.targets) {
            sum += self.loss.gradient(simd, y, target, self.scale, dy).to_f64();
        }
        sum
    }
}

struct Gradient<'a, N: Network, L, T> {
    passes: Passes<'a, N, T>,
    loss: &'a L,
    sum: &'a mut N,
}

impl<N: Network, L: Loss<N::Element, N::Output, T>, T> Work for Gradient<'_, N, L, T> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        self.passes.run(simd, self.loss, self.sum, None, &mut WithoutInputGradient)
    }
}

/// Work of its own, so that what `dx` costs is not even compiled into [`Gradient`].
struct InputGradient<'a, N: Network, L, T> {
    passes: Passes<'a, N, T>,
    loss: &'a L,
    sum: &'a mut N,
    input_gradients: &'a mut [Tensor<N::Input, N::Element>],
}

impl<N: Network, L: Loss<N::Element, N::Output, T>, T> Work for InputGradient<'_, N, L, T> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        self.passes.run(simd, self.loss, self.sum, Some(self.input_gradients), &mut ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::MeanSquaredError;
    use crate::shape::Rank1;
    use crate::{Parameters, Seed, network};
    use bytemuck::Zeroable;
    use proptest::array::uniform3;
    use proptest::prelude::*;
    use std::vec;

    network! { struct Curve: [3] -> [2] { Dense(5), Tanh, Dense(2) } }

    type Input = Tensor<Rank1<3>, f64>;
    type Output = Tensor<Rank1<2>, f64>;

    fn run(input: Input, gradient: &mut Curve<f64>) -> (f64, Input) {
        let mut network = Curve::<f64>::zeroed();
        network.initialize(Seed(2));
        let mut packed = vec![0.0; <Curve<f64> as crate::Layer<f64, _, _>>::MEMORY.packed];
        pack(&network, &mut packed, true);
        let mut input_gradients = [Input::full(f64::NAN)];
        let loss = Passes {
            network: &network,
            packed: &packed,
            inputs: &[input],
            targets: &[Output::from([0.5, -1.0])],
            outputs: &mut [Output::zeros()],
            memory: &mut vec![f64::NAN; passes_len::<Curve<f64>>(1)],
            randomness: Randomness { key: 0, first_sample: 0 },
            accumulate: true,
            scale: 1.0,
        }
        .input_gradient(&MeanSquaredError, gradient, &mut input_gradients);
        (loss, input_gradients[0])
    }

    #[test]
    fn the_gradient_by_the_parameters_needs_no_more_than_is_packed_for_it() {
        let mut network = Curve::<f64>::zeroed();
        network.initialize(Seed(2));
        let gradient = |input_gradient| {
            // What is not packed is no number, and would show.
            let mut packed = vec![f64::NAN; <Curve<f64> as crate::Layer<f64, _, _>>::MEMORY.packed];
            pack(&network, &mut packed, input_gradient);
            let mut gradient = Curve::zeroed();
            let _ = Passes {
                network: &network,
                packed: &packed,
                inputs: &[Input::from([0.5, -1.0, 2.0])],
                targets: &[Output::from([0.5, -1.0])],
                outputs: &mut [Output::zeros()],
                memory: &mut vec![f64::NAN; passes_len::<Curve<f64>>(1)],
                randomness: Randomness { key: 0, first_sample: 0 },
                accumulate: true,
                scale: 1.0,
            }
            .gradient(&MeanSquaredError, &mut gradient);
            (packed.iter().filter(|weight| weight.is_nan()).count(), gradient.as_slice().to_vec())
        };
        let ((unpacked, without), (none, with)) = (gradient(false), gradient(true));
        assert_eq!((unpacked, none), (3 * 5, 0));
        assert_eq!(without, with);
        assert!(with.iter().all(|slope| slope.is_finite()));
    }

    proptest! {
        #[test]
        fn the_gradient_by_the_inputs_is_the_derivative(x in uniform3(-1.0..1.0)) {
            let loss = |x: [f64; 3]| run(Input::from(x), &mut Curve::zeroed()).0;
            let (_, gradient) = run(Input::from(x), &mut Curve::zeroed());
            for axis in 0..3 {
                let moved = |by: f64| {
                    let mut x = x;
                    x[axis] += by;
                    loss(x)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                prop_assert!((slope - gradient.as_slice()[axis]).abs() < 1e-8, "{slope} {gradient:?}");
            }
        }
    }
}
