//! A number as a type, so that generic code can own as many elements as a network has parameters.
//!
//! `[E; N::COUNT]` is impossible in generic code on stable Rust; `GenericArray<E, N::ParamCount>` is not. `typenum`'s
//! own way from a constant to a type has gaps above 1024, so the binary digits are pushed one by one, eight groups of
//! four, which works for every number below 2^32.

use typenum::{B0, B1, UInt, UTerm};

/// The type of the number whose hexadecimal digits are `D7 … D0`.
///
/// ```
/// use tintype::shape::{Count, digit};
/// use typenum::Unsigned;
/// const N: usize = 93_322;
/// type Params = Count<{ digit(N, 7) }, { digit(N, 6) }, { digit(N, 5) }, { digit(N, 4) },
///     { digit(N, 3) }, { digit(N, 2) }, { digit(N, 1) }, { digit(N, 0) }>;
/// assert_eq!(Params::USIZE, N);
/// ```
pub type Count<
    const D7: usize,
    const D6: usize,
    const D5: usize,
    const D4: usize,
    const D3: usize,
    const D2: usize,
    const D1: usize,
    const D0: usize,
> = Pushed<Pushed<Pushed<Pushed<Pushed<Pushed<Pushed<Pushed<UTerm, D7>, D6>, D5>, D4>, D3>, D2>, D1>, D0>;

/// The hexadecimal digit of `number` at `place`, the lowest at 0.
pub const fn digit(number: usize, place: u32) -> usize {
    (number >> (4 * place)) & 0xf
}

/// `N` with the hexadecimal digit `D` appended.
pub type Pushed<N, const D: usize> = <N as PushDigit<D>>::Output;

/// A `typenum` number to which a hexadecimal digit can be appended.
pub trait PushDigit<const D: usize> {
    /// Sixteen times this number, plus `D`.
    type Output;
}

/// A `typenum` number to which a binary digit can be appended without a leading zero.
pub trait PushBit<B> {
    /// Twice this number, plus the digit.
    type Output;
}

impl PushBit<B0> for UTerm {
    type Output = UTerm;
}

impl PushBit<B1> for UTerm {
    type Output = UInt<UTerm, B1>;
}

impl<U, B, D> PushBit<D> for UInt<U, B> {
    type Output = UInt<UInt<U, B>, D>;
}

type Bit<N, B> = <N as PushBit<B>>::Output;

macro_rules! digits {
    ($($digit:literal: $b3:ident $b2:ident $b1:ident $b0:ident,)*) => {$(
        impl<N> PushDigit<$digit> for N
        where
            N: PushBit<$b3>,
            Bit<N, $b3>: PushBit<$b2>,
            Bit<Bit<N, $b3>, $b2>: PushBit<$b1>,
            Bit<Bit<Bit<N, $b3>, $b2>, $b1>: PushBit<$b0>,
        {
            type Output = Bit<Bit<Bit<Bit<N, $b3>, $b2>, $b1>, $b0>;
        }
    )*};
}

digits! {
    0: B0 B0 B0 B0, 1: B0 B0 B0 B1, 2: B0 B0 B1 B0, 3: B0 B0 B1 B1,
    4: B0 B1 B0 B0, 5: B0 B1 B0 B1, 6: B0 B1 B1 B0, 7: B0 B1 B1 B1,
    8: B1 B0 B0 B0, 9: B1 B0 B0 B1, 10: B1 B0 B1 B0, 11: B1 B0 B1 B1,
    12: B1 B1 B0 B0, 13: B1 B1 B0 B1, 14: B1 B1 B1 B0, 15: B1 B1 B1 B1,
}

#[cfg(test)]
mod tests {
    use super::*;
    use generic_array::ArrayLength;
    use typenum::Unsigned;

    fn length<N: ArrayLength>() -> usize {
        core::mem::size_of::<generic_array::GenericArray<u8, N>>()
    }

    macro_rules! check {
        ($($number:expr),*) => {$({
            const N: usize = $number;
            type T = Count<{ digit(N, 7) }, { digit(N, 6) }, { digit(N, 5) }, { digit(N, 4) },
                { digit(N, 3) }, { digit(N, 2) }, { digit(N, 1) }, { digit(N, 0) }>;
            assert_eq!(T::USIZE, N);
            assert_eq!(length::<T>(), N);
        })*};
    }

    #[test]
    fn every_kind_of_number_has_a_type() {
        check!(0, 1, 2, 10, 15, 16, 255, 1023, 1024, 1025, 1600, 3072, 12_544, 93_322, 0x00ff_ffff, 0x1234_5678);
    }
}
