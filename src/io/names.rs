//! The full names of tensors, as constants can build and find them.

use super::json::starts_with;
use crate::parameters::{Layout, Located, ParameterTensor, Step};
use crate::shape::Text;

/// A tensor that was looked up by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Its number in the order of memory.
    pub index: usize,
    /// The index of its first element in the flat run.
    pub offset: usize,
    pub tensor: ParameterTensor,
}

/// The tensor of `layout` whose full name is `name`.
pub(super) const fn find(layout: &Layout, name: &[u8]) -> Option<Found> {
    match layout {
        Layout::Tensors(tensors) => {
            let mut offset = 0;
            let mut index = 0;
            while index < tensors.len() {
                let own = tensors[index].name.as_bytes();
                if own.len() == name.len() && starts_with(name, own) {
                    return Some(Found { index, offset, tensor: tensors[index] });
                }
                offset += tensors[index].len();
                index += 1;
            }
            None
        }
        Layout::Layers(layers) => {
            let (mut index, mut offset) = (0, 0);
            let mut layer = 0;
            while layer < layers.len() {
                let inner = &layers[layer].layout;
                let own = layers[layer].name.as_bytes();
                if name.len() > own.len() && name[own.len()] == b'.' && starts_with(name, own) {
                    let found = find(inner, name.split_at(own.len() + 1).1);
                    return moved(found, index, offset);
                }
                index += inner.tensor_count();
                offset += inner.len();
                layer += 1;
            }
            None
        }
        Layout::Repeat(layout, times) => {
            let (mut turn, mut digits): (usize, usize) = (0, 0);
            while digits < name.len() && name[digits].is_ascii_digit() {
                let digit = (name[digits] - b'0') as usize;
                turn = turn.saturating_mul(10).saturating_add(digit);
                digits += 1;
            }
            let plain = digits == 1 || (digits > 1 && name[0] != b'0');
            if !plain || turn >= *times || digits == name.len() || name[digits] != b'.' {
                return None;
            }
            let found = find(layout, name.split_at(digits + 1).1);
            moved(found, turn * layout.tensor_count(), turn * layout.len())
        }
    }
}

const fn moved(found: Option<Found>, index: usize, offset: usize) -> Option<Found> {
    match found {
        Some(found) => Some(Found { index: found.index + index, offset: found.offset + offset, tensor: found.tensor }),
        None => None,
    }
}

/// Appends the full name of a tensor.
pub(super) const fn append(text: &Text, located: &Located) -> Text {
    let mut text = *text;
    let mut place = 0;
    while place < located.path.len() {
        text = match located.path[place] {
            Step::Name(name) => text.str(name).str("."),
            Step::Index(index) => text.number(index).str("."),
            Step::Nothing => break,
        };
        place += 1;
    }
    text.str(located.tensor.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::Initializer;
    use crate::parameters::{NamedLayout, Role};
    use std::string::ToString;

    const DENSE: Layout = Layout::Tensors(&[
        ParameterTensor { name: "weight", axes: &[2, 3], role: Role::Bias },
        ParameterTensor { name: "bias", axes: &[3], role: Role::Bias },
    ]);
    const fn named(name: &'static str, layout: Layout) -> NamedLayout {
        NamedLayout { name, initializer: Initializer::GlorotUniform, layout }
    }
    const NETWORK: Layout = Layout::Layers(&[
        named("a", DENSE),
        named("relu", Layout::NONE),
        named("blocks", Layout::Repeat(&Layout::Layers(&[named("a", DENSE), named("a2", DENSE)]), 12)),
        named("ab", DENSE),
    ]);

    #[test]
    fn every_name_leads_back_to_its_tensor() {
        assert_eq!(NETWORK.tensor_count(), 2 + 12 * 4 + 2);
        for index in 0..NETWORK.tensor_count() {
            let located = NETWORK.tensor(index).unwrap();
            let name = located.to_string();
            assert_eq!(append(&Text::new(), &located).as_str(), name);
            let found = Found { index, offset: located.offset, tensor: located.tensor };
            assert_eq!(find(&NETWORK, name.as_bytes()), Some(found), "{name}");
        }
    }

    #[test]
    fn other_names_lead_nowhere() {
        for name in [
            "",
            ".",
            "a",
            "a.",
            "a.weigh",
            "a.weights",
            "weight",
            "relu.weight",
            "abc.weight",
            "blocks.a.weight",
            "blocks.12.a.weight",
            "blocks.01.a.weight",
            "blocks.1",
            "blocks.1.",
            "blocks..a.weight",
            "blocks.99999999999999999999999999.a.weight",
            "a.weight.",
        ] {
            assert_eq!(find(&NETWORK, name.as_bytes()), None, "{name}");
        }
    }
}
