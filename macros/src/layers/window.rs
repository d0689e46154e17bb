//! What convolution and pooling have in common: a window that slides over an image.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident};

use super::values::literal_pair;
use super::{Arguments, Site};

/// The window of a convolution or a pooling layer: its constant.
pub(super) fn window(
    site: &mut Site,
    arguments: &Arguments,
    size: &Ident,
    stride: &Ident,
    dilation: &TokenStream,
) -> Ident {
    let padding = padding(arguments.get("padding"));
    let module = quote!(::tintype::shape::window);
    site.constant(
        "SLIDE",
        &quote!(#module::Window),
        &quote!(#module::Window { size: #size, stride: #stride, dilation: #dilation, padding: #padding }),
    )
}

/// The treatment of edges, as an expression.
fn padding(value: Option<&Expr>) -> TokenStream {
    let path = quote!(::tintype::shape::window::Padding);
    match value {
        None => quote!(#path::Valid),
        Some(Expr::Path(value)) if value.path.is_ident("Valid") || value.path.is_ident("Same") => {
            quote!(#path::#value)
        }
        Some(Expr::Array(array)) => {
            let sides = array.elems.iter();
            quote!(#path::Explicit(#(#sides),*))
        }
        Some(value) => quote!({
            let side: usize = #value;
            #path::Explicit(side, side)
        }),
    }
}

/// The type that says how a window slides.
pub(super) fn sliding(seen: &Ident, window: &Ident) -> TokenStream {
    quote! {
        ::tintype::layers::conv2d::Sliding<
            { #window.stride[0] }, { #window.stride[1] }, { #window.dilation[0] }, { #window.dilation[1] },
            { #window.padding(#seen, 0).0 }, { #window.padding(#seen, 1).0 }
        >
    }
}

/// The size of the image that a window makes of one, where all numbers are known. What does not fit has no size.
pub(super) fn literal_image(
    image: Option<&[usize]>,
    arguments: &Arguments,
    size: &str,
    stride: [usize; 2],
    channels: impl FnOnce(usize) -> Option<usize>,
) -> Option<Vec<usize>> {
    let [rows, columns, depth] = *image? else { return None };
    let pair = |name: &str, default: [usize; 2]| arguments.get(name).map_or(Some(default), literal_pair);
    let size = pair(size, [1; 2])?;
    let (stride, dilation) = (pair("stride", stride)?, pair("dilation", [1; 2])?);
    let same = matches!(arguments.get("padding"), Some(Expr::Path(path)) if path.path.is_ident("Same"));
    let valid = matches!(arguments.get("padding"), Some(Expr::Path(path)) if path.path.is_ident("Valid"));
    let padding = if same || valid { [0; 2] } else { pair("padding", [0; 2])? };
    let mut axes = Vec::new();
    for (axis, input) in [rows, columns].into_iter().enumerate() {
        let extent = size[axis].checked_sub(1)?.checked_mul(dilation[axis])?.checked_add(1)?;
        let last = input.checked_add(padding[axis].checked_mul(2)?)?.checked_sub(extent);
        axes.push(if same {
            input.checked_next_multiple_of(stride[axis])?
        } else {
            last?.checked_add(stride[axis])?
        });
        axes[axis] = axes[axis].checked_div(stride[axis])?;
    }
    axes.push(channels(depth)?);
    Some(axes)
}
