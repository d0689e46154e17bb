//! The rectifier that lets a little through.

use pulp::Simd;

use super::activation_layer;
use crate::Element;
use crate::activation::Activation;
use crate::shape::Text;
use crate::shape::window::Place;

/// The leaky rectifier (Maas, Hannun and Ng, 2013): `f(x) = x` where `x > 0` and `f(x) = slope · x` elsewhere; the
/// derivative at 0 is the slope, as in PyTorch.
///
/// `SLOPE` holds the bits of the slope as an `f64`, because stable Rust has no constant parameters that are numbers with
/// a fraction. It is finite and not negative, 0.01 by default as in PyTorch.
///
/// ```
/// use tintype::layers::LeakyRelu;
/// let default: LeakyRelu = LeakyRelu;
/// let steeper = LeakyRelu::<{ 0.3_f64.to_bits() }>;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeakyRelu<const SLOPE: u64 = { 0.01_f64.to_bits() }>;

impl<E: Element, const SLOPE: u64> Activation<E> for LeakyRelu<SLOPE> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S> {
        Activation::<E>::backward(self, simd, x, x)
    }
    #[inline(always)]
    fn backward<S: Simd>(self, simd: S, y: E::Vector<S>, dy: E::Vector<S>) -> E::Vector<S> {
        // The slope is not negative, so the output is positive exactly where the input is.
        let zero = E::splat(simd, E::zero());
        let slope = E::splat(simd, E::from_f64(f64::from_bits(SLOPE)));
        E::select(simd, E::less_than(simd, zero, y), dy, E::vector_mul(simd, slope, dy))
    }
}

activation_layer!(LeakyRelu<const SLOPE: u64>);

/// Reports a slope that leaves the derivative unclear.
///
/// # Panics
/// If `slope` is negative or not finite.
#[track_caller]
pub const fn check_slope(place: Place, slope: f64) {
    let found = if !slope.is_finite() {
        "one that is not finite"
    } else if slope < 0.0 {
        "a negative one"
    } else {
        return;
    };
    Text::new()
        .layer(place.layer)
        .str(" wants a slope of 0 or more, as in `LeakyRelu(0.01)`, but is given ")
        .str(found)
        .report();
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { layer: "leaky", source: "`hidden` gives" };

    #[test]
    fn zero_and_more_is_a_slope() {
        check_slope(PLACE, 0.0);
        check_slope(PLACE, 0.3);
    }

    #[test]
    #[should_panic(
        expected = "layer `leaky` wants a slope of 0 or more, as in `LeakyRelu(0.01)`, but is given a negative"
    )]
    fn a_negative_slope_is_reported() {
        check_slope(PLACE, -0.3);
    }

    #[test]
    #[should_panic(expected = "not finite")]
    fn a_slope_that_is_not_a_number_is_reported() {
        check_slope(PLACE, f64::NAN);
    }
}
