//! `Conv2d(filters, kernel = 3)`

use quote::quote;

use super::window::{literal_image, sliding, window};
use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, literal_size, optional, required};

pub(super) const CONV2D: Kind = Kind {
    name: "Conv2d",
    parameters: &[
        required("filters", ValueKind::Size),
        required("kernel", ValueKind::Pair),
        optional("stride", ValueKind::Pair),
        optional("dilation", ValueKind::Pair),
        optional("padding", ValueKind::Padding),
        optional("groups", ValueKind::Size),
        optional("bias", ValueKind::Flag),
        optional("init", ValueKind::Initializer),
    ],
    positional: 1,
    lower,
};

fn lower(site: &mut Site, arguments: &Arguments) -> Lowered {
    let (input, output) = (site.input.clone(), site.output());
    let seen = site.seen(&quote!(::tintype::layers::conv2d::input(#input)));
    let filters = arguments.size(site, "filters", 0);
    let kernel = arguments.pair(site, "kernel", quote!([1; 2]));
    let stride = arguments.pair(site, "stride", quote!([1; 2]));
    let dilation = arguments.pair(site, "dilation", quote!([1; 2]));
    let groups = arguments.size(site, "groups", 1);
    let bias = arguments.flag(site, "bias", true);
    let window = window(site, arguments, &kernel, &stride, &quote!(#dilation));
    site.check(site.span, &quote!(shape::window::check_image), &quote!(#input));
    let filters_place = arguments.place("filters", site);
    site.check(filters_place, &quote!(layers::conv2d::check_filters), &quote!(#seen, #filters, &#window));
    let kernel_place = arguments.place("kernel", site);
    for (name, what, values) in
        [("kernel", "kernel", &kernel), ("stride", "stride", &stride), ("dilation", "dilation", &dilation)]
    {
        if arguments.get(name).is_some() {
            let place = arguments.place(name, site);
            site.check(place, &quote!(shape::window::check_positive), &quote!(#what, #values));
        }
    }
    if arguments.get("groups").is_some() {
        let place = arguments.place("groups", site);
        site.check(place, &quote!(layers::conv2d::check_groups), &quote!(#seen, #filters, #groups));
    }
    site.check(kernel_place, &quote!(shape::window::check_fits), &quote!("kernel", &#window, #seen));
    let layer = site.item(&quote!(layers), "Conv2d");
    let sliding = sliding(&seen, &window);
    let axes =
        literal_image(site.axes, arguments, "kernel", [1; 2], |_| arguments.get("filters").and_then(literal_size));
    Lowered {
        nature: Nature::Fusing,
        sees_another: true,
        output: quote!(::tintype::layers::conv2d::output(#seen, &#window, #filters, #groups)),
        axes,
        ty: quote! {
            #layer<
                E, { ::tintype::layers::conv2d::group_channels(#seen, #groups) }, { #output.axis(2) },
                { ::tintype::layers::conv2d::kernel(#output, &#window, 0) },
                { ::tintype::layers::conv2d::kernel(#output, &#window, 1) },
                { if #bias { #output.axis(2) } else { 0 } }, #sliding
            >
        },
        initializer: arguments.initializer(site),
    }
}
