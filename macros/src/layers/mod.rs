//! The built-in layers as the declaration knows them: their arguments, and the code that each one becomes.
//!
//! A layer here has the name of its twin in the library's `src/layers/`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::parse::{BLOCKS, Call};
use crate::suggest::nearest;

mod activations;
mod arguments;
mod batch_norm;
mod conv2d;
mod declared;
mod dense;
mod dropout;
mod initializer;
mod pooling;
mod repeat;
mod reshape;
mod site;
mod values;
mod window;

pub(crate) use repeat::repeat;
pub(crate) use site::{Checks, Site};
pub(crate) use values::literal_size;

use arguments::Arguments;
use values::ValueKind;

/// All built-in layers. A new one is a file beside this and a row here.
pub(crate) const KINDS: &[Kind] = &[
    dense::DENSE,
    conv2d::CONV2D,
    pooling::MAX_POOL2D,
    pooling::AVG_POOL2D,
    pooling::GLOBAL_AVG_POOL2D,
    reshape::FLATTEN,
    reshape::RESHAPE,
    dropout::DROPOUT,
    batch_norm::BATCH_NORM,
    activations::RELU,
    activations::LEAKY_RELU,
    activations::SIGMOID,
    activations::TANH,
    activations::GELU,
    activations::GELU_TANH,
    activations::SILU,
    activations::SOFTMAX,
    activations::LOG_SOFTMAX,
];

/// A built-in layer.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    parameters: &'static [Parameter],
    /// How many of the parameters may be given without a name.
    positional: usize,
    lower: fn(&mut Site, &Arguments) -> Lowered,
}

/// An argument that a layer takes.
struct Parameter {
    name: &'static str,
    value: ValueKind,
    required: bool,
}

const fn required(name: &'static str, value: ValueKind) -> Parameter {
    Parameter { name, value, required: true }
}

const fn optional(name: &'static str, value: ValueKind) -> Parameter {
    Parameter { name, value, required: false }
}

/// What a layer becomes.
pub(crate) struct Lowered {
    pub(crate) nature: Nature,
    /// Whether the input as the layer sees it has a constant of its own, because a mistake can make it another one.
    pub(crate) sees_another: bool,
    /// The shape of the output, an expression of constants.
    pub(crate) output: TokenStream,
    /// The output's shape, where it is known without the compiler.
    pub(crate) axes: Option<Vec<usize>>,
    /// The type of the layer, generic over `E`.
    pub(crate) ty: TokenStream,
    /// The initializer asked for.
    pub(crate) initializer: Option<TokenStream>,
}

impl Lowered {
    /// A layer that keeps the shape, whatever it is.
    fn alike(site: &Site, nature: Nature, ty: TokenStream, initializer: Option<TokenStream>) -> Self {
        let input = &site.input;
        let axes = site.axes.map(<[usize]>::to_vec);
        Self { nature, sees_another: false, output: quote!(#input), axes, ty, initializer }
    }
}

/// How a layer takes part in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It has parameters and is a field. Its backward pass does not read its output, so an activation behind it, which
    /// takes the output's place, is applied by it.
    Fusing,
    /// It is a field. Its backward pass may read its output: that of a network or a layer of the user's own.
    Field,
    /// It has no parameters.
    Stateless,
    /// It has no parameters, and the layer in front of it can apply it. The initializer suits it.
    Activation,
    /// It moves no data.
    Reshape,
}

impl Nature {
    pub(crate) fn is_field(self) -> bool {
        matches!(self, Self::Fusing | Self::Field)
    }
}

/// Makes code of a layer; `None` where its mistakes have been reported.
pub(crate) fn lower(call: &Call, site: &mut Site, errors: &mut Errors) -> Option<(String, Lowered)> {
    let Some(ident) = call.path.get_ident() else { return declared::lower(call, site, errors) };
    let name = ident.to_string();
    if let Some(kind) = KINDS.iter().find(|kind| kind.name == name) {
        let arguments = arguments::sort(kind, call, ident, errors)?;
        return Some((name, (kind.lower)(site, &arguments)));
    }
    let Some(meant) = nearest(&name, KINDS.iter().map(|kind| kind.name).chain(BLOCKS)) else {
        return declared::lower(call, site, errors);
    };
    errors.push(
        ident.span(),
        format!(
            "there is no layer `{name}`; did you mean `{meant}`? (a layer of your own is also found as `self::{name}`)"
        ),
    );
    None
}
