//! From the graph to Rust: pure functions that give tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::model::{Layer, Network, Node, NodeKind};

mod about;
mod backward;
mod forward;
mod memory;
mod sections;
mod shapes;
mod structure;

/// The whole expansion: the blocks of a declaration, and last the network itself.
pub(crate) fn networks(networks: &[Network], errors: TokenStream) -> TokenStream {
    let Some((declared, blocks)) = networks.split_last() else { return errors };
    let mut code: TokenStream = blocks.iter().map(|block| network(block, &TokenStream::new())).collect();
    code.extend(network(declared, &errors));
    code
}

fn network(network: &Network, errors: &TokenStream) -> TokenStream {
    let shapes = shapes::constants(network, errors);
    let structure = structure::structure(network);
    let parameters = structure::parameters(network);
    let passes = memory::Passes::new(network);
    let layer = layer(&passes);
    let about = about::network(&passes);
    quote! { #shapes #structure #parameters #layer #about }
}

impl Network {
    /// The constant with the shape of a value.
    fn dims(&self, value: usize) -> Ident {
        self.prefix.ident(value)
    }

    /// The type with the shape of a value.
    fn shape(&self, value: usize) -> Ident {
        self.prefix.shape(value)
    }

    /// The constant with the network's output.
    fn result_dims(&self) -> Ident {
        self.prefix.ident("OUTPUT")
    }

    /// The type with the network's output.
    fn result_shape(&self) -> Ident {
        self.prefix.shape("OUTPUT")
    }

    /// The network under a name that none of its parameters can have: within `impl<E>`, a network `E` has no other.
    fn generic(&self) -> Ident {
        self.prefix.ident("NETWORK")
    }

    /// The nodes that are layers.
    fn layers(&self) -> impl Iterator<Item = (&Node, &Layer)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Layer(layer) => Some((node, layer)),
            _ => None,
        })
    }

    /// A layer as what it is between its input and its output.
    fn as_layer(&self, node: &Node, layer: &Layer) -> TokenStream {
        let (ty, seen, own) = (layer.ty(), &layer.seen, self.shape(node.output));
        quote!(<#ty as ::tintype::Layer<E, #seen, #own>>)
    }
}

/// The implementation of `Layer` for a network.
fn layer(passes: &memory::Passes) -> TokenStream {
    let network = passes.network;
    let generic = network.generic();
    let (input, output) = (network.shape(0), network.result_shape());
    let plans = memory::plans(passes);
    let packs = backward::packs(passes);
    let layers: Vec<_> = network.layers().map(|(node, layer)| network.as_layer(node, layer)).collect();
    let first = network.layers().filter(|(node, _)| passes.reads_input(node));
    let first = first.map(|(node, layer)| network.as_layer(node, layer));
    quote! {
        #plans

        impl<E: ::tintype::Element> ::tintype::Layer<E, #input, #output> for #generic<E> {
            const MEMORY: ::tintype::layer::Memory =
                ::tintype::network::memory(&Self::INFERENCE, &Self::TAPE, &Self::GRADIENTS, &Self::LAYER_MEMORY);
            const MACS: u64 = 0_u64 #(.saturating_add(#layers::MACS))*;
            const INPUT_GRADIENT_MACS: u64 = 0_u64 #(.saturating_add(#first::INPUT_GRADIENT_MACS))*;
            const REPLACES_GRADIENT: bool = true;
            const COUPLES_BATCH: bool = false #(|| #layers::COUPLES_BATCH)*;

            #[inline(always)]
            fn forward_batch<S: ::tintype::simd::Simd>(
                &self,
                simd: S,
                x: &[::tintype::Tensor<#input, E>],
                y: &mut [::tintype::Tensor<#output, E>],
                room: ::tintype::layer::Room<'_, E>,
                mode: ::tintype::layer::Mode,
            ) {
                ::tintype::Network::forward_probed(self, simd, x, y, room, mode, &mut ());
            }

            #[inline(always)]
            fn backward_batch<S: ::tintype::simd::Simd>(
                &self,
                simd: S,
                pass: ::tintype::layer::Backward<'_, E, #input, #output>,
                gradient: &mut Self,
            ) {
                ::tintype::Network::backward_probed(self, simd, pass, gradient, &mut ());
            }

            #[inline(always)]
            #[allow(unused_variables)]
            fn pack<S: ::tintype::simd::Simd>(&self, simd: S, packed: &mut [E], input_gradient: bool) {
                #packs
            }
        }
    }
}
