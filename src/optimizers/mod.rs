//! How the gradient changes the parameters. One file holds one optimizer.
//!
//! All of them take one pass over memory and allocate nothing; what they remember of the parameters is plain data that
//! starts as all zeros, so that it may live in a `static`.
//!
//! What fades away ends at zero or far above the subnormal numbers, which slow many processors down: a velocity or mean gradient is zero
//! from 1e-30 down (`f64`: 1e-292), and in [`Adam`], [`AdamW`] and [`RmsProp`] 1e-36 (1e-300) is added to mean squares.

use pulp::Simd;

use crate::Element;

mod adam;
mod adam_w;
mod gradient_descent;
mod rms_prop;
mod sgd;
mod state;
mod subnormal;
#[cfg(test)]
mod testing;

pub use generic_array::{ArrayLength, GenericArray};

pub use adam::Adam;
pub use adam_w::AdamW;
pub use gradient_descent::GradientDescent;
pub use rms_prop::{RmsProp, RmsPropMomentum};
pub use sgd::{Sgd, SgdMomentum};
pub use state::{One, Split, State, Two};

/// A rule that changes parameters by their gradient.
///
/// An optimizer of one's own, with the sign of the gradient alone:
///
/// ```
/// use tintype::optimizers::{ArrayLength, Optimizer, Run};
/// use tintype::simd::Simd;
///
/// struct SignDescent(f32);
///
/// impl Optimizer<f32> for SignDescent {
///     type State<N: ArrayLength> = ();
///     fn step<S: Simd, N: ArrayLength>(
///         &self,
///         _: S,
///         run: Run<'_, f32, ()>,
///         _: u64,
///         rate: f32,
///     ) {
///         for (p, g) in run.parameters.iter_mut().zip(run.gradient) {
///             *p -= self.0 * rate * g.signum();
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no optimizer for parameters of type `{E}`",
    note = "the optimizers are `Sgd`, `GradientDescent`, `Adam`, `AdamW` and `RmsProp`"
)]
pub trait Optimizer<E: Element>: Sync {
    /// What the optimizer remembers of `N` parameters: `()`, [`One`] or [`Two`] numbers for each.
    type State<N: ArrayLength>: State<E>;

    /// Whether a step wants the gradient over the whole data set rather than over a batch.
    const FULL_BATCH: bool = false;

    /// Changes a run of parameters by the gradient, and what is remembered of them. `step` counts from 1. `rate` multiplies the learning
    /// rate, for schedules; 1 leaves it unchanged.
    ///
    /// What becomes of a parameter depends on its own numbers alone: a network's parameters may be cut into runs anywhere.
    fn step<S: Simd, N: ArrayLength>(&self, simd: S, run: Run<'_, E, Self::State<N>>, step: u64, rate: E);
}

/// Neighbouring parameters, their gradient, and what an optimizer with the state `M` remembers of them: all equally long.
#[derive(Debug)]
pub struct Run<'a, E: Element, M: State<E>> {
    /// The parameters.
    pub parameters: &'a mut [E],
    /// The gradient by them.
    pub gradient: &'a [E],
    /// What is remembered of them.
    pub state: M::Run<'a>,
}

impl<E: Element, M: State<E>> Run<'_, E, M> {
    /// Cuts the run in two before parameter number `middle` of it.
    ///
    /// # Panics
    /// If there are not so many parameters.
    #[must_use]
    pub fn split(self, middle: usize) -> (Self, Self) {
        let ((parameters, other_parameters), (gradient, other_gradient), (state, other_state)) =
            (self.parameters.split_at_mut(middle), self.gradient.split_at(middle), self.state.split(middle));
        (
            Self { parameters, gradient, state },
            Self { parameters: other_parameters, gradient: other_gradient, state: other_state },
        )
    }
}
