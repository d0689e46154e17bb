//! From the graph to Rust: pure functions that give tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::model::{Layer, Network, Node, NodeKind};

mod about;
mod backward;
mod forward;
mod memory;
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
    let layer = layer(network);
    let about = about::network(network);
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

    /// The nodes that are layers.
    fn layers(&self) -> impl Iterator<Item = (&Node, &Layer)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Layer(layer) => Some((node, layer)),
            _ => None,
        })
    }

    /// A layer as what it is between its input and its output.
    fn as_layer(&self, node: &Node, layer: &Layer) -> TokenStream {
        let (ty, seen, own) = (&layer.ty, &layer.seen, self.shape(node.output));
        quote!(<#ty as ::tintype::Layer<E, #seen, #own>>)
    }
}

/// The implementation of `Layer` for a network.
fn layer(network: &Network) -> TokenStream {
    let passes = memory::Passes::new(network);
    let name = &network.name;
    let (input, output) = (network.shape(0), network.result_shape());
    let plans = memory::plans(&passes);
    let forward = forward::forward(&passes);
    let backward = backward::backward(&passes);
    let pack = backward::pack(&passes);
    let layers: Vec<_> = network.layers().map(|(node, layer)| network.as_layer(node, layer)).collect();
    quote! {
        #plans

        impl<E: ::tintype::Element> ::tintype::Layer<E, #input, #output> for #name<E> {
            const MEMORY: ::tintype::layer::Memory =
                ::tintype::network::memory(&Self::INFERENCE, &Self::TAPE, &Self::GRADIENTS, &Self::LAYER_MEMORY);
            const MACS: u64 = 0_u64 #(.saturating_add(#layers::MACS))*;
            const COUPLES_BATCH: bool = false #(|| #layers::COUPLES_BATCH)*;
            #forward
            #backward
            #pack
        }
    }
}
