//! Shapes: how many numbers a value holds and along which axes, as types and as constants.
//!
//! A type that implements [`Shape`] says at compile time what [`Dims`] says as a value. The rules that derive one
//! shape from another are `const fn`s over `Dims`, because stable Rust cannot compute a type from a type's constants;
//! [`Of`] leads back from a value to a type wherever the value is a constant.

mod count;
mod dims;
mod text;
pub mod typed;
pub mod window;

pub use count::{Count, digit};
pub use dims::Dims;
pub use text::Text;

use bytemuck::Pod;

/// The shape of a tensor, as a type without values.
///
/// The three shapes that networks work on are [`Rank1`], [`Rank2`] and [`Rank3`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape",
    note = "shapes are written `Rank1<N>`, `Rank2<T, F>` and `Rank3<H, W, C>`"
)]
pub trait Shape: Copy + Default + Send + Sync + core::fmt::Debug + 'static {
    /// The axes as a value.
    const DIMS: Dims;
    /// The number of elements.
    const LEN: usize = Self::DIMS.len();
    /// The memory of a tensor of this shape: nested arrays, without padding.
    type Array<T: Pod>: Pod;
}

/// The shape of a vector of `N` features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank1<const N: usize>;

/// The shape of a sequence of `T` time steps with `F` features each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank2<const T: usize, const F: usize>;

/// The shape of an image of `H` rows, `W` columns and `C` channels, channels last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank3<const H: usize, const W: usize, const C: usize>;

impl<const N: usize> Shape for Rank1<N> {
    const DIMS: Dims = Dims::new1(N);
    type Array<E: Pod> = [E; N];
}

impl<const T: usize, const F: usize> Shape for Rank2<T, F> {
    const DIMS: Dims = Dims::new2(T, F);
    type Array<E: Pod> = [[E; F]; T];
}

impl<const H: usize, const W: usize, const C: usize> Shape for Rank3<H, W, C> {
    const DIMS: Dims = Dims::new3(H, W, C);
    type Array<E: Pod> = [[[E; C]; W]; H];
}

/// The shape type with `RANK` axes of sizes `A`, `B` and `C`; the way back from [`Dims`] to a type.
///
/// ```
/// use tintype::shape::{Dims, Of, Rank2};
/// const D: Dims = Dims::new2(5, 6);
/// let shape: Of<{ D.rank() }, { D.axis(0) }, { D.axis(1) }, { D.axis(2) }> = Rank2::<5, 6>;
/// ```
pub type Of<const RANK: usize, const A: usize, const B: usize, const C: usize> = <Axes<RANK, A, B, C> as Select>::Shape;

/// The argument of [`Of`].
#[derive(Clone, Copy, Debug)]
pub struct Axes<const RANK: usize, const A: usize, const B: usize, const C: usize>;

/// Chooses the shape type of a rank; implemented for the ranks 1 to 3.
pub trait Select {
    /// The shape with these axes.
    type Shape: Shape;
}

impl<const A: usize, const B: usize, const C: usize> Select for Axes<1, A, B, C> {
    type Shape = Rank1<A>;
}

impl<const A: usize, const B: usize, const C: usize> Select for Axes<2, A, B, C> {
    type Shape = Rank2<A, B>;
}

impl<const A: usize, const B: usize, const C: usize> Select for Axes<3, A, B, C> {
    type Shape = Rank3<A, B, C>;
}

/// Reports sizes whose product, the elements of a tensor of parameters or of a value, exceeds what memory can hold.
///
/// # Panics
/// If the product of `factors`, as elements of 8 bytes, exceeds `isize::MAX`.
#[track_caller]
pub const fn check_size(place: window::Place, what: &str, factors: &[usize]) {
    if !fits(factors) {
        let mut text = Text::new().layer(place.layer).str(": ").str(what).str(" of ");
        let mut index = 0;
        while index < factors.len() {
            if index > 0 {
                text = text.str(" x ");
            }
            text = text.number(factors[index]);
            index += 1;
        }
        text.str(" elements exceed what memory can hold; make the layer smaller").report();
    }
}

/// Whether so many elements of 8 bytes can be held in memory.
pub const fn fits(factors: &[usize]) -> bool {
    let mut product: usize = 8;
    let mut index = 0;
    while index < factors.len() {
        product = match product.checked_mul(factors[index]) {
            Some(product) => product,
            None => return false,
        };
        index += 1;
    }
    product <= isize::MAX as usize
}
