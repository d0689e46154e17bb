//! Names in a declaration that are no built-in layers.

use crate::shape::window::Place;
use crate::shape::{Dims, Shape, Text};
use crate::{Element, Parameters};

/// A name in a declaration that is no built-in layer: a layer of the user's own, or another network.
///
/// The implementation says what becomes of an input of shape `I`. Constant arguments in the declaration are those of the
/// implementing type: `Maxout(64, 3)` is the type `Maxout<64, 3>`.
///
/// ```
/// use tintype::network::DeclaredLayer;
/// use tintype::{Element, shape::Rank1, layers::Dense};
///
/// /// A dense layer with twice as many outputs as inputs is not to be had on stable Rust, but one with as many is.
/// struct Square;
/// impl<const N: usize> DeclaredLayer<Rank1<N>> for Square {
///     type Output = Rank1<N>;
///     type Layer<E: Element> = Dense<E, N, N>;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` does not take an input of shape `{I}`",
    label = "this layer is given `{I}`",
    note = "implement `DeclaredLayer<{I}>` for `{Self}`, or put a layer in front of it that gives the shape it takes"
)]
pub trait DeclaredLayer<I: Shape> {
    /// The shape that an input of shape `I` becomes.
    type Output: Shape;
    /// The layer for the element `E`; it implements [`Layer<E, I, Self::Output>`](crate::Layer).
    type Layer<E: Element>: Parameters<E>;
    /// The only input that is taken, where there is only one: a network's.
    const INPUT: Option<Dims> = None;
}

/// The input as a declared layer sees it: the one that it takes, where it is particular.
pub const fn declared_input(wanted: Option<Dims>, given: Dims) -> Dims {
    match wanted {
        Some(wanted) => wanted.known_if(given.is_known() && given.same(wanted)),
        None => given,
    }
}

/// Reports a nested network of the type named `kind` that is given another input than it takes.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_declared_input(place: Place, kind: &str, wanted: Option<Dims>, given: Dims) {
    if let Some(wanted) = wanted
        && given.is_known()
        && !given.same(wanted)
    {
        Text::new()
            .layer(place.layer)
            .str(" takes ")
            .dims(wanted)
            .str(", but ")
            .str(place.source)
            .str(" ")
            .dims(given)
            .str("; change the layer in front of it or the input of `")
            .str(kind)
            .str("`")
            .report();
    }
}
