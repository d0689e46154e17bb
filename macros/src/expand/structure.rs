//! The struct, and what it is as a run of numbers.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::{ELEMENT, Layer, Network, Node};

pub(super) fn structure(network: &Network) -> TokenStream {
    let Network { attributes, visibility, name, .. } = network;
    // A network may be called `E` too.
    let element = format_ident!("{}", if name == "E" { "Element" } else { "E" });
    let fields = network.layers().filter_map(|(node, layer)| {
        let (field, alias, docs) = (layer.field.as_ref()?, &layer.alias, &layer.docs);
        let doc = doc(network, node, layer);
        Some(quote! {
            #(#docs)*
            #[doc = #doc]
            pub #field: #alias<#element>,
        })
    });
    let field = format_ident!("{ELEMENT}");
    let generic = network.generic();
    quote! {
        #(#attributes)*
        #[repr(C)]
        #visibility struct #name<#element: ::tintype::Element = f32> {
            #(#fields)*
            #field: ::core::marker::PhantomData<#element>,
        }
        type #generic<__Element> = #name<__Element>;
    }
}

/// The kind of a layer, its name in files, and its shapes where they are known: `Dense, [576] -> [64]`.
fn doc(network: &Network, node: &Node, layer: &Layer) -> String {
    let axes = |value: usize| network.values[value].axes.as_ref();
    let shapes = match (axes(node.inputs[0]), axes(node.output)) {
        (Some(input), Some(output)) => format!(", `{input:?} -> {output:?}`"),
        (None, Some(output)) => format!(", gives `{output:?}`"),
        _ => String::new(),
    };
    format!(" `{}`: {}{shapes}", node.name, layer.kind)
}

/// What the struct is as a run of numbers.
pub(super) fn parameters(network: &Network) -> TokenStream {
    let generic = network.generic();
    let default = quote!(::tintype::init::Initializer::GlorotUniform);
    let rows = network.layers().filter_map(|(node, layer)| {
        layer.field.as_ref()?;
        let (ty, label) = (layer.ty(), &node.name);
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
        let (field, ty) = (layer.field.as_ref()?, layer.ty());
        Some(quote!(<#ty as ::tintype::Parameters<E>>::update_statistics(&mut self.#field, &gradient.#field);))
    });
    quote! {
        // SAFETY: the struct is made of layers, for each of which all bits zero is a value.
        unsafe impl<E: ::tintype::Element> ::tintype::bytemuck::Zeroable for #generic<E> {}

        // SAFETY: `repr(C)` over layers that are runs of `E`, so of one alignment and without padding; the layout has them
        // in the order of the fields.
        unsafe impl<E: ::tintype::Element> ::tintype::Parameters<E> for #generic<E> {
            const LAYOUT: ::tintype::parameters::Layout = ::tintype::parameters::Layout::Layers(&[#(#rows),*]);

            #[inline(always)]
            fn update_statistics(&mut self, gradient: &Self) {
                let _ = gradient;
                #(#updates)*
            }
        }
    }
}
