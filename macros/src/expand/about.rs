//! What a network knows of itself.

use proc_macro2::TokenStream;
use quote::quote;

use super::memory::Passes;
use super::sections::{Sections, sections};
use super::{backward, forward};
use crate::model::{Network, NodeKind};

/// The implementations of `Network` and of what makes it a layer of another, and the shortcuts to what they say.
pub(super) fn network(passes: &Passes) -> TokenStream {
    let own = own(passes);
    let shortcuts = shortcuts(passes.network);
    quote! { #own #shortcuts }
}

fn own(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let (name, generic) = (&network.name, network.generic());
    let label = name.to_string();
    let (input, output) = (network.shape(0), network.result_shape());
    let count = network.prefix.ident("PARAMS");
    let lines = network.prefix.ident("LINES");
    let digits = (0..8_u32).rev();
    let rows = network.nodes.iter().map(|node| {
        let dims = network.dims(node.output);
        let row_name = &node.name;
        let (kind, params, macs, backward_macs) = match &node.kind {
            NodeKind::Layer(layer) => {
                let (ty, as_layer) = (layer.ty(), network.as_layer(node, layer));
                let unwanted =
                    passes.reads_input(node).then(|| quote!(.saturating_sub(#as_layer::INPUT_GRADIENT_MACS)));
                (
                    layer.kind.as_str(),
                    quote!(<#ty as ::tintype::Parameters<E>>::LAYOUT.len()),
                    quote!(#as_layer::MACS),
                    quote!(#as_layer::MACS.saturating_mul(2) #unwanted),
                )
            }
            NodeKind::Add => ("Residual", quote!(0), quote!(0), quote!(0)),
            NodeKind::Concat => ("Concat", quote!(0), quote!(0), quote!(0)),
        };
        quote! {
            ::tintype::network::LayerSummary {
                name: #row_name, kind: #kind, output: #dims, params: #params, macs: #macs,
                backward_macs: #backward_macs,
            }
        }
    });
    let Sections { forward, backward, called } = sections(passes);
    let (forward, backward) = (forward::forward(passes, &forward), backward::backward(passes, &backward));
    let layout = quote!(<#name<f32> as ::tintype::Parameters<f32>>::LAYOUT);
    let memory = quote!(<#name<f32> as ::tintype::Layer<f32, #input, #output>>::MEMORY);
    let check = crate::errors::Place::from(name.span())
        .call(quote!(::tintype::network::check_size), quote!(#label, #layout.len(), #memory));
    quote! {
        const #count: usize = ::tintype::network::param_count(#layout.len());
        const #lines: usize = ::tintype::network::workspace_lines(#memory);
        const _: () = #check;

        impl<E: ::tintype::Element> ::tintype::Network for #generic<E> {
            type Element = E;
            type Input = #input;
            type Output = #output;
            type ParamCount = ::tintype::shape::Count<#({ ::tintype::shape::digit(#count, #digits) }),*>;
            type Workspace = ::tintype::network::Workspace<E, #lines>;
            const NAME: &'static str = #label;
            const LAYERS: &'static [::tintype::network::LayerSummary] = &[#(#rows),*];
            #forward
            #backward
        }

        #called

        #[diagnostic::do_not_recommend]
        impl<Given: ::tintype::Shape, Own: ::tintype::Element> ::tintype::network::DeclaredLayer<Given> for #generic<Own> {
            type Output = #output;
            type Layer<E: ::tintype::Element> = #generic<E>;
            const INPUT: ::core::option::Option<::tintype::shape::Dims> =
                ::core::option::Option::Some(<#input as ::tintype::Shape>::DIMS);
        }
    }
}

fn shortcuts(network: &Network) -> TokenStream {
    let Network { name, visibility, .. } = network;
    let (input, output) = (network.shape(0), network.result_shape());
    quote! {
        // A path such as `Net::PARAMS` leaves the element open; these settle it as `f32`, the default. `ZERO` is not among
        // them: the compiler evaluates every constant of a type, and this one is as large as the network.
        #[allow(dead_code, clippy::use_self)]
        impl #name<f32> {
            /// What there is to say of each layer, in the order of the declaration.
            #visibility const LAYERS: &'static [::tintype::network::LayerSummary] = <Self as ::tintype::Network>::LAYERS;
            /// The number of parameters, statistics included.
            #visibility const PARAMS: usize = <Self as ::tintype::Network>::PARAMS;
            /// Multiply-accumulate operations of the forward pass for one sample.
            #visibility const MACS: u64 = <Self as ::tintype::Layer<f32, #input, #output>>::MACS;
            /// Multiply-accumulate operations of a training step for one sample.
            #visibility const TRAINING_MACS: u64 = <Self as ::tintype::Network>::TRAINING_MACS;
            /// The bytes of memory that inference for one sample needs besides parameters, input and output.
            #visibility const WORKSPACE_BYTES: usize = <Self as ::tintype::Network>::WORKSPACE_BYTES;
            /// The bytes of memory that the gradient of one sample needs besides parameters, input and output.
            #visibility const TRAINING_BYTES: usize = <Self as ::tintype::Network>::TRAINING_BYTES;

            /// A table of the layers.
            #visibility fn summary() -> ::tintype::network::Summary {
                <Self as ::tintype::Network>::summary()
            }
        }

        ::tintype::__with_std! {
            #[allow(dead_code, clippy::use_self)]
            impl #name<f32> {
                /// A network with the initial parameters that `seed` stands for, built in place on the heap.
                #visibility fn boxed(seed: ::tintype::Seed) -> ::tintype::memory::Boxed<Self> {
                    <Self as ::tintype::Network>::boxed(seed)
                }
            }
        }
    }
}
