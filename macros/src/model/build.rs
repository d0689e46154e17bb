//! From a declaration to the graph.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Expr, Ident, Visibility};

use super::fuse::fuse;
use super::names::{Names, camel, field, within};
use super::{Layer, Network, Node, NodeKind, Prefix, Shape, Value, shape_type};
use crate::errors::{Errors, Place};
use crate::layers::{Checks, Lowered, Nature, Site, literal_size, lower, repeat};
use crate::parse::{Declaration, Item, ItemKind};

/// Builds the networks of a declaration: the blocks of its `Repeat`s first, itself last.
pub(crate) fn build(declaration: &Declaration, errors: &mut Errors) -> Vec<Network> {
    let mut networks = Vec::new();
    let outside = Outside {
        visibility: &declaration.visibility,
        derives: declaration.attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).collect(),
        // Where the output follows from the layers, it is nothing at all behind a mistake.
        names_checks: declaration.output.is_none(),
    };
    let mut builder = Builder::new(declaration.name.clone(), &outside, errors, &mut networks);
    builder.values[0].axes =
        declaration.input.as_ref().and_then(|axes| axes.iter().map(literal_size).collect::<Option<_>>());
    let result = if declaration.items.is_empty() {
        builder.errors.push(
            declaration.body,
            format!("network `{}` has no layers; list at least one: `{{ Dense(10) }}`", declaration.name),
        );
        builder.broken()
    } else {
        builder.list(&declaration.items, 0, &[])
    };
    let input = declaration.input.clone().map_or(Shape::Unknown, Shape::Axes);
    let mut network = builder.finish(result, input);
    network.attributes.clone_from(&declaration.attributes);
    network.output.clone_from(&declaration.output);
    network.result_place =
        declaration.output.as_ref().and_then(|axes| axes.first()).map_or(declaration.body.into(), Place::of);
    networks.push(network);
    networks
}

/// What the structs of a declaration, its own and those of its repeated blocks, have in common.
struct Outside<'a> {
    visibility: &'a Visibility,
    derives: Vec<&'a Attribute>,
    names_checks: bool,
}

struct Builder<'a> {
    outside: &'a Outside<'a>,
    name: Ident,
    prefix: Prefix,
    values: Vec<Value>,
    nodes: Vec<Node>,
    items: TokenStream,
    checks: Checks,
    names: Names,
    errors: &'a mut Errors,
    networks: &'a mut Vec<Network>,
}

impl<'a> Builder<'a> {
    fn new(name: Ident, outside: &'a Outside<'a>, errors: &'a mut Errors, networks: &'a mut Vec<Network>) -> Self {
        let input = Value { source: "the network is given".to_owned(), root: 0, axes: None };
        let prefix = Prefix::new(&name);
        Self {
            checks: Checks::new(&prefix, outside.names_checks),
            outside,
            prefix,
            name,
            values: vec![input],
            nodes: Vec::new(),
            items: TokenStream::new(),
            names: Names::new(),
            errors,
            networks,
        }
    }

    fn finish(self, result: usize, input: Shape) -> Network {
        let nodes = fuse(self.nodes, &self.values, result);
        Network {
            attributes: Vec::new(),
            visibility: self.outside.visibility.clone(),
            result_place: self.name.span().into(),
            name: self.name,
            prefix: self.prefix,
            input,
            output: None,
            values: self.values,
            nodes,
            items: self.items,
            checks: self.checks.names,
            result,
        }
    }

    /// The constant with the shape of a value.
    fn dims(&self, value: usize) -> Ident {
        self.prefix.ident(value)
    }

    /// Adds a value, the constant with its shape, and the type with that shape.
    fn defined(&mut self, source: String, dims: &TokenStream, axes: Option<Vec<usize>>) -> usize {
        let index = self.values.len();
        self.values.push(Value { source, root: index, axes });
        let (constant, shape) = (self.dims(index), self.prefix.shape(index));
        let ty = shape_type(&constant);
        self.items.extend(quote! {
            const #constant: ::tintype::shape::Dims = #dims;
            type #shape = #ty;
        });
        index
    }

    /// Adds a list of layers that starts from `input`, and gives its result.
    fn list(&mut self, items: &[Item], input: usize, path: &[String]) -> usize {
        items.iter().fold(input, |input, item| self.item(item, input, path))
    }

    fn item(&mut self, item: &Item, input: usize, path: &[String]) -> usize {
        match &item.kind {
            ItemKind::Layer(call) => {
                let kind = call.path.segments.last().map_or_else(String::new, |last| last.ident.to_string());
                let name = self.names.give(item, &kind, path, self.errors);
                self.layer(item, &name, input, |site, errors| lower(call, site, errors))
            }
            ItemKind::Broken => self.broken(),
            ItemKind::Residual { body, shortcut } => self.residual(item, body, shortcut.as_deref(), input, path),
            ItemKind::Concat { branches } => self.concat(item, branches, input, path),
            ItemKind::Repeat { count, body } => self.repeat(item, count, body, input, path),
        }
    }

    /// Adds a layer that `lower` makes code of.
    fn layer(
        &mut self,
        item: &Item,
        name: &str,
        input: usize,
        lower: impl FnOnce(&mut Site, &mut Errors) -> Option<(String, Lowered)>,
    ) -> usize {
        let source = self.values[input].source.clone();
        let axes = self.values[input].axes.clone();
        let mut site = Site {
            prefix: &self.prefix,
            index: self.values.len(),
            name,
            source: &source,
            input: self.prefix.ident(input),
            given_shape: self.prefix.shape(input),
            axes: axes.as_deref(),
            span: item.span,
            constants: TokenStream::new(),
            code: TokenStream::new(),
            checks: &mut self.checks,
        };
        let Some((kind, lowered)) = lower(&mut site, self.errors) else { return self.broken() };
        let seen = if lowered.sees_another { site.seen_shape() } else { self.prefix.shape(input) };
        let Site { constants, code: checks, .. } = site;
        self.items.extend(constants);
        let output = self.defined(format!("`{name}` gives"), &lowered.output, lowered.axes);
        self.items.extend(checks);
        if lowered.nature == Nature::Reshape {
            self.values[output].root = self.values[input].root;
            return output;
        }
        let Lowered { nature, ty, initializer, .. } = lowered;
        let mut alias = self.prefix.ident(format!("{output}_LAYER"));
        let element = if nature.is_field() { quote!(<E>) } else { TokenStream::new() };
        self.items.extend(quote!(type #alias #element = #ty;));
        alias.set_span(item.span);
        let field =
            nature.is_field().then(|| Ident::new(&field(name), item.name.as_ref().map_or(item.span, Ident::span)));
        let layer = Layer { kind, docs: item.docs.clone(), alias, seen, field, activation: None, initializer, nature };
        let kind = NodeKind::Layer(layer);
        self.nodes.push(Node { kind, inputs: vec![input], output, name: name.to_owned() });
        output
    }

    /// A value of unknown shape: what stands behind a mistake that has been reported.
    fn broken(&mut self) -> usize {
        let dims = quote!(::tintype::shape::Dims::new1(0).placeholder());
        let value = self.defined("a layer gives".to_owned(), &dims, None);
        self.values[value].root = 0;
        value
    }

    fn merge(
        &mut self,
        name: String,
        kind: NodeKind,
        inputs: Vec<usize>,
        dims: &TokenStream,
        axes: Option<Vec<usize>>,
    ) -> usize {
        let output = self.defined(format!("`{name}` gives"), dims, axes);
        self.nodes.push(Node { kind, inputs, output, name });
        output
    }

    fn empty(&mut self, item: &Item, name: &str, body: &[Item]) {
        if body.is_empty() {
            self.errors.push(item.span, format!("`{name}` has no layers; list at least one: `{{ Dense(10) }}`"));
        }
    }

    fn residual(
        &mut self,
        item: &Item,
        body: &[Item],
        shortcut: Option<&[Item]>,
        input: usize,
        path: &[String],
    ) -> usize {
        let name = self.names.give(item, "Residual", path, self.errors);
        let mut within = within(path, item.name.as_ref());
        self.empty(item, &name, body);
        let branch = self.list(body, input, &within);
        let kept = match shortcut {
            Some(items) => {
                within.push("shortcut".to_owned());
                self.list(items, input, &within)
            }
            None => input,
        };
        let (branch_dims, kept_dims) = (self.dims(branch), self.dims(kept));
        let source = &self.values[input].source;
        let check = if shortcut.is_some() { "check_shortcut" } else { "check_residual" };
        let check = format_ident!("{check}");
        let place = quote!(::tintype::shape::window::Place { layer: #name, source: #source });
        let check = self.checks.emit(
            item.span.into(),
            quote!(::tintype::layers::merge::#check),
            quote!(#place, #branch_dims, #kept_dims),
        );
        self.items.extend(check);
        let dims = quote!(#branch_dims.known_if(#kept_dims.is_known() && #branch_dims.same(#kept_dims)));
        let axes = self.values[branch].axes.clone();
        self.merge(name, NodeKind::Add, vec![branch, kept], &dims, axes)
    }

    fn concat(&mut self, item: &Item, branches: &[(Ident, Vec<Item>)], input: usize, path: &[String]) -> usize {
        let name = self.names.give(item, "Concat", path, self.errors);
        let source = self.values[input].source.clone();
        let mut results: Vec<usize> = Vec::new();
        let mut dims = TokenStream::new();
        for (index, (label, items)) in branches.iter().enumerate() {
            if branches[..index].iter().any(|(other, _)| other == label) {
                self.errors
                    .push(label.span(), format!("two branches are called `{label}`; give this one another name"));
            }
            let mut within = within(path, item.name.as_ref());
            within.push(label.to_string());
            let result = self.list(items, input, &within);
            let branch = self.dims(result);
            if let Some(&first) = results.first() {
                let first = self.dims(first);
                let branch_name = label.to_string();
                let place = quote!(::tintype::shape::window::Place { layer: #name, source: #source });
                let check = self.checks.emit(
                    label.span().into(),
                    quote!(::tintype::layers::merge::check_concat),
                    quote!(#place, #branch_name, #first, #branch),
                );
                self.items.extend(check);
                dims = quote!(::tintype::layers::merge::concat_output(#dims, #branch));
            } else {
                dims = quote!(#branch);
            }
            results.push(result);
        }
        let axes = self.concat_axes(&results);
        self.merge(name, NodeKind::Concat, results, &dims, axes)
    }

    fn concat_axes(&self, branches: &[usize]) -> Option<Vec<usize>> {
        let mut axes = self.values[*branches.first()?].axes.clone()?;
        let mut channels = 0;
        for &branch in branches {
            channels += self.values[branch].axes.as_ref()?.last()?;
        }
        *axes.last_mut()? = channels;
        Some(axes)
    }

    fn repeat(&mut self, item: &Item, count: &Expr, body: &[Item], input: usize, path: &[String]) -> usize {
        let name = self.names.give(item, "Repeat", path, self.errors);
        self.empty(item, &name, body);
        let block = format_ident!("{}{}", self.name, camel(&name), span = self.name.span());
        let given = self.dims(input);
        let mut builder = Builder::new(block.clone(), self.outside, self.errors, self.networks);
        builder.values[0].source.clone_from(&self.values[input].source);
        builder.values[0].axes.clone_from(&self.values[input].axes);
        let result = builder.list(body, 0, &[]);
        let result_dims = builder.dims(result);
        let mut network = builder.finish(result, Shape::Constant(given));
        let doc = format!("The block that `{name}` of [`{}`] repeats.", self.name);
        network.attributes = self.outside.derives.iter().map(|derive| (*derive).clone()).collect();
        network.attributes.push(syn::parse_quote!(#[doc = #doc]));
        self.checks.names.extend(network.checks.iter().cloned());
        self.networks.push(network);
        self.layer(item, &name, input, |site, _| Some(("Repeat".to_owned(), repeat(site, count, &block, &result_dims))))
    }
}
