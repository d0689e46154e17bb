//! `BatchNorm` and `BatchNorm(momentum = 0.99, epsilon = 1e-3)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, optional};

pub(super) const BATCH_NORM: Kind = Kind {
    name: "BatchNorm",
    parameters: &[optional("momentum", ValueKind::Number), optional("epsilon", ValueKind::Number)],
    positional: 0,
    lower,
};

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let input = site.input.clone();
    let momentum = arguments.number(site, "momentum", 0.99);
    let epsilon = arguments.number(site, "epsilon", 1e-3);
    let place = arguments.place("momentum", site);
    site.check(place, &quote!(layers::batch_norm::check_momentum), &quote!(#momentum));
    let place = arguments.place("epsilon", site);
    site.check(place, &quote!(layers::batch_norm::check_epsilon), &quote!(#epsilon));
    let layer = site.item(&quote!(layers), "BatchNorm");
    let ty = quote!(#layer<E, { #input.channels() }, { #epsilon.to_bits() }, { #momentum.to_bits() }>);
    Lowered::alike(site, Nature::Fusing, ty, None)
}
