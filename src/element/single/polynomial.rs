//! Polynomials on vectors.

use pulp::Simd;

/// `c₀ + c₁x + c₂x² + …` with up to eight coefficients, by Estrin's scheme: neighbours are joined by a multiply-add, then
/// the joined ones with `x²`, then with `x⁴`, so that the longest chain of dependent operations grows with the logarithm
/// of the degree.
#[inline(always)]
pub fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: [f32; N]) -> S::f32s {
    const { assert!(N <= 8) };
    let square = simd.mul_f32s(x, x);
    let low = four(simd, x, square, &coefficients, 0);
    if N <= 4 {
        return low;
    }
    simd.mul_add_f32s(four(simd, x, square, &coefficients, 4), simd.mul_f32s(square, square), low)
}

/// The up to four terms from that of `xⁱ` on, divided by `xⁱ`.
#[inline(always)]
fn four<S: Simd, const N: usize>(simd: S, x: S::f32s, square: S::f32s, coefficients: &[f32; N], i: usize) -> S::f32s {
    let low = two(simd, x, coefficients, i);
    if i + 2 < N { simd.mul_add_f32s(two(simd, x, coefficients, i + 2), square, low) } else { low }
}

/// The same with up to two.
#[inline(always)]
fn two<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: &[f32; N], i: usize) -> S::f32s {
    let low = simd.splat_f32s(coefficients[i]);
    if i + 1 < N { simd.mul_add_f32s(simd.splat_f32s(coefficients[i + 1]), x, low) } else { low }
}
