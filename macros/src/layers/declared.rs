//! A name that is no built-in layer: a layer of the user's own, or another network

use quote::{quote, quote_spanned};

use super::{Lowered, Nature, Site};
use crate::parse::{Call, Errors, generic_arguments};

pub(super) fn lower(call: &Call, site: &mut Site, errors: &mut Errors) -> Option<(String, Lowered)> {
    let path = &call.path;
    let last = path.segments.last()?;
    if let Some(named) = call.arguments.iter().find_map(|argument| argument.name.as_ref()) {
        errors.push(
            named.span(),
            format!(
                "the arguments of `{}`, which is no built-in layer, have no names: they are the constant arguments of \
                 its type, in order",
                last.ident
            ),
        );
        return None;
    }
    if !generic_arguments(path).is_empty() && !call.arguments.is_empty() {
        errors.push(site.span, "give the arguments in angle brackets or in parentheses, not in both");
        return None;
    }
    let values = call.arguments.iter().map(|argument| &argument.value);
    let ty = if call.arguments.is_empty() { quote!(#path) } else { quote!(#path<#({ #values }),*>) };
    let input = site.input.clone();
    let (seen, output) = (site.seen(), site.output());
    let of = quote!(::tintype::shape::Of);
    let span = site.span;
    let shape =
        |dims: &syn::Ident| quote!(#of<{ #dims.rank() }, { #dims.axis(0) }, { #dims.axis(1) }, { #dims.axis(2) }>);
    let given = shape(&input);
    let wanted = quote_spanned!(span=> <#ty as ::tintype::network::DeclaredLayer<#given>>::INPUT);
    let wanted = site.constant("WANTED", quote!(::core::option::Option<::tintype::shape::Dims>), &wanted);
    site.check(span, quote!(network::check_declared_input), quote!(#wanted, #input));
    let taken = shape(&seen);
    let _ = output;
    Some((
        last.ident.to_string(),
        Lowered {
            nature: Nature::Field,
            seen: quote!(::tintype::network::declared_input(#wanted, #input)),
            output: quote_spanned! {span=>
                <<#ty as ::tintype::network::DeclaredLayer<#taken>>::Output as ::tintype::Shape>::DIMS
                    .known_if(#seen.is_known())
            },
            ty: quote_spanned!(span=> <#ty as ::tintype::network::DeclaredLayer<#taken>>::Layer<E>),
            initializer: None,
        },
    ))
}
