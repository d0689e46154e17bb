//! Every layer against what PyTorch computes: outputs and gradients, from the files in `tests/goldens`.

use std::path::Path;

use safetensors::SafeTensors;
use tintype::layer::{Layer, Mode, Randomness};
use tintype::layers::conv2d::Sliding;
use tintype::layers::{
    AvgPool2d, BatchNorm, Conv2d, Dense, Gelu, GeluTanh, GlobalAvgPool2d, LeakyRelu, LogSoftmax, MaxPool2d, Relu,
    Sigmoid, Silu, Softmax, Tanh,
};
use tintype::parameters::Located;
use tintype::shape::{Dims, Rank1, Rank3};
use tintype::simd::{Simd, Work, dispatch};
use tintype::tensor::{elements, tensors};
use tintype::{Parameters, Shape};

#[path = "common/step.rs"]
mod step;

use step::{Results, Step};

/// The error that a tensor may have, relative to its largest magnitude.
const TOLERANCE: f32 = 1e-5;

const INFERENCE: Mode = Mode::Inference;
const TRAINING: Mode = Mode::Training(Randomness { key: 0, first_sample: 0 });

/// A golden file.
struct Golden(Vec<u8>);

impl Golden {
    fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name).with_extension("safetensors");
        Self(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn tensor(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let bytes = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}")).data();
        bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }
}

#[track_caller]
fn assert_near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0_f32, |scale, value| scale.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / scale.max(f32::MIN_POSITIVE);
        assert!(error <= TOLERANCE, "{what}, element {index}: {found}, but PyTorch gives {expected}");
    }
}

struct Dispatched<'a, L, I: Shape, O>(Step<'a, f32, L, I>, std::marker::PhantomData<O>);

impl<L: Layer<f32, I, O>, I: Shape, O: Shape> Work for Dispatched<'_, L, I, O> {
    type Output = Results<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        self.0.run::<S, O>(simd)
    }
}

/// Compares a layer with its golden file.
#[track_caller]
fn check<L: Layer<f32, I, O>, I: Shape, O: Shape>(name: &str, mode: Mode) {
    let golden = Golden::open(name);
    let mut layer = Box::new(L::zeroed());
    let all: Vec<Located> = located::<L>();
    for tensor in &all {
        layer.as_mut_slice()[tensor.range()].copy_from_slice(&golden.tensor(tensor.tensor.name));
    }
    let (x, dy) = (golden.tensor("x"), golden.tensor("dy"));
    let step = Step { layer: &*layer, x: tensors::<I, f32>(&x), dy: &dy, mode };
    let results = dispatch(Dispatched::<L, I, O>(step, std::marker::PhantomData));

    assert_near("output", &results.y, &golden.tensor("y"));
    assert_near("gradient by the input", &results.dx, &golden.tensor("dx"));
    for tensor in all.iter().filter(|tensor| tensor.tensor.role.is_trained()) {
        let expected = golden.tensor(&format!("d_{}", tensor.tensor.name));
        assert_near(tensor.tensor.name, &results.gradient[tensor.range()], &expected);
    }
    let mut gradient = Box::new(L::zeroed());
    gradient.as_mut_slice().copy_from_slice(&results.gradient);
    layer.update_statistics(&gradient);
    for tensor in all.iter().filter(|tensor| !tensor.tensor.role.is_trained()) {
        let name = tensor.tensor.name;
        let after = if mode.is_training() { format!("{name}_after") } else { name.into() };
        assert_near(&after, &layer.as_slice()[tensor.range()], &golden.tensor(&after));
    }
}

fn located<L: Parameters<f32>>() -> Vec<Located> {
    let mut all = vec![];
    L::LAYOUT.visit(&mut |tensor, _| all.push(*tensor));
    all
}

macro_rules! golden_tests {
    ($($name:ident: $layer:ty, $input:ty => $output:ty, $mode:ident;)*) => {$(
        #[test]
        fn $name() {
            check::<$layer, $input, $output>(stringify!($name), $mode);
        }
    )*};
}

golden_tests! {
    dense: Dense<f32, 5, 7>, Rank1<5> => Rank1<7>, INFERENCE;
    dense_no_bias: Dense<f32, 5, 7, 0>, Rank1<5> => Rank1<7>, INFERENCE;
    conv2d: Conv2d<f32, 3, 4, 3, 3>, Rank3<6, 7, 3> => Rank3<4, 5, 4>, INFERENCE;
    conv2d_no_bias: Conv2d<f32, 3, 4, 3, 3, 0>, Rank3<6, 7, 3> => Rank3<4, 5, 4>, INFERENCE;
    conv2d_rect_stride: Conv2d<f32, 2, 5, 3, 2, 5, Sliding<2, 1>>, Rank3<9, 8, 2> => Rank3<4, 7, 5>, INFERENCE;
    conv2d_dilation: Conv2d<f32, 2, 3, 3, 3, 3, Sliding<1, 1, 2, 2>>, Rank3<9, 9, 2> => Rank3<5, 5, 3>, INFERENCE;
    conv2d_same: Conv2d<f32, 2, 4, 3, 3, 4, Sliding<1, 1, 1, 1, 1, 1>>, Rank3<7, 6, 2> => Rank3<7, 6, 4>, INFERENCE;
    conv2d_same_even_stride2: Conv2d<f32, 2, 3, 4, 3, 3, Sliding<2, 2, 1, 1, 1, 0>>,
        Rank3<7, 8, 2> => Rank3<4, 4, 3>, INFERENCE;
    conv2d_padding: Conv2d<f32, 2, 3, 3, 5, 3, Sliding<1, 1, 1, 1, 1, 2>>, Rank3<6, 5, 2> => Rank3<6, 5, 3>, INFERENCE;
    conv2d_groups: Conv2d<f32, 2, 6, 3, 3>, Rank3<6, 6, 4> => Rank3<4, 4, 6>, INFERENCE;
    conv2d_wide: Conv2d<f32, 16, 32, 3, 3>, Rank3<8, 8, 16> => Rank3<6, 6, 32>, INFERENCE;
    max_pool2d: MaxPool2d<2, 2, Sliding<2, 2>>, Rank3<7, 8, 3> => Rank3<3, 4, 3>, INFERENCE;
    max_pool2d_overlap: MaxPool2d<3, 3, Sliding<2, 2>>, Rank3<7, 7, 2> => Rank3<3, 3, 2>, INFERENCE;
    max_pool2d_padding: MaxPool2d<3, 3, Sliding<2, 2, 1, 1, 1, 1>>, Rank3<6, 6, 2> => Rank3<3, 3, 2>, INFERENCE;
    avg_pool2d: AvgPool2d<2, 2, Sliding<2, 2>>, Rank3<6, 8, 3> => Rank3<3, 4, 3>, INFERENCE;
    avg_pool2d_same: AvgPool2d<3, 3, Sliding<2, 2, 1, 1, 1, 1>>, Rank3<7, 7, 2> => Rank3<4, 4, 2>, INFERENCE;
    global_avg_pool2d: GlobalAvgPool2d, Rank3<5, 6, 4> => Rank1<4>, INFERENCE;
    batch_norm_training: BatchNorm<f32, 6>, Rank1<6> => Rank1<6>, TRAINING;
    batch_norm_image_training: BatchNorm<f32, 3>, Rank3<5, 5, 3> => Rank3<5, 5, 3>, TRAINING;
    batch_norm_inference: BatchNorm<f32, 6>, Rank1<6> => Rank1<6>, INFERENCE;
    relu: Relu, Rank1<9> => Rank1<9>, INFERENCE;
    leaky_relu: LeakyRelu, Rank1<9> => Rank1<9>, INFERENCE;
    leaky_relu_0_3: LeakyRelu<{ 0.3_f64.to_bits() }>, Rank1<9> => Rank1<9>, INFERENCE;
    sigmoid: Sigmoid, Rank1<9> => Rank1<9>, INFERENCE;
    tanh: Tanh, Rank1<9> => Rank1<9>, INFERENCE;
    gelu: Gelu, Rank1<9> => Rank1<9>, INFERENCE;
    gelu_tanh: GeluTanh, Rank1<9> => Rank1<9>, INFERENCE;
    silu: Silu, Rank1<9> => Rank1<9>, INFERENCE;
    softmax: Softmax, Rank1<9> => Rank1<9>, INFERENCE;
    log_softmax: LogSoftmax, Rank1<9> => Rank1<9>, INFERENCE;
}

/// Flattening moves nothing: the elements as they lie are PyTorch's.
#[test]
fn flatten() {
    let golden = Golden::open("flatten");
    assert_eq!(tintype::layers::flatten::output(Dims::new3(2, 3, 4)), Dims::new1(24));
    for (from, to) in [("x", "y"), ("dx", "dy")] {
        let images = golden.tensor(from);
        assert_eq!(elements(tensors::<Rank3<2, 3, 4>, f32>(&images)), golden.tensor(to));
    }
}
