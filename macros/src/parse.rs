//! From tokens to a declaration. Mistakes are collected, so that all of them show at once.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, GenericArgument, Ident, Path, Token, Visibility, token};

/// A declaration as it was written.
pub(crate) struct Declaration {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: Vec<Expr>,
    pub(crate) output: Option<Vec<Expr>>,
    pub(crate) items: Vec<Item>,
    /// The braces around the layers.
    pub(crate) body: Span,
}

/// One entry of a list of layers.
pub(crate) struct Item {
    pub(crate) name: Option<Ident>,
    pub(crate) kind: ItemKind,
    pub(crate) span: Span,
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
    pub(crate) parentheses: Option<Span>,
}

pub(crate) struct Argument {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Expr,
}

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    fn add(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

/// Reads a declaration; without one, where not even its outline can be made out, there is at least one error.
pub(crate) fn declaration(tokens: TokenStream) -> (Option<Declaration>, Errors) {
    let mut errors = Errors::default();
    let mut items = TokenStream::new();
    let mut outline = |input: ParseStream| outline(input, &mut items);
    match Parser::parse2(&mut outline, tokens) {
        Ok(mut declaration) => {
            declaration.items = list(items, declaration.body, &mut errors);
            (Some(declaration), errors)
        }
        Err(error) => {
            errors.add(error);
            (None, errors)
        }
    }
}

fn outline(input: ParseStream, items: &mut TokenStream) -> syn::Result<Declaration> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    if !input.peek(Token![struct]) {
        return Err(input.error("a network is declared as `struct Name: [input] -> [output] { layers }`"));
    }
    input.parse::<Token![struct]>()?;
    let name = input.parse()?;
    if !input.peek(Token![:]) || input.peek(Token![::]) {
        return Err(input.error(format!(
            "the input's shape is missing: `struct {name}: [features]` or `struct {name}: [height, width, channels]`"
        )));
    }
    input.parse::<Token![:]>()?;
    let shape = |what: &str| -> syn::Result<Vec<Expr>> {
        if !input.peek(token::Bracket) {
            return Err(input.error(format!("the {what} is a shape in brackets: `[10]` or `[28, 28, 1]`")));
        }
        let content;
        let bracket = syn::bracketed!(content in input);
        let axes: Vec<Expr> = content.parse_terminated(Expr::parse, Token![,])?.into_iter().collect();
        if axes.is_empty() || axes.len() > 3 {
            return Err(syn::Error::new(
                bracket.span.join(),
                format!(
                    "the {what} has {} axes; a shape has 1 to 3: `[features]`, `[time, features]` or `[height, width, \
                     channels]`",
                    axes.len()
                ),
            ));
        }
        Ok(axes)
    };
    let shape_in = shape("input")?;
    let output = if input.peek(Token![->]) {
        input.parse::<Token![->]>()?;
        Some(shape("output")?)
    } else {
        None
    };
    if !input.peek(token::Brace) {
        return Err(input.error("the layers are missing: a list in braces, `{ Dense(10), Relu, .. }`"));
    }
    let group: Group = input.parse()?;
    if !input.is_empty() {
        return Err(input.error("one `network!` declares one network; this is left over behind it"));
    }
    let body = group.span();
    *items = group.stream();
    Ok(Declaration { attributes, visibility, name, input: shape_in, output, items: Vec::new(), body })
}

/// Reads a list of layers, entry by entry: a mistake in one does not hide those in the others.
fn list(tokens: TokenStream, around: Span, errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in entries(tokens, errors) {
        let span = entry.clone().into_iter().next().map_or(around, |token| token.span());
        let mut item = |input: ParseStream| item(input, errors);
        match Parser::parse2(&mut item, entry) {
            Ok(item) => items.push(item),
            Err(error) => {
                errors.add(error);
                items.push(Item { name: None, kind: ItemKind::Broken, span });
            }
        }
    }
    items
}

/// Splits a list at its commas. A block in braces may stand without a comma behind it.
fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let mut entries = Vec::new();
    let mut entry: Vec<TokenTree> = Vec::new();
    let mut after_block = false;
    let mut angles = 0usize;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => angles += 1,
                '>' => angles = angles.saturating_sub(1),
                ',' if angles == 0 => {
                    if entry.is_empty() && !after_block {
                        errors.push(punct.span(), "a layer is missing in front of this comma");
                    }
                    if !entry.is_empty() {
                        entries.push(std::mem::take(&mut entry).into_iter().collect());
                    }
                    after_block = false;
                    continue;
                }
                _ => {}
            }
        }
        let is_shortcut = matches!(&token, TokenTree::Ident(ident) if ident == "shortcut");
        if after_block && !entry.is_empty() && !is_shortcut {
            entries.push(std::mem::take(&mut entry).into_iter().collect());
        }
        after_block = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        entry.push(token);
    }
    if !entry.is_empty() {
        entries.push(entry.into_iter().collect());
    }
    entries
}

fn item(input: ParseStream, errors: &mut Errors) -> syn::Result<Item> {
    let span = input.span();
    let mut name = None;
    if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let ident = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        if syn::parse_str::<Ident>(&ident.to_string()).is_err() {
            errors.push(
                ident.span(),
                format!("`{ident}` is a keyword of Rust and cannot name a layer; call it `{ident}_` or something else"),
            );
        } else {
            name = Some(ident);
        }
        if input.is_empty() {
            return Err(syn::Error::new(span, "there is no layer behind this name"));
        }
    }
    let span = input.span();
    if !input.peek(Ident) && !input.peek(Token![::]) && !input.peek(Token![crate]) && !input.peek(Token![self]) {
        return Err(input.error("a layer is expected here: `Dense(10)`, or with a name: `hidden: Dense(10)`"));
    }
    let path: Path = call_path(input)?;
    let kind = match path.get_ident().map(ToString::to_string).as_deref() {
        Some("Residual") => residual(input, errors)?,
        Some("Concat") => concat(input, errors)?,
        Some("Repeat") => repeat(input, errors)?,
        _ => ItemKind::Layer(call(input, path)?),
    };
    if !input.is_empty() {
        return Err(input.error("a comma is missing in front of this"));
    }
    Ok(Item { name, kind, span })
}

/// A path whose last segment may have arguments in angle brackets, with or without `::`.
fn call_path(input: ParseStream) -> syn::Result<Path> {
    let path = input.call(Path::parse_mod_style)?;
    if !input.peek(Token![<]) && !(input.peek(Token![::]) && input.peek3(Token![<])) {
        return Ok(path);
    }
    let arguments: syn::AngleBracketedGenericArguments = input.parse()?;
    let mut path = path;
    if let Some(last) = path.segments.last_mut() {
        last.arguments = syn::PathArguments::AngleBracketed(arguments);
    }
    Ok(path)
}

fn call(input: ParseStream, path: Path) -> syn::Result<Call> {
    if !input.peek(token::Paren) {
        return Ok(Call { path, arguments: Vec::new(), parentheses: None });
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    let arguments = content.parse_terminated(Argument::parse, Token![,])?.into_iter().collect();
    Ok(Call { path, arguments, parentheses: Some(parentheses.span.join()) })
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        let name = if named {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new(name.span(), format!("`{name}` has no value")));
            }
            Some(name)
        } else {
            None
        };
        Ok(Self { name, value: input.parse()? })
    }
}

/// The layers of a block in braces.
fn block(input: ParseStream, what: &str, errors: &mut Errors) -> syn::Result<Vec<Item>> {
    if !input.peek(token::Brace) {
        return Err(input.error(format!("the layers of {what} are missing: a list in braces")));
    }
    let group: Group = input.parse()?;
    Ok(list(group.stream(), group.span(), errors))
}

fn residual(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    let body = block(input, "this `Residual`", errors)?;
    let mut shortcut = None;
    if input.peek(Ident) {
        let word: Ident = input.parse()?;
        if word != "shortcut" {
            return Err(syn::Error::new(word.span(), "only `shortcut { .. }` can stand behind a `Residual`'s layers"));
        }
        shortcut = Some(block(input, "this `shortcut`", errors)?);
    }
    Ok(ItemKind::Residual { body, shortcut })
}

fn concat(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    if !input.peek(token::Brace) {
        return Err(input.error("`Concat` has named branches in braces: `Concat { a: { .. }, b: { .. } }`"));
    }
    let group: Group = input.parse()?;
    let mut branches = Vec::new();
    for entry in entries(group.stream(), errors) {
        let mut branch = |input: ParseStream| -> syn::Result<(Ident, Vec<Item>)> {
            if !(input.peek(Ident) && input.peek2(Token![:])) {
                return Err(input.error("a branch has a name and layers in braces: `a: { Dense(10) }`"));
            }
            let name: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            let items = block(input, &format!("branch `{name}`"), errors)?;
            if !input.is_empty() {
                return Err(input.error("a comma is missing in front of this"));
            }
            Ok((name, items))
        };
        match Parser::parse2(&mut branch, entry) {
            Ok(branch) => branches.push(branch),
            Err(error) => errors.add(error),
        }
    }
    if branches.len() < 2 {
        return Err(syn::Error::new(
            group.span(),
            "`Concat` needs at least two branches: `Concat { a: { .. }, b: { .. } }`",
        ));
    }
    Ok(ItemKind::Concat { branches })
}

fn repeat(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    if !input.peek(token::Paren) {
        return Err(input.error("how many times is missing: `Repeat(3) { .. }`"));
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(parentheses.span.join(), "how many times is missing: `Repeat(3) { .. }`"));
    }
    let count = content.parse()?;
    if !content.is_empty() {
        return Err(content.error("`Repeat` has one argument: how many times"));
    }
    Ok(ItemKind::Repeat { count, body: block(input, "this `Repeat`", errors)? })
}

/// The generic arguments written in a path, if there are any.
pub(crate) fn generic_arguments(path: &Path) -> Vec<&GenericArgument> {
    match path.segments.last().map(|segment| &segment.arguments) {
        Some(syn::PathArguments::AngleBracketed(arguments)) => arguments.args.iter().collect(),
        _ => Vec::new(),
    }
}

/// The first token of an expression: where an error about it points.
pub(crate) fn span_of(expression: &Expr) -> Span {
    expression.span()
}
