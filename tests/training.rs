//! What a person who trains a network relies on.
#![cfg(feature = "digits")]
#![allow(clippy::float_cmp)]

use std::ops::ControlFlow;

use tintype::data::{InMemory, digits};
use tintype::losses::MeanSquaredError;
use tintype::parameters::Parameters;
use tintype::prelude::*;
use tintype::train::{Epoch, Moment, Report, Step, Stop, TrainError};

network! {
    struct Digits: [8, 8, 1] -> [10] {
        Conv2d(16, kernel = 3), Relu,
        MaxPool2d(2),
        Flatten,
        Dense(64), Relu,
        Dense(10),
    }
}

network! { struct Line: [1] -> [1] { line: Dense(1) } }

/// `y = slope · x`, for `x` from 0 to 1.
fn line(slope: f32, samples: usize) -> InMemory<Rank1<1>, Tensor<Rank1<1>>> {
    let x = |index: usize| index as f32 / samples as f32;
    (0..samples).map(|index| (Tensor::from([x(index)]), Tensor::from([slope * x(index)]))).collect()
}

#[test]
fn the_digits_are_learnt() {
    let (train, test) = digits::load().split(0.8, Seed(1));
    let mut net = Digits::boxed(Seed(7));
    let mut trainer = Trainer::new(CrossEntropy, Adam::new(3e-3)).metric(Accuracy).epochs(8);
    let report = trainer.fit(&mut net, &train, &test).unwrap();
    let losses: Vec<f64> = report.epochs.iter().map(|epoch| epoch.training.loss).collect();
    assert!(losses[0] > losses[1] && losses[1] > losses[3] && losses[3] > losses[7], "{report}");
    let accuracy = report.epochs[7].validation.as_ref().unwrap().metric("accuracy").unwrap();
    assert!(accuracy >= 0.97, "{report}");
    assert_eq!((report.stop, report.step_losses.len()), (Stop::Epochs, 8 * train.len().div_ceil(32)));
    assert_eq!(trainer.evaluate(&net, &test).unwrap(), report.epochs[7].validation.clone().unwrap());
}

#[test]
fn full_batch_descent_takes_the_textbook_steps() {
    // The mean squared error of y = a x + b has the gradient 2 Σ (a x + b - y) x / n and 2 Σ (a x + b - y) / n.
    let data = line(3.0, 10);
    let (mut a, mut b) = (0.0_f64, 0.0_f64);
    let xs: Vec<f64> = (0..10).map(|index| f64::from(index) / 10.0).collect();
    let mut net = Line::boxed(Seed(1));
    net.line.weight = [[0.0]];
    let mut trainer = Trainer::new(MeanSquaredError, GradientDescent::new(0.1)).epochs(20).batch_size(3);
    let report = trainer.fit_without_validation(&mut net, &data).unwrap();
    assert_eq!(report.step_losses.len(), 20);
    for loss in report.step_losses {
        let errors: Vec<f64> = xs.iter().map(|x| a * x + b - 3.0 * x).collect();
        let truth = errors.iter().map(|error| error * error).sum::<f64>() / 10.0;
        assert!((loss - truth).abs() < 1e-5 * truth, "{loss} {truth}");
        a -= 0.1 * 2.0 * errors.iter().zip(&xs).map(|(error, x)| error * x).sum::<f64>() / 10.0;
        b -= 0.1 * 2.0 * errors.iter().sum::<f64>() / 10.0;
    }
    assert!((f64::from(net.line.weight[0][0]) - a).abs() < 1e-5 && (f64::from(net.line.bias[0]) - b).abs() < 1e-5);
}

#[test]
fn early_stopping_restores_the_best_weights_and_the_checkpoint_holds_them() {
    // What is learnt from the training data is ever more wrong for the validation data once the slope is above 1.
    let (train, validation) = (line(3.0, 32), line(1.0, 32));
    let path = std::env::temp_dir().join(format!("tintype-best-{}.safetensors", std::process::id()));
    let mut net = Line::boxed(Seed(1));
    net.line.weight = [[0.0]];
    let mut trainer =
        Trainer::new(MeanSquaredError, Sgd::new(0.05)).epochs(1000).early_stopping(3, 0.0).checkpoint(&path);
    let report = trainer.fit(&mut net, &train, &validation).unwrap();
    let best = report.best_epoch.unwrap();
    assert_eq!((report.stop, report.epochs.len()), (Stop::Early, best + 3));
    let best_loss = report.best().unwrap().watched_loss();
    assert!(report.epochs.iter().all(|epoch| epoch.watched_loss() >= best_loss));
    assert_eq!(trainer.evaluate(&net, &validation).unwrap().loss, best_loss);
    let mut saved = Line::boxed(Seed(2));
    tintype::io::load(&mut saved, &path).unwrap();
    assert_eq!(Parameters::<f32>::as_slice(&*saved), Parameters::<f32>::as_slice(&*net));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_loss_that_runs_away_is_an_error_that_names_the_step() {
    let data = line(1.0, 64);
    let mut net = Line::boxed(Seed(1));
    let mut last = None;
    let error = Trainer::new(MeanSquaredError, Sgd::new(1e12))
        .epochs(100)
        .on_step(|step: &Step| last = Some(*step))
        .fit_without_validation(&mut net, &data)
        .unwrap_err();
    let last = last.unwrap();
    let (TrainError::NonFiniteLoss { epoch, step, .. } | TrainError::NonFiniteGradient { epoch, step, .. }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((step, epoch), (last.number + 1, 1 + last.number as usize / 2));
    assert!(error.to_string().contains(&format!("in step {step}, epoch {epoch}")), "{error}");
    assert!(Parameters::<f32>::as_slice(&*net).iter().all(|weight| weight.is_finite()));
}

#[test]
fn what_a_loss_applies_must_not_end_the_network() {
    network! { struct Twice: [2] -> [2] { Dense(2), Softmax } }
    network! { struct Fused: [2] -> [1] { Dense(1), Sigmoid } }
    let mut trainer = Trainer::new(CrossEntropy, Sgd::new(0.1));
    let classes: InMemory<_, _> = [(Tensor::from([1.0, 2.0]), Class::new(1).unwrap())].into_iter().collect();
    let error = trainer.fit_without_validation(&mut Twice::boxed(Seed(1)), &classes).unwrap_err();
    assert!(error.to_string().starts_with("the loss applies `Softmax` itself, and `Twice` ends with it"), "{error}");
    let numbers: InMemory<_, _> = [(Tensor::from([1.0, 2.0]), Tensor::from([1.0]))].into_iter().collect();
    let mut trainer = Trainer::new(BinaryCrossEntropyWithLogits, Sgd::new(0.1));
    let error = trainer.fit_without_validation(&mut Fused::boxed(Seed(1)), &numbers).unwrap_err();
    assert!(matches!(error, TrainError::AppliedTwice { network: "Fused", kind: "Sigmoid" }), "{error}");
    Trainer::new(CrossEntropyOnProbabilities, Sgd::new(0.1))
        .fit_without_validation(&mut Twice::boxed(Seed(1)), &classes)
        .unwrap();
}

#[test]
fn impossible_settings_and_empty_data_are_errors() {
    let (data, empty) = (line(1.0, 4), line(1.0, 0));
    let trainer = || Trainer::new(MeanSquaredError, Sgd::new(0.1));
    let mut net = Line::boxed(Seed(1));
    let text = |result: Result<Report, TrainError>| result.unwrap_err().to_string();
    assert_eq!(text(trainer().epochs(0).fit(&mut net, &data, &data)), "`epochs` is 0; it must be at least 1");
    assert_eq!(text(trainer().batch_size(0).fit(&mut net, &data, &data)), "`batch_size` is 0; it must be at least 1");
    assert_eq!(text(trainer().threads(0).fit(&mut net, &data, &data)), "`threads` is 0; it must be at least 1");
    let no_samples = |which| format!("the {which} data hold no samples; at least 1 is needed");
    assert_eq!(text(trainer().fit(&mut net, &empty, &data)), no_samples("training"));
    assert_eq!(text(trainer().fit(&mut net, &data, &empty)), no_samples("validation"));
    assert_eq!(trainer().evaluate(&net, &empty).unwrap_err().to_string(), no_samples("test"));
    let missing = trainer().checkpoint("no/such/directory/net.safetensors").fit(&mut net, &data, &data);
    assert!(matches!(missing, Err(TrainError::Checkpoint(_))));
}

#[test]
fn the_rules_of_stopping() {
    let data = line(1.0, 100);
    let run = |trainer: Trainer<MeanSquaredError, Sgd>| {
        let mut trainer = trainer.epochs(500).batch_size(10);
        trainer.fit_without_validation(&mut Line::boxed(Seed(1)), &data).unwrap()
    };
    let trainer = || Trainer::new(MeanSquaredError, Sgd::new(0.1));
    let report = run(trainer().max_steps(25));
    assert_eq!((report.stop, report.step_losses.len(), report.epochs.len()), (Stop::MaxSteps, 25, 3));
    let report = run(trainer().stop_below(1e-3));
    let (last, before) = report.epochs.split_last().unwrap();
    assert_eq!(report.stop, Stop::BelowLoss);
    assert!(last.training.loss < 1e-3 && before.iter().all(|epoch| epoch.training.loss >= 1e-3));
    let enough = |epoch: &Epoch| if epoch.number == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let report = run(trainer().on_epoch(enough));
    assert_eq!((report.stop, report.epochs.len()), (Stop::Callback, 4));
}

#[test]
fn a_schedule_of_zero_stands_still() {
    let data = line(1.0, 100);
    let mut net = Line::boxed(Seed(1));
    let before = net.line.weight;
    let mut trainer = Trainer::new(MeanSquaredError, Sgd::new(0.1))
        .epochs(2)
        .schedule(|now: &Moment| if now.epochs < 1.0 { 0.0 } else { 1.0 })
        .on_epoch(|epoch: &Epoch| assert_eq!(epoch.rate, if epoch.number == 1 { 0.0 } else { 1.0 }));
    let report = trainer.fit_without_validation(&mut net, &data).unwrap();
    let loss = |epoch: usize| report.epochs[epoch].training.loss;
    assert!(loss(1) < loss(0));
    assert_ne!(net.line.weight, before);
}

network! { struct Standardised: [1] -> [1] { norm: BatchNorm, line: Dense(1) } }

#[test]
fn statistics_are_kept_and_those_of_the_best_epoch_restored() {
    let mut net = Standardised::boxed(Seed(1));
    net.line.weight = [[0.0]];
    // One step over the inputs 0, 1/32, …, 31/32; the running statistics begin at 0 and 1 and keep 0.99 of themselves.
    let (train, validation) = (line(3.0, 32), line(1.0, 32));
    let mut trainer = Trainer::new(MeanSquaredError, Sgd::new(0.05)).epochs(1);
    trainer.fit_without_validation(&mut net, &train).unwrap();
    let (mean, variance) = (31.0 / 64.0, (32.0 * 32.0 - 1.0) / 12.0 / (32.0 * 32.0));
    assert!((net.norm.running_mean[0] - 0.01 * mean).abs() < 1e-7, "{:?}", net.norm.running_mean);
    assert!((net.norm.running_variance[0] - (0.99 + 0.01 * variance)).abs() < 1e-6, "{:?}", net.norm.running_variance);

    let mut trainer = Trainer::new(MeanSquaredError, Sgd::new(0.05)).epochs(1000).early_stopping(3, 0.0);
    let report = trainer.fit(&mut net, &train, &validation).unwrap();
    assert_eq!(report.stop, Stop::Early);
    assert_eq!(trainer.evaluate(&net, &validation).unwrap().loss, report.best().unwrap().watched_loss());
}

#[test]
fn an_epoch_that_a_step_ends_is_seen_too() {
    let data = line(1.0, 100);
    let mut seen = Vec::new();
    let mut trainer = Trainer::new(MeanSquaredError, Sgd::new(0.1))
        .epochs(9)
        .batch_size(10)
        .max_steps(15)
        .on_epoch(|epoch: &Epoch| seen.push(epoch.number));
    let report = trainer.fit_without_validation(&mut Line::boxed(Seed(1)), &data).unwrap();
    drop(trainer);
    assert_eq!((report.stop, seen), (Stop::MaxSteps, vec![1, 2]));
}
