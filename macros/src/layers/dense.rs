//! `Dense(units)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, optional, required};

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
    let (input, seen, output) = (site.input.clone(), site.seen(), site.output());
    let units = arguments.size(site, "units", 0);
    let bias = arguments.flag(site, "bias", true);
    site.check(site.span, quote!(layers::dense::check_input), quote!(#input));
    let span = arguments.span("units", site.span);
    site.check(span, quote!(layers::dense::check_units), quote!(#seen, #units));
    Lowered {
        nature: Nature::Field,
        seen: quote!(::tintype::layers::dense::input(#input)),
        output: quote!(::tintype::layers::dense::output(#seen, #units)),
        ty: quote! {
            ::tintype::layers::Dense<
                E, { #seen.axis(0) }, { #output.axis(0) }, { if #bias { #output.axis(0) } else { 0 } }
            >
        },
        initializer: arguments.initializer(),
    }
}
