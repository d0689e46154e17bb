//! Reshaping: the same elements under other axes. No data moves, so there are rules and no layer.

use crate::shape::window::Place;
use crate::shape::{Dims, Text};

/// The output: a value with these axes, the last one fastest.
///
/// ```
/// use tintype::{layers::reshape, shape::Dims};
/// assert_eq!(reshape::output(Dims::new1(784), &[28, 28, 1]), Dims::new3(28, 28, 1));
/// assert!(!reshape::output(Dims::new1(784), &[28, 27]).is_known());
/// ```
pub const fn output(input: Dims, axes: &[usize]) -> Dims {
    let output = Dims::from_axes(axes);
    output.known_if(input.is_known() && output.len() > 0 && output.len() == input.len())
}

/// Reports axes that do not hold as many elements as there are.
///
/// # Panics
/// If `input` is known and `axes` are not one to three sizes whose product is the number of its elements.
#[track_caller]
pub const fn check_elements(place: Place, input: Dims, axes: &[usize]) {
    let text = Text::new().layer(place.layer);
    if axes.is_empty() || axes.len() > 3 {
        text.str(" wants one to three axes, as in `Reshape([28, 28, 1])`, but is given ").number(axes.len()).report();
    }
    if !input.is_known() {
        return;
    }
    let output = Dims::from_axes(axes);
    let text = text.str(": ").dims(output);
    let text = match output.checked_len() {
        Some(len) if len == input.len() => return,
        Some(len) => text.str(" holds ").count(len, "element"),
        None => text.str(" holds more elements than there are addresses"),
    };
    text.str(", but ")
        .str(place.source)
        .str(" ")
        .dims(input)
        .str(", which holds ")
        .number(input.len())
        .str("; choose axes whose product is ")
        .number(input.len())
        .report();
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { layer: "image", source: "the network is given" };

    #[test]
    fn equal_numbers_and_placeholders_pass() {
        check_elements(PLACE, Dims::new1(784), &[28, 28, 1]);
        check_elements(PLACE, Dims::new1(784).placeholder(), &[3, 3]);
    }

    #[test]
    #[should_panic(
        expected = "layer `image`: [28, 28, 3] holds 2352 elements, but the network is given [784], which holds \
                               784; choose axes whose product is 784"
    )]
    fn other_numbers_are_reported() {
        check_elements(PLACE, Dims::new1(784), &[28, 28, 3]);
    }

    #[test]
    #[should_panic(expected = "wants one to three axes, as in `Reshape([28, 28, 1])`, but is given 4")]
    fn four_axes_are_reported() {
        check_elements(PLACE, Dims::new1(784), &[1, 28, 28, 1]);
    }
}
