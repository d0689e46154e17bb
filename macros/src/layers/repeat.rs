//! `Repeat(3) { .. }`

use quote::quote;
use syn::{Expr, Ident};

use super::{Lowered, Nature, Site};
use crate::errors::Place;

/// A layer made of so many networks `block`, each of which gives the shape `result`.
pub(crate) fn repeat(site: &mut Site, count: &Expr, block: &Ident, result: &Ident) -> Lowered {
    let input = site.input.clone();
    let times = site.constant("TIMES", &quote!(usize), &quote!(#count));
    let each = quote!(::tintype::layers::repeat::block_len::<#block<f32>>());
    let each = site.constant("EACH", &quote!(usize), &each);
    site.check(Place::of(count), &quote!(layers::repeat::check_times), &quote!(#times, #each));
    site.check(site.span, &quote!(layers::repeat::check_body), &quote!(#input, #result, #times));
    let layer = site.item(&quote!(layers), "Repeat");
    Lowered {
        nature: Nature::Field,
        sees_another: false,
        output: quote!(::tintype::layers::repeat::output(#input, #result, #times, #each)),
        axes: site.axes.map(<[usize]>::to_vec),
        ty: quote!(#layer<#block<E>, { ::tintype::layers::repeat::times(#times, #each) }>),
        initializer: None,
    }
}
