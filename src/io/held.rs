//! A network or a layer, however it is held.

use crate::network::{Boxed, Itself};
use crate::{Element, Parameters};

/// A network or a layer itself, or a box with one: so that `&net` and `&mut net` will do for both.
///
/// `Kind` is always inferred.
///
/// ```
/// use tintype::io::AsParameters;
/// use tintype::prelude::*;
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
///
/// fn parameters<Kind>(net: &impl AsParameters<f32, Kind>) -> usize {
///     tintype::Parameters::as_slice(net.as_parameters()).len()
/// }
/// let (boxed, plain) = (Line::boxed(Seed(1)), <Line>::ZERO);
/// assert_eq!((parameters(&boxed), parameters(&plain)), (2, 2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no weights of its own",
    label = "a network that `network!` has declared, a layer, or a box with one is expected here"
)]
pub trait AsParameters<E: Element, Kind> {
    /// The type of the network or layer.
    type Parameters: Parameters<E>;

    /// The network or layer.
    fn as_parameters(&self) -> &Self::Parameters;

    /// The network or layer, to be changed.
    fn as_parameters_mut(&mut self) -> &mut Self::Parameters;
}

impl<E: Element, P: Parameters<E>> AsParameters<E, Itself> for P {
    type Parameters = P;

    fn as_parameters(&self) -> &P {
        self
    }

    fn as_parameters_mut(&mut self) -> &mut P {
        self
    }
}

impl<E: Element, P: Parameters<E>> AsParameters<E, Boxed> for std::boxed::Box<P> {
    type Parameters = P;

    fn as_parameters(&self) -> &P {
        self
    }

    fn as_parameters_mut(&mut self) -> &mut P {
        self
    }
}
