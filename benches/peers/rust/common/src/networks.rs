//! The networks, for libraries that build them at run time; `workloads.py` has the same table.

use Activation::{Identity, Relu, Tanh};
use Layer::{Conv, Dense, Flatten, Pool};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Identity,
    Relu,
    Tanh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A square convolution with so many zeros around the image.
    Conv {
        name: &'static str,
        kernel: usize,
        padding: usize,
        activation: Activation,
    },
    /// Max-pooling over 2x2 pixels.
    Pool,
    /// From an image of `height`, `width` and `channels` to a vector.
    Flatten {
        image: [usize; 3],
    },
    Dense {
        name: &'static str,
        activation: Activation,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    A,
    B,
    C,
    E,
}

impl Workload {
    pub fn named(name: &str) -> Option<Self> {
        [Self::A, Self::B, Self::C, Self::E].into_iter().find(|workload| workload.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::E => "E",
        }
    }

    /// The shape of an input: features, or rows, columns and channels.
    pub const fn input(self) -> &'static [usize] {
        match self {
            Self::A | Self::E => &[28, 28, 1],
            Self::B => &[784],
            Self::C => &[4],
        }
    }

    pub fn features(self) -> usize {
        self.input().iter().product()
    }

    pub const fn outputs(self) -> usize {
        if self.classifies() { 10 } else { 2 }
    }

    /// Whether the targets are classes and the loss is the cross-entropy; else it is the mean squared error.
    pub const fn classifies(self) -> bool {
        !matches!(self, Self::C)
    }

    /// The name of the samples to train on.
    pub const fn data(self) -> &'static str {
        if self.classifies() { "digits" } else { "regression" }
    }

    pub const fn layers(self) -> &'static [Layer] {
        match self {
            Self::A => &[
                Conv { name: "conv1", kernel: 3, padding: 0, activation: Relu },
                Pool,
                Conv { name: "conv2", kernel: 3, padding: 0, activation: Relu },
                Pool,
                Conv { name: "conv3", kernel: 3, padding: 0, activation: Relu },
                Flatten { image: [3, 3, 64] },
                Dense { name: "hidden", activation: Relu },
                Dense { name: "output", activation: Identity },
            ],
            Self::B => &[
                Dense { name: "hidden1", activation: Relu },
                Dense { name: "hidden2", activation: Relu },
                Dense { name: "output", activation: Identity },
            ],
            Self::C => &[
                Dense { name: "hidden1", activation: Tanh },
                Dense { name: "hidden2", activation: Tanh },
                Dense { name: "output", activation: Identity },
            ],
            Self::E => &[
                Conv { name: "conv1", kernel: 5, padding: 2, activation: Relu },
                Pool,
                Conv { name: "conv2", kernel: 5, padding: 0, activation: Relu },
                Pool,
                Flatten { image: [5, 5, 16] },
                Dense { name: "hidden1", activation: Relu },
                Dense { name: "hidden2", activation: Relu },
                Dense { name: "output", activation: Identity },
            ],
        }
    }
}
