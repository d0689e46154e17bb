//! `f64` as an element.

use pulp::Simd;

use super::{Element, lanewise, operations};

// SAFETY: `pulp` makes a vector of as many `f64` as it has lanes; its masks are of the lanes from 0 to `lanes`.
unsafe impl Element for f64 {
    operations!(
        f64,
        "F64",
        f64s,
        m64s,
        u64,
        mask_between_m64s,
        mask_load_ptr_f64s,
        mask_store_ptr_f64s,
        splat_f64s,
        add_f64s,
        sub_f64s,
        mul_f64s,
        div_f64s,
        mul_add_f64s,
        sqrt_f64s,
        and_f64s,
        max_f64s,
        min_f64s,
        less_than_f64s,
        equal_f64s,
        select_f64s
    );

    #[inline(always)]
    fn vector_exp<S: Simd>(_: S, a: Self::Vector<S>) -> Self::Vector<S> {
        lanewise::<S, Self>(a, libm::exp)
    }
    #[inline(always)]
    fn vector_ln<S: Simd>(_: S, a: Self::Vector<S>) -> Self::Vector<S> {
        lanewise::<S, Self>(a, libm::log)
    }
    #[inline(always)]
    fn vector_tanh<S: Simd>(_: S, a: Self::Vector<S>) -> Self::Vector<S> {
        lanewise::<S, Self>(a, libm::tanh)
    }
    #[inline(always)]
    fn vector_erf<S: Simd>(_: S, a: Self::Vector<S>) -> Self::Vector<S> {
        lanewise::<S, Self>(a, libm::erf)
    }
}
