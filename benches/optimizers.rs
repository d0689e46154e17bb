//! Each optimizer's step over the parameters of the introductory convnet's size.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tintype::memory::zeroed_box;
use tintype::optimizers::Optimizer;
use tintype::prelude::*;
use tintype::train::{Descent, Update};

mod common {
    pub mod flops;
}

use common::flops::{Flops, criterion};

network! { struct Parameters: [300] -> [310] { Dense(310) } }

fn step<Opt: Optimizer<f32>>(criterion: &mut Criterion<Flops>, name: &str, optimizer: &Opt) {
    let mut network = Parameters::boxed(Seed(1));
    let mut gradient = Parameters::boxed(Seed(2));
    let mut descent = zeroed_box::<Descent<Parameters, Opt>>();
    let update = Update::new(optimizer);
    let mut group = criterion.benchmark_group(format!("{} parameters", Parameters::PARAMS));
    group.throughput(Throughput::Bytes(size_of::<Parameters>() as u64));
    group.bench_function(name, |bencher| bencher.iter(|| descent.step(&mut network, &mut gradient, &update)));
}

fn optimizers(criterion: &mut Criterion<Flops>) {
    // So small a rate that no parameter grows out of bounds, however often it is changed.
    const RATE: f64 = 1e-9;
    step(criterion, "Sgd", &Sgd::new(RATE));
    step(criterion, "Sgd with momentum", &Sgd::new(RATE).momentum(0.9));
    step(criterion, "Adam", &Adam::new(RATE));
    step(criterion, "AdamW", &AdamW::new(RATE));
    step(criterion, "RmsProp", &RmsProp::new(RATE));
    step(criterion, "GradientDescent", &GradientDescent::new(RATE));
}

criterion_group! { name = benches; config = criterion(); targets = optimizers }
criterion_main!(benches);
