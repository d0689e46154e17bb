//! The names of layers, and what they become.

use std::collections::HashMap;

use syn::Ident;

use crate::errors::Errors;
use crate::parse::Item;

/// The field of every network that stands for its element.
pub(crate) const ELEMENT: &str = "_element";

/// The full names of the layers of a network.
pub(super) struct Names {
    /// The fields in use, and the names as they were given.
    fields: HashMap<String, String>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { fields: HashMap::from([(ELEMENT.to_owned(), ELEMENT.to_owned())]) }
    }

    /// The full name of an item, within the blocks of `path`: as given, or after its kind and its place among its kind.
    pub(super) fn give(&mut self, item: &Item, kind: &str, path: &[String], errors: &mut Errors) -> String {
        if let Some(ident) = &item.name {
            match self.take(full(path, &ident.to_string())) {
                Ok(name) => return name,
                Err(other) => {
                    errors.push(
                        ident.span(),
                        format!("there is a layer `{other}` already; give this one another name, such as `{ident}2`"),
                    );
                }
            }
        }
        let base = snake(kind);
        let mut number = 1;
        loop {
            if let Ok(name) = self.take(full(path, &format!("{base}{number}"))) {
                return name;
            }
            number += 1;
        }
    }

    /// Takes a name, or gives the one that stands in its way.
    fn take(&mut self, name: String) -> Result<String, String> {
        let field = field(&name);
        if let Some(other) = self.fields.get(&field) {
            return Err(other.clone());
        }
        self.fields.insert(field, name.clone());
        Ok(name)
    }
}

fn full(path: &[String], name: &str) -> String {
    path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
}

/// The field that a full name becomes.
pub(super) fn field(name: &str) -> String {
    name.replace('.', "_")
}

/// The names of the blocks within a named block; an unnamed one leaves no trace.
pub(super) fn within(path: &[String], block: Option<&Ident>) -> Vec<String> {
    path.iter().cloned().chain(block.map(ToString::to_string)).collect()
}

/// `MaxPool2d` as `max_pool2d`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `block1.repeat1` as `Block1Repeat1`.
pub(super) fn camel(name: &str) -> String {
    name.split(['_', '.'])
        .filter_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_of_rust() {
        assert_eq!(snake("MaxPool2d"), "max_pool2d");
        assert_eq!(snake("GlobalAvgPool2d"), "global_avg_pool2d");
        assert_eq!(camel("block1.my_conv.repeat2"), "Block1MyConvRepeat2");
    }
}
