//! What may watch a pass through a network.

/// Is told of each node of a network that a pass is done with.
///
/// Passes are generic over it. That of every day has `()`, which does nothing and takes no code; [`Network::profile`] has a
/// stopwatch.
///
/// [`Network::profile`]: crate::Network::profile
pub trait Probe {
    /// The pass is done with node number `node`, in the order of [`LAYERS`](crate::Network::LAYERS).
    fn node_done(&mut self, node: usize);
}

impl Probe for () {
    #[inline(always)]
    fn node_done(&mut self, _: usize) {}
}
