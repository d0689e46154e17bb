//! The argument `init`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident};

use super::Site;
use super::arguments::number;
use super::values::{Problem, literal};
use crate::errors::Place;
use crate::suggest::nearest;

/// The names, and whether a number stands behind them.
const NAMES: [(&str, bool); 9] = [
    ("GlorotUniform", false),
    ("GlorotNormal", false),
    ("HeUniform", false),
    ("HeNormal", false),
    ("LeCunUniform", false),
    ("LeCunNormal", false),
    ("Zeros", false),
    ("Constant", true),
    ("Orthogonal", true),
];

/// The name of an initializer and the numbers behind it.
fn parts(value: &Expr) -> Option<(&Ident, Vec<&Expr>)> {
    match value {
        Expr::Path(path) => Some((path.path.get_ident()?, Vec::new())),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Some((path.path.get_ident()?, call.args.iter().collect())),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn check(value: &Expr) -> Result<(), Problem> {
    let Some((ident, arguments)) = parts(value) else {
        return Err((Place::of(value), "`init` is an initializer, like `HeNormal` or `Constant(0.1)`".to_owned()));
    };
    let name = ident.to_string();
    let Some((_, takes_number)) = NAMES.iter().find(|(known, _)| *known == name) else {
        let names = NAMES.iter().map(|(name, _)| *name);
        let hint = nearest(&name, names.clone()).map_or_else(
            || format!("there are {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Err((ident.span().into(), format!("there is no initializer `{name}`; {hint}")));
    };
    match (takes_number, arguments.as_slice()) {
        (false, []) if matches!(value, Expr::Path(_)) => Ok(()),
        (false, _) => Err((Place::of(value), format!("`{name}` takes no argument; write `init = {name}`"))),
        (true, [number]) => match literal(number) {
            Some(found @ ("a string" | "a truth value" | "a list")) => {
                Err((Place::of(number), format!("`{name}` takes a number, as in `{name}(0.1)`, not {found}")))
            }
            _ => Ok(()),
        },
        (true, _) => Err((Place::of(value), format!("`{name}` takes one number: write `init = {name}(0.1)`"))),
    }
}

/// The initializer as an expression.
pub(super) fn expression(site: &mut Site, value: &Expr) -> Option<TokenStream> {
    let (ident, arguments) = parts(value)?;
    let path = quote!(::tintype::init::Initializer::#ident);
    Some(match arguments.first() {
        Some(value) => {
            let value = site.constant("INIT", &quote!(f64), &number(value));
            quote!(#path(#value))
        }
        None => path,
    })
}
