//! `MaxPool2d(2)`, `AvgPool2d(2)` and `GlobalAvgPool2d`

use proc_macro2::TokenStream;
use quote::quote;

use super::values::literal_pair;
use super::window::{literal_image, sliding, window};
use super::{Arguments, Kind, Lowered, Nature, Parameter, Site, ValueKind, optional, required};

const PARAMETERS: &[Parameter] = &[
    required("window", ValueKind::Pair),
    optional("stride", ValueKind::Pair),
    optional("padding", ValueKind::Padding),
];

pub(super) const MAX_POOL2D: Kind = Kind {
    name: "MaxPool2d",
    parameters: PARAMETERS,
    positional: 1,
    lower: |site, arguments| lower(site, arguments, &quote!(max_pool2d), "MaxPool2d"),
};

pub(super) const AVG_POOL2D: Kind = Kind {
    name: "AvgPool2d",
    parameters: PARAMETERS,
    positional: 1,
    lower: |site, arguments| lower(site, arguments, &quote!(avg_pool2d), "AvgPool2d"),
};

pub(super) const GLOBAL_AVG_POOL2D: Kind =
    Kind { name: "GlobalAvgPool2d", parameters: &[], positional: 0, lower: lower_global };

fn lower(site: &mut Site, arguments: &Arguments, module: &TokenStream, name: &str) -> Lowered {
    let input = site.input.clone();
    let seen = site.seen(&quote!(::tintype::layers::conv2d::input(#input)));
    let size = arguments.pair(site, "window", quote!([1; 2]));
    // Windows lie side by side unless the declaration says otherwise.
    let stride = arguments.pair(site, "stride", quote!(#size));
    let window = window(site, arguments, &size, &stride, &quote!([1; 2]));
    site.check(site.span, &quote!(shape::window::check_image), &quote!(#input));
    let window_place = arguments.place("window", site);
    site.check(window_place, &quote!(shape::window::check_positive), &quote!("window", #size));
    if arguments.get("stride").is_some() {
        let place = arguments.place("stride", site);
        site.check(place, &quote!(shape::window::check_positive), &quote!("stride", #stride));
    }
    site.check(window_place, &quote!(shape::window::check_fits), &quote!("window", &#window, #seen));
    if arguments.get("padding").is_some() {
        let place = arguments.place("padding", site);
        site.check(place, &quote!(shape::window::check_padding), &quote!(&#window, #seen));
    }
    let layer = site.item(&quote!(layers), name);
    let sliding = sliding(&seen, &window);
    let side_by_side = arguments.get("window").and_then(literal_pair);
    Lowered {
        nature: Nature::Stateless,
        sees_another: true,
        output: quote!(::tintype::layers::#module::output(#seen, &#window)),
        axes: side_by_side.and_then(|stride| literal_image(site.axes, arguments, "window", stride, Some)),
        ty: quote!(#layer<{ #window.size[0] }, { #window.size[1] }, #sliding>),
        initializer: None,
    }
}

fn lower_global(site: &mut Site, _: &Arguments) -> Lowered {
    let input = site.input.clone();
    let seen = site.seen(&quote!(::tintype::layers::conv2d::input(#input)));
    site.check(site.span, &quote!(shape::window::check_image), &quote!(#input));
    Lowered {
        nature: Nature::Stateless,
        sees_another: true,
        output: quote!(::tintype::layers::global_avg_pool2d::output(#seen)),
        axes: site.axes.and_then(|axes| axes.last().map(|&channels| vec![channels])),
        ty: site.item(&quote!(layers), "GlobalAvgPool2d"),
        initializer: None,
    }
}
