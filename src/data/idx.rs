//! The IDX format: bytes in a box with a few numbers in front, plain or compressed with gzip.
//!
//! | bytes | what |
//! |---|---|
//! | 0, 1 | zero |
//! | 2 | the type of the elements: 8 for unsigned bytes, the only one read here |
//! | 3 | the number of axes |
//! | 4 and on | the sizes of the axes, the slowest first, 4 bytes each, big-endian |
//! | the rest | the elements in the order of memory |
//!
//! The format comes with MNIST (LeCun, Cortes and Burges, 1998); see [`Mnist`](super::Mnist) for that data set.

mod error;
mod stream;

pub use error::IdxError;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::vec::Vec;

use bytemuck::Pod;

use crate::shape::Rank3;
use crate::{Class, Tensor};
use stream::Stream;

/// Reads images of `H` rows and `W` columns with one byte a pixel, plain or compressed with gzip.
///
/// # Errors
/// If the file cannot be read, or holds anything but images of this size.
pub fn read_images<const H: usize, const W: usize>(
    path: impl AsRef<Path>,
) -> Result<Vec<Tensor<Rank3<H, W, 1>, u8>>, IdxError> {
    let path = path.as_ref();
    let (file, length) = open(path)?;
    read_items(file, length, path, &[H, W])
}

/// Reads labels of `CLASSES` classes, plain or compressed with gzip.
///
/// # Errors
/// If the file cannot be read, or holds anything but labels from 0 to `CLASSES - 1`.
pub fn read_labels<const CLASSES: usize>(path: impl AsRef<Path>) -> Result<Vec<Class<CLASSES>>, IdxError> {
    let path = path.as_ref();
    let (file, length) = open(path)?;
    classify(&read_items(file, length, path, &[])?, path)
}

fn classify<const CLASSES: usize>(labels: &[u8], path: &Path) -> Result<Vec<Class<CLASSES>>, IdxError> {
    let class = |(index, &label): (usize, &u8)| {
        Class::new(label.into()).ok_or_else(|| IdxError::Label { path: path.into(), index, label, classes: CLASSES })
    };
    labels.iter().enumerate().map(class).collect()
}

/// A file, and its length if it has one.
fn open(path: &Path) -> Result<(BufReader<File>, Option<u64>), IdxError> {
    let open = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        // With this capacity, what is decompressed at once stays in the cache until its checksum is computed.
        Ok((BufReader::with_capacity(1 << 16, file), metadata.is_file().then_some(metadata.len())))
    };
    open().map_err(|source| IdxError::Read { path: path.into(), offset: 0, source })
}

/// Reads the items along the first axis; the other axes have the sizes `axes`, and `T` consists of as many bytes.
fn read_items<T: Pod>(
    file: impl BufRead,
    length: Option<u64>,
    path: &Path,
    axes: &[usize],
) -> Result<Vec<T>, IdxError> {
    let mut stream = Stream::new(file, path)?;
    let count = stream.header(axes)?;
    let announced = u64::from(count).saturating_mul(size_of::<T>() as u64).saturating_add(stream.offset);
    if let Some(length) = length {
        stream.check_plausible(announced, length)?;
    }
    let memory = || IdxError::Memory { path: path.into(), expected: announced };
    let count = usize::try_from(count).map_err(|_| memory())?;
    let mut items = bytemuck::try_zeroed_slice_box::<T>(count).map_err(|()| memory())?;
    stream.fill(bytemuck::cast_slice_mut(&mut items), announced)?;
    if stream.read_up_to(&mut [0])? > 0 {
        return Err(IdxError::Trailing { path: path.into(), expected: announced });
    }
    Ok(items.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;
    use std::string::{String, ToString};
    use std::vec;

    type Image = Tensor<Rank3<2, 3, 1>, u8>;

    /// Two images of 2x3 pixels.
    const IMAGES: [u8; 28] =
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 255];
    const LABELS: [u8; 11] = [0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1];

    fn images(bytes: &[u8]) -> Result<Vec<Image>, IdxError> {
        read_items(bytes, Some(bytes.len() as u64), Path::new("images"), &[2, 3])
    }

    fn labels<const CLASSES: usize>(bytes: &[u8]) -> Result<Vec<Class<CLASSES>>, IdxError> {
        let path = Path::new("labels");
        classify(&read_items(bytes, Some(bytes.len() as u64), path, &[])?, path)
    }

    fn message<T: core::fmt::Debug>(result: Result<T, IdxError>) -> String {
        result.unwrap_err().to_string()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(vec![], Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The file with another byte at `offset`.
    fn with(mut bytes: Vec<u8>, offset: usize, value: u8) -> Vec<u8> {
        bytes[offset] = value;
        bytes
    }

    #[test]
    fn pixels_are_read_in_order() {
        for bytes in [IMAGES.to_vec(), gzip(&IMAGES), [gzip(&IMAGES[..20]), gzip(&IMAGES[20..])].concat()] {
            let images = images(&bytes).unwrap();
            assert_eq!(images.len(), 2);
            assert_eq!(images[0].array()[1][2], [15]);
            assert_eq!(images[1].as_slice(), [20, 21, 22, 23, 24, 255]);
        }
    }

    #[test]
    fn labels_are_read_in_order() {
        for bytes in [LABELS.to_vec(), gzip(&LABELS)] {
            assert_eq!(labels::<3>(&bytes).unwrap(), [2, 0, 1].map(|index| Class::new(index).unwrap()));
        }
        assert_eq!(labels::<3>(&[0, 0, 8, 1, 0, 0, 0, 0]).unwrap(), []);
    }

    #[test]
    fn a_foreign_header_is_refused_where_it_differs() {
        let images = |offset, value| message(images(&with(IMAGES.to_vec(), offset, value)));
        assert_eq!(images(1, 7), "images: an IDX file starts with the bytes 0 and 0, found 0 and 7");
        assert_eq!(images(2, 13), "images: byte 2: expected the element type 8 (unsigned bytes), found 13");
        assert_eq!(images(3, 1), "images: byte 3: expected 3 axes (images, rows and columns), found 1");
        assert_eq!(images(11, 9), "images: byte 8: expected 2 along axis 1, found 9");
        assert_eq!(images(13, 1), "images: byte 12: expected 3 along axis 2, found 65539");
        assert_eq!(message(labels::<9>(&IMAGES)), "labels: byte 3: expected 1 axes (labels), found 3");
    }

    #[test]
    fn a_label_of_no_class_is_named() {
        assert_eq!(message(labels::<2>(&LABELS)), "labels: byte 8: label number 0 is 2, but there are 2 classes");
    }

    #[test]
    fn a_file_cut_off_anywhere_is_an_error() {
        for length in 0..IMAGES.len() {
            let expected = if length < 16 { 16 } else { 28 };
            assert_eq!(
                message(images(&IMAGES[..length])),
                std::format!("images: expected {expected} bytes, but the file ends after {length}")
            );
        }
        let compressed = gzip(&IMAGES);
        for length in 0..compressed.len() {
            assert!(images(&compressed[..length]).is_err(), "{length} of {} bytes", compressed.len());
        }
    }

    #[test]
    fn a_file_that_goes_on_is_an_error() {
        let longer = [IMAGES.as_slice(), &[0]].concat();
        let expected = "images: expected the end of the file after 28 bytes, but it goes on";
        assert_eq!(message(images(&longer)), expected);
        assert_eq!(message(images(&gzip(&longer))), expected);
        let trailing = [gzip(&IMAGES).as_slice(), &[1, 2, 3]].concat();
        assert!(
            message(images(&trailing)).starts_with("images: the gzip stream is broken after 28 decompressed bytes")
        );
    }

    #[test]
    fn a_damaged_checksum_is_an_error() {
        let compressed = gzip(&IMAGES);
        let checksum = compressed.len() - 8;
        let damaged = with(compressed.clone(), checksum, !compressed[checksum]);
        assert!(message(images(&damaged)).starts_with("images: the gzip stream is broken after 28 decompressed bytes"));
    }

    #[test]
    fn a_header_that_announces_too_much_asks_for_no_memory() {
        let greedy = with(IMAGES.to_vec(), 4, 255);
        let expected = 16 + 6 * 0xff00_0002_u64;
        assert_eq!(
            message(images(&greedy)),
            std::format!("images: expected {expected} bytes, but the file ends after 28")
        );
        assert!(matches!(images(&gzip(&greedy)), Err(IdxError::Implausible { .. })));
    }

    #[test]
    fn a_missing_file_is_named() {
        let path = std::env::temp_dir().join("tintype no such file");
        let message = message(read_labels::<10>(&path));
        assert!(message.starts_with(&std::format!("{}: cannot be read at byte 0: ", path.display())), "{message}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..64),
            prefix in 0_usize..20,
            compress: bool,
        ) {
            // Some of the cases start like a file, to come further than its first byte.
            let bytes = [&IMAGES[..prefix], &bytes].concat();
            let bytes = if compress { gzip(&bytes) } else { bytes };
            if let Ok(images) = images(&bytes) {
                prop_assert!(images.len() * 6 <= bytes.len() * 1032);
            }
            let _ = labels::<3>(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(offset in 0_usize..40, value: u8) {
            let bytes = gzip(&IMAGES);
            let offset = offset % bytes.len();
            let _ = images(&with(bytes, offset, value));
        }
    }
}
