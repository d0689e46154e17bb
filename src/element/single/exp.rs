//! The exponential function.

use core::f32::consts::{LN_2, LOG2_E};

use pulp::Simd;

use super::polynomial::polynomial;

/// `ln 2` less its nearest `f32`.
const LN_2_REST: f32 = -1.904_654_2e-9;
/// `2^23 · 3/2`: a number added to this is rounded to a whole number, which stands in the lowest bits of the sum.
const ROUNDER: f32 = 12_582_912.0;
/// The offset of the exponent in the bits of a number.
const BIAS: f32 = 127.0;
/// Above this the exponential overflows, and the steps below still give infinity.
const HIGHEST: f32 = 89.0;
/// Below this the exponential rounds to zero, and the steps below still give zero.
const LOWEST: f32 = -104.0;

/// `e^x`, subnormal results included; at most 0.80 units in the last place off, over every `f32`.
///
/// `x = n ln 2 + r` with whole `n` and `|r| ≤ ln 2 / 2`; `e^r` is a minimax polynomial, and `2^n` is put together from
/// bits.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // The comparisons are false for what is not a number, which passes on through.
    let x = simd.select_f32s(simd.less_than_f32s(simd.splat_f32s(HIGHEST), x), simd.splat_f32s(HIGHEST), x);
    let x = simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(LOWEST)), simd.splat_f32s(LOWEST), x);

    let whole_bits = simd.mul_add_f32s(x, simd.splat_f32s(LOG2_E), simd.splat_f32s(ROUNDER + 2.0 * BIAS));
    let whole = simd.sub_f32s(whole_bits, simd.splat_f32s(ROUNDER + 2.0 * BIAS));
    // The head is exact, and so is what the sum with 1 loses of it.
    let one = simd.splat_f32s(1.0);
    let head = simd.mul_add_f32s(whole, simd.splat_f32s(-LN_2), x);
    let rest = simd.mul_f32s(whole, simd.splat_f32s(-LN_2_REST));
    let r = simd.add_f32s(head, rest);
    let sum = simd.add_f32s(one, head);
    let lost = simd.add_f32s(simd.add_f32s(simd.sub_f32s(one, sum), head), rest);

    let tail = polynomial(simd, r, [0.499_999_94, 0.166_665_21, 0.041_668_39, 0.008_368_717, 0.001_381_459_9]);
    let fraction = simd.add_f32s(sum, simd.mul_add_f32s(simd.mul_f32s(r, r), tail, lost));

    // 2^n has no number of its own at either end of the range: it is the product of two powers, and the last product
    // alone rounds or overflows.
    let half_bits = simd.mul_add_f32s(x, simd.splat_f32s(0.5 * LOG2_E), simd.splat_f32s(ROUNDER + BIAS));
    let (whole_bits, half_bits) = (simd.transmute_u32s_f32s(whole_bits), simd.transmute_u32s_f32s(half_bits));
    let shift = simd.splat_u32s(f32::MANTISSA_DIGITS - 1);
    let first = simd.wrapping_dyn_shl_u32s(half_bits, shift);
    let second = simd.wrapping_dyn_shl_u32s(simd.sub_u32s(whole_bits, half_bits), shift);
    simd.mul_f32s(simd.mul_f32s(fraction, simd.transmute_f32s_u32s(first)), simd.transmute_f32s_u32s(second))
}
