//! The bytes of an IDX file, and its header.

use std::io::{self, BufRead, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::IdxError;

/// The bytes of a file after decompression.
pub(super) struct Stream<'a, R> {
    path: &'a Path,
    reader: Reader<R>,
    /// How many bytes have been read.
    pub(super) offset: u64,
}

enum Reader<R> {
    Plain(R),
    Gzip(MultiGzDecoder<R>),
}

impl<'a, R: BufRead> Stream<'a, R> {
    pub(super) fn new(mut file: R, path: &'a Path) -> Result<Self, IdxError> {
        let start = file.fill_buf().map_err(|source| IdxError::Read { path: path.into(), offset: 0, source })?;
        let gzipped = start.starts_with(&[0x1f, 0x8b]);
        let reader = if gzipped { Reader::Gzip(MultiGzDecoder::new(file)) } else { Reader::Plain(file) };
        Ok(Self { path, reader, offset: 0 })
    }

    /// Checks the header and gives the size of the first axis.
    pub(super) fn header(&mut self, axes: &[usize]) -> Result<u32, IdxError> {
        let rank = axes.len() as u8 + 1;
        let length = 4 + 4 * u64::from(rank);
        let mut magic = [0; 4];
        self.fill(&mut magic, length)?;
        let path = || self.path.into();
        match magic {
            [0, 0, 8, found] if found == rank => {}
            [0, 0, 8, found] => return Err(IdxError::Rank { path: path(), expected: rank, found }),
            [0, 0, found, _] => return Err(IdxError::ElementType { path: path(), found }),
            [a, b, ..] => return Err(IdxError::Magic { path: path(), found: [a, b] }),
        }
        let count = self.size(length)?;
        for (axis, &expected) in (1..).zip(axes) {
            let found = self.size(length)?;
            if usize::try_from(found) != Ok(expected) {
                return Err(IdxError::Size { path: self.path.into(), offset: 4 + 4 * axis, axis, expected, found });
            }
        }
        Ok(count)
    }

    fn size(&mut self, header_length: u64) -> Result<u32, IdxError> {
        let mut size = [0; 4];
        self.fill(&mut size, header_length)?;
        Ok(u32::from_be_bytes(size))
    }

    /// Refuses a header that announces more than a file of this length holds, before memory is asked for.
    pub(super) fn check_plausible(&self, announced: u64, length: u64) -> Result<(), IdxError> {
        /// Deflate makes at most this many bytes of one: 258 of every 2 bits.
        const LARGEST_RATIO: u64 = 1032;
        let path = || self.path.into();
        match self.reader {
            Reader::Plain(_) if announced > length => {
                Err(IdxError::Truncated { path: path(), expected: announced, found: length })
            }
            Reader::Gzip(_) if announced > length.saturating_mul(LARGEST_RATIO) => {
                Err(IdxError::Implausible { path: path(), expected: announced, compressed: length })
            }
            _ => Ok(()),
        }
    }

    /// Reads as many bytes as `target` has; the file is to have `expected` at least.
    pub(super) fn fill(&mut self, target: &mut [u8], expected: u64) -> Result<(), IdxError> {
        if self.read_up_to(target)? == target.len() {
            Ok(())
        } else {
            Err(IdxError::Truncated { path: self.path.into(), expected, found: self.offset })
        }
    }

    /// Reads as many bytes as `target` has, or as many as there are.
    pub(super) fn read_up_to(&mut self, target: &mut [u8]) -> Result<usize, IdxError> {
        let mut filled = 0;
        while filled < target.len() {
            let result = match &mut self.reader {
                Reader::Plain(reader) => reader.read(&mut target[filled..]),
                Reader::Gzip(reader) => reader.read(&mut target[filled..]),
            };
            match result {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let (path, offset) = (self.path.into(), self.offset);
                    return Err(match self.reader {
                        Reader::Plain(_) => IdxError::Read { path, offset, source },
                        Reader::Gzip(_) => IdxError::Gzip { path, offset, source },
                    });
                }
            }
        }
        Ok(filled)
    }
}
