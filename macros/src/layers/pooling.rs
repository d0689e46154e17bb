//! `MaxPool2d(2)`, `AvgPool2d(2)` and `GlobalAvgPool2d`

use proc_macro2::TokenStream;
use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Parameter, Site, ValueKind, optional, required, sliding, window};

const PARAMETERS: &[Parameter] = &[
    required("window", ValueKind::Pair),
    optional("stride", ValueKind::Pair),
    optional("padding", ValueKind::Padding),
];

pub(super) const MAX_POOL2D: Kind = Kind {
    name: "MaxPool2d",
    parameters: PARAMETERS,
    positional: 1,
    lower: |site, arguments| lower(site, arguments, &quote!(max_pool2d), &quote!(MaxPool2d)),
};

pub(super) const AVG_POOL2D: Kind = Kind {
    name: "AvgPool2d",
    parameters: PARAMETERS,
    positional: 1,
    lower: |site, arguments| lower(site, arguments, &quote!(avg_pool2d), &quote!(AvgPool2d)),
};

pub(super) const GLOBAL_AVG_POOL2D: Kind =
    Kind { name: "GlobalAvgPool2d", parameters: &[], positional: 0, lower: lower_global };

fn lower(site: &mut Site, arguments: &Arguments, module: &TokenStream, layer: &TokenStream) -> Lowered {
    let (input, seen) = (site.input.clone(), site.seen());
    let size = arguments.pair(site, "window", quote!([1; 2]));
    // Windows lie side by side unless the declaration says otherwise.
    let stride = arguments.pair(site, "stride", quote!(#size));
    let window = window(site, arguments, &size, &stride, &quote!([1; 2]));
    site.check(site.span, quote!(shape::window::check_image), quote!(#input));
    let span = arguments.span("window", site.span);
    site.check(span, quote!(shape::window::check_positive), quote!("window", #size));
    if arguments.get("stride").is_some() {
        let span = arguments.span("stride", site.span);
        site.check(span, quote!(shape::window::check_positive), quote!("stride", #stride));
    }
    site.check(span, quote!(shape::window::check_fits), quote!("window", &#window, #seen));
    if arguments.get("padding").is_some() {
        let span = arguments.span("padding", site.span);
        site.check(span, quote!(shape::window::check_padding), quote!(&#window, #seen));
    }
    let sliding = sliding(&seen, &window);
    Lowered {
        nature: Nature::Stateless,
        seen: quote!(::tintype::layers::conv2d::input(#input)),
        output: quote!(::tintype::layers::#module::output(#seen, &#window)),
        ty: quote!(::tintype::layers::#layer<{ #window.size[0] }, { #window.size[1] }, #sliding>),
        initializer: None,
    }
}

fn lower_global(site: &mut Site, _: &Arguments) -> Lowered {
    let (input, seen) = (site.input.clone(), site.seen());
    site.check(site.span, quote!(shape::window::check_image), quote!(#input));
    Lowered {
        nature: Nature::Stateless,
        seen: quote!(::tintype::layers::conv2d::input(#input)),
        output: quote!(::tintype::layers::global_avg_pool2d::output(#seen)),
        ty: quote!(::tintype::layers::GlobalAvgPool2d),
        initializer: None,
    }
}
