//! Each loss with its gradient, for a batch.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tintype::losses::Loss;
use tintype::prelude::*;
use tintype::simd::{Simd, Work, dispatch};

mod common {
    pub mod flops;
    pub mod values;
}

use common::flops::{Flops, criterion};
use common::values::tensors;

const SAMPLES: usize = 32;

type Output = Tensor<Rank1<10>>;

struct Gradient<'a, L, T> {
    loss: &'a L,
    outputs: &'a [Output],
    targets: &'a [T],
    gradients: &'a mut [Output],
}

impl<L: Loss<f32, Rank1<10>, T>, T> Work for Gradient<'_, L, T> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let samples = self.outputs.iter().zip(self.targets).zip(self.gradients);
        samples.map(|((output, target), gradient)| self.loss.gradient(simd, output, target, 1.0, gradient)).sum()
    }
}

fn loss<L: Loss<f32, Rank1<10>, T>, T>(
    criterion: &mut Criterion<Flops>,
    name: &str,
    loss: &L,
    outputs: &[Output],
    targets: &[T],
) {
    let mut gradients = vec![Tensor::zeros(); SAMPLES];
    let mut group = criterion.benchmark_group(format!("{SAMPLES} samples of 10"));
    group.throughput(Throughput::Bytes(size_of_val(outputs) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| dispatch(Gradient { loss, outputs, targets, gradients: &mut gradients }));
    });
}

fn losses(criterion: &mut Criterion<Flops>) {
    let outputs = tensors::<Rank1<10>>(SAMPLES);
    let probabilities: Vec<_> = outputs.iter().map(Tensor::softmax).collect();
    let log_probabilities: Vec<_> = probabilities.iter().map(|output| output.map(f32::ln)).collect();
    let classes: Vec<Class<10>> = (0..SAMPLES).filter_map(|index| Class::new(index % 10)).collect();
    let mut others = probabilities.clone();
    others.reverse();
    loss(criterion, "CrossEntropy", &CrossEntropy, &outputs, &classes);
    loss(criterion, "CrossEntropyOnProbabilities", &CrossEntropyOnProbabilities, &probabilities, &classes);
    loss(criterion, "NegativeLogLikelihood", &NegativeLogLikelihood, &log_probabilities, &classes);
    loss(criterion, "MeanSquaredError", &MeanSquaredError, &outputs, &others);
    loss(criterion, "MeanAbsoluteError", &MeanAbsoluteError, &outputs, &others);
    loss(criterion, "Huber", &Huber::default(), &outputs, &others);
    loss(criterion, "BinaryCrossEntropy", &BinaryCrossEntropy, &probabilities, &others);
    loss(criterion, "BinaryCrossEntropyWithLogits", &BinaryCrossEntropyWithLogits, &outputs, &others);
}

criterion_group! { name = benches; config = criterion(); targets = losses }
criterion_main!(benches);
