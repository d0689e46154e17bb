//! How the gradient changes the parameters. One file holds one optimizer.
//!
//! All of them take one pass over memory and allocate nothing; what they remember of the parameters is plain data that
//! starts as all zeros, so that it may live in a `static`.

use core::ops::Range;

use bytemuck::Zeroable;
use pulp::Simd;

use crate::Element;

mod adam;
mod adam_w;
mod gradient_descent;
mod rms_prop;
mod sgd;
mod state;
#[cfg(test)]
mod testing;

pub use generic_array::{ArrayLength, GenericArray};

pub use adam::Adam;
pub use adam_w::AdamW;
pub use gradient_descent::GradientDescent;
pub use rms_prop::{RmsProp, RmsPropMomentum};
pub use sgd::{Sgd, SgdMomentum};
pub use state::{One, Two};

/// A rule that changes parameters by their gradient.
///
/// An optimizer of one's own, with the sign of the gradient alone:
///
/// ```
/// use core::ops::Range;
/// use tintype::optimizers::{ArrayLength, Optimizer};
/// use tintype::simd::Simd;
///
/// struct SignDescent(f32);
///
/// impl Optimizer<f32> for SignDescent {
///     type State<N: ArrayLength> = ();
///     fn step<S: Simd, N: ArrayLength>(
///         &self,
///         _: S,
///         _: &mut (),
///         _: u64,
///         rate: f32,
///         range: Range<usize>,
///         parameters: &mut [f32],
///         gradient: &[f32],
///     ) {
///         for (p, g) in parameters[range.clone()].iter_mut().zip(&gradient[range]) {
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
    /// What the optimizer remembers of `N` parameters; all zeros at first.
    type State<N: ArrayLength>: Zeroable + Send + 'static;

    /// Whether a step wants the gradient over the whole data set rather than over a batch.
    const FULL_BATCH: bool = false;

    /// Changes `parameters[range]` by the gradient, and what `state` holds of them.
    ///
    /// `parameters` and `gradient` hold all `N` numbers. `step` counts from 1. `rate` multiplies the learning rate, for
    /// schedules; 1 leaves it unchanged.
    ///
    /// # Panics
    /// If `range` does not lie within the `N` parameters.
    #[allow(clippy::too_many_arguments)]
    fn step<S: Simd, N: ArrayLength>(
        &self,
        simd: S,
        state: &mut Self::State<N>,
        step: u64,
        rate: E,
        range: Range<usize>,
        parameters: &mut [E],
        gradient: &[E],
    );
}
