//! Weights that are part of the program.

use core::mem::MaybeUninit;

use super::check;
use crate::{Element, Parameters};

/// The network `N` with the weights of `file`, the bytes of a safetensors file, for constants and statics.
///
/// [`embed_weights!`](crate::embed_weights) is the usual way to call it. By itself it serves where the network is not
/// to be shared: `static NET: Mutex<DigitNet> = Mutex::new(embed(include_bytes!("digits.safetensors")));`
///
/// # Panics
/// If the file is not one of this network: with the text of the [`Problem`](super::Problem), as a compile error. While
/// the program runs, use [`load_bytes`](super::load_bytes).
#[track_caller]
pub const fn embed<E: Element, N: Parameters<E>>(file: &[u8]) -> N {
    const {
        assert!(size_of::<N>() == N::LAYOUT.len() * size_of::<E>());
    }
    let mut weights = match check::<E, N>(file) {
        Ok(weights) => weights,
        Err(problem) => problem.text().report(),
    };
    let mut network = MaybeUninit::<N>::zeroed();
    // SAFETY: these are the bytes of `network`, all initialised with zeros and borrowed from it alone; a byte has no
    // alignment to keep.
    let bytes = unsafe { core::slice::from_raw_parts_mut(network.as_mut_ptr().cast::<u8>(), size_of::<N>()) };
    while let Some(stretch) = weights.next() {
        let place = bytes.split_at_mut(stretch.offset * size_of::<E>()).1.split_at_mut(stretch.data.len()).0;
        place.copy_from_slice(stretch.data);
    }
    if cfg!(target_endian = "big") {
        swap_bytes(bytes, size_of::<E>());
    }
    // SAFETY: all bits zero is a value of `N` (`Zeroable`), which by the contract of `Parameters` consists of numbers of
    // type `E` alone, and every bit pattern is a value of an `E` (`Pod`). So after the writes it is a value, too.
    unsafe { network.assume_init() }
}

/// Reverses the bytes of each number of `size` bytes.
const fn swap_bytes(bytes: &mut [u8], size: usize) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (number, others) = rest.split_at_mut(size);
        number.reverse();
        rest = others;
    }
}

/// A network with the weights of a file, checked and copied into the program while that is compiled: a
/// `&'static` reference to the network, at no cost when the program starts, without a heap and without parsing.
///
/// The path is that of a safetensors file, relative to the source file that calls the macro, as for [`include_bytes!`];
/// when the file changes, the program is compiled anew. A file that is not one of this network is a compile error.
/// The weights lie in the program once, in read-only memory, and begin on a cache line.
///
/// ```
/// use tintype::{embed_weights, layers::Dense};
///
/// static LAYER: &Dense<f32, 2, 3> = embed_weights!(Dense<f32, 2, 3>, "../../tests/weights/dense.safetensors");
/// assert_eq!(LAYER.weight, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
/// ```
///
/// A network that the file does not fit is told so by the compiler:
///
/// ```compile_fail
/// # use tintype::{embed_weights, layers::Dense};
/// // tensor `bias`: the file has the shape [3], the network wants [4]
/// static LAYER: &Dense<f32, 2, 4> = embed_weights!(Dense<f32, 2, 4>, "../../tests/weights/dense.safetensors");
/// ```
#[macro_export]
macro_rules! embed_weights {
    ($network:ty, $path:expr $(,)?) => {{
        #[allow(long_running_const_eval)]
        static NETWORK: $crate::Aligned<$network> =
            $crate::Aligned::new($crate::io::embed(::core::include_bytes!($path)));
        NETWORK.get()
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_reversed() {
        const SWAPPED: [u8; 8] = {
            let mut bytes = [1, 2, 3, 4, 5, 6, 7, 8];
            swap_bytes(&mut bytes, 4);
            bytes
        };
        assert_eq!(SWAPPED, [4, 3, 2, 1, 8, 7, 6, 5]);
    }
}
