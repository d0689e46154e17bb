//! What a declaration may hold, and the sizes that follow from it.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::pedantic)]

use tintype::Parameters;
use tintype::layers::{Conv2d, Dense};
use tintype::network::DeclaredLayer;
use tintype::prelude::*;
use tintype::shape::Dims;

const HIDDEN: usize = 6;
const K: usize = 1;

mod sizes {
    pub const CLASSES: usize = 10;
}

/// The full names of all tensors, as in a weight file.
fn names<N: Network>() -> Vec<String> {
    let mut names = vec![];
    N::LAYOUT.visit(&mut |tensor, _| names.push(tensor.to_string()));
    names
}

/// The axes of all tensors.
fn axes<N: Network>() -> Vec<&'static [usize]> {
    let mut axes = vec![];
    N::LAYOUT.visit(&mut |tensor, _| axes.push(tensor.tensor.axes));
    axes
}

network! {
    /// Sizes that are any constant expression.
    #[derive(Clone, Debug)]
    pub struct Expressions: [4 * 2, 2 * 4, K] -> [sizes::CLASSES] {
        /// A layer may have a doc comment.
        conv: Conv2d(HIDDEN + 2, kernel = [K, K + 2], padding = [0, K]), Relu,
        MaxPool2d(2 * K),
        Flatten,
        hidden: Dense(2 * HIDDEN, init = Constant(0.5)), Tanh,
        Dense({ const N: usize = sizes::CLASSES; N }),
    }
}

#[test]
fn a_size_is_any_constant_expression() {
    assert_eq!(
        names::<Expressions>(),
        ["conv.weight", "conv.bias", "hidden.weight", "hidden.bias", "dense1.weight", "dense1.bias"]
    );
    assert_eq!(axes::<Expressions>()[0], [1, 3, 1, 8]);
    assert_eq!(axes::<Expressions>()[2], [4 * 4 * 8, 12]);
    assert_eq!(axes::<Expressions>()[4], [12, 10]);
    let net: Expressions = Network::ZERO;
    assert!(format!("{:?}", net.clone()).starts_with("Expressions { conv: Conv2d { weight: [[["));
}

#[test]
fn a_declaration_may_stand_in_a_function() {
    const WIDTH: usize = 3;
    network! { struct Local: [WIDTH] { Dense(WIDTH + 1) } }
    assert_eq!(Local::PARAMS, 3 * 4 + 4);
    assert_eq!(<Local as Network>::Output::DIMS, Dims::new1(4));
}

network! {
    /// Every argument of a convolution.
    pub(crate) struct Convolutions: [12, 12, 4] {
        Conv2d(filters = 8, kernel = 3, groups = 2, bias = false, padding = Same),
        Conv2d(8, kernel = [3, 1], stride = [2, 1], dilation = [1, 2], padding = 1, init = HeNormal),
        Conv2d(4, kernel = 2, stride = 2, padding = Valid, bias = true, init = Orthogonal(0.5)),
        AvgPool2d(2, stride = 1, padding = Same), MaxPool2d(window = [1, 2], stride = [1, 2], padding = [0, 1]),
        GlobalAvgPool2d, Reshape([2, 2]), Reshape([1, 2, 2]), Reshape([4]),
    }
}

#[test]
fn convolutions_and_pooling_take_their_arguments() {
    assert_eq!(axes::<Convolutions>(), [&[3, 3, 2, 8][..], &[3, 1, 8, 8], &[8], &[2, 2, 8, 4], &[4]]);
    let outputs: Vec<_> = Convolutions::LAYERS.iter().map(|layer| layer.output).collect();
    let images = [
        Dims::new3(12, 12, 8),
        Dims::new3(6, 14, 8),
        Dims::new3(3, 7, 4),
        Dims::new3(3, 7, 4),
        Dims::new3(3, 4, 4),
        Dims::new1(4),
    ];
    assert_eq!(outputs, images);
    assert_eq!(<Convolutions as Network>::Output::DIMS, Dims::new1(4));
}

network! {
    /// All activations, some at the beginning, some in a row.
    struct Activations: [3] -> [3] {
        Relu, LeakyRelu, LeakyRelu(0.2), LeakyRelu(slope = 0), Sigmoid, Tanh, Gelu, GeluTanh, Silu, Softmax, LogSoftmax,
    }
}

network! {
    /// Nothing is left to run.
    struct OnlyFlatten: [2, 3] -> [6] { Flatten }
}

network! {
    /// Reshapes at both ends.
    struct Reshapes: [2, 3] -> [3, 2] { Flatten, Dropout(0.5), Tanh, Relu, Reshape([3, 2]) }
}

#[test]
fn a_network_may_be_without_parameters() {
    assert_eq!((Activations::PARAMS, OnlyFlatten::PARAMS, Reshapes::PARAMS), (0, 0, 0));
    let x = Tensor::from([[1.0, -2.0, 3.0], [4.0, -5.0, 6.0]]);
    assert_eq!(OnlyFlatten::boxed(Seed(1)).forward(&x).as_slice(), x.as_slice());
    let y = <Reshapes>::ZERO.forward(&x);
    assert!(y.as_slice().iter().zip(x.as_slice()).all(|(y, x)| (*y == 0.0) == (*x < 0.0)));
}

network! {
    /// Blocks in blocks.
    struct Blocks: [6, 6, 2] -> [4] {
        Residual { Conv2d(2, kernel = 3, padding = Same), Relu, inner: Residual { Tanh, Dropout(0) } },
        down: Residual {
            conv: Conv2d(4, kernel = 3, stride = 2, padding = Same), norm: BatchNorm(momentum = 0.9, epsilon = 1e-5), Relu,
        } shortcut {
            conv: Conv2d(4, kernel = 1, stride = 2),
        },
        wide: Concat {
            a: { Conv2d(2, kernel = 1), Relu },
            b: { conv: Conv2d(3, kernel = 3, padding = Same), Residual { Conv2d(3, kernel = 1) } },
            rest: {},
        },
        GlobalAvgPool2d,
        Concat { a: { Dense(1) } b: { Dense(3) } }
    }
}

#[test]
fn layers_in_blocks_are_named_after_the_blocks() {
    assert_eq!(
        names::<Blocks>(),
        [
            "conv2d1.weight",
            "conv2d1.bias",
            "down.conv.weight",
            "down.conv.bias",
            "down.norm.gamma",
            "down.norm.beta",
            "down.norm.running_mean",
            "down.norm.running_variance",
            "down.shortcut.conv.weight",
            "down.shortcut.conv.bias",
            "wide.a.conv2d1.weight",
            "wide.a.conv2d1.bias",
            "wide.b.conv.weight",
            "wide.b.conv.bias",
            "wide.b.conv2d1.weight",
            "wide.b.conv2d1.bias",
            "a.dense1.weight",
            "a.dense1.bias",
            "b.dense1.weight",
            "b.dense1.bias",
        ]
    );
    let net = Blocks::boxed(Seed(0));
    let _: &Conv2d<f32, 2, 4, 3, 3, 4, _> = &net.down_conv;
    let _: &Dense<f32, 9, 3> = &net.b_dense1;
}

network! {
    /// Used in another.
    #[derive(Clone, Debug)]
    struct Encoder: [8] -> [3] { Dense(5), Tanh, Dense(3), Tanh }
}

/// A layer of the user's own: as many outputs as inputs.
pub struct Square<const TIMES: usize = 1>;

impl<const TIMES: usize, const N: usize> DeclaredLayer<Rank1<N>> for Square<TIMES> {
    type Output = Rank1<N>;
    type Layer<E: Element> = Dense<E, N, N>;
}

const TURNS: usize = 2;

network! {
    /// Networks and layers of one's own as layers.
    #[derive(Clone, Debug)]
    struct Composed: [8] -> [3] {
        encoder: Encoder,
        Square, Relu,
        mine: Square(7), self::Square<3>,
        Repeat(TURNS) { Dense(3), Tanh, twice: Repeat(2) { Residual { Dense(3) } } },
        again: Repeat(1) { Dense(4) },
        crate::Square(TURNS), Dense(3)
    }
}

#[test]
fn networks_and_layers_of_ones_own_are_layers() {
    assert_eq!(
        Composed::LAYERS.iter().map(|layer| layer.name).collect::<Vec<_>>(),
        ["encoder", "square1", "relu1", "mine", "square2", "repeat1", "again", "square3", "dense1"]
    );
    assert_eq!(Composed::PARAMS, Encoder::PARAMS + 3 * 12 + 2 * (12 + 2 * 12) + 16 + 20 + 15);
    assert!(names::<Composed>().contains(&"repeat1.1.twice.0.dense1.weight".to_owned()));
    assert!(names::<Composed>().contains(&"encoder.dense2.bias".to_owned()));
}

fn zero_output<N: Network<Element = f32>>() -> Vec<f32> {
    N::ZERO.forward(&Tensor::zeros()).as_slice().to_vec()
}

#[test]
fn a_network_is_a_type_for_generic_code() {
    assert_eq!(zero_output::<Composed>(), [0.0; 3]);
    let double = <Encoder<f64>>::ZERO;
    assert_eq!(double.forward(&Tensor::full(1.0_f64)).as_slice(), [0.0_f64; 3]);
    assert_eq!(Encoder::<f64>::boxed(Seed(3)).as_slice().len(), 45 + 18);
}

mod one_letter {
    use tintype::prelude::*;

    network! {
        /// Called as the element is in what the macro writes.
        #[derive(Clone, Debug)]
        pub struct E: [2] -> [1] { only: Dense(1) }
    }

    network! {
        /// Called as a constant parameter is.
        #[derive(Clone, Debug)]
        pub struct S: [2] -> [2] { E, Concat { one: { Dense(1) }, two: { Repeat(2) { Dense(1) } } } }
    }
}

#[test]
fn a_network_may_be_called_as_a_parameter_is() {
    assert_eq!(names::<one_letter::E>(), ["only.weight", "only.bias"]);
    let net = one_letter::S::boxed(Seed(1));
    assert_eq!(net.clone().forward(&Tensor::zeros()).as_slice(), [0.0; 2]);
    assert!(format!("{net:?}").starts_with("S { e1: E { only: Dense {"));
}
