//! The header of a safetensors file: eight bytes of length, then a JSON object that says where each tensor lies.

use super::Problem;
use super::json::{Quoted, Reader, attempt};

/// How many axes of a tensor are kept. No layer has so many; what is beyond is counted only.
pub(super) const MAX_AXES: usize = 8;

/// Where the header's text begins.
const TEXT: usize = 8;

/// A file, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    text: &'a [u8],
    /// What follows the header.
    pub data: &'a [u8],
}

/// What the header says of one tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub name: Quoted<'a>,
    pub element: Quoted<'a>,
    pub axes: Axes,
    /// The place in the data, in bytes.
    pub begin: usize,
    pub end: usize,
}

/// The axes of a tensor in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    rank: usize,
    sizes: [usize; MAX_AXES],
}

impl Axes {
    /// The number of axes.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The sizes of the axes, at most the first eight.
    pub const fn sizes(&self) -> &[usize] {
        self.sizes.split_at(if self.rank < MAX_AXES { self.rank } else { MAX_AXES }).0
    }
}

impl<'a> Header<'a> {
    /// Finds header and data in `file`.
    pub const fn open(file: &'a [u8]) -> Result<Self, Problem> {
        let Some((length, rest)) = file.split_first_chunk() else {
            return Err(Problem::TooShort { bytes: file.len() });
        };
        let announced = u64::from_le_bytes(*length);
        if announced > rest.len() as u64 {
            return Err(Problem::HeaderLength { announced, available: rest.len() });
        }
        let (text, data) = rest.split_at(announced as usize);
        if let Err(error) = core::str::from_utf8(text) {
            return Err(Problem::Syntax { at: TEXT + error.valid_up_to(), wanted: "text in UTF-8" });
        }
        // The format allows white space behind the object, but not before it.
        if let [b'{', ..] = text { Ok(Self { text, data }) } else { Err(Problem::Syntax { at: TEXT, wanted: "`{`" }) }
    }

    /// The tensors in the order of the header.
    pub const fn entries(self) -> Entries<'a> {
        Entries { reader: Reader::new(self.text, TEXT), started: false, first: true, metadata: false }
    }
}

/// A walk through the header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries<'a> {
    reader: Reader<'a>,
    started: bool,
    first: bool,
    metadata: bool,
}

impl<'a> Entries<'a> {
    /// The next tensor, or `None` behind the last.
    pub const fn next(&mut self) -> Result<Option<Entry<'a>>, Problem> {
        let reader = &mut self.reader;
        if !self.started {
            attempt!(reader.open(b'{', "`{`"));
            self.started = true;
        }
        loop {
            if !attempt!(reader.more(self.first, b'}')) {
                return if reader.is_at_end() { Ok(None) } else { Err(reader.error("the end of the header")) };
            }
            self.first = false;
            let start = *reader;
            let name = attempt!(reader.key());
            if !name.is("__metadata__") {
                return match tensor(reader, name) {
                    Ok(entry) => Ok(Some(entry)),
                    Err(problem) => Err(problem),
                };
            }
            if self.metadata {
                return Err(start.error("only one `__metadata__`"));
            }
            self.metadata = true;
            attempt!(metadata(reader));
        }
    }
}

/// Skips an object of strings.
const fn metadata(reader: &mut Reader<'_>) -> Result<(), Problem> {
    attempt!(reader.open(b'{', "an object of strings, as `__metadata__` is"));
    let mut first = true;
    while attempt!(reader.more(first, b'}')) {
        first = false;
        attempt!(reader.key());
        attempt!(reader.string());
    }
    Ok(())
}

/// Reads `{"dtype": …, "shape": […], "data_offsets": [begin, end]}`.
const fn tensor<'a>(reader: &mut Reader<'a>, name: Quoted<'a>) -> Result<Entry<'a>, Problem> {
    attempt!(reader.open(b'{', "an object that describes a tensor"));
    let (mut element, mut axes, mut place) = (None, None, None);
    let mut first = true;
    while attempt!(reader.more(first, b'}')) {
        first = false;
        let start = *reader;
        let key = attempt!(reader.key());
        let repeated = if key.is("dtype") {
            element.replace(attempt!(reader.string())).is_some()
        } else if key.is("shape") {
            axes.replace(attempt!(shape(reader))).is_some()
        } else if key.is("data_offsets") {
            place.replace(attempt!(offsets(reader))).is_some()
        } else {
            // The reference implementation lets other members pass, too.
            attempt!(reader.skip());
            false
        };
        if repeated {
            return Err(start.error("each member once"));
        }
    }
    match (element, axes, place) {
        (Some(element), Some(axes), Some((begin, end))) => Ok(Entry { name, element, axes, begin, end }),
        _ => Err(reader.error("`dtype`, `shape` and `data_offsets` of each tensor")),
    }
}

const fn shape(reader: &mut Reader<'_>) -> Result<Axes, Problem> {
    attempt!(reader.open(b'[', "a list of sizes"));
    let mut axes = Axes { rank: 0, sizes: [0; MAX_AXES] };
    while attempt!(reader.more(axes.rank == 0, b']')) {
        let size = attempt!(reader.integer());
        if axes.rank < MAX_AXES {
            axes.sizes[axes.rank] = size;
        }
        axes.rank += 1;
    }
    Ok(axes)
}

const fn offsets(reader: &mut Reader<'_>) -> Result<(usize, usize), Problem> {
    attempt!(reader.open(b'[', "a list of two offsets"));
    let begin = attempt!(reader.integer());
    if !reader.take(b',') {
        return Err(reader.error("`,`"));
    }
    let end = attempt!(reader.integer());
    if reader.take(b']') { Ok((begin, end)) } else { Err(reader.error("`]`")) }
}
