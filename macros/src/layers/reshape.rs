//! `Flatten` and `Reshape([7, 7, 64])`

use proc_macro2::TokenStream;
use quote::quote;
use syn::Expr;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, literal_size, required};

pub(super) const FLATTEN: Kind = Kind {
    name: "Flatten",
    parameters: &[],
    positional: 0,
    lower: |site, _| {
        let input = site.input.clone();
        let axes = site.axes.and_then(|axes| axes.iter().try_fold(1_usize, |len, &axis| len.checked_mul(axis)));
        reshaped(quote!(::tintype::layers::flatten::output(#input)), axes.map(|len| vec![len]))
    },
};

pub(super) const RESHAPE: Kind =
    Kind { name: "Reshape", parameters: &[required("axes", ValueKind::Axes)], positional: 1, lower };

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let input = site.input.clone();
    let value = arguments.get("axes");
    let known = match value {
        Some(Expr::Array(array)) => array.elems.iter().map(literal_size).collect(),
        _ => None,
    };
    let axes = site.constant("AXES", &quote!(&[usize]), &quote!(&#value));
    let place = arguments.place("axes", site);
    site.check(place, &quote!(layers::reshape::check_elements), &quote!(#input, #axes));
    reshaped(quote!(::tintype::layers::reshape::output(#input, #axes)), known)
}

fn reshaped(output: TokenStream, axes: Option<Vec<usize>>) -> Lowered {
    Lowered { nature: Nature::Reshape, sees_another: false, output, axes, ty: TokenStream::new(), initializer: None }
}
