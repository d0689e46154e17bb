//! A layer of one's own, used in a declaration like a built-in one: a rectifier whose slope on the left is learned, one
//! for each feature (He et al., 2015, call it `PReLU`).
//!
//! ```sh
//! cargo run --release --example custom_layer
//! ```

use std::error::Error;

use tintype::bytemuck::Zeroable;
use tintype::data::InMemory;
use tintype::gradient_check::gradient_check;
use tintype::layer::{Backward, Mode, Room};
use tintype::network::DeclaredLayer;
use tintype::parameters::{Layout, ParameterTensor, Role};
use tintype::prelude::*;
use tintype::simd::Simd;
use tintype::{Layer, Parameters};

/// `f(x) = x` where `x > 0`, and `s x` elsewhere, with a learned slope `s` for each feature.
#[repr(C)]
pub struct LearnedSlope<E, const N: usize> {
    /// The slopes on the left.
    pub slope: [E; N],
}

// SAFETY: an array of numbers, for which all bits zero is a value.
unsafe impl<E: Element, const N: usize> Zeroable for LearnedSlope<E, N> {}
// SAFETY: `repr(C)`, one array of `E` and nothing else, as the layout says.
unsafe impl<E: Element, const N: usize> Parameters<E> for LearnedSlope<E, N> {
    const LAYOUT: Layout = Layout::Tensors(&[ParameterTensor { name: "slope", axes: &[N], role: Role::Bias }]);
}

impl<E: Element, const N: usize> Layer<E, Rank1<N>, Rank1<N>> for LearnedSlope<E, N> {
    fn forward_batch<S: Simd>(
        &self,
        _: S,
        x: &[Tensor<Rank1<N>, E>],
        y: &mut [Tensor<Rank1<N>, E>],
        _: Room<'_, E>,
        _: Mode,
    ) {
        for (x, y) in x.iter().zip(y) {
            for (i, (x, y)) in x.array().iter().zip(y.array_mut()).enumerate() {
                *y = if *x > E::zero() { *x } else { self.slope[i] * *x };
            }
        }
    }

    fn backward_batch<S: Simd>(&self, _: S, pass: Backward<'_, E, Rank1<N>, Rank1<N>>, gradient: &mut Self) {
        let Backward { x, dy, mut dx, .. } = pass;
        for (sample, (x, dy)) in x.iter().zip(dy).enumerate() {
            for (i, (x, dy)) in x.array().iter().zip(dy.array()).enumerate() {
                let positive = *x > E::zero();
                // Gradients by parameters are added to what other samples have left there.
                if !positive {
                    gradient.slope[i] += *dy * *x;
                }
                // The gradient by the input is wanted unless this is the first layer.
                if let Some(dx) = &mut dx {
                    dx[sample].array_mut()[i] = if positive { *dy } else { *dy * self.slope[i] };
                }
            }
        }
    }
}

/// The name in a declaration: says which layer it is for each shape that it takes.
pub struct Slope;

impl<const N: usize> DeclaredLayer<Rank1<N>> for Slope {
    type Output = Rank1<N>;
    type Layer<E: Element> = LearnedSlope<E, N>;
}

network! {
    /// Learns `|x|` for two numbers: what a rectifier with one fixed slope needs two units for, this does with one.
    struct Magnitude: [2] -> [2] { Dense(2), slope: Slope, Dense(2) }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The check that every built-in layer passes.
    let mut layer = LearnedSlope::<f64, 3> { slope: [0.1, -0.4, 0.7] };
    let x = [Tensor::from([0.5, -1.5, 2.0]), Tensor::from([-0.3, 0.8, -1.1])];
    let worst = gradient_check(&mut layer, &x, Mode::Inference)?;
    println!("gradients agree with differences to {:.0e}", worst.error);

    let points = (0..400).map(|i| [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95]);
    let data: InMemory<_, _> = points.map(|[a, b]| (Tensor::from([a, b]), Tensor::from([a.abs(), b.abs()]))).collect();
    let mut net = Magnitude::boxed(Seed(5));
    Trainer::new(MeanSquaredError, Adam::new(0.02)).epochs(150).fit_without_validation(&mut net, &data)?;
    for x in [[-0.5, 0.25], [0.75, -0.9]] {
        println!("{x:?} -> {:.2?}", net.forward(&x.into()).as_slice());
    }
    println!("the slopes that it learned: {:.2?}", net.slope.slope);
    Ok(())
}
