//! A network, however it is held.

use core::ops::DerefMut;

use crate::Network;

/// A network itself, or what gives access to one, such as a box or a lock's guard: so that `&net` and `&mut net` will do for all.
///
/// `Kind` is always inferred.
///
/// ```
/// use tintype::network::AsNetwork;
/// use tintype::prelude::*;
/// network! { struct Line: [1] -> [1] { line: Dense(1) } }
///
/// fn parameters<Kind, N: Network>(_: &impl AsNetwork<Kind, Network = N>) -> usize {
///     N::PARAMS
/// }
/// let (boxed, plain, shared) = (Line::boxed(Seed(1)), <Line>::ZERO, std::sync::Mutex::new(<Line>::ZERO));
/// assert_eq!((parameters(&boxed), parameters(&plain), parameters(&shared.lock().unwrap())), (2, 2, 2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no network",
    label = "a network that `network!` has declared, or a box with one, is expected here"
)]
pub trait AsNetwork<Kind> {
    /// The network's type.
    type Network: Network;

    /// The network.
    fn as_network(&self) -> &Self::Network;

    /// The network, to be changed.
    fn as_network_mut(&mut self) -> &mut Self::Network;
}

/// The kind of what is a network itself.
#[derive(Debug)]
pub struct Itself;

/// The kind of what gives access to something of the kind `Kind`.
#[derive(Debug)]
pub struct Behind<Kind>(Kind);

impl<N: Network> AsNetwork<Itself> for N {
    type Network = N;

    fn as_network(&self) -> &N {
        self
    }

    fn as_network_mut(&mut self) -> &mut N {
        self
    }
}

impl<Kind, P: DerefMut<Target: AsNetwork<Kind>>> AsNetwork<Behind<Kind>> for P {
    type Network = <P::Target as AsNetwork<Kind>>::Network;

    fn as_network(&self) -> &Self::Network {
        (**self).as_network()
    }

    fn as_network_mut(&mut self) -> &mut Self::Network {
        (**self).as_network_mut()
    }
}
