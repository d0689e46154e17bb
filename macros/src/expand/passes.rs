//! The forward and the backward pass: a call for each node, and where its values lie in memory.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::model::{Layer, Network, Node, NodeKind};

/// Where a value lies.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The input, lent by the caller.
    Input,
    /// The output, lent by the caller.
    Output,
    /// A stretch of the pass's memory.
    Slot(usize),
}

/// One reading of a value: its gradient has a stretch of memory of its own until all are added up.
#[derive(Clone, Copy, PartialEq)]
struct Reading {
    root: usize,
    /// Which of the value's readers it is.
    number: usize,
}

/// The layout of the passes in memory.
struct Passes<'a> {
    network: &'a Network,
    /// For each value that owns memory: where it lies.
    places: Vec<Option<Place>>,
    /// The values that lie in slots, in the order of the slots.
    slots: Vec<usize>,
    /// For each node, its inputs' readings.
    readings: Vec<Vec<Reading>>,
    /// For each value, how many readers it has.
    readers: Vec<usize>,
    /// The readings whose gradients lie in slots, in the order of the slots.
    gradient_slots: Vec<Reading>,
}

impl<'a> Passes<'a> {
    fn new(network: &'a Network) -> Self {
        let root = |value: usize| network.values[value].root;
        let mut places = vec![None; network.values.len()];
        places[0] = Some(Place::Input);
        let mut slots = Vec::new();
        for node in &network.nodes {
            let place = if node.output == root(network.result) {
                Place::Output
            } else {
                slots.push(node.output);
                Place::Slot(slots.len() - 1)
            };
            places[node.output] = Some(place);
        }
        let mut readers = vec![0; network.values.len()];
        let readings: Vec<Vec<Reading>> = network
            .nodes
            .iter()
            .map(|node| {
                let reading = |&input: &usize| {
                    let root = root(input);
                    readers[root] += 1;
                    Reading { root, number: readers[root] - 1 }
                };
                node.inputs.iter().map(reading).collect()
            })
            .collect();
        let gradient_slots = readings
            .iter()
            .flatten()
            .copied()
            // The first reader of the network's input writes to where the caller wants it.
            .filter(|reading| *reading != Reading { root: 0, number: 0 })
            .collect();
        Self { network, places, slots, readings, readers, gradient_slots }
    }

    fn place(&self, value: usize) -> Place {
        self.places[self.network.values[value].root].unwrap_or(Place::Input)
    }

    /// The slot of the tape of layer number `layer`: behind those of the values.
    fn tape_slot(&self, layer: usize) -> usize {
        self.slots.len() + layer
    }

    fn gradient_slot(&self, reading: Reading) -> Option<usize> {
        self.gradient_slots.iter().position(|slot| *slot == reading)
    }

    /// The step of the forward pass at which a value is last read.
    fn last_use(&self, root: usize) -> usize {
        let mut last = 0;
        for (step, readings) in self.readings.iter().enumerate() {
            if readings.iter().any(|reading| reading.root == root) {
                last = step;
            }
        }
        last
    }
}

/// Stretches of one run of memory that a node borrows at once: their slots and the names they get.
#[derive(Default)]
struct Borrowed {
    slots: Vec<usize>,
    names: Vec<Ident>,
}

impl Borrowed {
    /// The name of the stretch, which is borrowed once however often it is named.
    fn slot(&mut self, prefix: &str, slot: usize) -> Ident {
        if let Some(at) = self.slots.iter().position(|other| *other == slot) {
            return self.names[at].clone();
        }
        let name = format_ident!("{prefix}{slot}");
        self.slots.push(slot);
        self.names.push(name.clone());
        name
    }

    fn split(&self, memory: &str, plan: &TokenStream) -> TokenStream {
        if self.slots.is_empty() {
            return TokenStream::new();
        }
        let Self { slots, names } = self;
        let memory = format_ident!("{memory}");
        quote! {
            let [#(#names),*] = ::tintype::plan::split(&mut *#memory, [#(#plan.range(#slots, samples)),*]);
        }
    }
}

/// The implementation of `Layer` for a network.
pub(super) fn layer(network: &Network) -> TokenStream {
    let passes = Passes::new(network);
    let name = &network.name;
    let (input, output) = (network.shape(0), network.result());
    let plans = plans(&passes);
    let forward = forward(&passes);
    let backward = backward(&passes);
    let pack = pack(&passes);
    let layers: Vec<_> = network
        .layers()
        .map(|(node, layer)| {
            let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
            quote!(<#ty as ::tintype::Layer<E, #seen, #own>>)
        })
        .collect();
    quote! {
        #plans

        #[allow(unused_braces)]
        impl<E: ::tintype::Element> ::tintype::Layer<E, #input, #output> for #name<E> {
            const MEMORY: ::tintype::layer::Memory =
                ::tintype::network::memory(&Self::INFERENCE, &Self::TAPE, &Self::GRADIENTS, &Self::LAYER_MEMORY);
            const MACS: u64 = 0 #(+ #layers::MACS)*;
            const COUPLES_BATCH: bool = false #(|| #layers::COUPLES_BATCH)*;
            #forward
            #backward
            #pack
        }
    }
}

/// The memory of the layers, as constants of the network.
fn plans(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let name = &network.name;
    let request = quote!(::tintype::plan::Request);
    let plan = quote!(::tintype::plan::Plan);
    let layers: Vec<_> = network.layers().collect();
    let layer_memory: Vec<_> = layers
        .iter()
        .map(|(node, layer)| {
            let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
            quote!(<#ty as ::tintype::Layer<E, #seen, #own>>::MEMORY)
        })
        .collect();
    let dims: Vec<_> = passes.slots.iter().map(|&value| network.dims(value)).collect();
    let first: Vec<_> = passes
        .slots
        .iter()
        .map(|&value| network.nodes.iter().position(|node| node.output == value).unwrap_or(0))
        .collect();
    let last: Vec<_> = passes.slots.iter().map(|&value| passes.last_use(value)).collect();
    let no_tape = layers.iter().map(|_| quote!(#request::always(0)));
    let tape_count = dims.len() + layers.len();
    // A gradient is written at the backward step of its reader and read, added up, at that of the value's own node.
    let steps = network.nodes.len();
    let gradients = passes.gradient_slots.iter().map(|reading| {
        let dims = network.dims(reading.root);
        let reader = passes.readings.iter().position(|readings| readings.contains(reading)).unwrap_or(0);
        let source = network.nodes.iter().position(|node| node.output == reading.root);
        let written = steps - 1 - reader;
        let read = source.map_or(steps, |source| steps - 1 - source);
        quote!(#request::new(#dims.len(), #written, #read))
    });
    let gradient_count = passes.gradient_slots.len();
    let layer_count = layers.len();
    quote! {
        #[allow(unused_braces)]
        impl<E: ::tintype::Element> #name<E> {
            #[doc(hidden)]
            const LAYER_MEMORY: [::tintype::layer::Memory; #layer_count] = [#(#layer_memory),*];
            /// Where the values of a pass for inference lie: the memory of a value is used again once it has been read.
            /// The layers' tapes, which come behind the values as in `TAPE`, are empty.
            #[doc(hidden)]
            const INFERENCE: #plan<#tape_count> =
                #plan::new([#(#request::new(#dims.len(), #first, #last),)* #(#no_tape),*]);
            /// Where the values of a training pass lie, which the backward pass reads again, and the layers' tapes.
            #[doc(hidden)]
            const TAPE: #plan<#tape_count> =
                #plan::new([#(#request::always(#dims.len()),)* #(#request::always(#layer_memory.tape)),*]);
            /// Where the gradients by the values lie.
            #[doc(hidden)]
            const GRADIENTS: #plan<#gradient_count> = #plan::new([#(#gradients),*]);
        }
    }
}

/// The elements of a value, for reading.
fn read(place: Place, values: &mut Borrowed) -> TokenStream {
    match place {
        Place::Input => quote!(input),
        Place::Output => quote!(&*output),
        Place::Slot(slot) => {
            let name = values.slot("value", slot);
            quote!(&*#name)
        }
    }
}

fn forward(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let (input, output) = (network.shape(0), network.result());
    let mut layers = 0..;
    let nodes: Vec<_> = network
        .nodes
        .iter()
        .enumerate()
        .map(|(step, node)| {
            let mut values = Borrowed::default();
            let inputs: Vec<_> = node.inputs.iter().map(|&value| read(passes.place(value), &mut values)).collect();
            let target = match passes.place(node.output) {
                Place::Slot(slot) => {
                    let name = values.slot("value", slot);
                    quote!(&mut *#name)
                }
                _ => quote!(&mut *output),
            };
            let call = match &node.kind {
                NodeKind::Layer(layer) => {
                    let index = layers.next().unwrap_or(0);
                    let tape = values.slot("tape", passes.tape_slot(index));
                    let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
                    let this = this(layer, &quote!(self), &quote!(&));
                    let activation = activation(layer);
                    let source = &inputs[0];
                    quote! {
                        <#ty as ::tintype::Layer<E, #seen, #own>>::forward_activated(
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
                NodeKind::Concat => concat(network, node, |branch, channels, all, offset| {
                    let source = &inputs[branch];
                    quote!(::tintype::layers::merge::place_channels(#source, #channels, #target, #all, #offset);)
                }),
            };
            let split = values.split("memory", &quote!(plan));
            quote!({ #split #call })
        })
        .collect();
    let copy = (passes.place(network.result) == Place::Input).then(|| quote!(output.copy_from_slice(input);));
    quote! {
        #[inline(always)]
        #[allow(unused_variables)]
        fn forward_batch<S: ::tintype::simd::Simd>(
            &self,
            simd: S,
            x: &[::tintype::Tensor<#input, E>],
            y: &mut [::tintype::Tensor<#output, E>],
            room: ::tintype::layer::Room<'_, E>,
            mode: ::tintype::layer::Mode,
        ) {
            let samples = x.len();
            let input = ::tintype::tensor::elements(x);
            let output = ::tintype::tensor::elements_mut(y);
            let scratch = room.scratch;
            let (plan, memory, side) = if mode.is_training() {
                (&Self::TAPE, room.tape, room.workspace)
            } else {
                let (values, side) = room.workspace.split_at_mut(Self::INFERENCE.total() * samples);
                (&Self::INFERENCE, values, side)
            };
            #(#nodes)*
            #copy
        }
    }
}

/// The layer itself, or a fresh one where it has no parameters and so no field.
fn this(layer: &Layer, owner: &TokenStream, reference: &TokenStream) -> TokenStream {
    match &layer.field {
        Some(field) => quote!(#reference #owner.#field),
        None => {
            let ty = &layer.ty;
            quote!(#reference <#ty as ::core::default::Default>::default())
        }
    }
}

fn activation(layer: &Layer) -> TokenStream {
    layer.activation.clone().unwrap_or_else(|| quote!(::tintype::activation::Identity))
}

/// A call for each branch of a concatenation: its number, its channels, all channels, and the channels before it.
fn concat(
    network: &Network,
    node: &Node,
    call: impl Fn(usize, &TokenStream, &TokenStream, &TokenStream) -> TokenStream,
) -> TokenStream {
    let all = network.dims(node.output);
    let all = quote!(#all.channels());
    let mut offset = quote!(0);
    let mut calls = TokenStream::new();
    for (branch, &value) in node.inputs.iter().enumerate() {
        let dims = network.dims(value);
        let channels = quote!(#dims.channels());
        calls.extend(call(branch, &channels, &all, &offset));
        offset = quote!(#offset + #channels);
    }
    calls
}

fn backward(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let (input, output) = (network.shape(0), network.result());
    let layer_count = network.layers().count();
    let mut layer = layer_count;
    let steps: Vec<_> = network
        .nodes
        .iter()
        .enumerate()
        .rev()
        .map(|(step, node)| {
            let sum = sum_of_readings(passes, node.output);
            let call = match &node.kind {
                NodeKind::Layer(kind) => {
                    layer -= 1;
                    backward_layer(passes, node, kind, step, layer)
                }
                NodeKind::Add | NodeKind::Concat => backward_merge(passes, node, step),
            };
            quote!(#sum #call)
        })
        .collect();
    let input_sum = sum_of_input(passes);
    let copy = (passes.place(network.result) == Place::Input).then(|| {
        quote!(if let Some(dx) = dx_wanted.as_deref_mut() {
            dx.copy_from_slice(dy_given);
        })
    });
    quote! {
        #[inline(always)]
        #[allow(unused_variables, unused_mut)]
        fn backward_batch<S: ::tintype::simd::Simd>(
            &self,
            simd: S,
            pass: ::tintype::layer::Backward<'_, E, #input, #output>,
            gradient: &mut Self,
        ) {
            let samples = pass.x.len();
            let input = ::tintype::tensor::elements(pass.x);
            let output = ::tintype::tensor::elements(pass.y);
            let dy_given = ::tintype::tensor::elements_mut(pass.dy);
            let mut dx_wanted = pass.dx.map(::tintype::tensor::elements_mut);
            let (mode, packed) = (pass.mode, pass.packed);
            let (tape, scratch) = (pass.room.tape, pass.room.scratch);
            let (gradients, side) = pass.room.workspace.split_at_mut(Self::GRADIENTS.total() * samples);
            #(#steps)*
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
    match passes.gradient_slot(Reading { root: value, number: 0 }) {
        Some(slot) => {
            let name = borrowed.slot("gradient", slot);
            quote!(&mut *#name)
        }
        None => quote!(&mut []),
    }
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
    let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
    let this_layer = this(layer, &quote!(self), &quote!(&));
    let its_gradient = this(layer, &quote!(gradient), &quote!(&mut));
    let activation = activation(layer);
    quote! {{
        #values
        #gradients
        let (before, own) = ::tintype::network::packed_range(&Self::LAYER_MEMORY, #index);
        <#ty as ::tintype::Layer<E, #seen, #own>>::backward_activated(
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
        concat(network, node, |branch, channels, all, offset| {
            one(branch, &|dx, dy| quote!(::tintype::layers::merge::take_channels(#dy, #all, #dx, #channels, #offset);))
        })
    } else {
        (0..node.inputs.len()).map(|branch| one(branch, &|dx, dy| quote!(#dx.copy_from_slice(#dy);))).collect()
    }
}

fn pack(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let packs = network.layers().enumerate().filter_map(|(index, (node, layer))| {
        let field = layer.field.as_ref()?;
        let (ty, seen, own) = (&layer.ty, network.seen(node), network.shape(node.output));
        Some(quote! {{
            let (before, own) = ::tintype::network::packed_range(&Self::LAYER_MEMORY, #index);
            <#ty as ::tintype::Layer<E, #seen, #own>>::pack(&self.#field, simd, &mut packed[before..before + own]);
        }})
    });
    quote! {
        #[inline(always)]
        #[allow(unused_variables)]
        fn pack<S: ::tintype::simd::Simd>(&self, simd: S, packed: &mut [E]) {
            #(#packs)*
        }
    }
}
