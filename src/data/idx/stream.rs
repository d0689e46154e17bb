//! The bytes of an IDX file, and its header.

use std::boxed::Box;
use std::io::{self, BufRead, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::IdxError;

/// The bytes of a file after decompression.
pub(super) struct Stream<'a> {
    path: &'a Path,
    reader: Box<dyn Read + 'a>,
    gzipped: bool,
    /// How many bytes have been read.
    pub(super) offset: u64,
}

impl<'a> Stream<'a> {
    pub(super) fn new(mut file: impl BufRead + 'a, path: &'a Path) -> Result<Self, IdxError> {
        let start = file.fill_buf().map_err(|source| IdxError::Read { path: path.into(), offset: 0, source })?;
        let gzipped = start.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn Read> = if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        Ok(Self { path, reader, gzipped, offset: 0 })
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
        let most = if self.gzipped { length.saturating_mul(LARGEST_RATIO) } else { length };
        if announced <= most {
            Ok(())
        } else if self.gzipped {
            Err(IdxError::Implausible { path: path(), expected: announced, compressed: length })
        } else {
            Err(IdxError::Truncated { path: path(), expected: announced, found: length })
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
            match self.reader.read(&mut target[filled..]) {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    let (path, offset) = (self.path.into(), self.offset);
                    return Err(if self.gzipped {
                        IdxError::Gzip { path, offset, source }
                    } else {
                        IdxError::Read { path, offset, source }
                    });
                }
            }
        }
        Ok(filled)
    }
}
