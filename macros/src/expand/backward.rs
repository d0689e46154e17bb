//! The backward pass: a call for each node.

use proc_macro2::TokenStream;
use quote::quote;

use super::forward::{activation, concat, read, this};
use super::memory::{Borrowed, Passes, Place, Reading};
use crate::model::{Layer, Node, NodeKind};

/// The backward pass of each node, in the order of the declaration.
pub(super) fn nodes(passes: &Passes) -> Vec<TokenStream> {
    let mut layers = 0..;
    passes
        .network
        .nodes
        .iter()
        .enumerate()
        .map(|(step, node)| {
            let sum = sum_of_readings(passes, node.output);
            let call = match &node.kind {
                NodeKind::Layer(kind) => backward_layer(passes, node, kind, step, layers.next().unwrap_or(0)),
                NodeKind::Add | NodeKind::Concat => backward_merge(passes, node, step),
            };
            quote!(#sum #call probe.node_done(#step);)
        })
        .collect()
}

/// The network's backward pass, whose nodes are those of `body`.
pub(super) fn backward(passes: &Passes, body: &TokenStream) -> TokenStream {
    let network = passes.network;
    let (input, output) = (network.shape(0), network.result_shape());
    let input_sum = sum_of_input(passes);
    let copy = (passes.place(network.result) == Place::Input).then(|| {
        quote!(if let Some(dx) = dx_wanted.as_deref_mut() {
            dx.copy_from_slice(dy_given);
        })
    });
    quote! {
        #[inline(always)]
        #[allow(unused_variables, unused_mut)]
        fn backward_probed<S: ::tintype::simd::Simd, P: ::tintype::network::Probe>(
            &self,
            simd: S,
            pass: ::tintype::layer::Backward<'_, E, #input, #output>,
            gradient: &mut Self,
            probe: &mut P,
        ) {
            let samples = pass.x.len();
            let input = ::tintype::tensor::elements(pass.x);
            let output = ::tintype::tensor::elements(pass.y);
            let dy_given = ::tintype::tensor::elements_mut(pass.dy);
            let mut dx_wanted = pass.dx.filter(|_| P::INPUT_GRADIENT).map(::tintype::tensor::elements_mut);
            let (mode, packed, accumulate) = (pass.mode, pass.packed, pass.accumulate);
            let (tape, scratch) = (pass.room.tape, pass.room.scratch);
            let (gradients, side) = pass.room.workspace.split_at_mut(Self::GRADIENTS.total() * samples);
            #body
            #input_sum
            #copy
        }
    }
}

/// Adds up the gradients that the readers of a value have written.
fn sum_of_readings(passes: &Passes, value: usize) -> TokenStream {
    let mut sums = TokenStream::new();
    for number in 1..passes.readers[value] {
        let mut borrowed = Borrowed::default();
        let (Some(first), Some(other)) = (
            passes.gradient_slot(Reading { root: value, number: 0 }),
            passes.gradient_slot(Reading { root: value, number }),
        ) else {
            continue;
        };
        let (sum, term) = (borrowed.slot("gradient", first), borrowed.slot("gradient", other));
        let split = borrowed.split("gradients", &quote!(Self::GRADIENTS));
        sums.extend(quote!({ #split ::tintype::kernels::elementwise::accumulate(simd, #sum, #term); }));
    }
    sums
}

/// The same for the network's input, whose first reader has written to where the caller wants the sum.
fn sum_of_input(passes: &Passes) -> TokenStream {
    let mut sums = TokenStream::new();
    for number in 1..passes.readers[0] {
        let Some(slot) = passes.gradient_slot(Reading { root: 0, number }) else { continue };
        let mut borrowed = Borrowed::default();
        let term = borrowed.slot("gradient", slot);
        let split = borrowed.split("gradients", &quote!(Self::GRADIENTS));
        sums.extend(quote!({ #split ::tintype::kernels::elementwise::accumulate(simd, dx, #term); }));
    }
    if sums.is_empty() {
        return sums;
    }
    quote!(if let Some(dx) = dx_wanted.as_deref_mut() { #sums })
}

/// The gradient by a node's output, for reading and writing.
fn upstream(passes: &Passes, value: usize, borrowed: &mut Borrowed) -> TokenStream {
    if passes.place(value) == Place::Output {
        return quote!(&mut *dy_given);
    }
    let Some(slot) = passes.gradient_slot(Reading { root: value, number: 0 }) else { return quote!(&mut []) };
    let name = borrowed.slot("gradient", slot);
    quote!(&mut *#name)
}

/// Where the gradient of a reading goes: an `Option` of elements. The input's is wanted only if the caller says so.
fn downstream(passes: &Passes, reading: Reading, borrowed: &mut Borrowed) -> TokenStream {
    match passes.gradient_slot(reading) {
        None => quote!(dx_wanted.as_deref_mut()),
        Some(slot) => {
            let name = borrowed.slot("gradient", slot);
            if reading.root == 0 {
                quote!(dx_wanted.is_some().then_some(&mut *#name))
            } else {
                quote!(::core::option::Option::Some(&mut *#name))
            }
        }
    }
}

fn backward_layer(passes: &Passes, node: &Node, layer: &Layer, step: usize, index: usize) -> TokenStream {
    let network = passes.network;
    let (mut values, mut gradients) = (Borrowed::default(), Borrowed::default());
    let x = read(passes.place(node.inputs[0]), &mut values);
    let y = match passes.place(node.output) {
        Place::Output => quote!(output),
        place => read(place, &mut values),
    };
    let tape = values.slot("tape", passes.tape_slot(index));
    let dy = upstream(passes, node.output, &mut gradients);
    let dx = downstream(passes, passes.readings[step][0], &mut gradients);
    let values = values.split("tape", &quote!(Self::TAPE));
    let gradients = gradients.split("gradients", &quote!(Self::GRADIENTS));
    let (ty, seen, own) = (layer.ty(), &layer.seen, network.shape(node.output));
    let this_layer = this(layer, &quote!(self), &quote!(&));
    let its_gradient = this(layer, &quote!(gradient), &quote!(&mut));
    let activation = activation(layer);
    let watched = if passes.reads_input(node) { quote!(P) } else { quote!(()) };
    quote! {{
        #values
        #gradients
        let (before, own) = Self::PACKED[#index];
        ::tintype::network::backward_layer::<#ty, E, #seen, #own, S, _, #watched>(
            #this_layer,
            simd,
            ::tintype::layer::Backward {
                x: ::tintype::tensor::tensors(#x),
                y: ::tintype::tensor::tensors(#y),
                dy: ::tintype::tensor::tensors_mut(#dy),
                dx: (#dx).map(::tintype::tensor::tensors_mut),
                packed: &packed[before..before + own],
                room: ::tintype::layer::Room {
                    tape: #tape,
                    workspace: &mut side[..Self::LAYER_MEMORY[#index].workspace * samples],
                    scratch: &mut *scratch,
                },
                mode: mode.part(#step),
                accumulate,
            },
            #its_gradient,
            #activation,
        );
    }}
}

fn backward_merge(passes: &Passes, node: &Node, step: usize) -> TokenStream {
    let network = passes.network;
    let one = |branch: usize, copy: &dyn Fn(&TokenStream, &TokenStream) -> TokenStream| {
        let mut gradients = Borrowed::default();
        let dy = upstream(passes, node.output, &mut gradients);
        let dx = downstream(passes, passes.readings[step][branch], &mut gradients);
        let split = gradients.split("gradients", &quote!(Self::GRADIENTS));
        let copy = copy(&quote!(dx), &quote!(&*dy));
        quote!({
            #split
            let dy = #dy;
            if let ::core::option::Option::Some(dx) = #dx { #copy }
        })
    };
    if matches!(node.kind, NodeKind::Concat) {
        concat(network, node, |branch, channels, all| {
            one(branch, &|dx, dy| quote!(::tintype::layers::merge::take_channels(#dy, #all, #dx, #channels, offset);))
        })
    } else {
        (0..node.inputs.len()).map(|branch| one(branch, &|dx, dy| quote!(#dx.copy_from_slice(#dy);))).collect()
    }
}

/// Calls that arrange the parameters of each layer for the backward pass.
pub(super) fn packs(passes: &Passes) -> TokenStream {
    let network = passes.network;
    network
        .layers()
        .enumerate()
        .filter_map(|(index, (node, layer))| {
            let field = layer.field.as_ref()?;
            let (ty, seen, own) = (layer.ty(), &layer.seen, network.shape(node.output));
            let input_gradient = if passes.reads_input(node) { quote!(input_gradient) } else { quote!(true) };
            Some(quote! {{
                let (before, count) = Self::PACKED[#index];
                let packed = &mut packed[before..][..count];
                ::tintype::network::pack_layer::<#ty, E, #seen, #own, S>(&self.#field, simd, packed, #input_gradient);
            }})
        })
        .collect()
}
