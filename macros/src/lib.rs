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
///
/// # Layers
///
/// | in a declaration | |
/// |---|---|
/// | `Dense(units, bias = true, init = ..)` | a vector to a vector |
/// | `Conv2d(filters, kernel = .., stride = 1, dilation = 1, padding = Valid, groups = 1, bias = true, init = ..)` | an image to an image |
/// | `MaxPool2d(window, stride = window, padding = Valid)`, `AvgPool2d(..)` | an image to an image |
/// | `GlobalAvgPool2d` | an image to a vector of its channels |
/// | `BatchNorm`, `BatchNorm(momentum = 0.99, epsilon = 1e-3)` | any shape, each channel by itself |
/// | `Dropout(rate)` | any shape |
/// | `Flatten`, `Reshape([7, 7, 64])` | the same elements in another shape |
/// | `Relu`, `LeakyRelu(slope)`, `Sigmoid`, `Tanh`, `Gelu`, `GeluTanh`, `Silu` | any shape, each element by itself |
/// | `Softmax`, `LogSoftmax` | any shape, along the last axis |
/// | `Encoder`, `Maxout(64, 3)` | another network, or a layer of one's own |
///
/// Kernels, windows, strides and dilations are a number or two in brackets, `[rows, columns]`; padding is `Valid`, `Same`,
/// or such numbers. An initializer is `GlorotUniform`, `GlorotNormal`, `HeUniform`, `HeNormal`, `LeCunUniform`,
/// `LeCunNormal`, `Zeros`, `Constant(0.1)` or `Orthogonal(1.0)`.
///
/// # Blocks
///
/// | in a declaration | |
/// |---|---|
/// | `Residual { .. }` | adds what the layers give to what they are given |
/// | `Residual { .. } shortcut { .. }` | adds what both lists of layers give |
/// | `Concat { a: { .. }, b: { .. } }` | puts what the branches give side by side along the last axis |
/// | `Repeat(3) { .. }` | so many copies in a row, each with parameters of its own |
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
