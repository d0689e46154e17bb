//! Losses and optimizers against what PyTorch computes; see `goldens/README.md`.

use std::path::Path;

use bytemuck::Zeroable;
use generic_array::ArrayLength;
use safetensors::SafeTensors;
use tintype::losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, CrossEntropy, CrossEntropyOnProbabilities, Huber, Loss,
    MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
};
use tintype::optimizers::{Adam, AdamW, Optimizer, RmsProp, Run, Sgd, State};
use tintype::shape::Rank1;
use tintype::simd::{Simd, Work, dispatch};
use tintype::tensor::tensors;
use tintype::{Class, Tensor};
use typenum::U23;

const ROWS: usize = 5;
const CLASSES: usize = 10;
type Row = Tensor<Rank1<CLASSES>>;

/// The numbers of the tensor `name` of the golden file `case`.
fn golden(case: &str, name: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/{case}.safetensors"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{case}: {error}"));
    tensor.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// Compares to a relative error of 1e-5; `scale` is the size of the terms that cancel in what is compared.
fn assert_close(found: &[f32], wanted: &[f32], scale: f32, what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let error = (found - wanted).abs();
        assert!(error <= 1e-5 * wanted.abs().max(scale), "{what}, number {index}: {found}, but PyTorch gives {wanted}");
    }
}

struct MeanLoss<'a, L, T> {
    loss: L,
    outputs: &'a [Row],
    targets: &'a [T],
}

impl<L: Loss<f32, Rank1<CLASSES>, T>, T> Work for MeanLoss<'_, L, T> {
    type Output = (f32, f32, Vec<f32>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let scale = 1.0 / ROWS as f32;
        let (mut value, mut beside, mut gradients) = (0.0, 0.0, Vec::new());
        for (output, target) in self.outputs.iter().zip(self.targets) {
            let mut gradient = Tensor::zeros();
            value += scale * self.loss.value(simd, output, target);
            beside += scale * self.loss.gradient(simd, output, target, scale, &mut gradient);
            gradients.extend_from_slice(gradient.as_slice());
        }
        (value, beside, gradients)
    }
}

fn check_loss<L: Loss<f32, Rank1<CLASSES>, T>, T>(case: &str, loss: L, targets: &[T]) {
    let outputs = golden(case, "output");
    let (value, beside, gradients) = dispatch(MeanLoss { loss, outputs: tensors(&outputs), targets });
    let wanted = golden(case, "loss");
    assert_close(&[value, beside], &[wanted[0]; 2], 0.0, case);
    // A gradient is a difference of numbers up to the weight of a row: a probability less a target.
    assert_close(&gradients, &golden(case, "d_output"), 1.0 / ROWS as f32 / CLASSES as f32, case);
}

fn check_loss_on_classes<L>(case: &str, loss: L)
where
    L: Loss<f32, Rank1<CLASSES>, Class<CLASSES>> + Loss<f32, Rank1<CLASSES>, Row> + Copy,
{
    let classes: Vec<_> =
        golden(case, "target").iter().map(|index| Class::<CLASSES>::new(*index as usize).unwrap()).collect();
    check_loss(case, loss, &classes);
    check_loss(case, loss, tensors::<Rank1<CLASSES>, f32>(&golden(case, "target_one_hot")));
}

fn check_loss_on_tensors<L: Loss<f32, Rank1<CLASSES>, Row>>(case: &str, loss: L) {
    check_loss(case, loss, tensors::<Rank1<CLASSES>, f32>(&golden(case, "target")));
}

#[test]
fn losses_on_classes() {
    check_loss_on_classes("loss_cross_entropy", CrossEntropy);
    check_loss_on_classes("loss_cross_entropy_on_probabilities", CrossEntropyOnProbabilities);
    check_loss_on_classes("loss_negative_log_likelihood", NegativeLogLikelihood);
}

#[test]
fn losses_on_tensors() {
    check_loss_on_tensors("loss_mean_squared_error", MeanSquaredError);
    check_loss_on_tensors("loss_mean_absolute_error", MeanAbsoluteError);
    check_loss_on_tensors("loss_huber", Huber::default());
    check_loss_on_tensors("loss_huber_0_5", Huber::new(0.5));
    check_loss_on_tensors("loss_binary_cross_entropy", BinaryCrossEntropy);
    check_loss_on_tensors("loss_binary_cross_entropy_with_logits", BinaryCrossEntropyWithLogits);
}

struct Step<'a, P: Optimizer<f32>, N: ArrayLength> {
    optimizer: &'a P,
    state: &'a mut P::State<N>,
    number: u64,
    parameters: &'a mut [f32],
    gradient: &'a [f32],
}

impl<P: Optimizer<f32>, N: ArrayLength> Work for Step<'_, P, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let state = self.state.run(0..self.parameters.len());
        let run = Run { parameters: self.parameters, gradient: self.gradient, state };
        self.optimizer.step::<S, N>(simd, run, self.number, 1.0);
    }
}

fn check_optimizer<P: Optimizer<f32>>(case: &str, optimizer: &P) {
    let mut parameters = golden(case, "initial");
    let (gradients, after) = (golden(case, "gradients"), golden(case, "after"));
    let mut state = P::State::<U23>::zeroed();
    let count = parameters.len();
    for (index, (gradient, wanted)) in gradients.chunks(count).zip(after.chunks(count)).enumerate() {
        let number = index as u64 + 1;
        dispatch(Step::<P, U23> { optimizer, state: &mut state, number, parameters: &mut parameters, gradient });
        // Parameters are sums of steps and may pass through zero; what is added is of order 0.01 to 1.
        assert_close(&parameters, wanted, 0.1, &format!("{case}, step {number}"));
    }
}

#[test]
fn optimizers() {
    check_optimizer("optimizer_sgd", &Sgd::new(0.1));
    check_optimizer("optimizer_sgd_momentum", &Sgd::new(0.1).momentum(0.9));
    check_optimizer("optimizer_sgd_nesterov", &Sgd::new(0.1).momentum(0.9).nesterov());
    check_optimizer("optimizer_adam", &Adam::new(0.01));
    check_optimizer("optimizer_adamw", &AdamW::new(0.01).weight_decay(0.05));
    check_optimizer("optimizer_rmsprop", &RmsProp::new(0.01).alpha(0.9));
    check_optimizer("optimizer_rmsprop_momentum", &RmsProp::new(0.01).alpha(0.9).momentum(0.9));
}
