//! The activations, which keep the shape: `Relu`, `LeakyRelu(0.01)`, `Softmax` and the others

use proc_macro2::TokenStream;
use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, optional};

/// An activation without arguments.
macro_rules! plain {
    ($constant:ident, $name:ident, $nature:ident, $initializer:expr) => {
        pub(super) const $constant: Kind = Kind {
            name: stringify!($name),
            parameters: &[],
            positional: 0,
            lower: |site, _| lower(site, Nature::$nature, quote!(::tintype::layers::$name), $initializer),
        };
    };
}

plain!(RELU, Relu, Activation, Some("HeUniform"));
plain!(SIGMOID, Sigmoid, Activation, Some("GlorotUniform"));
plain!(TANH, Tanh, Activation, Some("GlorotUniform"));
plain!(GELU, Gelu, Stateless, Some("HeUniform"));
plain!(GELU_TANH, GeluTanh, Stateless, Some("HeUniform"));
plain!(SILU, Silu, Stateless, Some("HeUniform"));
plain!(SOFTMAX, Softmax, Stateless, Some("GlorotUniform"));
plain!(LOG_SOFTMAX, LogSoftmax, Stateless, Some("GlorotUniform"));

pub(super) const LEAKY_RELU: Kind =
    Kind { name: "LeakyRelu", parameters: &[optional("slope", ValueKind::Number)], positional: 1, lower: lower_leaky };

/// `initializer` is the one that suits the layer in front.
fn lower(site: &mut Site, nature: Nature, ty: TokenStream, initializer: Option<&str>) -> Lowered {
    let input = site.input.clone();
    let initializer = initializer.map(|name| {
        let name = quote::format_ident!("{name}");
        quote!(::tintype::init::Initializer::#name)
    });
    Lowered { nature, seen: quote!(#input), output: quote!(#input), ty, initializer }
}

fn lower_leaky(site: &mut Site, arguments: &Arguments) -> Lowered {
    let slope = arguments.number(site, "slope", 0.01);
    let span = arguments.span("slope", site.span);
    site.check(span, quote!(layers::leaky_relu::check_slope), quote!(#slope));
    let ty = quote!(::tintype::layers::LeakyRelu<{ #slope.to_bits() }>);
    lower(site, Nature::Activation, ty, Some("HeUniform"))
}
