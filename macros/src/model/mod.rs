//! A network as a graph of values and the nodes between them, as plain data.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Expr, Ident, Visibility};

use crate::errors::Place;
use crate::layers::Nature;

mod build;
mod fuse;
mod names;

pub(crate) use build::build;
pub(crate) use names::ELEMENT;

/// A network to be written as a struct: a declared one, or the block of a `Repeat`.
pub(crate) struct Network {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) prefix: Prefix,
    pub(crate) input: Shape,
    pub(crate) output: Option<Vec<Expr>>,
    pub(crate) values: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    /// Constants and checks of the layers, in the order of the declaration.
    pub(crate) items: TokenStream,
    /// The names of the checks, where they have some.
    pub(crate) checks: Vec<Ident>,
    /// The value that the network gives.
    pub(crate) result: usize,
    /// Where an error about its output points.
    pub(crate) result_place: Place,
}

/// What the names of all constants of a network begin with.
#[derive(Clone)]
pub(crate) struct Prefix {
    text: String,
    span: Span,
}

impl Prefix {
    fn new(network: &Ident) -> Self {
        // All of them stand where the name of the network stands, so that the compiler, which notes each place that
        // reads a constant that cannot be evaluated, has but one place to note.
        let span = Span::call_site().located_at(network.span());
        Self { text: format!("__{}", names::snake(&network.to_string()).to_uppercase()), span }
    }

    pub(crate) fn ident(&self, name: impl quote::IdentFragment) -> Ident {
        format_ident!("{}_{}", self.text, name, span = self.span)
    }

    /// The name of the type with the shape of a value.
    pub(crate) fn shape(&self, value: impl quote::IdentFragment) -> Ident {
        format_ident!("{}_{}_SHAPE", self.text, value, span = self.span)
    }
}

/// The type whose shape a constant has.
pub(crate) fn shape_type(dims: &Ident) -> TokenStream {
    quote!(::tintype::shape::Of<{ #dims.rank() }, { #dims.axis(0) }, { #dims.axis(1) }, { #dims.axis(2) }>)
}

/// The shape of a network's input.
pub(crate) enum Shape {
    /// Written in the declaration.
    Axes(Vec<Expr>),
    /// A constant of the network around it.
    Constant(Ident),
    /// Not to be had; the mistake has been reported.
    Unknown,
}

/// Something that layers read and write.
pub(crate) struct Value {
    /// Where it comes from, in words: "`conv1` gives".
    pub(crate) source: String,
    /// The value whose memory it shares: itself, unless it was reshaped.
    pub(crate) root: usize,
    /// Its shape, where the numbers in the declaration tell it without the help of the compiler: for the docs alone.
    pub(crate) axes: Option<Vec<usize>>,
}

/// A step of the forward pass.
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) inputs: Vec<usize>,
    pub(crate) output: usize,
    /// The full name, as in weight files: `block1.conv`.
    pub(crate) name: String,
}

pub(crate) enum NodeKind {
    Layer(Layer),
    /// Adds two values.
    Add,
    /// Puts values side by side along the last axis.
    Concat,
}

pub(crate) struct Layer {
    /// The name of the kind, for the summary.
    pub(crate) kind: String,
    pub(crate) docs: Vec<Attribute>,
    /// The alias that stands for its type.
    pub(crate) alias: Ident,
    /// The type with the shape of the input as the layer sees it.
    pub(crate) seen: Ident,
    /// The field with the parameters, if there are any.
    pub(crate) field: Option<Ident>,
    /// The activation that rides on the layer.
    pub(crate) activation: Option<TokenStream>,
    pub(crate) initializer: Option<TokenStream>,
    nature: Nature,
}

impl Layer {
    /// Its type, for the element `E`.
    pub(crate) fn ty(&self) -> TokenStream {
        let alias = &self.alias;
        if self.nature.is_field() { quote_spanned!(alias.span()=> #alias<E>) } else { quote!(#alias) }
    }
}
