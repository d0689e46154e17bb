//! The comparison of a file with the network that is to take its weights.

use super::Problem;
use super::header::{Entries, Entry, Header};
use super::json::attempt;
use super::names::{self, Found};
use super::problem::{Declared, Excerpt};
use crate::parameters::Layout;

/// A file that was found to have exactly the tensors that a network declares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights<'a> {
    data: &'a [u8],
    layout: &'static Layout,
    entries: Entries<'a>,
}

/// What one tensor of a file fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// The index of the first element in the network's flat run.
    pub offset: usize,
    /// The little-endian bytes of the elements.
    pub data: &'a [u8],
}

/// The numbers of a network: their name in the format, and their size in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ElementType {
    pub name: &'static str,
    pub size: usize,
}

/// A name with escape sequences may be so long, decoded.
const NAME: usize = 512;

/// How many tensors are ticked off in one walk through the header: a bit each, since there is no memory for a list.
const TICKED: usize = 1024;

/// How many places in the data are compared after one walk through the header.
const SORTED: usize = 32;

/// The first places in the data from some byte on, each from its first byte to the one behind its last, in order.
struct Places {
    from: usize,
    sorted: [(usize, usize); SORTED],
    count: usize,
}

impl Places {
    const fn new(from: usize) -> Self {
        Self { from, sorted: [(0, 0); SORTED], count: 0 }
    }

    /// Adds a place, unless it is empty, too early, or there are enough that are earlier.
    const fn add(&mut self, begin: usize, end: usize) {
        if begin < self.from || begin == end {
            return;
        }
        let mut place = self.count;
        if place == SORTED {
            place -= 1;
            if self.sorted[place].0 <= begin {
                return;
            }
        } else {
            self.count += 1;
        }
        while place > 0 && self.sorted[place - 1].0 > begin {
            self.sorted[place] = self.sorted[place - 1];
            place -= 1;
        }
        self.sorted[place] = (begin, end);
    }

    /// Up to where the places fill the data without a hole, of which there are so many bytes.
    const fn fill(&self, bytes: usize) -> Result<usize, Problem> {
        let mut filled = self.from;
        let mut place = 0;
        while place < self.count {
            let (begin, end) = self.sorted[place];
            if begin < filled {
                return Err(Problem::Overlap { at: begin });
            }
            if begin > filled {
                return Err(Problem::Hole { begin: filled, end: begin });
            }
            filled = end;
            place += 1;
        }
        if self.count == 0 && filled < bytes { Err(Problem::Hole { begin: filled, end: bytes }) } else { Ok(filled) }
    }
}

impl<'a> Weights<'a> {
    /// Compares every tensor of `file` with `layout`.
    pub const fn check(file: &'a [u8], layout: &'static Layout, element: ElementType) -> Result<Self, Problem> {
        let header = attempt!(Header::open(file));
        let count = layout.tensor_count();
        // The tensors before this one are known to be there, once.
        let mut first = 0;
        // The data before this byte are known to belong to one tensor each.
        let mut filled = 0;
        loop {
            let mut ticks = [0u64; TICKED / 64];
            let mut places = Places::new(filled);
            let mut entries = header.entries();
            while let Some(entry) = attempt!(entries.next()) {
                let found = attempt!(find(layout, &entry));
                let tensor = Declared { layout, index: found.index };
                attempt!(compare(&entry, &found, tensor, element, header.data.len()));
                if found.index >= first && found.index - first < TICKED {
                    let (word, bit) = ((found.index - first) / 64, 1 << (found.index % 64));
                    if ticks[word] & bit != 0 {
                        return Err(Problem::Duplicate { tensor });
                    }
                    ticks[word] |= bit;
                }
                places.add(entry.begin, entry.end);
            }
            let mut index = first;
            while index < count && index - first < TICKED {
                if ticks[(index - first) / 64] & (1 << (index % 64)) == 0 {
                    return Err(Problem::Missing { tensor: Declared { layout, index } });
                }
                index += 1;
            }
            first = index;
            if first == count {
                // Every tensor is there once and has its size. So if they take as many bytes as the file has, and follow
                // one another, they fill it.
                let wanted = layout.len() * element.size;
                if header.data.len() != wanted {
                    return Err(Problem::Surplus { found: header.data.len(), wanted });
                }
                filled = attempt!(places.fill(wanted));
                if filled == wanted {
                    return Ok(Self { data: header.data, layout, entries: header.entries() });
                }
            }
        }
    }

    /// The next tensor in the order of the header, or `None` behind the last.
    pub const fn next(&mut self) -> Option<Stretch<'a>> {
        let Ok(Some(entry)) = self.entries.next() else { return None };
        let Ok(found) = find(self.layout, &entry) else { return None };
        let data = self.data.split_at(entry.end).0.split_at(entry.begin).1;
        Some(Stretch { offset: found.offset, data })
    }
}

const fn find(layout: &'static Layout, entry: &Entry<'_>) -> Result<Found, Problem> {
    if let Some(name) = entry.name.decode(&mut [0; NAME])
        && let Some(found) = names::find(layout, name)
    {
        return Ok(found);
    }
    Err(Problem::Unknown { name: Excerpt::new(entry.name.raw), layout })
}

/// Compares a tensor of the file with the one that the network declares under its name.
const fn compare(
    entry: &Entry<'_>,
    found: &Found,
    tensor: Declared,
    element: ElementType,
    available: usize,
) -> Result<(), Problem> {
    if !entry.element.is(element.name) {
        return Err(Problem::Element { tensor, found: Excerpt::new(entry.element.raw), wanted: element.name });
    }
    let (sizes, wanted) = (entry.axes.sizes(), found.tensor.axes);
    let mut same = entry.axes.rank() == wanted.len() && sizes.len() == wanted.len();
    let mut axis = 0;
    while same && axis < wanted.len() {
        same = sizes[axis] == wanted[axis];
        axis += 1;
    }
    if !same {
        return Err(Problem::Shape { tensor, found: entry.axes });
    }
    let bytes = found.tensor.len() * element.size;
    if entry.begin > entry.end || entry.end - entry.begin != bytes {
        return Err(Problem::Size { tensor, begin: entry.begin, end: entry.end, wanted: bytes });
    }
    if entry.end > available {
        return Err(Problem::Outside { tensor, end: entry.end, available });
    }
    Ok(())
}
