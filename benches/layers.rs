//! Each layer with parameters, and those that pool, normalise, drop and merge; an activation behind a layer rides on it.

use criterion::{Criterion, criterion_group, criterion_main};
use tintype::prelude::*;

mod common {
    pub mod flops;
    pub mod passes;
    pub mod values;
}

use common::flops::{Flops, criterion};
use common::passes::passes;

network! { struct Dense784x128: [784] { Dense(128), Relu } }
network! { struct Dense576x64: [576] { Dense(64), Relu } }
network! { struct Dense32x32: [32] { Dense(32), Tanh } }
network! { struct Dense64x10: [64] { Dense(10) } }
network! { struct Conv28x28x1to32: [28, 28, 1] { Conv2d(32, kernel = 3), Relu } }
network! { struct Conv13x13x32to64: [13, 13, 32] { Conv2d(64, kernel = 3), Relu } }
network! { struct Conv5x5x64to64: [5, 5, 64] { Conv2d(64, kernel = 3), Relu } }
network! { struct Conv28x28x1to6: [28, 28, 1] { Conv2d(6, kernel = 5, padding = Same), Relu } }
network! { struct Conv14x14x6to16: [14, 14, 6] { Conv2d(16, kernel = 5), Relu } }
network! { struct ConvStrided: [16, 16, 32] { Conv2d(64, kernel = 3, stride = 2, padding = Same), Relu } }
network! { struct ConvDepthwise: [16, 16, 32] { Conv2d(32, kernel = 3, padding = Same, groups = 32), Relu } }
network! { struct MaxPool: [26, 26, 32] { MaxPool2d(2) } }
network! { struct AvgPool: [26, 26, 32] { AvgPool2d(2) } }
network! { struct GlobalAvgPool: [8, 8, 64] { GlobalAvgPool2d } }
network! { struct Normalised: [13, 13, 32] { BatchNorm } }
network! { struct Dropped: [4096] { Dropout(0.5) } }
network! { struct Added: [64] { Residual { Dense(64), Relu } } }
network! { struct Concatenated: [13, 13, 32] { Concat { a: { MaxPool2d(1) }, b: { MaxPool2d(1) } } } }
network! { struct Repeated: [64] { Repeat(4) { Dense(64), Tanh } } }

fn dense(criterion: &mut Criterion<Flops>) {
    passes::<Dense784x128>(criterion, 1);
    passes::<Dense784x128>(criterion, 32);
    passes::<Dense576x64>(criterion, 1);
    passes::<Dense576x64>(criterion, 32);
    passes::<Dense32x32>(criterion, 1);
    passes::<Dense32x32>(criterion, 32);
    passes::<Dense64x10>(criterion, 32);
}

fn conv2d(criterion: &mut Criterion<Flops>) {
    passes::<Conv28x28x1to32>(criterion, 4);
    passes::<Conv13x13x32to64>(criterion, 4);
    passes::<Conv5x5x64to64>(criterion, 4);
    passes::<Conv28x28x1to6>(criterion, 4);
    passes::<Conv14x14x6to16>(criterion, 4);
    passes::<ConvStrided>(criterion, 4);
    passes::<ConvDepthwise>(criterion, 4);
}

fn pooling(criterion: &mut Criterion<Flops>) {
    passes::<MaxPool>(criterion, 4);
    passes::<AvgPool>(criterion, 4);
    passes::<GlobalAvgPool>(criterion, 4);
}

fn others(criterion: &mut Criterion<Flops>) {
    passes::<Normalised>(criterion, 4);
    passes::<Dropped>(criterion, 4);
    passes::<Added>(criterion, 32);
    passes::<Concatenated>(criterion, 4);
    passes::<Repeated>(criterion, 32);
}

criterion_group! { name = benches; config = criterion(); targets = dense, conv2d, pooling, others }
criterion_main!(benches);
