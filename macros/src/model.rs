//! From a declaration to a graph of values and the nodes between them, as plain data.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Expr, Ident, Visibility};

use crate::layers::{Lowered, Nature, Site, lower};
use crate::parse::{Declaration, Errors, Item, ItemKind};

/// A network to be written as a struct: a declared one, or the block of a `Repeat`.
pub(crate) struct Network {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    /// What the names of all its constants begin with.
    pub(crate) prefix: String,
    pub(crate) input: Shape,
    pub(crate) output: Option<Vec<Expr>>,
    pub(crate) values: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    /// Constants and checks of the layers, in the order of the declaration.
    pub(crate) items: TokenStream,
    /// The value that the network gives.
    pub(crate) result: usize,
    /// Where an error about its output points.
    pub(crate) result_span: Span,
}

/// The shape of a network's input.
pub(crate) enum Shape {
    /// Written in the declaration.
    Axes(Vec<Expr>),
    /// A constant of the network around it.
    Constant(Ident),
}

/// Something that layers read and write.
pub(crate) struct Value {
    /// Where it comes from, in words: "`conv1` gives".
    pub(crate) source: String,
    /// The value whose memory it shares: itself, unless it was reshaped.
    pub(crate) root: usize,
}

/// A step of the forward pass.
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) inputs: Vec<usize>,
    pub(crate) output: usize,
    /// The number under which its constants go: that of the value it gave before an activation rode on it.
    pub(crate) number: usize,
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
    pub(crate) ty: TokenStream,
    /// The field with the parameters, if there are any.
    pub(crate) field: Option<Ident>,
    /// The activation that rides on the layer.
    pub(crate) activation: Option<TokenStream>,
    pub(crate) initializer: Option<TokenStream>,
    nature: Nature,
}

/// Builds the networks of a declaration: the blocks of its `Repeat`s first, itself last.
pub(crate) fn build(declaration: &Declaration, errors: &mut Errors) -> Vec<Network> {
    let mut networks = Vec::new();
    let outside = Outside {
        visibility: &declaration.visibility,
        derives: declaration.attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).collect(),
    };
    let mut builder = Builder::new(declaration.name.clone(), &outside, errors, &mut networks);
    let result = builder.list(&declaration.items, 0, &[]);
    if declaration.items.is_empty() {
        builder.errors.push(
            declaration.body,
            format!("network `{}` has no layers; list at least one: `{{ Dense(10) }}`", declaration.name),
        );
    }
    let mut network = builder.finish(result, Shape::Axes(declaration.input.clone()));
    network.attributes.clone_from(&declaration.attributes);
    network.output.clone_from(&declaration.output);
    network.result_span =
        declaration.output.as_ref().and_then(|axes| axes.first()).map_or(declaration.body, crate::parse::span_of);
    networks.push(network);
    networks
}

/// What the structs of a declaration, its own and those of its repeated blocks, have in common.
struct Outside<'a> {
    visibility: &'a Visibility,
    derives: Vec<&'a Attribute>,
}

struct Builder<'a> {
    outside: &'a Outside<'a>,
    name: Ident,
    prefix: String,
    values: Vec<Value>,
    nodes: Vec<Node>,
    items: TokenStream,
    /// The full names in use, and where they were given.
    names: HashMap<String, Span>,
    errors: &'a mut Errors,
    networks: &'a mut Vec<Network>,
}

impl<'a> Builder<'a> {
    fn new(name: Ident, outside: &'a Outside<'a>, errors: &'a mut Errors, networks: &'a mut Vec<Network>) -> Self {
        let input = Value { source: "the network is given".to_owned(), root: 0 };
        Self {
            outside,
            prefix: format!("__{}", screaming(&name.to_string())),
            name,
            values: vec![input],
            nodes: Vec::new(),
            items: TokenStream::new(),
            names: HashMap::new(),
            errors,
            networks,
        }
    }

    fn finish(self, result: usize, input: Shape) -> Network {
        let nodes = fuse(self.nodes, &self.values, result);
        Network {
            attributes: Vec::new(),
            visibility: self.outside.visibility.clone(),
            result_span: self.name.span(),
            name: self.name,
            prefix: self.prefix,
            input,
            output: None,
            values: self.values,
            nodes,
            items: self.items,
            result,
        }
    }

    /// The constant with the shape of a value.
    fn dims(&self, value: usize) -> Ident {
        format_ident!("{}_{}", self.prefix, value)
    }

    fn value(&mut self, source: String, root: Option<usize>) -> usize {
        let index = self.values.len();
        let root = root.map_or(index, |value| self.values[value].root);
        self.values.push(Value { source, root });
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
                let name = self.unique(item, &kind, path);
                self.layer(item, &name, input, |site, errors| lower(call, site, errors))
            }
            ItemKind::Broken => self.broken(),
            ItemKind::Residual { body, shortcut } => self.residual(item, body, shortcut.as_deref(), input, path),
            ItemKind::Concat { branches } => self.concat(item, branches, input, path),
            ItemKind::Repeat { count, body } => self.repeat(item, count, body, input, path),
        }
    }

    /// The full name of an item: as given, or after its kind and its place among its kind.
    fn unique(&mut self, item: &Item, kind: &str, path: &[String]) -> String {
        let within = |name: &str| path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        if let Some(ident) = &item.name {
            let name = within(&ident.to_string());
            if let Some(_first) = self.names.get(&field_name(&name)) {
                self.errors.push(
                    ident.span(),
                    format!("two layers are called `{ident}`; give this one another name, such as `{ident}2`"),
                );
            } else {
                self.names.insert(field_name(&name), ident.span());
                return name;
            }
        }
        let base = snake(kind);
        let mut number = 1;
        loop {
            let name = within(&format!("{base}{number}"));
            if !self.names.contains_key(&field_name(&name)) {
                self.names.insert(field_name(&name), item.span);
                return name;
            }
            number += 1;
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
        let mut site = Site {
            prefix: &self.prefix,
            index: self.values.len(),
            name,
            source: &source,
            input: format_ident!("{}_{}", self.prefix, input),
            span: item.span,
            constants: TokenStream::new(),
            checks: TokenStream::new(),
        };
        let (seen, output) = (site.seen(), site.output());
        let Some((kind, lowered)) = lower(&mut site, self.errors) else { return self.broken() };
        let Site { constants, checks, .. } = site;
        let (seen_value, output_value) = (&lowered.seen, &lowered.output);
        self.items.extend(quote! {
            #constants
            #[doc(hidden)]
            const #seen: ::tintype::shape::Dims = #seen_value;
            #[doc(hidden)]
            const #output: ::tintype::shape::Dims = #output_value;
            #checks
        });
        let gives = format!("`{name}` gives");
        if lowered.nature == Nature::Reshape {
            return self.value(gives, Some(input));
        }
        let output = self.value(gives, None);
        let field = (lowered.nature == Nature::Field).then(|| Ident::new(&field_name(name), item.span));
        let Lowered { nature, ty, initializer, .. } = lowered;
        let layer = Layer { kind, ty, field, activation: None, initializer, nature };
        let kind = NodeKind::Layer(layer);
        self.nodes.push(Node { kind, inputs: vec![input], output, number: output, name: name.to_owned() });
        output
    }

    /// A value of unknown shape: what stands behind a mistake that has been reported.
    fn broken(&mut self) -> usize {
        let value = self.value("a layer gives".to_owned(), Some(0));
        let dims = self.dims(value);
        self.items.extend(quote! {
            #[doc(hidden)]
            const #dims: ::tintype::shape::Dims = ::tintype::shape::Dims::new1(0).placeholder();
        });
        value
    }

    fn merge(&mut self, name: String, kind: NodeKind, inputs: Vec<usize>, dims: TokenStream) -> usize {
        let output = self.value(format!("`{name}` gives"), None);
        let constant = self.dims(output);
        self.items.extend(quote! {
            #[doc(hidden)]
            const #constant: ::tintype::shape::Dims = #dims;
        });
        self.nodes.push(Node { kind, inputs, output, number: output, name });
        output
    }

    fn residual(
        &mut self,
        item: &Item,
        body: &[Item],
        shortcut: Option<&[Item]>,
        input: usize,
        path: &[String],
    ) -> usize {
        let name = self.unique(item, "Residual", path);
        let mut within = path.to_vec();
        within.extend(item.name.as_ref().map(ToString::to_string));
        if body.is_empty() {
            self.errors.push(item.span, format!("`{name}` has no layers; list at least one"));
        }
        let branch = self.list(body, input, &within);
        let kept = match shortcut {
            Some(items) => {
                within.push("shortcut".to_owned());
                self.list(items, input, &within)
            }
            None => input,
        };
        let (branch_dims, kept_dims) = (self.dims(branch), self.dims(kept));
        let span = item.span;
        let source = &self.values[input].source;
        let check = quote::quote_spanned! {span=>
            const _: () = ::tintype::layers::merge::check_residual(
                ::tintype::shape::window::Place { layer: #name, source: #source }, #branch_dims, #kept_dims
            );
        };
        self.items.extend(check);
        let dims = quote!(#branch_dims.known_if(#kept_dims.is_known() && #branch_dims.same(#kept_dims)));
        self.merge(name, NodeKind::Add, vec![branch, kept], dims)
    }

    fn concat(&mut self, item: &Item, branches: &[(Ident, Vec<Item>)], input: usize, path: &[String]) -> usize {
        let name = self.unique(item, "Concat", path);
        let source = self.values[input].source.clone();
        let mut labels: Vec<String> = Vec::new();
        let mut results = Vec::new();
        let mut dims = TokenStream::new();
        for (label, items) in branches {
            if labels.contains(&label.to_string()) {
                self.errors.push(label.span(), format!("two branches are called `{label}`"));
            }
            labels.push(label.to_string());
            let mut within = path.to_vec();
            within.extend(item.name.as_ref().map(ToString::to_string));
            within.push(label.to_string());
            let result = self.list(items, input, &within);
            let branch = self.dims(result);
            if let Some(&first) = results.first() {
                let first = self.dims(first);
                let span = label.span();
                let branch_name = label.to_string();
                self.items.extend(quote::quote_spanned! {span=>
                    const _: () = ::tintype::layers::merge::check_concat(
                        ::tintype::shape::window::Place { layer: #name, source: #source }, #branch_name, #first, #branch
                    );
                });
                dims = quote!(::tintype::layers::merge::concat_output(#dims, #branch));
            } else {
                dims = quote!(#branch);
            }
            results.push(result);
        }
        self.merge(name, NodeKind::Concat, results, dims)
    }

    fn repeat(&mut self, item: &Item, count: &Expr, body: &[Item], input: usize, path: &[String]) -> usize {
        let name = self.unique(item, "Repeat", path);
        if body.is_empty() {
            self.errors.push(item.span, format!("`{name}` has no layers; list at least one"));
        }
        let block = format_ident!("{}{}", self.name, camel(&name), span = self.name.span());
        let given = self.dims(input);
        let mut builder = Builder::new(block.clone(), self.outside, self.errors, self.networks);
        builder.values[0].source.clone_from(&self.values[input].source);
        let result = builder.list(body, 0, &[]);
        let result_dims = builder.dims(result);
        let mut network = builder.finish(result, Shape::Constant(given));
        let doc = format!("The block that `{name}` of [`{}`] repeats.", self.name);
        network.attributes = self.outside.derives.iter().map(|derive| (*derive).clone()).collect();
        network.attributes.push(syn::parse_quote!(#[doc = #doc]));
        self.networks.push(network);
        self.layer(item, &name, input, |site, _| {
            Some(("Repeat".to_owned(), crate::layers::repeat(site, count, &block, &result_dims)))
        })
    }
}

/// Lets layers with parameters apply the activations behind them, where nobody else reads what is in between; gives the
/// initializer that suits an activation to the layer in front.
fn fuse(nodes: Vec<Node>, values: &[Value], result: usize) -> Vec<Node> {
    let mut readers = vec![0; values.len()];
    for node in &nodes {
        for &input in &node.inputs {
            readers[values[input].root] += 1;
        }
    }
    readers[values[result].root] += 1;
    let mut fused: Vec<Node> = Vec::new();
    for node in nodes {
        if let NodeKind::Layer(layer) = &node.kind
            && matches!(layer.nature, Nature::Activation | Nature::Stateless)
            && let Some(before) = fused.last_mut()
            && before.output == node.inputs[0]
            && let NodeKind::Layer(target) = &mut before.kind
            && target.nature == Nature::Field
            && target.activation.is_none()
        {
            if target.initializer.is_none() {
                target.initializer.clone_from(&layer.initializer);
            }
            if layer.nature == Nature::Activation && readers[before.output] == 1 {
                let ty = &layer.ty;
                target.activation = Some(quote!(<#ty as ::core::default::Default>::default()));
                target.kind = format!("{}, {}", target.kind, layer.kind);
                before.output = node.output;
                continue;
            }
        }
        fused.push(node);
    }
    fused
}

/// The field that a full name becomes.
fn field_name(name: &str) -> String {
    name.replace('.', "_")
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

fn camel(name: &str) -> String {
    name.split(['_', '.'])
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect()
}
