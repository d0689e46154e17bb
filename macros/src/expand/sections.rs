//! Passes through many nodes, cut into functions of a few.

use proc_macro2::TokenStream;
use quote::quote;

use super::memory::Passes;
use super::{backward, forward};

/// The most nodes that a pass has in one function. Beyond some ten, the compiler's time for a node begins to grow with their number.
const NODES: usize = 8;

/// The forward and the backward pass of a network.
pub(super) struct Sections {
    /// The body of the network's forward pass: its nodes, or calls of its sections.
    pub(super) forward: TokenStream,
    /// The same of its backward pass.
    pub(super) backward: TokenStream,
    /// The sections that are called.
    pub(super) called: TokenStream,
}

pub(super) fn sections(passes: &Passes) -> Sections {
    let (forward, mut backward) = (forward::nodes(passes), backward::nodes(passes));
    if forward.len() <= NODES {
        backward.reverse();
        return Sections { forward: quote!(#(#forward)*), backward: quote!(#(#backward)*), called: TokenStream::new() };
    }
    let generic = passes.network.generic();
    let (mut forward_calls, mut backward_calls, mut called) = (Vec::new(), Vec::new(), TokenStream::new());
    for (number, (forward, backward)) in forward.chunks(NODES).zip(backward.chunks_mut(NODES)).enumerate() {
        backward.reverse();
        forward_calls.push(forward_call(number));
        backward_calls.push(backward_call(number));
        let plan = forward::plan();
        called.extend(quote! {
            impl<E: ::tintype::Element> ::tintype::network::Section<#number> for #generic<E> {
                #[inline(always)]
                #[allow(unused_variables)]
                fn forward_nodes<S: ::tintype::simd::Simd, P: ::tintype::network::Probe>(
                    &self,
                    simd: S,
                    pass: ::tintype::network::ForwardSection<'_, E, P>,
                ) {
                    let ::tintype::network::ForwardSection { samples, input, output, memory, side, scratch, mode, probe } = pass;
                    let plan = #plan;
                    #(#forward)*
                }

                #[inline(always)]
                #[allow(unused_variables, unused_mut)]
                fn backward_nodes<S: ::tintype::simd::Simd, P: ::tintype::network::Probe>(
                    &self,
                    simd: S,
                    pass: ::tintype::network::BackwardSection<'_, E, P>,
                    gradient: &mut Self,
                ) {
                    let ::tintype::network::BackwardSection {
                        samples, input, output, dy: dy_given, dx: mut dx_wanted, mode, packed, accumulate, tape, gradients, side,
                        scratch, probe,
                    } = pass;
                    #(#backward)*
                }
            }
        });
    }
    backward_calls.reverse();
    Sections { forward: quote!(#(#forward_calls)*), backward: quote!(#(#backward_calls)*), called }
}

fn forward_call(number: usize) -> TokenStream {
    quote! {
        ::tintype::network::forward_section::<#number, _, _, _>(self, simd, ::tintype::network::ForwardSection {
            samples,
            input,
            output: &mut *output,
            memory: &mut *memory,
            side: &mut *side,
            scratch: &mut *scratch,
            mode,
            probe: &mut *probe,
        });
    }
}

fn backward_call(number: usize) -> TokenStream {
    let pass = quote! {
        ::tintype::network::BackwardSection {
            samples,
            input,
            output,
            dy: &mut *dy_given,
            dx: dx_wanted.as_deref_mut(),
            mode,
            packed,
            accumulate,
            tape: &mut *tape,
            gradients: &mut *gradients,
            side: &mut *side,
            scratch: &mut *scratch,
            probe: &mut *probe,
        }
    };
    quote!(::tintype::network::backward_section::<#number, _, _, _>(self, simd, #pass, &mut *gradient);)
}
