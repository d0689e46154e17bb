//! The `network!` macro of `tintype`: from a declaration to a plain struct with fixed shapes.
//!
//! `parse` reads the tokens into a declaration, `model` makes a graph of values and the layers between them of it,
//! and `expand` writes the graph as Rust. No shape is computed here: the expansion calls the `const fn` rules of the
//! library, so a size may be any constant expression.

mod errors;
mod expand;
mod layers;
mod model;
mod parse;
mod suggest;
#[cfg(test)]
mod tests;

/// Declares a neural network: its input, its layers and, if wanted, its output.
///
/// ```
/// use tintype::prelude::*;
///
/// network! {
///     /// Tells handwritten digits apart.
///     pub struct DigitNet: [28, 28, 1] -> [10] {
///         conv1: Conv2d(32, kernel = 3), Relu,
///         MaxPool2d(2),
///         Flatten,
///         hidden: Dense(64), Relu,
///         output: Dense(10),
///     }
/// }
///
/// let net = DigitNet::boxed(Seed(7));
/// ```
///
/// The struct has a public field for each layer with parameters, named as in the declaration; a layer without a name is
/// called after its kind and its place among its kind: `dense1`. The struct is generic over the element: `DigitNet` is
/// `DigitNet<f32>`. It implements `tintype::Network`. Attributes of the struct and doc comments of layers are passed on.
///
/// A size may be any constant expression. The declared output is checked; without it, it follows from the layers.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand_network(tokens.into()).into()
}

/// The macro on tokens that exist outside a compiler too, so that it can be tested.
fn expand_network(tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let (declaration, mut errors) = parse::declaration(tokens);
    let Some(declaration) = declaration else { return errors.into_compile_errors() };
    let networks = model::build(&declaration, &mut errors);
    expand::networks(&networks, errors.into_compile_errors())
}
