//! Mistakes: where they are and what is wrong.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

/// Where an error points: from the first token of something to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    first: Span,
    last: Span,
}

impl Place {
    /// All the tokens of something; the macro itself if there are none.
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }

    pub(crate) fn start(self) -> Span {
        self.first
    }

    /// A call that stands here. An error in it covers the whole place: on stable Rust two spans cannot be joined, but an
    /// expression reaches from its first token to its last.
    pub(crate) fn call(self, function: TokenStream, arguments: TokenStream) -> TokenStream {
        let mut tokens: Vec<TokenTree> = function.into_iter().collect();
        for token in &mut tokens {
            token.set_span(self.first);
        }
        let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
        parentheses.set_span(self.last);
        tokens.push(parentheses.into());
        tokens.into_iter().collect()
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<(Place, String)>);

impl Errors {
    pub(crate) fn push(&mut self, place: impl Into<Place>, message: impl std::fmt::Display) {
        self.0.push((place.into(), message.to_string()));
    }

    pub(crate) fn add(&mut self, error: &syn::Error) {
        self.push(error.span(), error);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A call of `compile_error!` for each mistake.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let error = |(place, message): (Place, String)| {
            let Place { first, last } = place;
            let head = quote_spanned!(first=> ::core::compile_error!);
            let message = proc_macro2::Literal::string(&message);
            let mut body = Group::new(Delimiter::Brace, quote!(#message));
            body.set_span(last);
            quote!(#head #body)
        };
        self.0.into_iter().map(error).collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.0.iter().map(|(_, message)| message.as_str()).collect()
    }
}
