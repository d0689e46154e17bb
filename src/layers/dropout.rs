//! Dropout.

use bytemuck::Zeroable;
use pulp::Simd;

use crate::layer::{Backward, Layer, Mode, Randomness, Room};
use crate::parameters::Layout;
use crate::shape::Text;
use crate::shape::window::Place;
use crate::{Element, Parameters, Seed, Shape, Tensor};

/// Dropout (Srivastava et al., 2014), inverted as in Keras and PyTorch: in training, each element becomes 0 with the
/// probability `rate` and is divided by `1 - rate` otherwise, so that its mean stays; for inference it is let through.
///
/// `RATE` holds the bits of the rate as an `f64`, at least 0 and less than 1; 0.5 by default.
///
/// Nothing is remembered from forward to backward: whether an element is dropped is a hash of the key of the step, the
/// sample's place in the batch and the element's place in the sample (see [`Randomness`]), and so is the same for every
/// number of threads and on every machine.
///
/// ```
/// use tintype::layers::Dropout;
/// let quarter = Dropout::<{ 0.25_f64.to_bits() }>;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropout<const RATE: u64 = { 0.5_f64.to_bits() }>;

// SAFETY: a type without fields.
unsafe impl<const RATE: u64> Zeroable for Dropout<RATE> {}
// SAFETY: a type without fields, and a layout without tensors.
unsafe impl<E: Element, const RATE: u64> Parameters<E> for Dropout<RATE> {
    const LAYOUT: Layout = Layout::NONE;
}

/// Reports a rate that is no probability of losing an element.
///
/// # Panics
/// If `rate` is not at least 0 and less than 1.
#[track_caller]
pub const fn check_rate(place: Place, rate: f64) {
    let found = if rate >= 0.0 && rate < 1.0 {
        return;
    } else if rate < 0.0 {
        "a negative one"
    } else if rate >= 1.0 {
        "one of 1 or more, which leaves nothing"
    } else {
        "one that is not a number"
    };
    Text::new()
        .layer(place.layer)
        .str(" wants a rate from 0 to below 1, the share of elements to drop, but is given ")
        .str(found)
        .str("; `Dropout(0.5)` drops every second one")
        .report();
}

/// The finaliser `lowbias32` (Wellons, 2018): every bit of the result depends on every bit of `x`. It consists of
/// 32-bit operations alone, which all vector instructions have.
#[inline(always)]
const fn scrambled(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

impl<const RATE: u64> Dropout<RATE> {
    /// An element is dropped if its hash is less.
    const THRESHOLD: u32 = (f64::from_bits(RATE) * 4_294_967_296.0) as u32;
    /// What an element that stays is multiplied by.
    const SCALE: f64 = 1.0 / (1.0 - f64::from_bits(RATE));

    /// Drops and scales the elements of a run of samples.
    #[inline(always)]
    fn mask<E: Element, T: Shape>(x: &[Tensor<T, E>], y: &mut [Tensor<T, E>], randomness: Randomness) {
        let scale = E::from_f64(Self::SCALE);
        for (sample, (x, y)) in (randomness.first_sample..).zip(x.iter().zip(y)) {
            let key = Seed(randomness.key).part(sample).0;
            let (low, high) = (key as u32, (key >> 32) as u32);
            for (index, (x, y)) in (0_u32..).zip(x.as_slice().iter().zip(y.as_mut_slice())) {
                let hash = scrambled(scrambled(index.wrapping_add(low)) ^ high);
                *y = if hash < Self::THRESHOLD { E::zero() } else { *x * scale };
            }
        }
    }
}

impl<E: Element, T: Shape, const RATE: u64> Layer<E, T, T> for Dropout<RATE> {
    #[inline(always)]
    fn forward_batch<S: Simd>(&self, _: S, x: &[Tensor<T, E>], y: &mut [Tensor<T, E>], _: Room<'_, E>, mode: Mode) {
        match mode {
            Mode::Inference => y.copy_from_slice(x),
            Mode::Training(randomness) => Self::mask(x, y, randomness),
        }
    }

    #[inline(always)]
    fn backward_batch<S: Simd>(&self, _: S, pass: Backward<'_, E, T, T>, _: &mut Self) {
        let Some(dx) = pass.dx else { return };
        match pass.mode {
            Mode::Inference => dx.copy_from_slice(pass.dy),
            Mode::Training(randomness) => Self::mask(pass.dy, dx, randomness),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;

    type Thousand = Tensor<Rank1<1000>, f32>;

    fn masks<const RATE: u64>(key: u64, first_sample: usize, samples: usize) -> std::vec::Vec<Thousand> {
        let x = std::vec![Thousand::full(1.0); samples];
        let mut y = x.clone();
        Dropout::<RATE>::mask(&x, &mut y, Randomness { key, first_sample });
        y
    }

    const QUARTER: u64 = 0.25_f64.to_bits();

    #[test]
    fn the_share_and_the_mean_are_right() {
        let masks = masks::<QUARTER>(7, 0, 400);
        let kept = masks.iter().flat_map(Tensor::as_slice).filter(|&&y| y != 0.0).count() as f64;
        // Of 400 000 elements 300 000 stay on average, with a standard deviation of 274.
        assert!((kept - 300_000.0).abs() < 5.0 * 274.0, "{kept} elements stay");
        assert!(masks.iter().flat_map(Tensor::as_slice).all(|&y| y == 0.0 || (y - 4.0 / 3.0).abs() < 1e-6));
    }

    #[test]
    fn samples_steps_and_neighbours_are_independent() {
        let pairs = [
            (masks::<QUARTER>(7, 0, 400), masks::<QUARTER>(7, 1, 400)),
            (masks::<QUARTER>(7, 0, 400), masks::<QUARTER>(8, 0, 400)),
        ];
        for (a, b) in pairs {
            let both = a.iter().zip(&b).flat_map(|(a, b)| a.as_slice().iter().zip(b.as_slice()));
            let both = both.filter(|(a, b)| **a != 0.0 && **b != 0.0).count() as f64;
            // 9/16 of 400 000, with a standard deviation of 314.
            assert!((both - 225_000.0).abs() < 5.0 * 314.0, "{both} elements stay in both");
        }
        let masks = masks::<QUARTER>(7, 0, 400);
        let neighbours = masks.iter().flat_map(|mask| mask.as_slice().windows(2));
        let neighbours = neighbours.filter(|pair| pair[0] != 0.0 && pair[1] != 0.0).count() as f64;
        assert!((neighbours - 399_600.0 * 9.0 / 16.0).abs() < 6.0 * 314.0, "{neighbours} neighbours stay");
    }

    #[test]
    fn a_sample_has_its_mask_wherever_its_run_begins() {
        assert_eq!(masks::<QUARTER>(7, 0, 5)[3..], masks::<QUARTER>(7, 3, 2));
    }

    #[test]
    fn a_rate_of_zero_drops_nothing() {
        assert!(masks::<{ 0.0_f64.to_bits() }>(7, 0, 9).iter().all(|mask| *mask == Tensor::full(1.0)));
    }

    const PLACE: Place = Place { layer: "dropout", source: "`hidden` gives" };

    #[test]
    fn probabilities_below_one_are_rates() {
        check_rate(PLACE, 0.0);
        check_rate(PLACE, 0.99);
    }

    #[test]
    #[should_panic(
        expected = "layer `dropout` wants a rate from 0 to below 1, the share of elements to drop, but is given \
                               one of 1 or more"
    )]
    fn a_percentage_is_reported() {
        check_rate(PLACE, 50.0);
    }
}
