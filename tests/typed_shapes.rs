//! A generic layer of a user's own whose output size is computed from its input size, in a declaration.

use tintype::bytemuck::Zeroable;
use tintype::gradient_check::gradient_check;
use tintype::layer::{Backward, Mode, Room};
use tintype::network::DeclaredLayer;
use tintype::parameters::{Layout, ParameterTensor, Role};
use tintype::prelude::*;
use tintype::shape::typed::{Length, TypedRank2, Windows};
use tintype::simd::Simd;
use tintype::{Layer, Parameters};
use typenum::{Const, ToUInt, U};

/// A convolution over time of each feature by itself, with one kernel for all.
#[repr(C)]
pub struct Smooth<E, const KERNEL: usize, const STRIDE: usize> {
    weight: [E; KERNEL],
}

// SAFETY: an array of numbers, for which all bits zero is a value.
unsafe impl<E: Element, const KERNEL: usize, const STRIDE: usize> Zeroable for Smooth<E, KERNEL, STRIDE> {}
// SAFETY: `repr(C)`, one array of `E` and nothing else, as the layout says.
unsafe impl<E: Element, const KERNEL: usize, const STRIDE: usize> Parameters<E> for Smooth<E, KERNEL, STRIDE> {
    const LAYOUT: Layout = Layout::Tensors(&[ParameterTensor {
        name: "weight",
        axes: &[KERNEL],
        role: Role::Weight { fan_in: KERNEL, fan_out: KERNEL },
    }]);
}

impl<E: Element, const KERNEL: usize, const STRIDE: usize, const T: usize, const F: usize, const OUT: usize>
    Layer<E, Rank2<T, F>, Rank2<OUT, F>> for Smooth<E, KERNEL, STRIDE>
{
    fn forward_batch<S: Simd>(
        &self,
        _: S,
        x: &[Tensor<Rank2<T, F>, E>],
        y: &mut [Tensor<Rank2<OUT, F>, E>],
        _: Room<'_, E>,
        _: Mode,
    ) {
        for (x, y) in x.iter().zip(y) {
            for (time, row) in y.array_mut().iter_mut().enumerate() {
                for (feature, y) in row.iter_mut().enumerate() {
                    *y = (0..KERNEL)
                        .fold(E::zero(), |sum, k| sum + self.weight[k] * x.array()[time * STRIDE + k][feature]);
                }
            }
        }
    }

    fn backward_batch<S: Simd>(&self, _: S, pass: Backward<'_, E, Rank2<T, F>, Rank2<OUT, F>>, gradient: &mut Self) {
        let Backward { x, dy, mut dx, .. } = pass;
        for (sample, (x, dy)) in x.iter().zip(dy).enumerate() {
            if let Some(dx) = &mut dx {
                dx[sample] = Tensor::zeros();
            }
            for (time, row) in dy.array().iter().enumerate() {
                for (feature, dy) in row.iter().enumerate() {
                    for k in 0..KERNEL {
                        gradient.weight[k] += *dy * x.array()[time * STRIDE + k][feature];
                        if let Some(dx) = &mut dx {
                            dx[sample].array_mut()[time * STRIDE + k][feature] += *dy * self.weight[k];
                        }
                    }
                }
            }
        }
    }
}

/// The name in a declaration.
pub struct Smoothing<const KERNEL: usize, const STRIDE: usize>;

impl<const KERNEL: usize, const STRIDE: usize, const T: usize, const F: usize> DeclaredLayer<Rank2<T, F>>
    for Smoothing<KERNEL, STRIDE>
where
    Const<T>: ToUInt,
    Const<F>: ToUInt,
    Const<KERNEL>: ToUInt,
    Const<STRIDE>: ToUInt,
    U<T>: core::ops::Sub<U<KERNEL>>,
    typenum::Diff<U<T>, U<KERNEL>>: core::ops::Div<U<STRIDE>>,
    typenum::Quot<typenum::Diff<U<T>, U<KERNEL>>, U<STRIDE>>: core::ops::Add<typenum::B1>,
    Windows<U<T>, U<KERNEL>, U<STRIDE>>: Length,
    U<F>: Length,
{
    type Output = TypedRank2<Windows<U<T>, U<KERNEL>, U<STRIDE>>, U<F>>;
    type Layer<E: Element> = Smooth<E, KERNEL, STRIDE>;
}

network! {
    struct Series: [20, 3] -> [2] {
        smooth: Smoothing(4, 2),
        again: Smoothing(3, 1), Tanh,
        Flatten,
        Dense(2),
    }
}

#[test]
fn the_output_size_is_computed_for_each_input_size() {
    let rows = <Series as Network>::LAYERS;
    assert_eq!(rows[0].output.to_string(), "[9, 3]");
    assert_eq!(rows[1].output.to_string(), "[7, 3]");
    assert_eq!(Series::PARAMS, 4 + 3 + 21 * 2 + 2);
}

#[test]
fn its_gradient_is_the_derivative() {
    let mut net = <Series<f64> as Network>::boxed(Seed(5));
    let x = [Tensor::from_fn(|i| (i as f64 * 0.7).sin()), Tensor::from_fn(|i| (i as f64 * 0.3).cos())];
    let mode = Mode::Training(tintype::layer::Randomness { key: 1, first_sample: 0 });
    let worst = gradient_check(&mut *net, &x, mode).expect("the passes are sound");
    assert!(worst.error < 1e-6, "{worst}");
}
