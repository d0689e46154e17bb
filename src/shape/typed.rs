//! Shapes whose axes are `typenum` numbers, for arithmetic that constants cannot do in generic code on stable Rust.
//!
//! A layer of one's own whose output length is `(L - K) / S + 1` for any `L` cannot write `Rank2<{ (L - K) / S + 1 }, F>`.
//! With the axes as types it can say it: [`TypedRank2<Windows<L, K, S>, F>`](Windows).
//!
//! ```
//! use tintype::network::DeclaredLayer;
//! use tintype::shape::typed::{Length, TypedRank2, Windows};
//! use tintype::shape::{Rank2, Shape};
//! use typenum::{Const, ToUInt, U, U1};
//!
//! /// Keeps every `STEP`th time step.
//! struct Every<const STEP: usize>;
//!
//! /// The shape that a sequence of `T` steps with `F` features becomes.
//! type Kept<const T: usize, const F: usize, const STEP: usize> = TypedRank2<Windows<U<T>, U1, U<STEP>>, U<F>>;
//!
//! assert_eq!(<Kept<100, 3, 4> as Shape>::DIMS, Rank2::<25, 3>::DIMS);
//! assert_eq!(<Kept<101, 3, 4> as Shape>::DIMS, Rank2::<26, 3>::DIMS);
//! ```

use core::fmt::Debug;
use core::marker::PhantomData;

use bytemuck::Pod;
use typenum::{Add1, B0, B1, Diff, Quot, UInt, UTerm, Unsigned};

use super::{Dims, Shape};

/// How many windows of `K` elements, `S` apart, fit in `L`: `(L - K) / S + 1`.
pub type Windows<L, K, S> = Add1<Quot<Diff<L, K>, S>>;

/// A `typenum` number that can be the size of an axis.
pub trait Length: Unsigned + Copy + Default + Send + Sync + Debug + 'static {
    /// So many values in a row, without padding.
    type Array<T: Pod>: Pod;
}

// Within a module of its own nobody can name the types, and so nobody can make one whose fields leave padding.
mod array {
    use bytemuck::{Pod, Zeroable};

    /// Twice `A`.
    #[derive(Clone, Copy)]
    #[repr(C)]
    pub struct Even<A>(A, A);

    /// Twice `A`, and a value more.
    #[derive(Clone, Copy)]
    #[repr(C)]
    pub struct Odd<A, T>(A, A, T);

    // SAFETY: all bits zero is a value of each field.
    unsafe impl<A: Pod> Zeroable for Even<A> {}
    // SAFETY: `repr(C)` over two fields of one type that is `Pod`, so there is no padding.
    unsafe impl<A: Pod> Pod for Even<A> {}
    // SAFETY: all bits zero is a value of each field.
    unsafe impl<A: Pod, T: Pod> Zeroable for Odd<A, T> {}
    // SAFETY: `repr(C)`. Only `Length` can name this type, with an `A` that is a row of `T`: a size that is a multiple of that of
    // `T`, and the alignment of `T` or, where it is empty, at most that. So there is no padding.
    unsafe impl<A: Pod, T: Pod> Pod for Odd<A, T> {}
}
use array::{Even, Odd};

impl Length for UTerm {
    type Array<T: Pod> = [T; 0];
}

impl<U: Length> Length for UInt<U, B0> {
    type Array<T: Pod> = Even<U::Array<T>>;
}

impl<U: Length> Length for UInt<U, B1> {
    type Array<T: Pod> = Odd<U::Array<T>, T>;
}

/// The shape of a vector of `N` features, as [`Rank1`](super::Rank1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypedRank1<N>(PhantomData<N>);

/// The shape of a sequence of `T` time steps with `F` features each, as [`Rank2`](super::Rank2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypedRank2<T, F>(PhantomData<(T, F)>);

/// The shape of an image of `H` rows, `W` columns and `C` channels, as [`Rank3`](super::Rank3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypedRank3<H, W, C>(PhantomData<(H, W, C)>);

impl<N: Length> Shape for TypedRank1<N> {
    const DIMS: Dims = Dims::new1(N::USIZE);
    type Array<E: Pod> = N::Array<E>;
}

impl<T: Length, F: Length> Shape for TypedRank2<T, F> {
    const DIMS: Dims = Dims::new2(T::USIZE, F::USIZE);
    type Array<E: Pod> = T::Array<F::Array<E>>;
}

impl<H: Length, W: Length, C: Length> Shape for TypedRank3<H, W, C> {
    const DIMS: Dims = Dims::new3(H::USIZE, W::USIZE, C::USIZE);
    type Array<E: Pod> = H::Array<W::Array<C::Array<E>>>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;
    use typenum::{U, U0, U1, U2, U3, U7, U10, U13};

    fn size<N: Length>() -> usize {
        size_of::<N::Array<u32>>() / size_of::<u32>()
    }

    #[test]
    fn an_array_is_as_long_as_its_number_says() {
        assert_eq!([size::<U0>(), size::<U1>(), size::<U2>(), size::<U13>(), size::<U<1000>>()], [0, 1, 2, 13, 1000]);
    }

    #[test]
    fn a_tensor_of_typed_axes_is_a_run_of_its_elements() {
        let tensor = Tensor::<TypedRank3<U2, U3, U7>, u8>::from_fn(|i| i as u8);
        assert!(tensor.as_slice().iter().copied().eq(0..42));
        assert_eq!(TypedRank3::<U2, U3, U7>::DIMS, Dims::new3(2, 3, 7));
    }

    #[test]
    fn windows_are_counted() {
        assert_eq!(Windows::<U10, U3, U1>::USIZE, 8);
        assert_eq!(Windows::<U10, U3, U2>::USIZE, 4);
        assert_eq!(Windows::<U13, U13, U7>::USIZE, 1);
    }
}
