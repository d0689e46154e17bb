//! The odd functions that rise from -1 to 1: the hyperbolic tangent and the error function.
//!
//! For small `a = |x|`, `f(a) = a + a p(a²)` with a minimax polynomial `p`. For the others, with
//! `g(a) = tanh(artanh(f(a)) / 2)`,
//!
//! ```text
//! f = 2g / (1 + g²) = 1 - (1 - g)² / (1 + g²)
//! ```
//!
//! and `g` is approximated by a quotient of polynomials `n/d`, so `f = 1 - (d - n)² / (d² + n²)`. This needs one division
//! and no exponential, hence few dependent operations; the errors of `n` and `d` hardly matter where `f` nears 1; and the
//! result is never above 1.

use pulp::Simd;

use super::polynomial::polynomial;

/// `2/√π - 1`; the difference of the nearest `f32` to `2/√π` and 1 would have lost three bits of it.
const FRAC_2_SQRT_PI_LESS_1: f32 = 0.128_379_17;

/// An odd function that rises from -1 to 1.
struct Saturating<const N: usize> {
    /// The polynomial `p`, for `a` up to `joint`.
    correction: [f32; 8],
    /// Where the second form takes over.
    joint: f32,
    /// The polynomial `n(a) / a` in `a²`.
    numerator: [f32; N],
    /// The polynomial `d(a)` in `a²`.
    denominator: [f32; 4],
    /// From here on the function rounds to 1.
    end: f32,
}

/// The hyperbolic tangent; at most 1.96 units in the last place off, over every `f32`.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    Saturating {
        correction: [
            0.0,
            -0.333_332_66,
            0.133_317_66,
            -0.053_840_682,
            0.021_365_814,
            -0.007_758_559_7,
            0.002_158_935_2,
            -0.000_316_346_1,
        ],
        joint: 1.05,
        numerator: [0.403_250_75, 0.011_986_419, 4.567_454_7e-5],
        denominator: [0.806_501_6, 0.091_181_14, 0.000_969_009_8, 9.759_239e-7],
        end: 9.02,
    }
    .apply(simd, x)
}

/// The error function `2/√π ∫₀ˣ exp(-t²) dt`; at most 1.83 units in the last place off, over every `f32`.
#[inline(always)]
pub fn erf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    Saturating {
        correction: [
            FRAC_2_SQRT_PI_LESS_1,
            -0.376_126_38,
            0.112_837_68,
            -0.026_864_493,
            0.005_218_289,
            -0.000_844_380_47,
            0.000_109_762_5,
            -8.854_249e-6,
        ],
        joint: 1.1,
        numerator: [0.418_943_76, 0.036_553_737, 0.005_635_586, 1.139_382_7e-5],
        denominator: [0.742_595_5, 0.075_848_505, 0.022_865_089, 0.000_528_287_2],
        end: 3.925,
    }
    .apply(simd, x)
}

impl<const N: usize> Saturating<N> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let a = <f32 as crate::Element>::vector_abs(simd, x);
        let sign = simd.xor_f32s(x, a);
        let square = simd.mul_f32s(a, a);

        let near = simd.mul_add_f32s(a, polynomial(simd, square, self.correction), a);

        let n_by_a = polynomial(simd, square, self.numerator);
        let n = simd.mul_f32s(a, n_by_a);
        let d = polynomial(simd, square, self.denominator);
        let difference = simd.negate_mul_add_f32s(a, n_by_a, d);
        // For a number so large that n or d overflows, zero over infinity is what is wanted.
        let over = simd.less_than_f32s(simd.splat_f32s(self.end), a);
        let rest = simd.select_f32s(over, simd.splat_f32s(0.0), simd.mul_f32s(difference, difference));
        let rest = simd.div_f32s(rest, simd.mul_add_f32s(n, n, simd.mul_f32s(d, d)));
        let far = simd.sub_f32s(simd.splat_f32s(1.0), rest);

        simd.or_f32s(simd.select_f32s(simd.less_than_f32s(a, simd.splat_f32s(self.joint)), near, far), sign)
    }
}
