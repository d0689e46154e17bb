//! What can be wrong with a file of weights, in words that a compile error can carry as well.

use super::header::Axes;
use super::names;
use crate::parameters::{Layout, Located};
use crate::shape::Text;

/// Why a safetensors file does not give a network its weights. Displayed, it says what is wrong with which tensor, what
/// the file has and what the network wants.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The file has not even the eight bytes that give the length of its header.
    TooShort {
        /// The length of the file.
        bytes: usize,
    },
    /// The file ends within its header.
    HeaderLength {
        /// The length of the header, as its first bytes give it.
        announced: u64,
        /// How many bytes follow.
        available: usize,
    },
    /// The header is not what the format prescribes.
    Syntax {
        /// The place in the file.
        at: usize,
        /// What should stand there.
        wanted: &'static str,
    },
    /// The file has a tensor that the network does not declare.
    Unknown {
        /// The tensor's name.
        name: Excerpt<64>,
        /// The tensors of the network.
        layout: &'static Layout,
    },
    /// The file has a tensor twice.
    Duplicate {
        /// The tensor.
        tensor: Declared,
    },
    /// The file lacks a tensor.
    Missing {
        /// The tensor.
        tensor: Declared,
    },
    /// A tensor of the file holds numbers of another type.
    Element {
        /// The tensor.
        tensor: Declared,
        /// The type in the file.
        found: Excerpt<16>,
        /// The type of the network's numbers.
        wanted: &'static str,
    },
    /// A tensor of the file has another shape.
    Shape {
        /// The tensor.
        tensor: Declared,
        /// The shape in the file.
        found: Axes,
    },
    /// The place that the header gives to a tensor has not the size of the tensor.
    Size {
        /// The tensor.
        tensor: Declared,
        /// The first byte.
        begin: usize,
        /// The byte behind the last.
        end: usize,
        /// How many bytes the tensor takes.
        wanted: usize,
    },
    /// The place that the header gives to a tensor lies beyond the end of the file.
    Outside {
        /// The tensor.
        tensor: Declared,
        /// The byte behind its last.
        end: usize,
        /// How many bytes of data the file has.
        available: usize,
    },
    /// The file has more data than its tensors take.
    Surplus {
        /// How many bytes of data the file has.
        found: usize,
        /// How many bytes all tensors take.
        wanted: usize,
    },
    /// Two tensors overlap in the file.
    Overlap {
        /// The place in the data where the second one begins.
        at: usize,
    },
    /// Some data of the file belong to no tensor.
    Hole {
        /// The first byte.
        begin: usize,
        /// The byte behind the last.
        end: usize,
    },
}

/// A tensor that a network declares. Displayed, it is its full name.
#[derive(Clone, Copy, PartialEq)]
pub struct Declared {
    pub(super) layout: &'static Layout,
    pub(super) index: usize,
}

impl Declared {
    /// The tensor with its place in the network.
    #[expect(clippy::missing_panics_doc, reason = "nothing but a tensor that was found is made a `Declared`")]
    pub const fn located(&self) -> Located {
        match self.layout.tensor(self.index) {
            Some(located) => located,
            None => panic!("a declared tensor is in the layout that declares it"),
        }
    }
}

impl core::fmt::Display for Declared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.located().fmt(f)
    }
}

impl core::fmt::Debug for Declared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Declared({self})")
    }
}

/// The beginning of a string in a file, as it stands there: at most `N` bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt<const N: usize> {
    bytes: [u8; N],
    len: usize,
    complete: bool,
}

impl<const N: usize> Excerpt<N> {
    /// The beginning of `text`, which is UTF-8.
    pub(super) const fn new(text: &[u8]) -> Self {
        let mut len = text.len();
        if len > N {
            // Bytes within a character have the form 10xxxxxx.
            len = N;
            while len > 0 && text[len] & 0xc0 == 0x80 {
                len -= 1;
            }
        }
        let mut bytes = [0; N];
        bytes.split_at_mut(len).0.copy_from_slice(text.split_at(len).0);
        Self { bytes, len, complete: len == text.len() }
    }

    /// The text, without what was cut off.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "?",
        }
    }

    const fn quote(&self, text: &Text) -> Text {
        text.str("`").str(self.as_str()).str(if self.complete { "`" } else { "…`" })
    }
}

impl<const N: usize> core::fmt::Debug for Excerpt<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}

/// How many of a network's tensors a message lists.
const LISTED: usize = 6;

impl Problem {
    /// The message; a constant can [`report`](Text::report) it.
    pub const fn text(&self) -> Text {
        let text = Text::new();
        match self {
            Self::TooShort { bytes } => text.str("this is no safetensors file: it has only ").count(*bytes, "byte"),
            Self::HeaderLength { announced, available } => {
                let text =
                    text.str("this is no safetensors file, or it is cut off: its first bytes announce a header of ");
                // A number that does not fit the machine exceeds every file.
                let text = if *announced > usize::MAX as u64 {
                    text.str("more than ").count(usize::MAX, "byte")
                } else {
                    text.count(*announced as usize, "byte")
                };
                text.str(", but only ").number(*available).str(" follow")
            }
            Self::Syntax { at, wanted } => text
                .str("the header is not as the safetensors format prescribes: at byte ")
                .number(*at)
                .str(" of the file there should be ")
                .str(wanted),
            Self::Unknown { name, layout } => unknown(name, layout),
            Self::Duplicate { tensor } => quoted(tensor).str(": the file has it twice"),
            Self::Missing { tensor } => {
                let text = quoted(tensor).str(": the file does not have it, the network wants it with the shape ");
                list(&text, tensor.located().tensor.axes)
            }
            Self::Element { tensor, found, wanted } => {
                let text = quoted(tensor).str(": the file has elements of type ");
                found.quote(&text).str(", the network wants `").str(wanted).str("`; convert the file")
            }
            Self::Shape { tensor, found } => {
                let wanted = tensor.located().tensor.axes;
                let text = list(&quoted(tensor).str(": the file has the shape "), found.sizes());
                let text = list(&text.str(", the network wants "), wanted);
                if is_permutation(found.sizes(), wanted) {
                    text.str("; the axes are in another order, so transpose the tensor")
                } else {
                    text
                }
            }
            Self::Size { tensor, begin, end, wanted } => quoted(tensor)
                .str(": the file gives it the bytes from ")
                .number(*begin)
                .str(" to ")
                .number(*end)
                .str(" of its data, but it takes ")
                .count(*wanted, "byte"),
            Self::Outside { tensor, end, available } => quoted(tensor)
                .str(": it ends at byte ")
                .number(*end)
                .str(" of the data, but the file has only ")
                .number(*available)
                .str("; it is cut off"),
            Self::Surplus { found, wanted } => text
                .str("the file has ")
                .count(*found, "byte")
                .str(" of data, but its tensors take only ")
                .number(*wanted),
            Self::Overlap { at } => {
                text.str("two tensors of the file overlap: the second begins at byte ").number(*at).str(" of the data")
            }
            Self::Hole { begin, end } => text
                .str("no tensor of the file has the bytes from ")
                .number(*begin)
                .str(" to ")
                .number(*end)
                .str(" of its data"),
        }
    }
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl core::error::Error for Problem {}

const fn unknown(name: &Excerpt<64>, layout: &'static Layout) -> Text {
    let text = name.quote(&Text::new().str("tensor "));
    let mut text = text.str(": the file has it, the network does not; ");
    let count = layout.tensor_count();
    if count == 0 {
        return text.str("the network has no tensors");
    }
    text = text.str("the network's tensors are ");
    let mut index = 0;
    while index < count && index < LISTED {
        let tensor = Declared { layout, index };
        text = names::append(&text.str(if index > 0 { ", `" } else { "`" }), &tensor.located()).str("`");
        index += 1;
    }
    if count > LISTED { text.str(" and ").number(count - LISTED).str(" more") } else { text }
}

const fn quoted(tensor: &Declared) -> Text {
    names::append(&Text::new().str("tensor `"), &tensor.located()).str("`")
}

const fn list(text: &Text, axes: &[usize]) -> Text {
    let mut text = text.str("[");
    let mut index = 0;
    while index < axes.len() {
        text = text.str(if index > 0 { ", " } else { "" }).number(axes[index]);
        index += 1;
    }
    text.str("]")
}

/// Whether both have the same sizes, each equally often.
const fn is_permutation(a: &[usize], b: &[usize]) -> bool {
    let mut index = 0;
    while index < a.len() {
        if occurrences(a, a[index]) != occurrences(b, a[index]) {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}

const fn occurrences(axes: &[usize], size: usize) -> usize {
    let mut count = 0;
    let mut index = 0;
    while index < axes.len() {
        count += (axes[index] == size) as usize;
        index += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_ends_with_a_whole_character() {
        let excerpt = Excerpt::<4>::new("aéé".as_bytes());
        assert_eq!((excerpt.as_str(), excerpt.complete), ("aé", false));
        assert_eq!(Excerpt::<5>::new("aéé".as_bytes()).as_str(), "aéé");
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Problem>() <= 112);
    }
}
