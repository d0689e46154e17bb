//! A network, however it is held.

use crate::Network;

/// A network itself, or a box with one: so that `&net` and `&mut net` will do for both.
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
/// let (boxed, plain) = (Line::boxed(Seed(1)), <Line>::ZERO);
/// assert_eq!((parameters(&boxed), parameters(&plain)), (2, 2));
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

/// The kind of a box with a network.
#[derive(Debug)]
pub struct Boxed;

impl<N: Network> AsNetwork<Itself> for N {
    type Network = N;

    fn as_network(&self) -> &N {
        self
    }

    fn as_network_mut(&mut self) -> &mut N {
        self
    }
}

#[cfg(feature = "std")]
impl<N: Network> AsNetwork<Boxed> for std::boxed::Box<N> {
    type Network = N;

    fn as_network(&self) -> &N {
        self
    }

    fn as_network_mut(&mut self) -> &mut N {
        self
    }
}
