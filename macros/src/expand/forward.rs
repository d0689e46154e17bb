//! The forward pass: a call for each node.

use proc_macro2::TokenStream;
use quote::quote;

use super::memory::{Borrowed, Passes, Place};
use crate::model::{Layer, Network, Node, NodeKind};

/// The elements of a value, for reading.
pub(super) fn read(place: Place, values: &mut Borrowed) -> TokenStream {
    match place {
        Place::Input => quote!(input),
        Place::Output => quote!(&*output),
        Place::Slot(slot) => {
            let name = values.slot("value", slot);
            quote!(&*#name)
        }
    }
}

/// The forward pass of each node.
pub(super) fn nodes(passes: &Passes) -> Vec<TokenStream> {
    let network = passes.network;
    let mut layers = 0..;
    network
        .nodes
        .iter()
        .enumerate()
        .map(|(step, node)| {
            let mut values = Borrowed::default();
            let inputs: Vec<_> = node.inputs.iter().map(|&value| read(passes.place(value), &mut values)).collect();
            let target = if let Place::Slot(slot) = passes.place(node.output) {
                let name = values.slot("value", slot);
                quote!(&mut *#name)
            } else {
                quote!(&mut *output)
            };
            let call = match &node.kind {
                NodeKind::Layer(layer) => {
                    let index = layers.next().unwrap_or(0);
                    let tape = values.slot("tape", passes.tape_slot(index));
                    let (ty, seen, own) = (layer.ty(), &layer.seen, network.shape(node.output));
                    let this = this(layer, &quote!(self), &quote!(&));
                    let activation = activation(layer);
                    let source = &inputs[0];
                    quote! {
                        ::tintype::network::forward_layer::<#ty, E, #seen, #own, S, _, P>(
                            #this,
                            simd,
                            ::tintype::tensor::tensors(#source),
                            ::tintype::tensor::tensors_mut(#target),
                            ::tintype::layer::Room {
                                tape: #tape,
                                workspace: &mut side[..Self::LAYER_MEMORY[#index].workspace * samples],
                                scratch: &mut *scratch,
                            },
                            mode.part(#step),
                            #activation,
                        );
                    }
                }
                NodeKind::Add => {
                    let (a, b) = (&inputs[0], &inputs[1]);
                    quote!(::tintype::layers::merge::add(simd, #a, #b, #target);)
                }
                NodeKind::Concat => concat(network, node, |branch, channels, all| {
                    let source = &inputs[branch];
                    quote!(::tintype::layers::merge::place_channels(#source, #channels, #target, #all, offset);)
                }),
            };
            let split = values.split("memory", &quote!(plan));
            quote!({ #split #call probe.node_done(#step); })
        })
        .collect()
}

/// The plan of the memory that the forward pass has for its values.
pub(super) fn plan() -> TokenStream {
    quote!(if mode.is_training() { &Self::TAPE } else { &Self::INFERENCE })
}

/// The network's forward pass, whose nodes are those of `body`.
pub(super) fn forward(passes: &Passes, body: &TokenStream) -> TokenStream {
    let network = passes.network;
    let (input, output) = (network.shape(0), network.result_shape());
    let plan = plan();
    let copy = (passes.place(network.result) == Place::Input).then(|| quote!(output.copy_from_slice(input);));
    quote! {
        #[inline(always)]
        #[allow(unused_variables)]
        fn forward_probed<S: ::tintype::simd::Simd, P: ::tintype::network::Probe>(
            &self,
            simd: S,
            x: &[::tintype::Tensor<#input, E>],
            y: &mut [::tintype::Tensor<#output, E>],
            room: ::tintype::layer::Room<'_, E>,
            mode: ::tintype::layer::Mode,
            probe: &mut P,
        ) {
            let samples = x.len();
            let input = ::tintype::tensor::elements(x);
            let output = ::tintype::tensor::elements_mut(y);
            let scratch = room.scratch;
            let (memory, side) = if mode.is_training() {
                (room.tape, room.workspace)
            } else {
                room.workspace.split_at_mut(Self::INFERENCE.total() * samples)
            };
            let plan = #plan;
            #body
            #copy
        }
    }
}

/// The layer itself, or a fresh one where it has no parameters and so no field.
pub(super) fn this(layer: &Layer, owner: &TokenStream, reference: &TokenStream) -> TokenStream {
    if let Some(field) = &layer.field {
        return quote!(#reference #owner.#field);
    }
    let ty = layer.ty();
    quote!(#reference <#ty as ::core::default::Default>::default())
}

pub(super) fn activation(layer: &Layer) -> TokenStream {
    layer.activation.clone().unwrap_or_else(|| quote!(::tintype::activation::Identity))
}

/// A call for each branch of a concatenation, given its number, its channels and all channels. The variable `offset` has
/// the channels before it.
pub(super) fn concat(
    network: &Network,
    node: &Node,
    call: impl Fn(usize, &TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    let all = network.dims(node.output);
    let all = quote!(#all.channels());
    let calls = node.inputs.iter().enumerate().map(|(branch, &value)| {
        let dims = network.dims(value);
        let channels = quote!(#dims.channels());
        let call = call(branch, &channels, &all);
        quote! {
            #call
            let offset = offset + #channels;
        }
    });
    quote!({
        let offset = 0;
        #(#calls)*
    })
}
