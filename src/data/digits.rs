//! Handwritten digits of 8x8 pixels, inside the program: the smallest data set that is worth a convolution.
//!
//! These are the 1797 samples of the test half of *Optical Recognition of Handwritten Digits* (E. Alpaydin and
//! C. Kaynak, UCI Machine Learning Repository, 1998, <https://doi.org/10.24432/C50P49>, CC BY 4.0), in the order of
//! scikit-learn's `load_digits`. Writers differ from the beginning to the end. The licence asks every program that
//! contains them to name authors, source and licence.
//!
//! ```
//! use tintype::{Tensor, data::{Dataset, digits}, shape::Rank3};
//!
//! let (train, test) = digits::load().split_at(1500);
//! let (image, label): (Tensor<Rank3<8, 8, 1>>, _) = train.sample(0);
//! assert_eq!(image.array()[0].as_flattened(), [0.0, 0.0, 0.3125, 0.8125, 0.5625, 0.0625, 0.0, 0.0]);
//! assert_eq!((label.index(), test.len()), (0, 297));
//! ```

use super::{Rescaling, Samples};
use crate::shape::Rank3;
use crate::{Class, Tensor, tensor};

/// The number of samples.
const COUNT: usize = 1797;

/// The size of a pixel at its darkest.
const DARKEST: u8 = 16;

// The files are IDX files; their headers of 16 and 8 bytes say what the constants here say.
const IMAGE_FILE: &[u8; 16 + COUNT * 64] = include_bytes!("../../data/digits/images.idx3-ubyte");
const LABEL_FILE: &[u8; 8 + COUNT] = include_bytes!("../../data/digits/labels.idx1-ubyte");

static LABELS: [Class<10>; COUNT] = {
    let mut labels = [Class::new(0).unwrap(); COUNT];
    let mut index = 0;
    while index < COUNT {
        labels[index] = Class::new(LABEL_FILE[8 + index] as usize).unwrap();
        index += 1;
    }
    labels
};

/// The images: 8 rows of 8 pixels from 0, paper, to 16, ink.
pub fn images() -> &'static [Tensor<Rank3<8, 8, 1>, u8>] {
    tensor::tensors(&IMAGE_FILE[16..])
}

/// The digits that the images show.
pub fn labels() -> &'static [Class<10>] {
    &LABELS
}

/// All samples, with pixels from 0 to 1.
pub fn load() -> Samples<'static, Rank3<8, 8, 1>, Class<10>, u8> {
    let rescaling = Rescaling { scale: 1.0 / f64::from(DARKEST), offset: 0.0 };
    Samples { inputs: images(), targets: labels(), rescaling }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_say_what_the_constants_say() {
        assert_eq!(IMAGE_FILE[..16], [0, 0, 8, 3, 0, 0, 7, 5, 0, 0, 0, 8, 0, 0, 0, 8]);
        assert_eq!(LABEL_FILE[..8], [0, 0, 8, 1, 0, 0, 7, 5]);
        assert_eq!((images().len(), labels().len()), (0x705, 1797));
    }

    #[test]
    fn the_classes_are_as_frequent_as_published() {
        let mut counts = [0; 10];
        for label in labels() {
            counts[label.index()] += 1;
        }
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn the_first_and_the_last_image_are_those_of_scikit_learn() {
        assert_eq!(images()[0].as_slice()[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!(images()[1796].as_slice()[..8], [0, 0, 10, 14, 8, 1, 0, 0]);
        assert_eq!(labels()[1796].index(), 8);
    }

    #[test]
    fn pixels_go_from_0_to_16() {
        let pixels = || tensor::elements(images()).iter();
        assert_eq!((pixels().min(), pixels().max()), (Some(&0), Some(&DARKEST)));
    }
}
