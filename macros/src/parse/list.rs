//! Lists of layers, and the blocks that have such lists within them.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, Path, Token, token};

use super::{Argument, Call, Item, ItemKind};
use crate::errors::{Errors, Place};
use crate::suggest::nearest;

/// The words that have a block of layers behind them.
pub(crate) const BLOCKS: [&str; 3] = ["Residual", "Concat", "Repeat"];

/// Reads a list of layers, entry by entry: a mistake in one does not hide those in the others.
pub(super) fn items(tokens: TokenStream, errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in entries(tokens, errors) {
        let span = Place::of(&entry).start();
        items.push(Parser::parse2(|input: ParseStream| item(input, errors), entry).unwrap_or_else(|error| {
            errors.add(&error);
            Item::broken(span)
        }));
    }
    items
}

/// Splits a list at its commas. A block in braces may stand without a comma behind it.
fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let mut entries = Vec::new();
    let mut entry: Vec<TokenTree> = Vec::new();
    let mut after_block = false;
    let mut angles = 0_usize;
    let mut semicolons = false;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => angles += 1,
                '>' => angles = angles.saturating_sub(1),
                separator @ (',' | ';') if angles == 0 || separator == ';' => {
                    if separator == ';' && !semicolons {
                        semicolons = true;
                        errors.push(punct.span(), "layers are separated by commas");
                    } else if separator == ',' && entry.is_empty() && !after_block {
                        errors.push(punct.span(), "a layer is missing in front of this comma");
                    }
                    if !entry.is_empty() {
                        entries.push(std::mem::take(&mut entry).into_iter().collect());
                    }
                    (after_block, angles) = (false, 0);
                    continue;
                }
                _ => {}
            }
        }
        // Behind a block a new entry may begin, or the block goes on: `shortcut { .. }`, however it is spelt.
        if after_block && !entry.is_empty() && !matches!(&token, TokenTree::Ident(word) if is_shortcut(word)) {
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

fn is_shortcut(word: &Ident) -> bool {
    let word = word.to_string();
    word == "shortcut" || word.starts_with(char::is_lowercase) && nearest(&word, ["shortcut"].into_iter()).is_some()
}

fn item(input: ParseStream, errors: &mut Errors) -> syn::Result<Item> {
    let docs = input.call(syn::Attribute::parse_outer)?;
    if let Some(other) = docs.iter().find(|attribute| !attribute.path().is_ident("doc")) {
        errors.push(Place::of(other), "a layer may have a doc comment, but no other attributes");
    }
    let mut name = None;
    if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let ident = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        if input.is_empty() {
            return Err(syn::Error::new(ident.span(), format!("`{ident}` is the name of a layer that is missing")));
        }
        if syn::parse_str::<Ident>(&ident.to_string()).is_err() {
            errors.push(
                ident.span(),
                format!("`{ident}` is a keyword of Rust and cannot name a layer; call it `{ident}_` or something else"),
            );
        } else {
            name = Some(ident);
        }
    }
    let span = input.span();
    if !input.peek(Ident)
        && !input.peek(Token![::])
        && !input.peek(Token![crate])
        && !input.peek(Token![self])
        && !input.peek(Token![super])
    {
        return Err(input.error("a layer is expected here: `Dense(10)`, or with a name: `hidden: Dense(10)`"));
    }
    let path = call_path(input)?;
    let kind = match path.get_ident().map(ToString::to_string).as_deref() {
        Some("Residual") => residual(input, errors)?,
        Some("Concat") => concat(input, errors)?,
        Some("Repeat") => repeat(input, errors)?,
        _ => ItemKind::Layer(call(input, path)?),
    };
    if input.peek(token::Brace) {
        let ItemKind::Layer(call) = &kind else { return Err(input.error("a block has one pair of braces")) };
        let name = call.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let hint = nearest(&name, BLOCKS.into_iter()).map_or_else(
            || "layers in braces stand behind `Residual`, `Concat` and `Repeat(3)`".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Err(syn::Error::new(span, format!("`{name}` takes no layers in braces; {hint}")));
    }
    if input.peek(Token![.]) {
        return Err(input.error("a layer is written by its name alone, without a module and a dot: `Dense(10)`"));
    }
    if !input.is_empty() {
        return Err(input.error("a comma is missing in front of this"));
    }
    Ok(Item { docs, name, kind, span })
}

/// A path whose last segment may have arguments in angle brackets, with or without `::`.
fn call_path(input: ParseStream) -> syn::Result<Path> {
    let mut path = input.call(Path::parse_mod_style)?;
    if input.peek(Token![<]) || input.peek(Token![::]) && input.peek3(Token![<]) {
        let arguments: syn::AngleBracketedGenericArguments = input.parse()?;
        if let Some(last) = path.segments.last_mut() {
            last.arguments = syn::PathArguments::AngleBracketed(arguments);
        }
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
    Ok(Call { path, arguments, parentheses: Some(parentheses) })
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let named = input.peek(Ident::peek_any)
            && (input.peek2(Token![=]) && !input.peek2(Token![==])
                || input.peek2(Token![:]) && !input.peek2(Token![::]));
        if !named {
            return Ok(Self { name: None, value: input.parse()? });
        }
        let name = input.call(Ident::parse_any)?;
        if input.peek(Token![:]) {
            return Err(input.error(format!("a value is given with `=`: `{name} = ..`")));
        }
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(name.span(), format!("`{name}` has no value")));
        }
        Ok(Self { name: Some(name), value: input.parse()? })
    }
}

/// The layers of a block in braces; `way` shows how the block is written.
fn block(input: ParseStream, way: &str, errors: &mut Errors) -> syn::Result<Vec<Item>> {
    let group = braces(input, way)?;
    Ok(items(group.stream(), errors))
}

fn braces(input: ParseStream, way: &str) -> syn::Result<Group> {
    if !input.peek(token::Brace) {
        return Err(input.error(format!("layers in braces are expected here: `{way}`")));
    }
    input.parse()
}

fn residual(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    let body = block(input, "Residual { Dense(10) }", errors)?;
    let mut shortcut = None;
    if input.peek(Ident) {
        let word: Ident = input.parse()?;
        if word != "shortcut" {
            errors.push(
                word.span(),
                format!("`{word}` cannot stand behind the layers of a `Residual`; did you mean `shortcut`?"),
            );
        }
        shortcut = Some(block(input, "shortcut { Dense(10) }", errors)?);
    }
    Ok(ItemKind::Residual { body, shortcut })
}

fn concat(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    let group = braces(input, "Concat { a: { Dense(8) }, b: { Dense(4) } }")?;
    let mut branches = Vec::new();
    let before = errors.len();
    for entry in entries(group.stream(), errors) {
        match Parser::parse2(|input: ParseStream| branch(input, errors), entry) {
            Ok(branch) => branches.push(branch),
            Err(error) => errors.add(&error),
        }
    }
    if branches.len() < 2 {
        if errors.len() == before {
            errors.push(group.span(), "`Concat` needs at least two branches: `Concat { a: { .. }, b: { .. } }`");
        }
        return Ok(ItemKind::Broken);
    }
    Ok(ItemKind::Concat { branches })
}

fn branch(input: ParseStream, errors: &mut Errors) -> syn::Result<(Ident, Vec<Item>)> {
    if !(input.peek(Ident) && input.peek2(Token![:])) {
        return Err(input.error("a branch has a name, and its layers in braces: `a: { Dense(10) }`"));
    }
    let name: Ident = input.parse()?;
    input.parse::<Token![:]>()?;
    let items = block(input, &format!("{name}: {{ Dense(10) }}"), errors)?;
    if !input.is_empty() {
        return Err(input.error("a comma is missing in front of this"));
    }
    Ok((name, items))
}

fn repeat(input: ParseStream, errors: &mut Errors) -> syn::Result<ItemKind> {
    const WAY: &str = "how often is missing: `Repeat(3) { .. }`";
    if !input.peek(token::Paren) {
        return Err(input.error(WAY));
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(parentheses.span.join(), WAY));
    }
    let count = content.parse()?;
    if !content.is_empty() {
        return Err(content.error("`Repeat` has one argument, how often: `Repeat(3) { .. }`"));
    }
    Ok(ItemKind::Repeat { count, body: block(input, "Repeat(3) { Dense(10) }", errors)? })
}
