//! `Conv2d(filters, kernel = 3)`

use quote::quote;

use super::{Arguments, Kind, Lowered, Nature, Site, ValueKind, optional, required, sliding, window};

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
    let (input, seen, output) = (site.input.clone(), site.seen(), site.output());
    let filters = arguments.size(site, "filters", 0);
    let kernel = arguments.pair(site, "kernel", quote!([1; 2]));
    let stride = arguments.pair(site, "stride", quote!([1; 2]));
    let dilation = arguments.pair(site, "dilation", quote!([1; 2]));
    let groups = arguments.size(site, "groups", 1);
    let bias = arguments.flag(site, "bias", true);
    let window = window(site, arguments, &kernel, &stride, &quote!(#dilation));
    site.check(site.span, quote!(shape::window::check_image), quote!(#input));
    for (name, what, values) in
        [("kernel", "kernel size", &kernel), ("stride", "stride", &stride), ("dilation", "dilation", &dilation)]
    {
        let span = arguments.span(name, site.span);
        site.check(span, quote!(shape::window::check_positive), quote!(#what, #values));
    }
    let span = arguments.span("filters", site.span);
    site.check(span, quote!(layers::conv2d::check_filters), quote!(#seen, #filters, &#window));
    let span = arguments.span("groups", site.span);
    site.check(span, quote!(layers::conv2d::check_groups), quote!(#seen, #filters, #groups));
    let span = arguments.span("kernel", site.span);
    site.check(span, quote!(shape::window::check_fits), quote!("kernel", &#window, #seen));
    let sliding = sliding(&seen, &window);
    Lowered {
        nature: Nature::Field,
        seen: quote!(::tintype::layers::conv2d::input(#input)),
        output: quote!(::tintype::layers::conv2d::output(#seen, &#window, #filters, #groups)),
        ty: quote! {
            ::tintype::layers::Conv2d<
                E, { ::tintype::layers::conv2d::group_channels(#seen, #groups) }, { #output.axis(2) },
                { ::tintype::layers::conv2d::kernel(#output, &#window, 0) },
                { ::tintype::layers::conv2d::kernel(#output, &#window, 1) },
                { if #bias { #output.axis(2) } else { 0 } }, #sliding
            >
        },
        initializer: arguments.initializer(),
    }
}
