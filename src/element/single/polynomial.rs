//! Polynomials on vectors.

use pulp::Simd;

/// `c₀ + c₁x + c₂x² + …` with up to sixteen coefficients, by Estrin's scheme: neighbours are joined by a multiply-add, then
/// the joined ones with `x²`, then with `x⁴`, so that the longest chain of dependent operations grows with the logarithm
/// of the degree.
#[inline(always)]
pub fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, coefficients: [f32; N]) -> S::f32s {
    const { assert!(N <= 16) };
    let square = simd.mul_f32s(x, x);
    let fourth = simd.mul_f32s(square, square);
    let powers = [x, square, fourth];
    let low = eight(simd, powers, &coefficients, 0);
    if N <= 8 {
        return low;
    }
    simd.mul_add_f32s(eight(simd, powers, &coefficients, 8), simd.mul_f32s(fourth, fourth), low)
}

/// The part of the polynomial from coefficient `i` on that has up to eight coefficients, divided by `xⁱ`.
#[inline(always)]
fn eight<S: Simd, const N: usize>(simd: S, powers: [S::f32s; 3], coefficients: &[f32; N], i: usize) -> S::f32s {
    let low = four(simd, powers, coefficients, i);
    if i + 4 < N { simd.mul_add_f32s(four(simd, powers, coefficients, i + 4), powers[2], low) } else { low }
}

/// The same with up to four.
#[inline(always)]
fn four<S: Simd, const N: usize>(simd: S, powers: [S::f32s; 3], coefficients: &[f32; N], i: usize) -> S::f32s {
    let low = two(simd, powers, coefficients, i);
    if i + 2 < N { simd.mul_add_f32s(two(simd, powers, coefficients, i + 2), powers[1], low) } else { low }
}

/// The same with up to two.
#[inline(always)]
fn two<S: Simd, const N: usize>(simd: S, powers: [S::f32s; 3], coefficients: &[f32; N], i: usize) -> S::f32s {
    let low = simd.splat_f32s(coefficients[i]);
    if i + 1 < N { simd.mul_add_f32s(simd.splat_f32s(coefficients[i + 1]), powers[0], low) } else { low }
}
