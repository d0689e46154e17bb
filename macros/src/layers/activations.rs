//! The activations, which keep the shape: `Relu`, `LeakyRelu(0.01)`, `Softmax` and the others

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, optional};

/// An activation without arguments, and the initializer that suits the layer in front.
macro_rules! plain {
    ($constant:ident, $name:ident, $nature:ident, $initializer:ident) => {
        pub(super) const $constant: Kind = Kind {
            name: stringify!($name),
            parameters: &[],
            positional: 0,
            lower: |site, _| {
                let ty = site.item(&quote!(layers), stringify!($name));
                let initializer = quote!(::tintype::init::Initializer::$initializer);
                Lowered::alike(site, Nature::$nature, ty, Some(initializer))
            },
        };
    };
}

plain!(RELU, Relu, Activation, HeUniform);
plain!(SIGMOID, Sigmoid, Activation, GlorotUniform);
plain!(TANH, Tanh, Activation, GlorotUniform);
plain!(GELU, Gelu, Stateless, HeUniform);
plain!(GELU_TANH, GeluTanh, Stateless, HeUniform);
plain!(SILU, Silu, Stateless, HeUniform);
plain!(SOFTMAX, Softmax, Stateless, GlorotUniform);
plain!(LOG_SOFTMAX, LogSoftmax, Stateless, GlorotUniform);

pub(super) const LEAKY_RELU: Kind =
    Kind { name: "LeakyRelu", parameters: &[optional("slope", ValueKind::Number)], positional: 1, lower };

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let slope = arguments.number(site, "slope", 0.01);
    let place = arguments.place("slope", site);
    site.check(place, &quote!(layers::leaky_relu::check_slope), &quote!(#slope));
    let layer = site.item(&quote!(layers), "LeakyRelu");
    let initializer = quote!(::tintype::init::Initializer::HeUniform);
    Lowered::alike(site, Nature::Activation, quote!(#layer<{ #slope.to_bits() }>), Some(initializer))
}
