//! A name that is no built-in layer: a layer of the user's own, or another network

use quote::{quote, quote_spanned};

use super::{KINDS, Lowered, Nature, Site};
use crate::errors::{Errors, Place};
use crate::parse::Call;
use crate::suggest::nearest;

pub(super) fn lower(call: &Call, site: &mut Site, errors: &mut Errors) -> Option<(String, Lowered)> {
    let path = &call.path;
    let last = path.segments.last()?;
    if path.segments.first().is_some_and(|first| first.ident == "nn") {
        let name = last.ident.to_string();
        let meant = nearest(&name, KINDS.iter().map(|kind| kind.name)).unwrap_or(&name);
        errors.push(Place::of(path), format!("a built-in layer is written by its name alone: `{meant}`"));
        return None;
    }
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
    let in_angles = matches!(last.arguments, syn::PathArguments::AngleBracketed(_));
    if in_angles && call.parentheses.is_some() {
        errors.push(
            Place::of(path),
            format!("give the arguments of `{}` in angle brackets or in parentheses, not in both", last.ident),
        );
        return None;
    }
    let ty = match &call.parentheses {
        Some(parentheses) if !call.arguments.is_empty() => {
            let values = call.arguments.iter().map(|argument| &argument.value);
            let (open, close) = (parentheses.span.open(), parentheses.span.close());
            let (open, close) = (quote_spanned!(open=> <), quote_spanned!(close=> >));
            quote!(#path #open #({ #values }),* #close)
        }
        _ => quote!(#path),
    };
    let input = site.input.clone();
    let ty = site.alias(&ty);
    // The compiler reports the same mistake at the same place once, however often the code repeats it.
    let span = site.span;
    let declared = |input: &syn::Ident| quote_spanned!(span=> <#ty as ::tintype::network::DeclaredLayer<#input>>);
    let given = declared(&site.given_shape);
    let wanted = site.constant(
        "WANTED",
        &quote!(::core::option::Option<::tintype::shape::Dims>),
        &quote_spanned!(span=> #given::INPUT),
    );
    let kind = last.ident.to_string();
    site.check(span, &quote!(network::check_declared_input), &quote!(#kind, #wanted, #input));
    let seen = site.seen(&quote!(::tintype::network::declared_input(#wanted, #input)));
    let taken = declared(&site.seen_shape());
    let lowered = Lowered {
        nature: Nature::Field,
        output: quote_spanned! {span=>
            <#taken::Output as ::tintype::Shape>::DIMS.known_if(#seen.is_known())
        },
        sees_another: true,
        axes: None,
        ty: quote_spanned!(span=> #taken::Layer<E>),
        initializer: None,
    };
    Some((kind, lowered))
}
