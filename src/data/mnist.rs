//! MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes and Burges, 1998).

use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;
use std::{format, thread};

#[cfg(feature = "download")]
use super::download::{self, DownloadError};
use super::idx::{IdxError, read_images, read_labels};
use super::{InMemory, Rescaling};
use crate::Class;
use crate::shape::Rank3;

/// Images of 28x28 pixels, kept as bytes and read as numbers from 0 to 1, with one of ten classes each.
pub type Images = InMemory<Rank3<28, 28, 1>, Class<10>, u8>;

/// MNIST, or a data set in its likeness such as Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): the file names and the
/// sizes are the same.
///
/// ```no_run
/// use tintype::data::{Dataset, Mnist};
///
/// let Mnist { train, test } = Mnist::load("data/mnist")?;
/// let (image, label) = Dataset::<f32>::sample(&test, 0);
/// println!("the first of {} test images shows a {label}: {image:?}", test.len());
/// # Ok::<(), tintype::data::idx::IdxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mnist {
    /// The samples to train on: 60,000 in the original.
    pub train: Images,
    /// The samples to test on: 10,000 in the original, by other writers.
    pub test: Images,
}

/// Where the original files are kept; the second mirror is there for when the first is not.
#[cfg(feature = "download")]
const MIRRORS: [&str; 2] =
    ["https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"];

/// The original files and their SHA-256 checksums.
#[cfg(feature = "download")]
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    ("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    ("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    ("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
];

impl Mnist {
    /// Reads the four IDX files in a folder, each plain or compressed with gzip.
    ///
    /// The files may be named as on the web or as some programs unpack them: `train-images-idx3-ubyte`,
    /// `train-images-idx3-ubyte.gz`, `train-images.idx3-ubyte` or `train-images.idx3-ubyte.gz`; `train-labels` with
    /// `idx1`, and `t10k` in place of `train` for the test set. Training and test set are read side by side.
    ///
    /// # Errors
    /// If a file is missing or broken, or if there is not one label for each image.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, IdxError> {
        let folder = folder.as_ref();
        thread::scope(|scope| {
            let test = || load_part(folder, "t10k");
            let second = thread::Builder::new().spawn_scoped(scope, test);
            let train = load_part(folder, "train");
            let test = match second {
                Ok(second) => second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // There are systems without threads.
                Err(_) => test(),
            };
            Ok(Self { train: train?, test: test? })
        })
    }

    /// Downloads the four files of the original, 11.6 MB in all, to a folder, which is made if it is not there. Files
    /// that are there already stay as they are if their checksum is right.
    ///
    /// ```no_run
    /// use tintype::data::Mnist;
    ///
    /// Mnist::download("data/mnist")?;
    /// let mnist = Mnist::load("data/mnist")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a file cannot be downloaded from any mirror, or cannot be written.
    #[cfg(feature = "download")]
    pub fn download(folder: impl AsRef<Path>) -> Result<(), DownloadError> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|source| DownloadError::File { path: folder.into(), source })?;
        let agent = download::agent();
        for (name, sha256) in FILES {
            let urls = MIRRORS.map(|mirror| format!("{mirror}/{name}"));
            download::download_with(&agent, &urls.each_ref().map(String::as_str), &folder.join(name), sha256)?;
        }
        Ok(())
    }
}

fn load_part(folder: &Path, part: &str) -> Result<Images, IdxError> {
    let images = find(folder, &format!("{part}-images"), "idx3-ubyte")?;
    let labels = find(folder, &format!("{part}-labels"), "idx1-ubyte")?;
    InMemory::new(read_images(&images)?, read_labels(&labels)?)
        .map(|samples| samples.rescaled(Rescaling::BYTE))
        .map_err(|source| IdxError::Lengths { images, labels, source })
}

/// The file in its first variant that is there.
fn find(folder: &Path, stem: &str, kind: &str) -> Result<PathBuf, IdxError> {
    let names: Vec<String> =
        ["-", "."].iter().flat_map(|dot| ["", ".gz"].map(|gz| format!("{stem}{dot}{kind}{gz}"))).collect();
    let found = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| IdxError::Missing { folder: folder.into(), names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use std::fs;
    use std::string::ToString;

    /// A folder of its own for each test, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        /// The four files of a data set with two samples to train on and one to test on.
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("tintype-mnist-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let folder = Self(folder);
            folder.write("train-images-idx3-ubyte", &images(2));
            folder.write("train-labels.idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]);
            folder.write("t10k-images.idx3-ubyte", &images(1));
            folder.write("t10k-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 1, 3]);
            folder
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            fs::write(self.0.join(name), bytes).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A file of images; all pixels of image `n` are `255 - n`.
    fn images(count: u8) -> Vec<u8> {
        let header = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28];
        header.into_iter().chain((0..count).flat_map(|n| [255 - n; 784])).collect()
    }

    #[test]
    fn both_parts_are_read_and_rescaled() {
        let folder = Folder::new("load");
        let Mnist { train, test } = Mnist::load(&folder.0).unwrap();
        assert_eq!((train.len(), test.len()), (2, 1));
        let (image, label) = Dataset::<f64>::sample(&train, 1);
        assert_eq!(label.index(), 9);
        assert!(image.as_slice().iter().all(|pixel| (pixel - 254.0 / 255.0).abs() < 1e-15));
        assert_eq!(test.targets()[0].index(), 3);
    }

    #[test]
    fn a_missing_file_is_an_error_with_the_names_that_were_tried() {
        let folder = Folder::new("missing");
        fs::remove_file(folder.0.join("t10k-labels-idx1-ubyte")).unwrap();
        let message = Mnist::load(&folder.0).unwrap_err().to_string();
        let names =
            "t10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz";
        assert_eq!(message, format!("{}: none of the files {names} is there", folder.0.display()));
    }

    #[test]
    fn images_without_labels_are_an_error() {
        let folder = Folder::new("lengths");
        folder.write("train-images-idx3-ubyte", &images(3));
        let message = Mnist::load(&folder.0).unwrap_err().to_string();
        assert!(message.ends_with("but there are 3 inputs and 2 targets"), "{message}");
        assert!(message.contains("train-images-idx3-ubyte and "), "{message}");
    }
}
