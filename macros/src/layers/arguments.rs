//! The arguments of a layer: which parameters they are for, and the constants that they become.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident};

use super::values::{Problem, check, literal};
use super::{Kind, Parameter, Site, ValueKind, initializer};
use crate::errors::{Errors, Place};
use crate::parse::{Argument, Call};
use crate::suggest::nearest;

/// The arguments of a layer, sorted and checked as far as tokens can be.
pub(crate) struct Arguments<'a>(Vec<(&'static str, &'a Expr)>);

impl Arguments<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Expr> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    /// Where an error about an argument points: at the layer, where it is left out.
    pub(super) fn place(&self, name: &str, site: &Site) -> Place {
        self.get(name).map_or(site.span.into(), Place::of)
    }

    /// The constant of a whole number.
    pub(super) fn size(&self, site: &mut Site, name: &str, default: usize) -> Ident {
        let value = self.get(name).map_or_else(|| quote!(#default), |value| quote!(#value));
        site.constant(&name.to_uppercase(), &quote!(usize), &value)
    }

    /// The constant of a number for each direction.
    pub(super) fn pair(&self, site: &mut Site, name: &str, default: TokenStream) -> Ident {
        let value = match self.get(name) {
            Some(Expr::Array(array)) => quote!(#array),
            Some(value) => quote!([#value; 2]),
            None => default,
        };
        site.constant(&name.to_uppercase(), &quote!([usize; 2]), &value)
    }

    /// The constant of a number with a fraction.
    pub(super) fn number(&self, site: &mut Site, name: &str, default: f64) -> Ident {
        let value = self.get(name).map_or_else(|| quote!(#default), number);
        site.constant(&name.to_uppercase(), &quote!(f64), &value)
    }

    /// The constant of a flag.
    pub(super) fn flag(&self, site: &mut Site, name: &str, default: bool) -> Ident {
        let value = self.get(name).map_or_else(|| quote!(#default), |value| quote!(#value));
        site.constant(&name.to_uppercase(), &quote!(bool), &value)
    }

    /// The initializer, where one is asked for.
    pub(super) fn initializer(&self, site: &mut Site) -> Option<TokenStream> {
        self.get("init").and_then(|value| initializer::expression(site, value))
    }
}

/// A number with a fraction as an expression. A whole number is a fine rate or slope.
pub(super) fn number(value: &Expr) -> TokenStream {
    let whole = match value {
        Expr::Unary(unary) => literal(&unary.expr),
        value => literal(value),
    };
    if whole == Some("a whole number") { quote!((#value) as f64) } else { quote!(#value) }
}

/// Sorts the arguments to the parameters they are for; `None` where mistakes have been reported.
pub(super) fn sort<'a>(kind: &Kind, call: &'a Call, ident: &Ident, errors: &mut Errors) -> Option<Arguments<'a>> {
    let before = errors.len();
    let mut given: Vec<(&'static str, &Expr)> = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        // What is wrong with one of the arguments without names may be that they should be one.
        if argument.name.is_none() && index >= kind.positional && errors.len() > before {
            continue;
        }
        match parameter(kind, index, argument) {
            Err((place, message)) => errors.push(place, message),
            Ok(parameter) if given.iter().any(|(other, _)| *other == parameter.name) => {
                let place =
                    argument.name.as_ref().map_or_else(|| Place::of(&argument.value), |name| name.span().into());
                errors.push(place, format!("`{}` of `{}` is given twice", parameter.name, kind.name));
            }
            Ok(parameter) => {
                if let Err((place, message)) = check(parameter, &argument.value) {
                    errors.push(place, message);
                }
                given.push((parameter.name, &argument.value));
            }
        }
    }
    // A misspelt name has been reported; what it was meant for is not missing as well.
    if errors.len() == before {
        for parameter in kind.parameters.iter().filter(|parameter| parameter.required) {
            if !given.iter().any(|(other, _)| *other == parameter.name) {
                let place = call.parentheses.as_ref().map_or(ident.span(), |parentheses| parentheses.span.join());
                errors.push(place, missing(kind, parameter));
            }
        }
    }
    (errors.len() == before).then_some(Arguments(given))
}

fn missing(kind: &Kind, parameter: &Parameter) -> String {
    let Kind { name, positional, parameters, .. } = kind;
    let way = if parameters.iter().take(*positional).any(|other| other.name == parameter.name) {
        format!("{name}({})", example(parameter))
    } else {
        format!("{name}(.., {} = {})", parameter.name, example(parameter))
    };
    format!("`{name}` needs `{}`, {}: write `{way}`", parameter.name, parameter.value.description())
}

fn example(parameter: &Parameter) -> &'static str {
    match (parameter.name, parameter.value) {
        ("units" | "filters", _) => "32",
        ("window" | "stride" | "groups", _) => "2",
        (_, ValueKind::Axes) => "[7, 7, 64]",
        (_, ValueKind::Number) => "0.5",
        (_, ValueKind::Padding) => "Same",
        (_, ValueKind::Flag) => "false",
        (_, ValueKind::Initializer) => "HeNormal",
        (_, ValueKind::Pair | ValueKind::Size) => "3",
    }
}

/// The parameter that an argument is for.
fn parameter(kind: &Kind, index: usize, argument: &Argument) -> Result<&'static Parameter, Problem> {
    let Kind { name, parameters, positional, .. } = kind;
    let list = |parameters: &[Parameter]| {
        parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect::<Vec<_>>().join(", ")
    };
    if let Some(ident) = &argument.name {
        let given = ident.to_string();
        return parameters.iter().find(|parameter| parameter.name == given).ok_or_else(|| {
            let hint = match nearest(&given, parameters.iter().map(|parameter| parameter.name)) {
                _ if given == "activation" => format!("an activation stands behind its layer: `{name}(..), Relu`"),
                Some(meant) => format!("did you mean `{meant}`?"),
                None if parameters.is_empty() => "it takes none".to_owned(),
                None => format!("it takes {}", list(parameters)),
            };
            (ident.span().into(), format!("`{name}` has no argument `{given}`; {hint}"))
        });
    }
    if index < *positional {
        return Ok(&parameters[index]);
    }
    let message = match parameters.get(index) {
        _ if parameters.is_empty() => format!("`{name}` takes no arguments"),
        // Where other frameworks are told the input's size, two numbers stand without a name.
        Some(_) if *name == "Dense" && index == 1 => "`Dense` is told its units alone, as in `Dense(128)`; how many \
             inputs it has follows from the layer in front of it"
            .to_owned(),
        Some(_) if *name == "Conv2d" && index == 1 => "`Conv2d` is told its filters alone without a name, as in \
             `Conv2d(32, kernel = 3)`; how many channels it is given follows from the layer in front of it"
            .to_owned(),
        Some(next) => {
            let rest = list(&parameters[*positional..]);
            format!(
                "this argument of `{name}` needs its name, as in `{} = {}`; there are {rest}",
                next.name,
                example(next)
            )
        }
        None => format!("`{name}` does not take so many arguments; it takes {}", list(parameters)),
    };
    Err((Place::of(&argument.value), message))
}
