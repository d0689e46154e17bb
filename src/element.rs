//! The numbers that networks compute on, alone and as vectors of the processor.
//!
//! Every operation here gives the same bits at every SIMD level: additions, products, quotients and square roots round
//! once by IEEE 754, the multiply-add is fused everywhere, and the transcendental functions are built from these.

use core::ops::Range;

use bytemuck::Pod;
use num_traits::{Float, NumAssign};
use pulp::Simd;

mod double;
mod single;

/// A number type that networks compute on: `f32`, or `f64` where precision matters more than speed.
///
/// # Safety
/// Kernels move whole vectors to and from memory that holds numbers. So a [`Vector`](Self::Vector) is a whole number of
/// values of the type, one after the other, and nothing else; the mask that [`memory_mask`](Self::memory_mask) gives for some lanes has no
/// others; and a masked access touches no lane but those of its mask.
pub unsafe trait Element:
    Float + NumAssign + Pod + Default + Send + Sync + core::fmt::Debug + core::fmt::Display
{
    /// A register full of these numbers at the SIMD level `S`.
    type Vector<S: Simd>: Pod + core::fmt::Debug;
    /// A truth value for each lane of a vector.
    type Mask<S: Simd>: Copy;

    /// The name of the type in a weight file: `F32` or `F64`.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same number with the widest precision.
    fn to_f64(self) -> f64;
    /// The number whose little-endian bytes these are; `bytes` has the size of the type.
    fn from_le_bytes(bytes: &[u8]) -> Self;
    /// Writes the number's little-endian bytes; `bytes` has the size of the type.
    fn write_le_bytes(self, bytes: &mut [u8]);

    /// A vector with `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// The first lanes from `slice`, which is shorter than a vector, and zero in the rest.
    fn load_partial<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S>;
    /// The first lanes into `slice`, which is shorter than a vector.
    fn store_partial<S: Simd>(simd: S, slice: &mut [Self], value: Self::Vector<S>);
    /// Which lanes a masked access touches.
    type MemoryMask<S: Simd>: Copy;
    /// The mask of these lanes.
    fn memory_mask<S: Simd>(simd: S, lanes: Range<usize>) -> Self::MemoryMask<S>;
    /// The lanes of the mask from memory, and zero in the rest.
    ///
    /// # Safety
    /// The elements at `pointer` are valid for reads in every lane of the mask.
    unsafe fn load_masked<S: Simd>(simd: S, mask: Self::MemoryMask<S>, pointer: *const Self) -> Self::Vector<S>;
    /// The lanes of the mask into memory.
    ///
    /// # Safety
    /// The elements at `pointer` are valid for writes in every lane of the mask.
    unsafe fn store_masked<S: Simd>(simd: S, mask: Self::MemoryMask<S>, pointer: *mut Self, value: Self::Vector<S>);
    /// The first `lanes` lanes into memory, fewer than a vector has.
    ///
    /// # Safety
    /// So many elements at `pointer` are valid for writes.
    unsafe fn store_first<S: Simd>(simd: S, lanes: usize, pointer: *mut Self, value: Self::Vector<S>);
    /// `a + b`
    fn vector_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`
    fn vector_sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b`
    fn vector_mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a / b`
    fn vector_div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b + c`, rounded once at every level.
    fn vector_mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// The square root, correctly rounded.
    fn vector_sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// `|a|`
    fn vector_abs<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// Where `a < b`; false where either is not a number.
    fn less_than<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S>;
    /// Where `a == b`.
    fn equal<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S>;
    /// `yes` where the mask is true and `no` elsewhere.
    fn select<S: Simd>(simd: S, mask: Self::Mask<S>, yes: Self::Vector<S>, no: Self::Vector<S>) -> Self::Vector<S>;
    /// `e^a`; for `f32` at most one unit in the last place off.
    fn vector_exp<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The natural logarithm; for `f32` at most one unit in the last place off.
    fn vector_ln<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The hyperbolic tangent; for `f32` at most 5.1 units in the last place off, and never beyond -1 and 1.
    fn vector_tanh<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The error function `2/√π ∫₀ᵃ exp(-t²) dt`; for `f32` at most two units in the last place off, and never beyond -1
    /// and 1.
    fn vector_erf<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;

    /// The larger of the two; `a` where either is not a number.
    fn vector_max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The smaller of the two; `a` where either is not a number.
    fn vector_min<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;

    /// The logistic function `1 / (1 + e^-a)`, computed without overflow at either end; for `f32` at most 2.5 units in the
    /// last place off.
    #[inline(always)]
    fn vector_sigmoid<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
        let zero = Self::splat(simd, Self::zero());
        let one = Self::splat(simd, Self::one());
        // e^-|a| is at most 1, so neither form overflows: 1/(1+t) on the right, t/(1+t) on the left.
        let t = Self::vector_exp(simd, Self::vector_sub(simd, zero, Self::vector_abs(simd, a)));
        let numerator = Self::select(simd, Self::less_than(simd, a, zero), t, one);
        Self::vector_div(simd, numerator, Self::vector_add(simd, one, t))
    }
}

/// The number of lanes of a vector of `E` at the level `S`.
#[inline(always)]
pub const fn lanes<S: Simd, E: Element>() -> usize {
    size_of::<E::Vector<S>>() / size_of::<E>()
}

/// Applies a function of one number to each lane.
#[inline(always)]
fn lanewise<S: Simd, E: Element>(mut vector: E::Vector<S>, f: impl Fn(E) -> E) -> E::Vector<S> {
    let lanes: &mut [E] = bytemuck::cast_slice_mut(core::slice::from_mut(&mut vector));
    for lane in lanes {
        *lane = f(*lane);
    }
    vector
}

/// The first `count` lanes into memory, fewer than a vector has: as the two halves of it, of what is left of them, and so on. Masked stores of
/// AVX2 take ten times as long as a store on some processors.
///
/// # Safety
/// So many elements at `pointer` are valid for writes.
#[inline(always)]
unsafe fn store_in_pieces<S: Simd, E: Element>(count: usize, pointer: *mut E, value: E::Vector<S>) {
    let source = (&raw const value).cast::<E>();
    let mut stored = 0;
    macro_rules! piece {
        ($elements:literal) => {
            if $elements < lanes::<S, E>() && count & $elements != 0 {
                // SAFETY: a vector is its elements, and fewer than `count` are stored yet.
                unsafe { source.add(stored).copy_to_nonoverlapping(pointer.add(stored), $elements) };
                stored += $elements;
            }
        };
    }
    piece!(8);
    piece!(4);
    piece!(2);
    piece!(1);
    debug_assert_eq!(stored, count, "fewer lanes than a vector has");
}

/// Whether the level's larger or smaller of two numbers is the second where they are equal or one is not a number: so it is with the
/// vectors of x86-64, while other levels have rules of their own.
const fn gives_the_second<S: Simd>() -> bool {
    cfg!(target_arch = "x86_64") && !crate::simd::is_without_vectors::<S>()
}

/// Implements the operations that `pulp` names after the element.
macro_rules! operations {
    ($element:ident, $name:literal, $vector:ident, $mask:ident, $mask_lane:ident,
     $between:ident, $load_masked:ident, $store_masked:ident,
     $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $mul_add:ident,
     $sqrt:ident, $and:ident, $max:ident, $min:ident, $less:ident, $equal:ident, $select:ident) => {
        type Vector<S: Simd> = S::$vector;
        type Mask<S: Simd> = S::$mask;
        const NAME: &'static str = $name;

        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as $element
        }
        #[inline(always)]
        fn to_f64(self) -> f64 {
            f64::from(self)
        }
        fn from_le_bytes(bytes: &[u8]) -> Self {
            <$element>::from_le_bytes(bytes.try_into().unwrap_or_default())
        }
        fn write_le_bytes(self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&<$element>::to_le_bytes(self));
        }
        #[inline(always)]
        fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
            simd.$splat(value)
        }
        #[inline(always)]
        fn load_partial<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S> {
            debug_assert!(slice.len() <= $crate::element::lanes::<S, Self>());
            // SAFETY: the lanes of the mask are the elements of the slice.
            unsafe { Self::load_masked(simd, Self::memory_mask(simd, 0..slice.len()), slice.as_ptr()) }
        }
        #[inline(always)]
        fn store_partial<S: Simd>(simd: S, slice: &mut [Self], value: Self::Vector<S>) {
            debug_assert!(slice.len() < $crate::element::lanes::<S, Self>());
            // SAFETY: the lanes are the elements of the slice.
            unsafe { Self::store_first(simd, slice.len(), slice.as_mut_ptr(), value) }
        }
        type MemoryMask<S: Simd> = pulp::MemMask<S::$mask>;
        #[inline(always)]
        fn memory_mask<S: Simd>(simd: S, lanes: core::ops::Range<usize>) -> Self::MemoryMask<S> {
            // Without the functions that `pulp` keeps for each mask: a call in an inner loop sends all registers to memory.
            pulp::MemMask::new(simd.$between(lanes.start as $mask_lane, lanes.end as $mask_lane).mask())
        }
        #[inline(always)]
        unsafe fn load_masked<S: Simd>(simd: S, mask: Self::MemoryMask<S>, pointer: *const Self) -> Self::Vector<S> {
            // SAFETY: passed on from the caller.
            unsafe { simd.$load_masked(mask, pointer) }
        }
        #[inline(always)]
        unsafe fn store_masked<S: Simd>(
            simd: S,
            mask: Self::MemoryMask<S>,
            pointer: *mut Self,
            value: Self::Vector<S>,
        ) {
            // SAFETY: passed on from the caller.
            unsafe { simd.$store_masked(mask, pointer, value) }
        }
        #[inline(always)]
        unsafe fn store_first<S: Simd>(simd: S, lanes: usize, pointer: *mut Self, value: Self::Vector<S>) {
            // SAFETY: passed on from the caller.
            unsafe {
                // What a masked store has written, a load does not get before it has reached the cache.
                if const { size_of::<Self::Vector<S>>() < 64 } || lanes.is_power_of_two() {
                    $crate::element::store_in_pieces::<S, Self>(lanes, pointer, value);
                } else {
                    Self::store_masked(simd, Self::memory_mask(simd, 0..lanes), pointer, value);
                }
            }
        }
        #[inline(always)]
        fn vector_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            simd.$add(a, b)
        }
        #[inline(always)]
        fn vector_sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            simd.$sub(a, b)
        }
        #[inline(always)]
        fn vector_mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            simd.$mul(a, b)
        }
        #[inline(always)]
        fn vector_div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            simd.$div(a, b)
        }
        #[inline(always)]
        fn vector_mul_add<S: Simd>(
            simd: S,
            a: Self::Vector<S>,
            b: Self::Vector<S>,
            c: Self::Vector<S>,
        ) -> Self::Vector<S> {
            simd.$mul_add(a, b, c)
        }
        #[inline(always)]
        fn vector_sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
            simd.$sqrt(a)
        }
        #[inline(always)]
        fn vector_abs<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
            // Not `pulp`'s own: it may stay a call, which loses the vector instructions.
            simd.$and(simd.$splat($element::from_bits(!(-0.0 as $element).to_bits())), a)
        }
        #[inline(always)]
        fn vector_max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            if const { $crate::element::gives_the_second::<S>() } {
                simd.$max(b, a)
            } else {
                Self::select(simd, Self::less_than(simd, a, b), b, a)
            }
        }
        #[inline(always)]
        fn vector_min<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
            if const { $crate::element::gives_the_second::<S>() } {
                simd.$min(b, a)
            } else {
                Self::select(simd, Self::less_than(simd, b, a), b, a)
            }
        }
        #[inline(always)]
        fn less_than<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S> {
            simd.$less(a, b)
        }
        #[inline(always)]
        fn equal<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S> {
            simd.$equal(a, b)
        }
        #[inline(always)]
        fn select<S: Simd>(simd: S, mask: Self::Mask<S>, yes: Self::Vector<S>, no: Self::Vector<S>) -> Self::Vector<S> {
            simd.$select(mask, yes, no)
        }
    };
}
use operations;

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the results are exact")]
mod tests;
