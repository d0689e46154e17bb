//! A network or a layer, however it is held.

use core::ops::DerefMut;

use crate::network::{Behind, Itself};
use crate::{Element, Parameters};

/// A network or a layer itself, or what gives access to one, such as a box or a lock's guard: so that `&net` and `&mut net` will do
/// for all.
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
/// let (boxed, plain, shared) = (Line::boxed(Seed(1)), <Line>::ZERO, std::sync::Mutex::new(<Line>::ZERO));
/// assert_eq!((parameters(&boxed), parameters(&plain), parameters(&shared.lock().unwrap())), (2, 2, 2));
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

impl<E: Element, Kind, P: DerefMut<Target: AsParameters<E, Kind>>> AsParameters<E, Behind<Kind>> for P {
    type Parameters = <P::Target as AsParameters<E, Kind>>::Parameters;

    fn as_parameters(&self) -> &Self::Parameters {
        (**self).as_parameters()
    }

    fn as_parameters_mut(&mut self) -> &mut Self::Parameters {
        (**self).as_parameters_mut()
    }
}
