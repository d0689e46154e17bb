//! Where the values of the passes lie in memory.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::model::{Network, Node};

/// Where a value lies.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    /// The input, lent by the caller.
    Input,
    /// The output, lent by the caller.
    Output,
    /// A stretch of the pass's memory.
    Slot(usize),
}

/// One reading of a value: its gradient has a stretch of memory of its own until all are added up.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) root: usize,
    /// Which of the value's readers it is.
    pub(super) number: usize,
}

/// The layout of the passes in memory.
pub(super) struct Passes<'a> {
    pub(super) network: &'a Network,
    /// For each value that owns memory: where it lies.
    places: Vec<Option<Place>>,
    /// The values that lie in slots, in the order of the slots.
    slots: Vec<usize>,
    /// For each node, its inputs' readings.
    pub(super) readings: Vec<Vec<Reading>>,
    /// For each value, how many readers it has.
    pub(super) readers: Vec<usize>,
    /// The readings whose gradients lie in slots, in the order of the slots.
    gradient_slots: Vec<Reading>,
}

impl<'a> Passes<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
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

    pub(super) fn place(&self, value: usize) -> Place {
        self.places[self.network.values[value].root].unwrap_or(Place::Input)
    }

    /// Whether a node is given the network's input, so that its gradient by it is seldom wanted.
    pub(super) fn reads_input(&self, node: &Node) -> bool {
        node.inputs.iter().any(|&value| self.place(value) == Place::Input)
    }

    /// The slot of the tape of layer number `layer`: behind those of the values.
    pub(super) fn tape_slot(&self, layer: usize) -> usize {
        self.slots.len() + layer
    }

    pub(super) fn gradient_slot(&self, reading: Reading) -> Option<usize> {
        self.gradient_slots.iter().position(|slot| *slot == reading)
    }

    /// The step of the forward pass at which a value is last read.
    pub(super) fn last_use(&self, root: usize) -> usize {
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
pub(super) struct Borrowed {
    slots: Vec<usize>,
    names: Vec<Ident>,
}

impl Borrowed {
    /// The name of the stretch, which is borrowed once however often it is named.
    pub(super) fn slot(&mut self, prefix: &str, slot: usize) -> Ident {
        if let Some(at) = self.slots.iter().position(|other| *other == slot) {
            return self.names[at].clone();
        }
        let name = format_ident!("{prefix}{slot}");
        self.slots.push(slot);
        self.names.push(name.clone());
        name
    }

    pub(super) fn split(&self, memory: &str, plan: &TokenStream) -> TokenStream {
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

/// The memory of the layers, as constants of the network.
pub(super) fn plans(passes: &Passes) -> TokenStream {
    let network = passes.network;
    let generic = network.generic();
    let request = quote!(::tintype::plan::Request);
    let plan = quote!(::tintype::plan::Plan);
    let layers: Vec<_> = network.layers().collect();
    let layer_memory: Vec<_> = layers
        .iter()
        .map(|(node, layer)| {
            let layer = network.as_layer(node, layer);
            quote!(#layer::MEMORY)
        })
        .collect();
    let dims: Vec<_> = passes.slots.iter().map(|&value| network.dims(value)).collect();
    let first: Vec<_> = passes
        .slots
        .iter()
        .map(|&value| network.nodes.iter().position(|node| node.output == value).unwrap_or(0))
        .collect();
    let last: Vec<_> = passes.slots.iter().map(|&value| passes.last_use(value)).collect();
    let numbers = 0..layers.len();
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
        impl<E: ::tintype::Element> #generic<E> {
            const LAYER_MEMORY: [::tintype::layer::Memory; #layer_count] = [#(#layer_memory),*];
            /// Where the packed weights of each layer begin, and how many they are.
            const PACKED: [(usize, usize); #layer_count] = ::tintype::network::packed_ranges(&Self::LAYER_MEMORY);
            /// Where the values of a pass for inference lie: the memory of a value is used again once it has been read.
            /// The layers' tapes, which come behind the values as in `TAPE`, are empty.
            const INFERENCE: #plan<#tape_count> =
                #plan::new([#(#request::new(#dims.len(), #first, #last),)* #(#no_tape),*]);
            /// Where the values of a training pass lie, which the backward pass reads again, and the layers' tapes.
            const TAPE: #plan<#tape_count> =
                #plan::new([#(#request::always(#dims.len()),)* #(#request::always(Self::LAYER_MEMORY[#numbers].tape)),*]);
            /// Where the gradients by the values lie.
            const GRADIENTS: #plan<#gradient_count> = #plan::new([#(#gradients),*]);
        }
    }
}
