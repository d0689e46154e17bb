//! Where a layer stands in the network, and the code that is written for it there.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use crate::errors::Place;
use crate::model::{Prefix, shape_type};

/// Where a layer stands in the network, and the names of the constants around it.
pub(crate) struct Site<'a> {
    pub(crate) prefix: &'a Prefix,
    /// The number of the value that the layer gives.
    pub(crate) index: usize,
    /// The layer's name.
    pub(crate) name: &'a str,
    /// Where its input comes from, in words.
    pub(crate) source: &'a str,
    /// The constant with the input's shape.
    pub(crate) input: Ident,
    /// The type with the input's shape.
    pub(crate) given_shape: Ident,
    /// The input's shape, where it is known without the compiler.
    pub(crate) axes: Option<&'a [usize]>,
    /// The kind, where it was written: an error about the layer as a whole points here.
    pub(crate) span: Span,
    pub(crate) constants: TokenStream,
    /// The checks.
    pub(crate) code: TokenStream,
    pub(crate) checks: &'a mut Checks,
}

impl Site<'_> {
    /// Emits the input's shape as the layer sees it, a constant and a type, and gives the name of the constant.
    pub(super) fn seen(&mut self, dims: &TokenStream) -> Ident {
        let seen = self.constant("INPUT", &quote!(::tintype::shape::Dims), dims);
        let (shape, ty) = (self.seen_shape(), shape_type(&seen));
        self.constants.extend(quote! {
            type #shape = #ty;
        });
        seen
    }

    /// The type with the input's shape as the layer sees it.
    pub(crate) fn seen_shape(&self) -> Ident {
        self.prefix.shape(format!("{}_INPUT", self.index))
    }

    /// The constant with the output's shape.
    pub(crate) fn output(&self) -> Ident {
        self.prefix.ident(self.index)
    }

    /// The path to an item of the library, where the kind was written: so an editor leads from the one to the other.
    pub(super) fn item(&self, module: &TokenStream, name: &str) -> TokenStream {
        let item = Ident::new(name, self.span);
        quote!(::tintype::#module::#item)
    }

    /// Emits a constant of this layer and gives its name.
    pub(super) fn constant(&mut self, name: &str, ty: &TokenStream, value: &TokenStream) -> Ident {
        let ident = self.prefix.ident(format!("{}_{name}", self.index));
        self.constants.extend(quote! {
            const #ident: #ty = #value;
        });
        ident
    }

    /// Emits another name for a type, so that what it says is said once, and gives the name where the kind was written.
    pub(super) fn alias(&mut self, ty: &TokenStream) -> Ident {
        let mut ident = self.prefix.ident(format!("{}_DECLARED", self.index));
        self.constants.extend(quote! {
            type #ident = #ty;
        });
        ident.set_span(self.span);
        ident
    }

    /// Emits the call of a check, `function(place, arguments)`, whose error points at `place`.
    pub(super) fn check(&mut self, place: impl Into<Place>, function: &TokenStream, arguments: &TokenStream) {
        let (layer, source) = (self.name, self.source);
        let site = quote!(::tintype::shape::window::Place { layer: #layer, source: #source });
        self.code.extend(self.checks.emit(place.into(), quote!(::tintype::#function), quote!(#site, #arguments)));
    }
}

/// The checks of a network, which are constants that panic.
pub(crate) struct Checks {
    prefix: Prefix,
    named: bool,
    /// The names of those that have one.
    pub(crate) names: Vec<Ident>,
}

impl Checks {
    pub(crate) fn new(prefix: &Prefix, named: bool) -> Self {
        Self { prefix: prefix.clone(), named, names: Vec::new() }
    }

    /// The constant that calls a check.
    pub(crate) fn emit(&mut self, place: Place, function: TokenStream, arguments: TokenStream) -> TokenStream {
        let call = place.call(function, arguments);
        let name = if self.named {
            let name = self.prefix.ident(format!("CHECK{}", self.names.len()));
            self.names.push(name.clone());
            name
        } else {
            format_ident!("_")
        };
        quote!(const #name: () = #call;)
    }
}
