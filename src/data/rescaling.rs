//! From stored numbers to numbers that a network likes.

use num_traits::AsPrimitive;
use pulp::Simd;

use crate::Element;
use crate::simd::{Work, dispatch};

/// `x · scale + offset` for every number of an input, as in Keras' `Rescaling`.
///
/// Product and sum are rounded one after the other, so that the result is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescaling {
    /// The factor.
    pub scale: f64,
    /// What is added afterwards.
    pub offset: f64,
}

impl Rescaling {
    /// Every number as it is.
    pub const IDENTITY: Self = Self { scale: 1.0, offset: 0.0 };

    /// Bytes to the numbers from 0 to 1.
    pub const BYTE: Self = Self { scale: 1.0 / 255.0, offset: 0.0 };

    /// Writes the rescaled numbers of `source`, which is as long as `target`, to `target`.
    #[inline(always)]
    pub(super) fn apply<E: Element, P: AsPrimitive<E>>(self, source: &[P], target: &mut [E]) {
        // Few numbers are done before the instructions for them are chosen, and four at a time: the compiler makes vectors of them
        // where all are read before one is written.
        if source.len() < WORTH_A_CHOICE {
            let ((source, source_rest), (target, target_rest)) = (source.as_chunks::<4>(), target.as_chunks_mut::<4>());
            let (scale, offset) = (E::from_f64(self.scale), E::from_f64(self.offset));
            for (target, source) in target.iter_mut().zip(source) {
                *target = source.map(|x| x.as_() * scale + offset);
            }
            self.apply_inlined(source_rest, target_rest);
        } else {
            dispatch(Apply { rescaling: self, source, target });
        }
    }

    #[inline(always)]
    fn apply_inlined<E: Element, P: AsPrimitive<E>>(self, source: &[P], target: &mut [E]) {
        let (scale, offset) = (E::from_f64(self.scale), E::from_f64(self.offset));
        for (target, &source) in target.iter_mut().zip(source) {
            *target = source.as_() * scale + offset;
        }
    }
}

/// The numbers of an input for which vector instructions are chosen.
const WORTH_A_CHOICE: usize = 64;

struct Apply<'a, E, P> {
    rescaling: Rescaling,
    source: &'a [P],
    target: &'a mut [E],
}

impl<E: Element, P: AsPrimitive<E>> Work for Apply<'_, E, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        self.rescaling.apply_inlined(self.source, self.target);
    }
}

impl Default for Rescaling {
    fn default() -> Self {
        Self::IDENTITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn check<E: Element>()
    where
        u8: AsPrimitive<E>,
    {
        let rescaling = Rescaling { scale: 1.0 / 255.0, offset: -0.5 };
        for len in [0, 1, WORTH_A_CHOICE - 1, WORTH_A_CHOICE, WORTH_A_CHOICE + 1, 100, 784] {
            let bytes: Vec<u8> = (0..len).map(|index| (index * 7 % 256) as u8).collect();
            let mut numbers = std::vec![E::nan(); len];
            rescaling.apply(&bytes, &mut numbers);
            for (number, byte) in numbers.iter().zip(&bytes) {
                let product = E::from_f64(f64::from(*byte)) * E::from_f64(1.0 / 255.0);
                assert_eq!(*number, product - E::from_f64(0.5), "{byte} of {len}");
            }
        }
    }

    #[test]
    fn every_number_is_rescaled_in_the_same_way_however_many_there_are() {
        check::<f32>();
        check::<f64>();
    }
}
