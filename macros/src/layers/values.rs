//! The values of arguments, as far as tokens tell what they are.

use syn::{BinOp, Expr, ExprArray, Lit, UnOp};

use super::{Parameter, initializer};
use crate::errors::Place;
use crate::suggest::nearest;

/// A mistake: where it is and what it is.
pub(super) type Problem = (Place, String);

/// What the value of an argument is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum ValueKind {
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
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Size => "a whole number",
            Self::Pair => "a whole number, like `3`, or two in brackets, like `[3, 5]`",
            Self::Axes => "one to three whole numbers in brackets, like `[7, 7, 64]`",
            Self::Padding => "`Valid`, `Same`, a whole number, or two in brackets, like `[1, 2]`",
            Self::Flag => "`true` or `false`",
            Self::Number => "a number",
            Self::Initializer => "an initializer, like `HeNormal` or `Constant(0.1)`",
        }
    }
}

/// Reports what can be told from the tokens: a string or a fraction where a whole number belongs, and so on. What only
/// the compiler knows, a constant's type, is left to it.
pub(super) fn check(parameter: &Parameter, value: &Expr) -> Result<(), Problem> {
    let wrong = |place: Place, found: &str| {
        Err((place, format!("`{}` is {}, not {found}", parameter.name, parameter.value.description())))
    };
    let size = |value: &Expr| match literal(value) {
        None | Some("a whole number") => Ok(()),
        Some(found) => wrong(Place::of(value), found),
    };
    let list = |array: &ExprArray, fine: bool| {
        if fine { array.elems.iter().try_for_each(size) } else { wrong(Place::of(array), &count(array.elems.len())) }
    };
    match (parameter.value, value) {
        (ValueKind::Pair | ValueKind::Padding | ValueKind::Axes, Expr::Tuple(_)) => wrong(Place::of(value), "a tuple"),
        (ValueKind::Pair | ValueKind::Padding, Expr::Array(array)) => list(array, array.elems.len() == 2),
        (ValueKind::Axes, Expr::Array(array)) => list(array, (1..=3).contains(&array.elems.len())),
        (ValueKind::Axes, value) => wrong(Place::of(value), literal(value).unwrap_or("this")),
        (ValueKind::Padding, Expr::Path(path)) => match path.path.get_ident().map(ToString::to_string) {
            // A path in capitals is a constant; any other is a misspelt `Valid` or `Same`.
            Some(name) if name != "Valid" && name != "Same" && name.contains(char::is_lowercase) => {
                let hint = nearest(&name, ["Valid", "Same"].into_iter())
                    .map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
                wrong(Place::of(value), &format!("`{name}`{hint}"))
            }
            _ => Ok(()),
        },
        (ValueKind::Size | ValueKind::Pair | ValueKind::Padding, value) => size(value),
        (ValueKind::Flag, value) => match literal(value) {
            None | Some("a truth value") => Ok(()),
            Some(found) => wrong(Place::of(value), found),
        },
        (ValueKind::Number, value) => match literal(value) {
            Some(found @ ("a string" | "a truth value" | "a list")) => wrong(Place::of(value), found),
            _ => Ok(()),
        },
        (ValueKind::Initializer, value) => initializer::check(value),
    }
}

fn count(numbers: usize) -> String {
    match numbers {
        0 => "an empty list".to_owned(),
        1 => "a list of one number".to_owned(),
        numbers => format!("{numbers} numbers"),
    }
}

/// What a literal is, in words; `None` for what is no literal.
pub(super) fn literal(value: &Expr) -> Option<&'static str> {
    match value {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            matches!(literal(&unary.expr), Some("a whole number" | "a fraction")).then_some("a negative number")
        }
        Expr::Lit(literal) => Some(match &literal.lit {
            Lit::Int(_) => "a whole number",
            Lit::Float(_) => "a fraction",
            Lit::Bool(_) => "a truth value",
            _ => "a string",
        }),
        Expr::Array(_) => Some("a list"),
        _ => None,
    }
}

/// The value of a size that is made of numbers alone.
pub(crate) fn literal_size(value: &Expr) -> Option<usize> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(inner) => literal_size(&inner.expr),
        Expr::Binary(binary) => {
            let (left, right) = (literal_size(&binary.left)?, literal_size(&binary.right)?);
            match binary.op {
                BinOp::Add(_) => left.checked_add(right),
                BinOp::Sub(_) => left.checked_sub(right),
                BinOp::Mul(_) => left.checked_mul(right),
                BinOp::Div(_) => left.checked_div(right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The value of a pair that is made of numbers alone.
pub(super) fn literal_pair(value: &Expr) -> Option<[usize; 2]> {
    match value {
        Expr::Array(array) => {
            let mut sizes = array.elems.iter().map(literal_size);
            Some([sizes.next()??, sizes.next()??])
        }
        value => literal_size(value).map(|size| [size; 2]),
    }
}
