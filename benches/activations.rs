//! Each activation as a layer of its own, which is what it is where no layer in front can carry it.

use criterion::{Criterion, criterion_group, criterion_main};
use tintype::prelude::*;

mod common {
    pub mod flops;
    pub mod passes;
    pub mod values;
}

use common::flops::{Flops, criterion};
use common::passes::passes;

network! { struct OfRelu: [4096] { Relu } }
network! { struct OfLeakyRelu: [4096] { LeakyRelu(0.01) } }
network! { struct OfSigmoid: [4096] { Sigmoid } }
network! { struct OfTanh: [4096] { Tanh } }
network! { struct OfGelu: [4096] { Gelu } }
network! { struct OfGeluTanh: [4096] { GeluTanh } }
network! { struct OfSilu: [4096] { Silu } }
network! { struct OfSoftmax: [10] { Softmax } }
network! { struct OfLogSoftmax: [10] { LogSoftmax } }

fn elementwise(criterion: &mut Criterion<Flops>) {
    passes::<OfRelu>(criterion, 1);
    passes::<OfLeakyRelu>(criterion, 1);
    passes::<OfSigmoid>(criterion, 1);
    passes::<OfTanh>(criterion, 1);
    passes::<OfGelu>(criterion, 1);
    passes::<OfGeluTanh>(criterion, 1);
    passes::<OfSilu>(criterion, 1);
}

fn over_classes(criterion: &mut Criterion<Flops>) {
    passes::<OfSoftmax>(criterion, 32);
    passes::<OfLogSoftmax>(criterion, 32);
}

criterion_group! { name = benches; config = criterion(); targets = elementwise, over_classes }
criterion_main!(benches);
