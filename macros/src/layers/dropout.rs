//! `Dropout(0.5)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, required};

pub(super) const DROPOUT: Kind =
    Kind { name: "Dropout", parameters: &[required("rate", ValueKind::Number)], positional: 1, lower };

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let input = site.input.clone();
    let rate = arguments.number(site, "rate", 0.5);
    let span = arguments.span("rate", site.span);
    site.check(span, quote!(layers::dropout::check_rate), quote!(#rate));
    Lowered {
        nature: Nature::Stateless,
        seen: quote!(#input),
        output: quote!(#input),
        ty: quote!(::tintype::layers::Dropout<{ #rate.to_bits() }>),
        initializer: None,
    }
}
