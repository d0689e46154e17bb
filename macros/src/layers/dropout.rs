//! `Dropout(0.5)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, required};

pub(super) const DROPOUT: Kind =
    Kind { name: "Dropout", parameters: &[required("rate", ValueKind::Number)], positional: 1, lower };

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let rate = arguments.number(site, "rate", 0.5);
    let place = arguments.place("rate", site);
    site.check(place, &quote!(layers::dropout::check_rate), &quote!(#rate));
    let layer = site.item(&quote!(layers), "Dropout");
    Lowered::alike(site, Nature::Stateless, quote!(#layer<{ #rate.to_bits() }>), None)
}
