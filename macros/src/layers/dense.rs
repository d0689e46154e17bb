//! `Dense(units)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, literal_size, optional, required};

pub(super) const DENSE: Kind = Kind {
    name: "Dense",
    parameters: &[
        required("units", ValueKind::Size),
        optional("bias", ValueKind::Flag),
        optional("init", ValueKind::Initializer),
    ],
    positional: 1,
    lower,
};

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let (input, output) = (site.input.clone(), site.output());
    let seen = site.seen(&quote!(::tintype::layers::dense::input(#input)));
    let units = arguments.size(site, "units", 0);
    let bias = arguments.flag(site, "bias", true);
    site.check(site.span, &quote!(layers::dense::check_input), &quote!(#input));
    let place = arguments.place("units", site);
    site.check(place, &quote!(layers::dense::check_units), &quote!(#seen, #units));
    let layer = site.item(&quote!(layers), "Dense");
    Lowered {
        nature: Nature::Fusing,
        sees_another: true,
        output: quote!(::tintype::layers::dense::output(#seen, #units)),
        axes: arguments.get("units").and_then(literal_size).map(|units| vec![units]),
        ty: quote!(#layer<E, { #seen.axis(0) }, { #output.axis(0) }, { if #bias { #output.axis(0) } else { 0 } }>),
        initializer: arguments.initializer(site),
    }
}
