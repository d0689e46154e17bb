//! The constants: the shape of every value, and the checks.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Place;
use crate::model::{Network, Shape, shape_type};

/// The constants of a network, and the mistakes that the macro has found. These stand where what they spoil is defined:
/// the compiler is silent about the type of a value that depends on a constant with a mistake in it.
pub(super) fn constants(network: &Network, errors: &TokenStream) -> TokenStream {
    let items = &network.items;
    if matches!(network.input, Shape::Unknown) {
        let (input, output) = (input(network, errors), output(network, &TokenStream::new()));
        return quote! { #input #items #output };
    }
    let input = input(network, &TokenStream::new());
    if network.output.is_none() {
        let output = output(network, errors);
        return quote! { #input #items #output };
    }
    let output = output(network, &TokenStream::new());
    quote! { #errors #input #items #output }
}

fn input(network: &Network, errors: &TokenStream) -> TokenStream {
    let (first, shape) = (network.dims(0), network.shape(0));
    let dims = quote!(::tintype::shape::Dims);
    let ty = shape_type(&first);
    let ty = quote! {
        type #shape = #ty;
    };
    match &network.input {
        Shape::Unknown => quote! {
            const #first: #dims = { #errors #dims::new1(0).placeholder() };
            #ty
        },
        Shape::Constant(constant) => quote! {
            const #first: #dims = #constant;
            #ty
        },
        Shape::Axes(axes) => {
            let name = network.name.to_string();
            let place = axes.first().map_or(network.result_place, Place::of);
            let given = network.prefix.ident("INPUT");
            let check = place.call(quote!(::tintype::network::check_input), quote!(#name, #given));
            quote! {
                const #given: #dims = #dims::from_axes(&[#(#axes),*]);
                const #first: #dims = ::tintype::network::input(#given);
                const _: () = #check;
                #ty
            }
        }
    }
}

fn output(network: &Network, errors: &TokenStream) -> TokenStream {
    let (given, result, shape) = (network.dims(network.result), network.result_dims(), network.result_shape());
    let dims = quote!(::tintype::shape::Dims);
    let ty = shape_type(&result);
    let ty = quote! {
        type #shape = #ty;
    };
    match &network.output {
        None => {
            let checks = &network.checks;
            quote! {
                const #result: #dims = { #errors #(#checks;)* #given };
                #ty
            }
        }
        Some(axes) => {
            let name = network.name.to_string();
            let source = &network.values[network.result].source;
            let check = network
                .result_place
                .call(quote!(::tintype::network::check_output), quote!(#name, #source, #result, #given));
            quote! {
                const #result: #dims = #dims::from_axes(&[#(#axes),*]);
                const _: () = #check;
                #ty
            }
        }
    }
}
