//! The same bits for every number of threads, and for every run.
#![cfg(feature = "digits")]
#![allow(clippy::float_cmp)]

use tintype::data::digits;
use tintype::parameters::Parameters;
use tintype::prelude::*;

network! {
    /// Enough work for each batch that several threads take part, and random decisions in between.
    struct Convolutional: [8, 8, 1] -> [10] {
        Conv2d(16, kernel = 3), Relu,
        Conv2d(16, kernel = 3), Relu,
        MaxPool2d(2),
        Dropout(0.25),
        Flatten,
        Dense(10),
    }
}

network! {
    /// So many parameters that the lanes' gradients are added up on several threads.
    struct Perceptron: [8, 8, 1] -> [10] {
        Flatten,
        Dense(256), Relu,
        Dropout(0.5),
        Dense(10),
    }
}

network! {
    /// The samples of a batch depend on each other.
    struct Normalised: [8, 8, 1] -> [10] {
        Conv2d(16, kernel = 3),
        BatchNorm,
        Relu,
        Conv2d(16, kernel = 3), Relu,
        Flatten,
        Dense(10),
    }
}

/// The bits of all weights after two epochs, and those of every number that the report holds.
fn train<N>(batch_size: usize, threads: usize, seed: u64) -> (Vec<u32>, Vec<u64>)
where
    N: Network<Element = f32, Input = Rank3<8, 8, 1>, Output = Rank1<10>>,
{
    // Not a multiple of the batch size: the last batch is cut into other lanes.
    let (train, rest) = digits::load().split_at(150);
    let mut net = N::boxed(Seed(3));
    let report = Trainer::new(CrossEntropy, Adam::new(1e-3))
        .metric(Accuracy)
        .epochs(2)
        .batch_size(batch_size)
        .clip_norm(1.0)
        .penalty(Penalty::L2(1e-4))
        .seed(Seed(seed))
        .threads(threads)
        .fit(&mut net, &train, &rest.take(100))
        .unwrap();
    let weights = Parameters::<f32>::as_slice(&*net).iter().map(|weight| weight.to_bits()).collect();
    let evaluations = report.epochs.iter().flat_map(|epoch| [Some(&epoch.training), epoch.validation.as_ref()]);
    let numbers = evaluations.flatten().flat_map(|evaluation| [evaluation.loss, evaluation.metrics[0].1]);
    (weights, numbers.chain(report.step_losses.iter().copied()).map(f64::to_bits).collect())
}

fn check<N>(batch_size: usize)
where
    N: Network<Element = f32, Input = Rank3<8, 8, 1>, Output = Rank1<10>>,
{
    let alone = train::<N>(batch_size, 1, 5);
    for threads in [1, 2, 7] {
        assert!(train::<N>(batch_size, threads, 5) == alone, "{threads} threads give other numbers than one");
    }
    assert!(train::<N>(batch_size, 1, 6) != alone, "another seed must make a difference");
}

#[test]
fn a_network_with_dropout() {
    check::<Convolutional>(64);
}

#[test]
fn a_network_with_many_parameters() {
    check::<Perceptron>(128);
}

#[test]
fn a_network_with_batch_normalisation() {
    check::<Normalised>(32);
}

#[test]
fn evaluation_alone_does_not_depend_on_threads_either() {
    let (train, rest) = digits::load().split_at(100);
    let net = Convolutional::boxed(Seed(1));
    let measure = |threads| {
        let mut copy = Convolutional::boxed(Seed(1));
        let mut trainer = Trainer::new(CrossEntropy, Sgd::new(0.0)).metric(Accuracy).threads(threads);
        let report = trainer.fit(&mut copy, &train, &rest).unwrap();
        report.epochs[0].validation.clone().unwrap()
    };
    let all_cores = Evaluator::new(CrossEntropy).metric(Accuracy).evaluate(&net, &rest).unwrap();
    assert_eq!(measure(1), all_cores);
    assert_eq!(measure(5), all_cores);
    let predictions = predict(&net, &rest);
    let pairs = predictions.iter().zip(rest.targets());
    let right = pairs.filter(|(output, label)| output.argmax() == label.index());
    assert_eq!(right.count() as f64 / rest.len() as f64, all_cores.metric("accuracy").unwrap());
}
