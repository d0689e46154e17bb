//! `Flatten` and `Reshape([7, 7, 64])`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, required};

pub(super) const FLATTEN: Kind = Kind {
    name: "Flatten",
    parameters: &[],
    positional: 0,
    lower: |site, _| {
        let input = site.input.clone();
        Lowered {
            nature: Nature::Reshape,
            seen: quote!(#input),
            output: quote!(::tintype::layers::flatten::output(#input)),
            ty: quote!(),
            initializer: None,
        }
    },
};

pub(super) const RESHAPE: Kind =
    Kind { name: "Reshape", parameters: &[required("axes", ValueKind::Axes)], positional: 1, lower };

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let input = site.input.clone();
    let value = arguments.get("axes");
    let axes = site.constant("AXES", quote!(&[usize]), &quote!(&#value));
    let span = arguments.span("axes", site.span);
    site.check(span, quote!(layers::reshape::check_elements), quote!(#input, #axes));
    Lowered {
        nature: Nature::Reshape,
        seen: quote!(#input),
        output: quote!(::tintype::layers::reshape::output(#input, #axes)),
        ty: quote!(),
        initializer: None,
    }
}
