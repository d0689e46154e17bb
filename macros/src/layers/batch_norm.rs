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
    let span = arguments.span("momentum", site.span);
    site.check(span, quote!(layers::batch_norm::check_momentum), quote!(#momentum));
    let span = arguments.span("epsilon", site.span);
    site.check(span, quote!(layers::batch_norm::check_epsilon), quote!(#epsilon));
    Lowered {
        nature: Nature::Field,
        seen: quote!(#input),
        output: quote!(#input),
        ty: quote! {
            ::tintype::layers::BatchNorm<
                E, { #input.channels() }, { #epsilon.to_bits() }, { #momentum.to_bits() }
            >
        },
        initializer: None,
    }
}
