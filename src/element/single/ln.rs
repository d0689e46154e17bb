//! The natural logarithm.

use pulp::Simd;

use super::polynomial::polynomial;

/// `2/3` in bits: the fractions lie in `[2/3, 4/3)`.
const LOWEST_FRACTION: u32 = 0x3f2a_aaab;
/// `1` in bits.
const ONE: u32 = 0x3f80_0000;
/// The bits of the fraction.
const FRACTION: u32 = (1 << (f32::MANTISSA_DIGITS - 1)) - 1;
/// `2^23`, whose lowest bits take a whole number.
const TWO_TO_23: f32 = 8_388_608.0;
/// `ln 2` in so few bits that its product with an exponent is exact.
const LN_2_HEAD: f32 = 0.693_145_75;
/// The rest of `ln 2`.
const LN_2_REST: f32 = 1.428_606_8e-6;

/// The natural logarithm, of subnormal numbers too; `-∞` at zero and not a number below. At most 0.87 units
/// in the last place off, over every `f32`.
///
/// `x = 2^n (1 + f)` with whole `n` and `f` in `[-1/3, 1/3)`; `ln(1 + f) = f - f²/2 + f³ p(f)` with a minimax
/// polynomial `p`,
/// and `n ln 2` is added in two parts.
#[inline(always)]
pub fn ln<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);

    let subnormal = simd.less_than_f32s(x, simd.splat_f32s(f32::MIN_POSITIVE));
    let normal = simd.select_f32s(subnormal, simd.mul_f32s(x, simd.splat_f32s(TWO_TO_23)), x);
    let offset =
        simd.select_f32s(subnormal, simd.splat_f32s(TWO_TO_23 + 127.0 + 23.0), simd.splat_f32s(TWO_TO_23 + 127.0));

    let bits = simd.add_u32s(simd.transmute_u32s_f32s(normal), simd.splat_u32s(ONE - LOWEST_FRACTION));
    let exponent = simd.wrapping_dyn_shr_u32s(bits, simd.splat_u32s(f32::MANTISSA_DIGITS - 1));
    let exponent = simd.or_u32s(exponent, simd.splat_u32s(TWO_TO_23.to_bits()));
    let exponent = simd.sub_f32s(simd.transmute_f32s_u32s(exponent), offset);
    let fraction = simd.and_u32s(bits, simd.splat_u32s(FRACTION));
    let fraction = simd.add_u32s(fraction, simd.splat_u32s(LOWEST_FRACTION));
    let f = simd.sub_f32s(simd.transmute_f32s_u32s(fraction), simd.splat_f32s(1.0));

    let p = polynomial(
        simd,
        f,
        [
            0.333_332_1,
            -0.249_997_17,
            0.200_107_47,
            -0.166_823_04,
            0.140_011_61,
            -0.121_671_66,
            0.140_047_6,
            -0.129_489_14,
        ],
    );
    // The head and what its rounding lost.
    let head = simd.mul_add_f32s(exponent, simd.splat_f32s(LN_2_HEAD), f);
    let lost = simd.add_f32s(simd.mul_add_f32s(exponent, simd.splat_f32s(LN_2_HEAD), simd.sub_f32s(zero, head)), f);
    let rest = simd.mul_add_f32s(exponent, simd.splat_f32s(LN_2_REST), lost);
    let square = simd.mul_f32s(f, f);
    let tail = simd.mul_add_f32s(simd.mul_f32s(square, f), p, rest);
    let y = simd.add_f32s(head, simd.mul_add_f32s(square, simd.splat_f32s(-0.5), tail));

    // Infinity and what is not a number are their own logarithms.
    let y = simd.select_f32s(simd.less_than_f32s(x, simd.splat_f32s(f32::INFINITY)), y, x);
    let y = simd.select_f32s(simd.less_than_f32s(x, zero), simd.splat_f32s(f32::NAN), y);
    simd.select_f32s(simd.equal_f32s(x, zero), simd.splat_f32s(f32::NEG_INFINITY), y)
}
