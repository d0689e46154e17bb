//! From tokens to a declaration. Mistakes are collected, so that all of them show at once.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, Path, Token, Visibility, token};

use crate::errors::{Errors, Place};

mod list;

pub(crate) use list::BLOCKS;

/// A declaration as it was written.
pub(crate) struct Declaration {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    /// The axes of the input, or `None` where a mistake in them has been reported.
    pub(crate) input: Option<Vec<Expr>>,
    pub(crate) output: Option<Vec<Expr>>,
    pub(crate) items: Vec<Item>,
    /// The braces around the layers.
    pub(crate) body: Span,
}

/// One entry of a list of layers.
pub(crate) struct Item {
    /// Its doc comment.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) name: Option<Ident>,
    pub(crate) kind: ItemKind,
    pub(crate) span: Span,
}

impl Item {
    fn broken(span: Span) -> Self {
        Self { docs: Vec::new(), name: None, kind: ItemKind::Broken, span }
    }
}

pub(crate) enum ItemKind {
    Layer(Call),
    Residual {
        body: Vec<Item>,
        shortcut: Option<Vec<Item>>,
    },
    Concat {
        branches: Vec<(Ident, Vec<Item>)>,
    },
    Repeat {
        count: Expr,
        body: Vec<Item>,
    },
    /// What could not be read; its mistake has been reported.
    Broken,
}

/// A layer with its arguments.
pub(crate) struct Call {
    pub(crate) path: Path,
    pub(crate) arguments: Vec<Argument>,
    /// The parentheses, where there are some.
    pub(crate) parentheses: Option<token::Paren>,
}

pub(crate) struct Argument {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Expr,
}

/// Reads a declaration; without one, where it has not even a name, there is at least one error.
pub(crate) fn declaration(tokens: TokenStream) -> (Option<Declaration>, Errors) {
    let mut errors = Errors::default();
    let declaration = Parser::parse2(|input: ParseStream| outline(input, &mut errors), tokens);
    let declaration = declaration.map_err(|error| errors.add(&error)).ok();
    (declaration, errors)
}

/// Reads what is around the layers. Once the name is known, a mistake does not end the reading.
fn outline(input: ParseStream, errors: &mut Errors) -> syn::Result<Declaration> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    keyword(input, errors)?;
    if !input.peek(Ident) {
        return Err(input.error("a network has a name here: `struct Name: [input] -> [output] { .. }`"));
    }
    let name: Ident = input.parse()?;
    if input.peek(Token![<]) {
        let generics: syn::Generics = input.parse()?;
        errors.push(
            Place::of(&generics),
            format!("`{name}` is generic over its number type by itself, as in `{name}<f64>`; leave this out"),
        );
    }
    let shape_in = input_shape(input, &name, errors)?;
    let output = output_shape(input, errors)?;
    let (body, layers) = body(input, errors)?;
    let items = match layers {
        Some(layers) => list::items(layers, errors),
        None => vec![Item::broken(body)],
    };
    Ok(Declaration { attributes, visibility, name, input: shape_in, output, items, body })
}

fn keyword(input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
    const WAY: &str = "a network is declared as `struct Name: [input] -> [output] { layers }`";
    if input.peek(Token![struct]) {
        input.parse::<Token![struct]>()?;
    } else if input.peek(Token![enum]) || input.peek(Token![union]) && input.peek2(Ident) {
        let other: TokenTree = input.parse()?;
        errors.push(other.span(), format!("{WAY}, not with `{other}`"));
    } else if input.peek(Ident) && (input.peek2(Token![:]) || input.peek2(token::Brace)) {
        errors.push(input.span(), format!("`struct` is missing in front of the name; {WAY}"));
    } else {
        return Err(input.error(WAY));
    }
    Ok(())
}

fn input_shape(input: ParseStream, name: &Ident, errors: &mut Errors) -> syn::Result<Option<Vec<Expr>>> {
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        input.parse::<Token![:]>()?;
    } else {
        errors.push(
            place_or(input, name.span()),
            format!("the shape of the input is missing: `struct {name}: [features]` or `struct {name}: [height, width, channels]`"),
        );
        if !input.peek(token::Bracket) {
            return Ok(None);
        }
    }
    shape(input, "input", errors)
}

fn output_shape(input: ParseStream, errors: &mut Errors) -> syn::Result<Option<Vec<Expr>>> {
    if input.peek(Token![->]) {
        input.parse::<Token![->]>()?;
    } else if input.peek(Token![=>]) || input.peek(Token![-]) || input.peek(Token![:]) || input.peek(Token![,]) {
        let start = input.span();
        while !input.is_empty() && !input.peek(token::Bracket) && !input.peek(token::Brace) {
            input.parse::<TokenTree>()?;
        }
        errors.push(start, "between input and output stands an arrow: `[28, 28, 1] -> [10]`");
    } else if input.peek(token::Bracket) {
        errors.push(input.span(), "an arrow is missing in front of the output: `[28, 28, 1] -> [10]`");
    } else {
        return Ok(None);
    }
    shape(input, "output", errors)
}

/// A shape in brackets; where it is none, what stands in its place is skipped.
fn shape(input: ParseStream, what: &str, errors: &mut Errors) -> syn::Result<Option<Vec<Expr>>> {
    if !input.peek(token::Bracket) {
        errors.push(
            place_or(input, Span::call_site()),
            format!("the {what} is a shape in brackets: `[10]` or `[28, 28, 1]`"),
        );
        while !input.is_empty() && !input.peek(Token![->]) && !input.peek(token::Brace) {
            input.parse::<TokenTree>()?;
        }
        return Ok(None);
    }
    let content;
    let bracket = syn::bracketed!(content in input);
    let place = bracket.span.join();
    let axes = content.parse_terminated(<Expr as syn::parse::Parse>::parse, Token![,]);
    match axes {
        Err(error) => {
            errors.add(&error);
            content.parse::<TokenStream>()?;
            Ok(None)
        }
        Ok(axes) if (1..=3).contains(&axes.len()) => Ok(Some(axes.into_iter().collect())),
        Ok(axes) => {
            let found = if axes.is_empty() { "no".to_owned() } else { axes.len().to_string() };
            errors.push(
                place,
                format!(
                    "the {what} has {found} axes; a shape has 1 to 3: `[features]`, `[time, features]` or \
                     `[height, width, channels]`"
                ),
            );
            Ok(None)
        }
    }
}

/// The braces and what is in them, if they are there.
fn body(input: ParseStream, errors: &mut Errors) -> syn::Result<(Span, Option<TokenStream>)> {
    const WAY: &str = "the layers are a list in braces: `{ Dense(64), Relu, Dense(10) }`";
    let span = input.span();
    let rest: TokenStream = input.parse()?;
    let mut tokens = rest.clone().into_iter();
    let Some(TokenTree::Group(group)) = tokens.next() else {
        errors.push(if rest.is_empty() { Place::from(span) } else { Place::of(&rest) }, WAY);
        return Ok((span, None));
    };
    let left_over: TokenStream = tokens.collect();
    if group.delimiter() != Delimiter::Brace {
        errors.push(group.span(), WAY);
    } else if !left_over.is_empty() {
        let place = left_over.clone().into_iter().next().map_or(span, |token| token.span());
        errors.push(place, "one `network!` declares one network; this is left over behind it");
    }
    Ok((group.span(), Some(group.stream())))
}

/// The next token, or `end` where there is none.
fn place_or(input: ParseStream, end: Span) -> Span {
    if input.is_empty() { end } else { input.span() }
}
