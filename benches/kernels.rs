//! Inner loops that are not a layer's alone. The register tile is what `layers` measures.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tintype::kernels::elementwise::accumulate;
use tintype::kernels::{sum, transpose};
use tintype::prelude::*;
use tintype::simd::{Simd, Work, dispatch};

mod common {
    pub mod flops;
    pub mod values;
}

use common::flops::{Flops, criterion};
use common::values::tensors;

const LEN: usize = 4096;

#[derive(Clone, Copy)]
enum Kernel {
    Sum,
    SumOfProducts,
    Maximum,
}

/// A kernel that makes one number of one or two runs.
#[derive(Clone, Copy)]
struct Reduce<'a>(Kernel, &'a [f32], &'a [f32]);

impl Work for Reduce<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let Self(kernel, a, b) = self;
        match kernel {
            Kernel::Sum => sum::of(simd, a),
            Kernel::SumOfProducts => sum::of_products(simd, a, b),
            Kernel::Maximum => sum::maximum(simd, a),
        }
    }
}

struct Accumulate<'a>(&'a mut [f32], &'a [f32]);

impl Work for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        accumulate(simd, self.0, self.1);
    }
}

fn runs(criterion: &mut Criterion<Flops>) {
    let values = tensors::<Rank1<LEN>>(2);
    let (a, b) = (values[0].as_slice(), values[1].as_slice());
    let mut group = criterion.benchmark_group(format!("runs of {LEN}"));
    group.throughput(Throughput::Bytes(4 * LEN as u64));
    group.bench_function("sum", |bencher| bencher.iter(|| dispatch(black_box(Reduce(Kernel::Sum, a, b)))));
    group.bench_function("maximum", |bencher| bencher.iter(|| dispatch(black_box(Reduce(Kernel::Maximum, a, b)))));
    group.throughput(Throughput::Elements(LEN as u64));
    let products = Reduce(Kernel::SumOfProducts, a, b);
    group.bench_function("sum of products", |bencher| bencher.iter(|| dispatch(black_box(products))));
    group.throughput(Throughput::Bytes(12 * LEN as u64));
    let mut y = a.to_vec();
    group.bench_function("accumulate", |bencher| bencher.iter(|| dispatch(Accumulate(&mut y, black_box(b)))));
}

fn matrices(criterion: &mut Criterion<Flops>) {
    const ROWS: usize = 576;
    const COLUMNS: usize = 64;
    let source = tensors::<Rank2<ROWS, COLUMNS>>(1);
    let mut target = vec![0.0; ROWS * COLUMNS];
    let mut group = criterion.benchmark_group(format!("{ROWS}x{COLUMNS}"));
    group.throughput(Throughput::Bytes(8 * (ROWS * COLUMNS) as u64));
    group.bench_function("transpose", |bencher| {
        bencher.iter(|| transpose(black_box(source[0].as_slice()), (&mut target, ROWS), ROWS, COLUMNS));
    });
}

criterion_group! { name = benches; config = criterion(); targets = runs, matrices }
criterion_main!(benches);
