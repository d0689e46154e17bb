//! `f32` as an element.

use pulp::Simd;

use super::{Element, operations};

mod erf;
mod exp;
mod ln;
mod polynomial;
mod tanh;

// SAFETY: `pulp` makes a vector of as many `f32` as it has lanes; its masks are of the lanes from 0 to `lanes`.
unsafe impl Element for f32 {
    operations!(
        f32,
        "F32",
        f32s,
        m32s,
        u32,
        mask_between_m32s,
        mask_load_ptr_f32s,
        mask_store_ptr_f32s,
        splat_f32s,
        add_f32s,
        sub_f32s,
        mul_f32s,
        div_f32s,
        mul_add_f32s,
        sqrt_f32s,
        and_f32s,
        max_f32s,
        min_f32s,
        less_than_f32s,
        equal_f32s,
        select_f32s
    );

    #[inline(always)]
    fn vector_exp<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
        exp::exp(simd, a)
    }
    #[inline(always)]
    fn vector_ln<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
        ln::ln(simd, a)
    }
    #[inline(always)]
    fn vector_tanh<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
        tanh::tanh(simd, a)
    }
    #[inline(always)]
    fn vector_erf<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
        erf::erf(simd, a)
    }
}

#[cfg(test)]
mod tests;
