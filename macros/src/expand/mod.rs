//! From the graph to Rust: pure functions that give tokens.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use crate::model::{Layer, Network, Node, NodeKind, Shape};

mod passes;

/// The whole expansion of one network.
pub(crate) fn network(network: &Network) -> TokenStream {
    let shapes = shapes(network);
    let structure = structure(network);
    let parameters = parameters(network);
    let layer = passes::layer(network);
    let traits = traits(network);
    quote! { #shapes #structure #parameters #layer #traits }
}

impl Network {
    /// The constant with the shape of a value.
    fn dims(&self, value: usize) -> Ident {
        format_ident!("{}_{}", self.prefix, value)
    }

    /// The type with the shape of a value.
    fn shape(&self, value: usize) -> TokenStream {
        of(&self.dims(value))
    }

    /// The type with the shape of a layer's input as the layer sees it.
    fn seen(&self, node: &Node) -> TokenStream {
        of(&format_ident!("{}_{}_INPUT", self.prefix, node.number))
    }

    /// The type with the network's output.
    fn result(&self) -> TokenStream {
        of(&self.result_dims())
    }

    fn result_dims(&self) -> Ident {
        format_ident!("{}_OUTPUT", self.prefix)
    }

    /// The nodes that are layers.
    fn layers(&self) -> impl Iterator<Item = (&Node, &Layer)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Layer(layer) => Some((node, layer)),
            _ => None,
        })
    }
}

fn of(dims: &Ident) -> TokenStream {
    quote!(::tintype::shape::Of<{ #dims.rank() }, { #dims.axis(0) }, { #dims.axis(1) }, { #dims.axis(2) }>)
}

/// The constants: the shape of every value, and the checks.
fn shapes(network: &Network) -> TokenStream {
    let first = network.dims(0);
    let dims = quote!(::tintype::shape::Dims);
    let items = &network.items;
    let input = match &network.input {
        Shape::Axes(axes) => quote!(#dims::from_axes(&[#(#axes),*])),
        Shape::Constant(constant) => quote!(#constant),
    };
    let name = network.name.to_string();
    let check_input = match &network.input {
        Shape::Axes(axes) => {
            let span = axes.first().map_or(network.result_span, crate::parse::span_of);
            quote_spanned!(span=> const _: () = ::tintype::network::check_input(#name, #first);)
        }
        Shape::Constant(_) => TokenStream::new(),
    };
    let given = network.dims(network.result);
    let result = network.result_dims();
    let output = match &network.output {
        None => quote!(#[doc(hidden)] const #result: #dims = #given;),
        Some(axes) => {
            let source = &network.values[network.result].source;
            let span = network.result_span;
            let check = quote_spanned! {span=>
                const _: () = ::tintype::network::check_output(#name, #source, #result, #given);
            };
            quote! {
                #[doc(hidden)]
                const #result: #dims = #dims::from_axes(&[#(#axes),*]);
                #check
            }
        }
    };
    quote! {
        #[doc(hidden)]
        const #first: #dims = #input;
        #check_input
        #items
        #output
    }
}

fn structure(network: &Network) -> TokenStream {
    let Network { attributes, visibility, name, .. } = network;
    let fields = network.layers().filter_map(|(node, layer)| {
        let (field, ty) = (layer.field.as_ref()?, &layer.ty);
        let doc = format!("`{}`: {}", node.name, layer.kind);
        Some(quote! {
            #[doc = #doc]
            #[allow(unused_braces)]
            pub #field: #ty,
        })
    });
    quote! {
        #(#attributes)*
        #[repr(C)]
        #visibility struct #name<E: ::tintype::Element = f32> {
            #(#fields)*
            #[doc(hidden)]
            pub element: ::core::marker::PhantomData<E>,
        }
    }
}

/// What the struct is as a run of numbers.
fn parameters(network: &Network) -> TokenStream {
    let name = &network.name;
    let default = quote!(::tintype::init::Initializer::GlorotUniform);
    let rows = network.layers().filter_map(|(node, layer)| {
        layer.field.as_ref()?;
        let (ty, label) = (&layer.ty, &node.name);
        let initializer = layer.initializer.as_ref().unwrap_or(&default);
        Some(quote! {
            ::tintype::parameters::NamedLayout {
                name: #label,
                initializer: #initializer,
                layout: <#ty as ::tintype::Parameters<E>>::LAYOUT,
            }
        })
    });
    let updates = network.layers().filter_map(|(_, layer)| {
        let (field, ty) = (layer.field.as_ref()?, &layer.ty);
        Some(quote!(<#ty as ::tintype::Parameters<E>>::update_statistics(&mut self.#field, &gradient.#field);))
    });
    quote! {
        // SAFETY: the struct is made of layers, for each of which all bits zero is a value.
        unsafe impl<E: ::tintype::Element> ::tintype::bytemuck::Zeroable for #name<E> {}

        // SAFETY: `repr(C)` over layers that are runs of `E`, so of one alignment and without padding; the layout has them
        // in the order of the fields.
        #[allow(unused_braces)]
        unsafe impl<E: ::tintype::Element> ::tintype::Parameters<E> for #name<E> {
            const LAYOUT: ::tintype::parameters::Layout = ::tintype::parameters::Layout::Layers(&[#(#rows),*]);

            #[inline(always)]
            fn update_statistics(&mut self, gradient: &Self) {
                let _ = gradient;
                #(#updates)*
            }
        }
    }
}

/// What the network knows of itself.
fn traits(network: &Network) -> TokenStream {
    let Network { name, visibility, .. } = network;
    let label = name.to_string();
    let (input, output) = (network.shape(0), network.result());
    let count = format_ident!("{}_PARAMS", network.prefix);
    let lines = format_ident!("{}_LINES", network.prefix);
    let digits = (0..8u32).rev();
    let rows = network.nodes.iter().map(|node| {
        let dims = network.dims(node.output);
        let row_name = &node.name;
        let (kind, params, macs) = match &node.kind {
            NodeKind::Layer(layer) => {
                let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
                (
                    layer.kind.clone(),
                    quote!(<#ty as ::tintype::Parameters<E>>::LAYOUT.len()),
                    quote!(<#ty as ::tintype::Layer<E, #seen, #own>>::MACS),
                )
            }
            NodeKind::Add => ("Residual".to_owned(), quote!(0), quote!(0)),
            NodeKind::Concat => ("Concat".to_owned(), quote!(0), quote!(0)),
        };
        quote! {
            ::tintype::network::LayerSummary {
                name: #row_name, kind: #kind, output: #dims, params: #params, macs: #macs,
            }
        }
    });
    quote! {
        #[doc(hidden)]
        const #count: usize = <#name<f32> as ::tintype::Parameters<f32>>::LAYOUT.len();
        #[doc(hidden)]
        const #lines: usize = ::tintype::network::workspace_lines(
            <#name<f32> as ::tintype::Layer<f32, #input, #output>>::MEMORY,
        );

        #[allow(unused_braces)]
        impl<E: ::tintype::Element> ::tintype::Network for #name<E> {
            type Element = E;
            type Input = #input;
            type Output = #output;
            type ParamCount = ::tintype::shape::Count<#({ ::tintype::shape::digit(#count, #digits) }),*>;
            type Workspace = ::tintype::network::Workspace<E, #lines>;
            const NAME: &'static str = #label;
            const LAYERS: &'static [::tintype::network::LayerSummary] = &[#(#rows),*];
        }

        impl<Given: ::tintype::Shape, Own: ::tintype::Element> ::tintype::network::DeclaredLayer<Given> for #name<Own> {
            type Output = #output;
            type Layer<E: ::tintype::Element> = #name<E>;
            const INPUT: ::core::option::Option<::tintype::shape::Dims> =
                ::core::option::Option::Some(<#input as ::tintype::Shape>::DIMS);
        }

        // A path such as `Net::PARAMS` leaves the element open; these settle it as `f32`, the default.
        #[allow(dead_code, clippy::use_self)]
        impl #name<f32> {
            /// What there is to say of each layer, in the order of the declaration.
            #visibility const LAYERS: &'static [::tintype::network::LayerSummary] = <Self as ::tintype::Network>::LAYERS;
            /// The number of parameters, statistics included.
            #visibility const PARAMS: usize = <Self as ::tintype::Network>::PARAMS;
            /// Multiply-accumulate operations of the forward pass for one sample.
            #visibility const MACS: u64 = <Self as ::tintype::Layer<f32, #input, #output>>::MACS;
            /// The bytes of memory that inference for one sample needs besides parameters, input and output.
            #visibility const WORKSPACE_BYTES: usize = <Self as ::tintype::Network>::WORKSPACE_BYTES;
            /// The bytes of memory that the gradient of one sample needs besides parameters, input and output.
            #visibility const TRAINING_BYTES: usize = <Self as ::tintype::Network>::TRAINING_BYTES;
            /// The network with all parameters zero.
            #visibility const ZERO: Self = <Self as ::tintype::Network>::ZERO;

            /// A table of the layers.
            #visibility fn summary() -> ::tintype::network::Summary {
                <Self as ::tintype::Network>::summary()
            }
        }

        ::tintype::__with_std! {
            #[allow(dead_code, clippy::use_self)]
            impl #name<f32> {
                /// A network with the initial parameters that `seed` stands for, built in place on the heap.
                #visibility fn boxed(seed: ::tintype::Seed) -> ::std::boxed::Box<Self> {
                    <Self as ::tintype::Network>::boxed(seed)
                }
            }
        }
    }
}
