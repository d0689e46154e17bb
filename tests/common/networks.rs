//! Whole networks, which together have every layer, every activation and every composition in them.

use tintype::layers::Dense;
use tintype::network::DeclaredLayer;
use tintype::prelude::*;

network! {
    /// A chain with activations that ride on their layers.
    pub struct Chain: [5] -> [3] { Dense(7), Tanh, Dense(4, bias = false), Sigmoid, Dense(3) }
}

network! {
    /// Activations that cannot ride: at the beginning, in a row, behind no layer.
    pub struct Activations: [6] -> [6] { Silu, Gelu, Tanh, Dense(6), GeluTanh, Sigmoid, Tanh, Tanh, LogSoftmax }
}

network! {
    /// Kinks, all away from where the values are.
    pub struct Kinks: [6, 5, 2] -> [4] {
        MaxPool2d(2, stride = [2, 1]),
        conv: Conv2d(3, kernel = [2, 3], padding = Same), Relu,
        Conv2d(4, kernel = 2), LeakyRelu(0.2),
        Flatten,
        Dense(5), Relu,
        Dense(4),
    }
}

network! {
    /// Every argument of a convolution.
    pub struct Convolutions: [7, 6, 4] -> [3] {
        Conv2d(6, kernel = 3, groups = 2, bias = false, padding = Same), Tanh,
        Conv2d(4, kernel = [3, 1], stride = [2, 1], dilation = [1, 2], padding = 1), Sigmoid,
        AvgPool2d(2, stride = 1, padding = Same), Silu,
        Conv2d(3, kernel = 2, stride = 2),
        GlobalAvgPool2d,
    }
}

network! {
    /// Nothing but a view of the input.
    pub struct OnlyReshape: [2, 6] -> [3, 4] { Flatten, Reshape([3, 4]) }
}

network! {
    /// Views at both ends, and dropout on the input.
    pub struct Views: [3, 2, 2] -> [2, 4] { Flatten, Dropout(0.25), Dense(8), Tanh, Dropout(0.5), Reshape([2, 4]) }
}

network! {
    /// A view between a layer and its activation, and a value that is read twice through views.
    pub struct ViewsWithin: [2, 3, 2] -> [12] {
        Flatten, Dense(12), Reshape([2, 3, 2]), Tanh,
        Residual { Flatten, Dense(12), Reshape([2, 3, 2]) },
        Residual { Conv2d(2, kernel = 1), Tanh } shortcut { Flatten, Reshape([2, 3, 2]) },
        Flatten,
    }
}

network! {
    /// Residual blocks on the input, within each other, and at the end.
    pub struct Residuals: [4, 4, 2] -> [4, 4, 3] {
        Residual { Conv2d(2, kernel = 3, padding = Same), Tanh },
        block: Residual {
            conv: Conv2d(3, kernel = 3, padding = Same), Sigmoid,
            Residual { Residual { Tanh }, Conv2d(3, kernel = 1) },
        } shortcut {
            Conv2d(3, kernel = 1),
        },
        Residual { Silu } shortcut { Dropout(0.5) },
    }
}

network! {
    /// The same value added to itself, and to what is applied to it.
    pub struct Sums: [5] -> [5] { Residual { Residual { Reshape([5]) } }, Residual { Tanh, Reshape([5]) } }
}

network! {
    /// Branches side by side: of different widths, without layers, within each other, and at both ends.
    pub struct Branches: [3, 4, 2] -> [7] {
        Concat {
            a: { Conv2d(3, kernel = 1), Tanh },
            b: { Conv2d(2, kernel = 3, padding = Same), Concat { left: { Tanh }, right: { Conv2d(1, kernel = 1) } } },
            rest: {},
        },
        GlobalAvgPool2d,
        Concat { a: { Dense(3), Sigmoid }, b: { Softmax, Dense(4) } },
    }
}

network! {
    /// One input in several branches, whose gradients are added up.
    pub struct Fan: [4] -> [16] { Concat { a: {}, b: { Tanh }, c: {}, d: { Residual { Dense(4) } } } }
}

network! {
    /// Statistics of the batch, within a block and behind a convolution.
    pub struct Normalised: [3, 3, 2] -> [4] {
        BatchNorm,
        conv: Conv2d(3, kernel = 2, bias = false), BatchNorm(momentum = 0.9, epsilon = 1e-2), Tanh,
        Residual { BatchNorm, Conv2d(3, kernel = 1) },
        Flatten, Dense(4), BatchNorm, Softmax,
    }
}

network! {
    /// Repeated blocks, within each other and with values of their own.
    pub struct Repeats: [4] -> [3] {
        Repeat(3) { Dense(4), Tanh, Repeat(2) { Residual { Dense(6), Sigmoid, Dense(4) } } },
        Repeat(1) { Dense(3), Tanh },
        Repeat(2) { Tanh },
    }
}

network! {
    /// A network for use in others.
    pub struct Encoder: [4, 4, 1] -> [6] { Conv2d(2, kernel = 2), Tanh, Flatten, Dropout(0.2), Dense(6), Tanh }
}

/// A layer of one's own: as many outputs as inputs.
pub struct Square;

impl<const N: usize> DeclaredLayer<Rank1<N>> for Square {
    type Output = Rank1<N>;
    type Layer<E: Element> = Dense<E, N, N>;
}

network! {
    /// Networks and layers of one's own, in blocks.
    pub struct Nested: [4, 4, 1] -> [8] {
        Concat { left: { encoder: Encoder }, right: { Encoder, Residual { Square, Tanh } } },
        Repeat(2) { Square, Sigmoid },
        Dense(8),
    }
}

network! {
    /// Activations behind networks and blocks that end with an activation of their own, and behind normalisation.
    pub struct Stacked: [4, 4, 1] -> [3] {
        Encoder, Sigmoid,
        Repeat(2) { Dense(6), Tanh }, Sigmoid,
        BatchNorm, Tanh,
        Repeat(1) { Dense(3), Softmax }, LeakyRelu(0.5),
    }
}

network! {
    /// So many nodes that the passes are cut into sections, with values that are read far from where they are written.
    pub struct Long: [5] -> [9] {
        Residual {
            Dense(5), Tanh, Dense(4), Sigmoid, Dense(5), Dropout(0.1), Residual { Dense(5), Tanh },
            Dense(3), Silu, Dense(5), Tanh, Dense(5), Sigmoid, Dense(5), Tanh, BatchNorm,
        },
        Concat {
            a: { Dense(4), Tanh, Dense(4), Tanh, Dense(4), Tanh, Dense(4) },
            rest: {},
        },
    }
}

/// Calls the macro `$tests` with a row for each network: name, network, what inputs it can be compared with differences
/// at, and how many samples there are.
macro_rules! network_table {
    ($tests:ident) => {
        $tests! {
            chain: Chain, Anything, 1..=17;
            activations: Activations, Anything, 1..=3;
            kinks: Kinks, Distinct, 1..=3;
            convolutions: Convolutions, Anything, 1..=3;
            only_reshape: OnlyReshape, Anything, 1..=2;
            views: Views, Anything, 1..=3;
            views_within: ViewsWithin, Anything, 1..=3;
            residuals: Residuals, Anything, 1..=3;
            sums: Sums, Anything, 1..=3;
            branches: Branches, Anything, 1..=3;
            fan: Fan, Anything, 1..=3;
            normalised: Normalised, Anything, 6..=8;
            repeats: Repeats, Anything, 1..=3;
            encoder: Encoder, Anything, 1..=3;
            nested: Nested, Anything, 1..=3;
            stacked: Stacked, Anything, 6..=8;
            long: Long, Anything, 6..=8;
        }
    };
}
pub(crate) use network_table;
