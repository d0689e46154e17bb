//! What may watch a pass through a network.

/// Is told of each node of a network that a pass is done with.
///
/// Passes are generic over it. That of every day has `()`, which does nothing and takes no code; [`Network::profile`] has a
/// stopwatch.
///
/// [`Network::profile`]: crate::Network::profile
pub trait Probe {
    /// Whether every pass is one of a single sample through a network so small that calls are felt: its layers then have no loop
    /// over samples, and are no functions of their own.
    const SINGLE: bool = false;

    /// The pass is done with node number `node`, in the order of [`LAYERS`](crate::Network::LAYERS).
    fn node_done(&mut self, node: usize);
}

impl Probe for () {
    #[inline(always)]
    fn node_done(&mut self, _: usize) {}
}

/// Tells another probe, in a pass of a [single](Probe::SINGLE) sample.
pub(super) struct Single<'a, P>(pub(super) &'a mut P);

impl<P: Probe> Probe for Single<'_, P> {
    const SINGLE: bool = true;

    #[inline(always)]
    fn node_done(&mut self, node: usize) {
        self.0.node_done(node);
    }
}
