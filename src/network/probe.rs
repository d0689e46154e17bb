//! What may watch a pass through a network.

/// Is told of each node of a network that a pass is done with.
///
/// Passes are generic over it. That of every day has `()`, which does nothing and takes no code; [`Network::profile`] has a
/// stopwatch.
///
/// [`Network::profile`]: crate::Network::profile
pub trait Probe {
    /// Whether every pass is one of a single sample, in a network whose inference needs little memory: layers of few operations
    /// are then compiled into the pass, without a loop over samples.
    const SINGLE_SAMPLE: bool = false;

    /// Whether somebody may want the gradient by the network's inputs. Where nobody does, as in training, what computes it is not even
    /// compiled.
    const INPUT_GRADIENT: bool = true;

    /// The pass is done with node number `node`, in the order of [`LAYERS`](crate::Network::LAYERS).
    fn node_done(&mut self, node: usize);
}

impl Probe for () {
    #[inline(always)]
    fn node_done(&mut self, _: usize) {}
}

/// Watches nothing, in a backward pass whose gradient by the inputs nobody wants.
pub(crate) struct WithoutInputGradient;

impl Probe for WithoutInputGradient {
    const INPUT_GRADIENT: bool = false;

    #[inline(always)]
    fn node_done(&mut self, _: usize) {}
}

/// Tells another probe, in a pass of a [single sample](Probe::SINGLE_SAMPLE).
pub(super) struct SingleSample<'a, P>(pub(super) &'a mut P);

impl<P: Probe> Probe for SingleSample<'_, P> {
    const SINGLE_SAMPLE: bool = true;
    const INPUT_GRADIENT: bool = P::INPUT_GRADIENT;

    #[inline(always)]
    fn node_done(&mut self, node: usize) {
        self.0.node_done(node);
    }
}
