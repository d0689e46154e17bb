//! The built-in layers as the declaration knows them: their arguments, and the code that each one becomes.
//!
//! A layer here has the name of its twin in the library's `src/layers/`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident};

use crate::parse::{Argument, Call, Errors, span_of};
use crate::suggest::nearest;

mod activations;
mod batch_norm;
mod conv2d;
mod declared;
mod dense;
mod dropout;
mod pooling;
mod reshape;

/// All built-in layers. A new one is a file beside this and a row here.
pub(crate) const KINDS: &[Kind] = &[
    dense::DENSE,
    conv2d::CONV2D,
    pooling::MAX_POOL2D,
    pooling::AVG_POOL2D,
    pooling::GLOBAL_AVG_POOL2D,
    reshape::FLATTEN,
    reshape::RESHAPE,
    dropout::DROPOUT,
    batch_norm::BATCH_NORM,
    activations::RELU,
    activations::LEAKY_RELU,
    activations::SIGMOID,
    activations::TANH,
    activations::GELU,
    activations::GELU_TANH,
    activations::SILU,
    activations::SOFTMAX,
    activations::LOG_SOFTMAX,
];

/// The names that stand for a block of layers.
const BLOCKS: &[&str] = &["Residual", "Concat", "Repeat"];

/// A built-in layer.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    parameters: &'static [Parameter],
    /// How many of the parameters may be given without a name.
    positional: usize,
    lower: fn(&mut Site, &Arguments) -> Lowered,
}

/// An argument that a layer takes.
struct Parameter {
    name: &'static str,
    value: ValueKind,
    required: bool,
}

const fn required(name: &'static str, value: ValueKind) -> Parameter {
    Parameter { name, value, required: true }
}

const fn optional(name: &'static str, value: ValueKind) -> Parameter {
    Parameter { name, value, required: false }
}

/// What the value of an argument is.
#[derive(Clone, Copy, PartialEq)]
enum ValueKind {
    /// A whole number.
    Size,
    /// One whole number for both directions, or `[down, right]`.
    Pair,
    /// A list of whole numbers in brackets.
    Axes,
    /// `Valid`, `Same` or a pair.
    Padding,
    /// `true` or `false`.
    Flag,
    /// A number with a fraction.
    Number,
    /// The name of an initializer.
    Initializer,
}

impl ValueKind {
    fn description(self) -> &'static str {
        match self {
            Self::Size => "a whole number, like `3`",
            Self::Pair => "a whole number or two in brackets, like `3` or `[3, 5]`",
            Self::Axes => "whole numbers in brackets, like `[7, 7, 64]`",
            Self::Padding => "`Valid`, `Same`, or a whole number or two in brackets, like `[1, 2]`",
            Self::Flag => "`true` or `false`",
            Self::Number => "a number, like `0.5`",
            Self::Initializer => "an initializer, like `HeNormal` or `Constant(0.1)`",
        }
    }
}

/// Where a layer stands in the network, and the names of the constants around it.
pub(crate) struct Site<'a> {
    /// What all constants of the network begin with.
    pub(crate) prefix: &'a str,
    /// The number of the value that the layer gives.
    pub(crate) index: usize,
    /// The layer's name.
    pub(crate) name: &'a str,
    /// Where its input comes from, in words.
    pub(crate) source: &'a str,
    /// The constant with the input's shape.
    pub(crate) input: Ident,
    /// Where an error about the layer as a whole points.
    pub(crate) span: Span,
    pub(crate) constants: TokenStream,
    pub(crate) checks: TokenStream,
}

impl Site<'_> {
    /// The constant with the input's shape as the layer sees it.
    pub(crate) fn seen(&self) -> Ident {
        format_ident!("{}_{}_INPUT", self.prefix, self.index)
    }

    /// The constant with the output's shape.
    pub(crate) fn output(&self) -> Ident {
        format_ident!("{}_{}", self.prefix, self.index)
    }

    fn place(&self, span: Span) -> TokenStream {
        let (layer, source) = (self.name, self.source);
        quote_spanned!(span=> ::tintype::shape::window::Place { layer: #layer, source: #source })
    }

    /// Emits a constant of this layer and gives its name.
    fn constant(&mut self, name: &str, ty: TokenStream, value: &TokenStream) -> Ident {
        let ident = format_ident!("{}_{}_{}", self.prefix, self.index, name, span = Span::call_site());
        self.constants.extend(quote! {
            #[doc(hidden)]
            const #ident: #ty = #value;
        });
        ident
    }

    /// Emits the call of a check: `function(place, arguments)`, as an error that points at `span`.
    fn check(&mut self, span: Span, function: TokenStream, arguments: TokenStream) {
        let place = self.place(span);
        let function = respan(function, span);
        let arguments = respan(arguments, span);
        self.checks.extend(quote_spanned!(span=> const _: () = ::tintype::#function(#place, #arguments);));
    }
}

/// The same tokens, all pointing at `span`.
fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let proc_macro2::TokenTree::Group(group) = &token {
                let mut group = proc_macro2::Group::new(group.delimiter(), respan(group.stream(), span));
                group.set_span(span);
                token = group.into();
            } else {
                token.set_span(span);
            }
            token
        })
        .collect()
}

/// What a layer becomes.
pub(crate) struct Lowered {
    pub(crate) nature: Nature,
    /// The shape of the input as the layer sees it, an expression of constants.
    pub(crate) seen: TokenStream,
    /// The shape of the output, an expression of constants.
    pub(crate) output: TokenStream,
    /// The type of the layer, generic over `E`.
    pub(crate) ty: TokenStream,
    /// The initializer asked for.
    pub(crate) initializer: Option<TokenStream>,
}

/// How a layer takes part in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It has parameters and is a field; an activation behind it is applied by it.
    Field,
    /// It has no parameters.
    Stateless,
    /// It has no parameters, and the layer in front of it can apply it. The initializer suits it.
    Activation,
    /// It moves no data.
    Reshape,
}

/// The arguments of a layer, sorted and checked as far as tokens can be.
pub(crate) struct Arguments<'a>(Vec<(&'static str, &'a Expr)>);

impl Arguments<'_> {
    fn get(&self, name: &str) -> Option<&Expr> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    /// Where an error about an argument points.
    fn span(&self, name: &str, otherwise: Span) -> Span {
        self.get(name).map_or(otherwise, span_of)
    }

    /// The constant of a whole number.
    fn size(&self, site: &mut Site, name: &str, default: usize) -> Ident {
        let value = self.get(name).map_or_else(|| quote!(#default), |value| quote!(#value));
        site.constant(&name.to_uppercase(), quote!(usize), &value)
    }

    /// The constant of a number for each direction.
    fn pair(&self, site: &mut Site, name: &str, default: TokenStream) -> Ident {
        let value = match self.get(name) {
            Some(Expr::Array(array)) => quote!(#array),
            Some(value) => quote!([#value; 2]),
            None => default,
        };
        site.constant(&name.to_uppercase(), quote!([usize; 2]), &value)
    }

    /// The constant of a number with a fraction.
    fn number(&self, site: &mut Site, name: &str, default: f64) -> Ident {
        let value = match self.get(name) {
            // A whole number is a fine rate or slope.
            Some(Expr::Lit(literal)) if matches!(literal.lit, syn::Lit::Int(_)) => quote!(#literal as f64),
            Some(value) => quote!(#value),
            None => quote!(#default),
        };
        site.constant(&name.to_uppercase(), quote!(f64), &value)
    }

    /// The constant of a flag.
    fn flag(&self, site: &mut Site, name: &str, default: bool) -> Ident {
        let value = self.get(name).map_or_else(|| quote!(#default), |value| quote!(#value));
        site.constant(&name.to_uppercase(), quote!(bool), &value)
    }

    /// The treatment of edges, as an expression.
    fn padding(&self) -> TokenStream {
        let path = quote!(::tintype::shape::window::Padding);
        match self.get("padding") {
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

    fn initializer(&self) -> Option<TokenStream> {
        self.get("init").map(|value| quote!(::tintype::init::Initializer::#value))
    }
}

/// Makes code of a layer; `None` where its mistakes have been reported.
pub(crate) fn lower(call: &Call, site: &mut Site, errors: &mut Errors) -> Option<(String, Lowered)> {
    let Some(ident) = call.path.get_ident() else { return declared::lower(call, site, errors) };
    let name = ident.to_string();
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        let names = KINDS.iter().map(|kind| kind.name).chain(BLOCKS.iter().copied());
        return match nearest(&name, names) {
            Some(meant) => {
                errors.push(
                    ident.span(),
                    format!(
                        "there is no layer `{name}`; did you mean `{meant}`? (A layer of your own whose name is this \
                         near is written with its path: `self::{name}`.)"
                    ),
                );
                None
            }
            None => declared::lower(call, site, errors),
        };
    };
    let arguments = arguments(kind, call, ident, errors)?;
    Some((name, (kind.lower)(site, &arguments)))
}

/// Sorts the arguments to the parameters they are for.
fn arguments<'a>(kind: &Kind, call: &'a Call, ident: &Ident, errors: &mut Errors) -> Option<Arguments<'a>> {
    let mut given: Vec<(&'static str, &'a Expr)> = Vec::new();
    let mut fine = true;
    let name = kind.name;
    for (place, argument) in call.arguments.iter().enumerate() {
        match parameter(kind, place, argument) {
            Err((span, message)) => {
                errors.push(span, message);
                fine = false;
            }
            Ok(parameter) => {
                if given.iter().any(|(other, _)| *other == parameter.name) {
                    let span = argument.name.as_ref().map_or_else(|| span_of(&argument.value), Ident::span);
                    errors.push(span, format!("`{}` of `{name}` is given twice", parameter.name));
                    fine = false;
                } else if let Err((span, message)) = check_value(parameter, &argument.value) {
                    errors.push(span, message);
                    fine = false;
                    // It is wrong, but it is there: no second error about a missing argument.
                    given.push((parameter.name, &argument.value));
                } else {
                    given.push((parameter.name, &argument.value));
                }
            }
        }
    }
    // A misspelt name has been reported; what it was meant for is not missing as well.
    if fine {
        for parameter in kind.parameters.iter().filter(|parameter| parameter.required) {
            if !given.iter().any(|(other, _)| *other == parameter.name) {
                errors.push(call.parentheses.unwrap_or(ident.span()), missing(kind, parameter));
                fine = false;
            }
        }
    }
    fine.then_some(Arguments(given))
}

fn missing(kind: &Kind, parameter: &Parameter) -> String {
    let place = kind.parameters.iter().position(|other| other.name == parameter.name).unwrap_or(0);
    let way = if place < kind.positional {
        format!("`{}({})`", kind.name, example(parameter))
    } else {
        format!("`{} = {}`", parameter.name, example(parameter))
    };
    format!("`{}` needs `{}`, {}: {way}", kind.name, parameter.name, parameter.value.description())
}

fn example(parameter: &Parameter) -> &'static str {
    match (parameter.name, parameter.value) {
        ("units" | "filters", _) => "32",
        (_, ValueKind::Axes) => "[7, 7, 64]",
        (_, ValueKind::Number) => "0.5",
        (_, ValueKind::Pair) => "3",
        _ => "..",
    }
}

type Problem = (Span, String);

fn parameter(kind: &Kind, place: usize, argument: &Argument) -> Result<&'static Parameter, Problem> {
    let parameters = kind.parameters;
    let list = || {
        let names: Vec<_> = parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
        names.join(", ")
    };
    if let Some(ident) = &argument.name {
        let name = ident.to_string();
        return parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
            let names = parameters.iter().map(|parameter| parameter.name);
            let hint = match nearest(&name, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if parameters.is_empty() => "it takes none".to_owned(),
                None => format!("it takes {}", list()),
            };
            (ident.span(), format!("`{}` has no argument `{name}`; {hint}", kind.name))
        });
    }
    if place < kind.positional {
        return Ok(&parameters[place]);
    }
    let span = span_of(&argument.value);
    if parameters.is_empty() {
        return Err((span, format!("`{}` takes no arguments", kind.name)));
    }
    let message = match kind.positional {
        0 => format!("the arguments of `{}` have names: {}", kind.name, list()),
        _ => {
            let first: Vec<_> = parameters[..kind.positional].iter().map(|p| format!("`{}`", p.name)).collect();
            format!("only {} of `{}` can stand without a name; it takes {}", first.join(", "), kind.name, list())
        }
    };
    Err((span, message))
}

/// Reports what can be told from the tokens: a string or a fraction where a whole number belongs, and so on. What only
/// the compiler knows, a constant's type, is left to it.
fn check_value(parameter: &Parameter, value: &Expr) -> Result<(), Problem> {
    let wrong = |span: Span, found: &str| {
        Err((span, format!("`{}` is {}, not {found}", parameter.name, parameter.value.description())))
    };
    let inner = |value: &Expr| -> Result<(), Problem> {
        match literal(value) {
            Some(found @ ("a string" | "a fraction" | "a negative number" | "a truth value")) => {
                wrong(span_of(value), found)
            }
            _ => Ok(()),
        }
    };
    match parameter.value {
        ValueKind::Size => match value {
            Expr::Array(array) => wrong(array.bracket_token.span.join(), "a list"),
            value => inner(value),
        },
        ValueKind::Pair | ValueKind::Padding => match value {
            Expr::Array(array) if array.elems.len() != 2 => {
                wrong(array.bracket_token.span.join(), &format!("{} numbers", array.elems.len()))
            }
            Expr::Array(array) => array.elems.iter().try_for_each(inner),
            Expr::Path(path) if parameter.value == ValueKind::Padding => {
                match path.path.get_ident().map(ToString::to_string) {
                    // A path in capitals is a constant; any other is a misspelt `Valid` or `Same`.
                    Some(name) if name != "Valid" && name != "Same" && name.chars().any(char::is_lowercase) => {
                        let hint = nearest(&name, ["Valid", "Same"].into_iter())
                            .map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
                        wrong(span_of(value), &format!("`{name}`{hint}"))
                    }
                    _ => Ok(()),
                }
            }
            value => inner(value),
        },
        ValueKind::Axes => match value {
            Expr::Array(array) if (1..=3).contains(&array.elems.len()) => array.elems.iter().try_for_each(inner),
            Expr::Array(array) => wrong(array.bracket_token.span.join(), &format!("{} numbers", array.elems.len())),
            value => wrong(span_of(value), literal(value).unwrap_or("this")),
        },
        ValueKind::Flag => match literal(value) {
            Some("a truth value") | None => Ok(()),
            Some(found) => wrong(span_of(value), found),
        },
        ValueKind::Number => match literal(value) {
            Some(found @ ("a string" | "a truth value")) => wrong(span_of(value), found),
            _ => Ok(()),
        },
        ValueKind::Initializer => check_initializer(value).map_or(Ok(()), Err),
    }
}

fn check_initializer(value: &Expr) -> Option<Problem> {
    const NAMES: [&str; 9] = [
        "GlorotUniform",
        "GlorotNormal",
        "HeUniform",
        "HeNormal",
        "LeCunUniform",
        "LeCunNormal",
        "Zeros",
        "Constant",
        "Orthogonal",
    ];
    let (path, arguments) = match value {
        Expr::Path(path) => (path, None),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => (path, Some(call.args.len())),
            _ => return Some((span_of(value), "`init` is an initializer, like `HeNormal`".to_owned())),
        },
        _ => return Some((span_of(value), "`init` is an initializer, like `HeNormal` or `Constant(0.1)`".to_owned())),
    };
    let name = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if !NAMES.contains(&name.as_str()) {
        let hint = nearest(&name, NAMES.into_iter())
            .map_or_else(|| format!("there are {}", NAMES.join(", ")), |meant| format!("did you mean `{meant}`?"));
        return Some((span_of(value), format!("there is no initializer `{name}`; {hint}")));
    }
    let wants = usize::from(name == "Constant" || name == "Orthogonal");
    (arguments.unwrap_or(0) != wants || arguments == Some(0)).then(|| {
        let way = if wants == 1 { format!("{name}(1.0)") } else { name.clone() };
        (span_of(value), format!("`{name}` is written `{way}`"))
    })
}

/// What a literal is, in words; `None` for what is no literal.
fn literal(value: &Expr) -> Option<&'static str> {
    match value {
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            matches!(literal(&unary.expr), Some("a whole number" | "a fraction")).then_some("a negative number")
        }
        Expr::Lit(literal) => Some(match &literal.lit {
            syn::Lit::Str(_) | syn::Lit::ByteStr(_) | syn::Lit::CStr(_) | syn::Lit::Char(_) => "a string",
            syn::Lit::Int(_) => "a whole number",
            syn::Lit::Float(_) => "a fraction",
            syn::Lit::Bool(_) => "a truth value",
            _ => "this",
        }),
        Expr::Array(_) => Some("a list"),
        _ => None,
    }
}

/// The window of a convolution or a pooling layer: its constant.
fn window(site: &mut Site, arguments: &Arguments, size: &Ident, stride: &Ident, dilation: &TokenStream) -> Ident {
    let padding = arguments.padding();
    site.constant(
        "SLIDE",
        quote!(::tintype::shape::window::Window),
        &quote!(::tintype::shape::window::Window { size: #size, stride: #stride, dilation: #dilation, padding: #padding }),
    )
}

/// The type that says how a window slides.
fn sliding(seen: &Ident, window: &Ident) -> TokenStream {
    quote! {
        ::tintype::layers::conv2d::Sliding<
            { #window.stride[0] }, { #window.stride[1] }, { #window.dilation[0] }, { #window.dilation[1] },
            { #window.padding(#seen, 0).0 }, { #window.padding(#seen, 1).0 }
        >
    }
}

/// `Repeat(3) { .. }`: a layer made of so many networks `block`.
pub(crate) fn repeat(site: &mut Site, count: &Expr, block: &Ident, result: &Ident) -> Lowered {
    let input = site.input.clone();
    let times = site.constant("TIMES", quote!(usize), &quote!(#count));
    let span = span_of(count);
    site.check(span, quote!(layers::repeat::check_times), quote!(#times));
    let span = site.span;
    site.check(span, quote!(layers::repeat::check_body), quote!(#input, #result, #times));
    Lowered {
        nature: Nature::Field,
        seen: quote!(#input),
        output: quote!(::tintype::layers::repeat::output(#input, #result, #times)),
        ty: quote!(::tintype::layers::Repeat<#block<E>, #times>),
        initializer: None,
    }
}
