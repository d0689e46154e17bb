//! From the gradient to the next parameters.

use core::ops::Range;

use bytemuck::Zeroable;
use pulp::Simd;

use super::both::{both, middle};
use crate::clip::Clip;
use crate::kernels::sum;
use crate::optimizers::{Optimizer, Run, State};
use crate::parameters::Layout;
use crate::penalty::Penalty;
use crate::simd::{Work, dispatch};
use crate::{Element, Network};

/// What is done with a gradient.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a, Opt> {
    /// The rule that changes the parameters.
    pub optimizer: &'a Opt,
    /// Multiplies the optimizer's learning rate; 1 leaves it unchanged.
    pub rate: f64,
    /// What large weights cost, if anything.
    pub penalty: Option<Penalty>,
    /// The limit to the gradient, if there is one; the penalty counts towards it.
    pub clip: Option<Clip>,
}

impl<'a, Opt> Update<'a, Opt> {
    /// The optimizer's step, and nothing else.
    pub const fn new(optimizer: &'a Opt) -> Self {
        Self { optimizer, rate: 1.0, penalty: None, clip: None }
    }
}

/// A gradient holds an infinite number, or one that is not a number. The parameters stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonFiniteGradient;

impl core::fmt::Display for NonFiniteGradient {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the gradient is not finite; a smaller learning rate or a limit to the gradient may help")
    }
}

impl core::error::Error for NonFiniteGradient {}

/// What an optimizer remembers of the network `N` from step to step: plain data that may live in a `static`.
#[repr(C)]
pub struct Descent<N: Network, Opt: Optimizer<N::Element>> {
    state: Opt::State<N::ParamCount>,
    steps: u64,
}

// SAFETY: the state of an optimizer is `Zeroable`, and 0 is a `u64`.
unsafe impl<N: Network, Opt: Optimizer<N::Element>> Zeroable for Descent<N, Opt> {}

impl<N: Network, Opt: Optimizer<N::Element>> Descent<N, Opt> {
    /// The number of steps taken.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Adds the penalty's gradient to `gradient`, limits it, lets the optimizer change the trained parameters, and the
    /// layers keep their statistics.
    ///
    /// # Errors
    /// If the gradient is not finite. Then nothing has changed but the gradient.
    pub fn step(
        &mut self,
        network: &mut N,
        gradient: &mut N,
        update: &Update<'_, Opt>,
    ) -> Result<(), NonFiniteGradient> {
        self.step_on(1, network, gradient, update)
    }

    /// [`step`](Self::step) on so many threads.
    pub(super) fn step_on(
        &mut self,
        threads: usize,
        network: &mut N,
        gradient: &mut N,
        update: &Update<'_, Opt>,
    ) -> Result<(), NonFiniteGradient> {
        let layout = const { &N::LAYOUT };
        if let Some(penalty) = update.penalty {
            penalty.add_gradient(layout, network.as_slice(), gradient.as_mut_slice());
        }
        if !is_finite(gradient.as_slice(), threads) {
            return Err(NonFiniteGradient);
        }
        if let Some(clip) = update.clip {
            clip.apply(layout, gradient.as_mut_slice());
        }
        self.steps += 1;
        let (number, rate) = (self.steps, N::Element::from_f64(update.rate));
        let mut change = |range: Range<usize>| {
            let state = self.state.run(range.clone());
            let run = Run {
                parameters: &mut network.as_mut_slice()[range.clone()],
                gradient: &gradient.as_slice()[range],
                state,
            };
            Step::<N, Opt> { optimizer: update.optimizer, run, number, rate }.on(threads);
        };
        if const { N::LAYOUT.is_trained() } {
            change(0..N::PARAMS);
        } else {
            trained_ranges(layout, &mut change);
        }
        network.update_statistics(gradient);
        Ok(())
    }
}

/// Calls `visit` for every run of parameters that an optimizer changes: neighbouring tensors are one run.
fn trained_ranges(layout: &Layout, visit: &mut dyn FnMut(Range<usize>)) {
    let mut run = 0..0;
    layout.visit(&mut |located, _| {
        if located.tensor.role.is_trained() {
            if run.end != located.offset {
                if !run.is_empty() {
                    visit(run.clone());
                }
                run.start = located.offset;
            }
            run.end = located.range().end;
        }
    });
    if !run.is_empty() {
        visit(run);
    }
}

struct Step<'a, N: Network, Opt: Optimizer<N::Element>> {
    optimizer: &'a Opt,
    run: Run<'a, N::Element, Opt::State<N::ParamCount>>,
    number: u64,
    rate: N::Element,
}

impl<N: Network, Opt: Optimizer<N::Element>> Step<'_, N, Opt> {
    /// Takes the step on so many threads.
    fn on(self, threads: usize) {
        let Some(middle) = middle(self.run.parameters.len(), threads) else { return dispatch(self) };
        let Self { optimizer, run, number, rate } = self;
        let (left, right) = run.split(middle);
        both(
            || Self { optimizer, run: left, number, rate }.on(threads / 2),
            || Self { optimizer, run: right, number, rate }.on(threads - threads / 2),
        );
    }
}

impl<N: Network, Opt: Optimizer<N::Element>> Work for Step<'_, N, Opt> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.optimizer.step::<S, N::ParamCount>(simd, self.run, self.number, self.rate);
    }
}

/// Whether all elements are finite, on so many threads.
fn is_finite<E: Element>(run: &[E], threads: usize) -> bool {
    let Some(middle) = middle(run.len(), threads) else { return dispatch(IsFinite(run)) };
    let (left, right) = run.split_at(middle);
    let (mut left_is, mut right_is) = (true, true);
    both(|| left_is = is_finite(left, threads / 2), || right_is = is_finite(right, threads - threads / 2));
    left_is && right_is
}

/// Whether all elements are finite.
struct IsFinite<'a, E>(&'a [E]);

impl<E: Element> Work for IsFinite<'_, E> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> bool {
        // Zero times a finite number is zero; times infinity, or what is not a number, it is not. Four runs at a time, or each
        // vector would wait for the addition of the one before.
        let zero = E::splat(simd, E::zero());
        let (quarter, quarters) = (self.0.len() / 4, self.0.len() / 4 * 4);
        let [a, b, c, d] = [0, 1, 2, 3].map(|number| &self.0[number * quarter..(number + 1) * quarter]);
        let rest = &self.0[quarters..];
        let by_zero = sum::of_values(
            simd,
            [a, b, c, d],
            #[inline(always)]
            |[a, b, c, d]| {
                let left = E::vector_mul_add(simd, a, zero, E::vector_mul(simd, b, zero));
                let right = E::vector_mul_add(simd, c, zero, E::vector_mul(simd, d, zero));
                E::vector_add(simd, left, right)
            },
        );
        by_zero == E::zero() && rest.iter().all(|x| x.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network;
    use crate::optimizers::{Adam, RmsProp, Sgd};
    use crate::parameters::{NamedLayout, ParameterTensor, Parameters, Role};
    use crate::train::both::PIECE;
    use std::boxed::Box;
    use std::vec::Vec;

    network! { struct Line: [1] -> [1] { line: Dense(1) } }

    /// Weight and bias after a step from 2 and 3 with the gradient 1 and 8, and the learning rate 1.
    fn stepped(rate: f64, penalty: Option<Penalty>, clip: Option<Clip>) -> (f32, f32) {
        let (mut network, mut gradient) = (<Line>::ZERO, <Line>::ZERO);
        (network.line.weight, network.line.bias) = ([[2.0]], [3.0]);
        (gradient.line.weight, gradient.line.bias) = ([[1.0]], [8.0]);
        let mut descent = Descent::<Line, Sgd>::zeroed();
        descent.step(&mut network, &mut gradient, &Update { optimizer: &Sgd::new(1.0), rate, penalty, clip }).unwrap();
        (network.line.weight[0][0], network.line.bias[0])
    }

    #[test]
    fn the_penalty_is_added_before_the_gradient_is_limited() {
        assert_eq!(stepped(1.0, None, None), (1.0, -5.0));
        assert_eq!(stepped(0.25, None, None), (1.75, 1.0));
        // The penalty's gradient is 2 · 0.5 · 2, so that of the weight is 3.
        assert_eq!(stepped(1.0, Some(Penalty::L2(0.5)), None), (-1.0, -5.0));
        assert_eq!(stepped(1.0, None, Some(Clip::Value(2.0))), (1.0, 1.0));
        assert_eq!(stepped(1.0, Some(Penalty::L2(0.5)), Some(Clip::Value(2.0))), (0.0, 1.0));
    }

    const fn tensor(role: Role) -> ParameterTensor {
        ParameterTensor { name: "tensor", axes: &[2, 3], role }
    }

    const WEIGHT: ParameterTensor = tensor(Role::Weight { fan_in: 2, fan_out: 3 });
    const BIAS: ParameterTensor = tensor(Role::Bias);
    const MEAN: ParameterTensor = tensor(Role::Statistic(0.0));
    const MIXED: Layout = Layout::Layers(&[layer(&[MEAN]), layer(&[WEIGHT, BIAS]), layer(&[BIAS, MEAN])]);

    const fn layer(tensors: &'static [ParameterTensor]) -> NamedLayout {
        let initializer = crate::init::Initializer::Zeros;
        NamedLayout { name: "layer", initializer, layout: Layout::Tensors(tensors) }
    }

    #[test]
    fn neighbours_are_one_run_and_statistics_are_none() {
        let ranges = |layout: Layout| {
            let mut ranges = Vec::new();
            trained_ranges(&layout, &mut |range| ranges.push((range.start, range.end)));
            ranges
        };
        assert_eq!(ranges(MIXED), [(6, 24)]);
        assert_eq!(ranges(Layout::Repeat(&MIXED, 2)), [(6, 24), (36, 54)]);
        assert_eq!(ranges(Layout::Tensors(&[MEAN])), []);
    }

    network! { struct Large: [300] -> [310] { Dense(310) } }

    fn wave(step: usize) -> Box<Large> {
        let mut wave = crate::memory::zeroed_box::<Large>();
        for (index, value) in wave.as_mut_slice().iter_mut().enumerate() {
            *value = (index * step % 1009) as f32 / 500.0 - 1.0;
        }
        wave
    }

    /// Checks that three steps give the same bits on any number of threads, among which what is remembered is cut too.
    fn threads_change_no_bit(optimizer: &impl Optimizer<f32>) {
        let after = |threads: usize| {
            let (mut network, mut descent) = (wave(7), crate::memory::zeroed_box::<Descent<Large, _>>());
            for step in 1..4 {
                // One step in between is not cut, so that a number which belongs to another parameter shows.
                let threads = if step == 2 { 1 } else { threads };
                descent.step_on(threads, &mut *network, &mut *wave(step), &Update::new(optimizer)).unwrap();
            }
            network.as_slice().iter().map(|parameter| parameter.to_bits()).collect::<Vec<_>>()
        };
        let alone = after(1);
        for threads in 2..6 {
            assert!(after(threads) == alone, "{threads} threads");
        }
    }

    #[test]
    fn threads_change_no_bit_whatever_is_remembered() {
        threads_change_no_bit(&Sgd::new(0.1));
        threads_change_no_bit(&Sgd::new(0.1).momentum(0.9));
        threads_change_no_bit(&Adam::new(0.1));
        threads_change_no_bit(&RmsProp::new(0.1).momentum(0.9));
    }

    #[test]
    fn one_bad_number_is_found_by_every_thread() {
        let mut run = std::vec![1.0_f32; 5 * PIECE + 3];
        for index in (0..run.len()).step_by(PIECE / 2 + 1) {
            run[index] = f32::NAN;
            assert!((1..6).all(|threads| !is_finite(&run, threads)), "number {index}");
            run[index] = 1.0;
        }
        assert!((1..6).all(|threads| is_finite(&run, threads)));
    }

    #[test]
    fn one_bad_number_is_found_anywhere() {
        for index in 0..40 {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut run = [f32::MAX; 40];
                assert!(dispatch(IsFinite(&run)));
                run[index] = bad;
                assert!(!dispatch(IsFinite(&run)));
            }
        }
    }
}
