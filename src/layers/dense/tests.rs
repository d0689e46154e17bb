use super::*;
#[cfg(target_arch = "x86_64")]
use crate::kernels::across_lines::AcrossLines;
use crate::simd::{Work, dispatch};

/// Both passes over runs of different lengths, with packed weights of the given length.
struct Run {
    packed: usize,
}

impl Work for Run {
    type Output = ([Tensor<Rank1<1>, f64>; 2], Dense<f64, 2, 1>);

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let layer = Dense::<f64, 2, 1> { weight: [[3.0], [5.0]], bias: [7.0] };
        let x: [Tensor<Rank1<2>, f64>; 1] = [[1.0, 2.0].into()];
        let mut y = [Tensor::full(0.0); 2];
        let mut dy = [[1.0].into(), [100.0].into(), [100.0].into()];
        let mut dx = x;
        let mut gradient = Dense::zeroed();
        let room = || Room { tape: &mut [], workspace: &mut [], scratch: &mut [] };
        layer.forward_batch(simd, &x, &mut y, room(), Mode::Inference);
        let packed = std::vec![0.0; self.packed];
        let (dx, mode) = (Some(&mut dx[..]), Mode::Inference);
        let pass = Backward { x: &x, y: &y, dy: &mut dy, dx, packed: &packed, room: room(), mode, accumulate: true };
        layer.backward_batch(simd, pass, &mut gradient);
        (y, gradient)
    }
}

#[test]
fn a_pass_over_runs_of_different_lengths_ends_with_the_shortest() {
    let (y, gradient) = dispatch(Run { packed: 2 });
    assert_eq!(y, [[20.0].into(), [0.0].into()]);
    assert_eq!((gradient.weight, gradient.bias), ([[1.0], [2.0]], [1.0]));
}

/// The outputs for all of `x` at once.
#[derive(Clone, Copy)]
struct Forward<'a, const IN: usize, const OUT: usize, const BIAS: usize> {
    layer: &'a Dense<f32, IN, OUT, BIAS>,
    x: &'a [Tensor<Rank1<IN>>],
}

impl<const IN: usize, const OUT: usize, const BIAS: usize> Work for Forward<'_, IN, OUT, BIAS> {
    type Output = std::vec::Vec<Tensor<Rank1<OUT>>>;

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut y = std::vec![Tensor::full(f32::NAN); self.x.len()];
        let room = Room { tape: &mut [], workspace: &mut [], scratch: &mut [] };
        self.layer.forward_activated(simd, self.x, &mut y, room, Mode::Inference, crate::layers::Tanh);
        y
    }
}

fn number<E: Element>(index: usize) -> E {
    E::from_f64(((index * 7919) % 1009) as f64 / 1009.0 - 0.5)
}

/// Inputs without zeros, with zeros in a third of all places, in most of three columns of four, in all columns but every hundredth, in all
/// but a few neighbours that change from sample to sample, and everywhere.
const INPUTS: [fn(usize, usize) -> bool; 6] = [
    |_, _| false,
    |sample, column| (sample + column).is_multiple_of(3),
    |sample, column| !column.is_multiple_of(4) || sample + 1 == column,
    |_, column| !(column + 1).is_multiple_of(100),
    |sample, column| column / 5 % 5 != sample / 3 % 3,
    |_, _| true,
];

fn inputs<E: Element, const IN: usize>(
    samples: usize,
    is_zero: fn(usize, usize) -> bool,
) -> std::vec::Vec<Tensor<Rank1<IN>, E>> {
    let one =
        |sample: usize, column| if is_zero(sample, column) { E::zero() } else { number(sample * IN + column + 1) };
    (0..samples).map(|sample| Tensor::from_fn(|column| one(sample, column))).collect()
}

fn check_batch<const IN: usize, const OUT: usize, const BIAS: usize>() {
    for is_zero in INPUTS {
        check_batch_of::<IN, OUT, BIAS>(&inputs(47, is_zero));
    }
}

/// A batch of every size of block, whose outputs are known to be right.
fn check_batch_of<const IN: usize, const OUT: usize, const BIAS: usize>(x: &[Tensor<Rank1<IN>>]) {
    let mut layer = std::boxed::Box::new(Dense::<f32, IN, OUT, BIAS>::zeroed());
    layer.as_mut_slice().iter_mut().enumerate().for_each(|(index, weight)| *weight = number(index));
    let together = dispatch(Forward { layer: &layer, x });
    for (x, y) in x.iter().zip(&together) {
        assert_eq!(dispatch(Forward { layer: &layer, x: core::slice::from_ref(x) }), [*y]);
        for (column, y) in y.as_slice().iter().enumerate() {
            let products =
                x.as_slice().iter().zip(&layer.weight).map(|(x, row)| f64::from(*x) * f64::from(row[column]));
            let expected =
                (products.sum::<f64>() + layer.bias.get(column).map_or(0.0, |offset| f64::from(*offset))).tanh();
            assert!((f64::from(*y) - expected).abs() < 1e-5, "{y} {expected}");
        }
    }
    for (level, outputs) in crate::simd::at_every_level(Forward { layer: &layer, x }) {
        assert!(outputs == together, "{level}");
    }
}

#[test]
fn a_sample_has_the_same_bits_in_every_batch_and_at_every_level() {
    // Several stretches of inputs, sums in one, two and four parts, and fewer inputs than parts.
    check_batch::<300, 40, 40>();
    check_batch::<129, 33, 33>();
    // Layers that look for zeros, and prefetch the weights for one sample, with a last stretch that is shorter.
    #[cfg(target_arch = "x86_64")]
    assert!(Dense::<f32, 203, 100>::skips::<pulp::x86::V3>() && Dense::<f32, 203, 100>::prefetches::<pulp::x86::V3>());
    check_batch::<203, 100, 100>();
    check_batch::<203, 100, 0>();
    // One sample across cache lines.
    #[cfg(target_arch = "x86_64")]
    assert!(Dense::<f32, 203, 64>::skips::<pulp::x86::V4>() && AcrossLines::<f32, 64>::suits::<pulp::x86::V4>());
    check_batch::<203, 64, 64>();
    check_batch::<203, 64, 0>();
    check_batch::<40, 256, 256>();
    check_batch::<300, 32, 32>();
    check_batch::<300, 10, 10>();
    // A few outputs, whose products lie side by side.
    check_batch::<300, 1, 1>();
    check_batch::<129, 2, 0>();
    check_batch::<3, 2, 2>();
    check_batch::<20, 4, 4>();
    check_batch::<300, 3, 3>();
}

/// The gradient by the parameters, twice into one place.
#[derive(Clone, Copy)]
struct ParameterGradient<'a, E: Element, const IN: usize, const OUT: usize> {
    x: &'a [Tensor<Rank1<IN>, E>],
    dy: &'a [Tensor<Rank1<OUT>, E>],
}

impl<E: Element, const IN: usize, const OUT: usize> Work for ParameterGradient<'_, E, IN, OUT> {
    type Output = [std::vec::Vec<E>; 2];

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut gradient = std::boxed::Box::new(Dense::<E, IN, OUT>::zeroed());
        gradient.as_mut_slice().fill(E::nan());
        [false, true].map(|accumulate| {
            Dense::parameter_gradient(simd, self.x, self.dy, accumulate, &mut [], &mut gradient);
            gradient.as_slice().to_vec()
        })
    }
}

fn check_parameter_gradient<E: Element, const IN: usize, const OUT: usize>() {
    let dy: std::vec::Vec<Tensor<Rank1<OUT>, E>> = inputs(70, |_, _| false);
    for is_zero in INPUTS {
        for samples in [70, 33, 32, 5, 1, 0] {
            let (x, dy) = (inputs::<E, IN>(samples, is_zero), &dy[..samples]);
            let [once, twice] = dispatch(ParameterGradient { x: &x, dy });
            for (place, (once, twice)) in once.iter().zip(&twice).enumerate() {
                let (row, column) = (place / OUT, place % OUT);
                let products = x.iter().zip(dy).map(|(x, dy)| {
                    let x = x.as_slice().get(row).map_or(1.0, |x| Element::to_f64(*x));
                    x * Element::to_f64(dy.as_slice()[column])
                });
                let expected: f64 = products.sum();
                assert!((Element::to_f64(*once) - expected).abs() < 1e-5, "{once} {expected}");
                assert!((Element::to_f64(*twice) - 2.0 * expected).abs() < 1e-5, "{twice} {expected}");
            }
            for (level, gradients) in crate::simd::at_every_level(ParameterGradient { x: &x, dy }) {
                assert!(gradients == [once.clone(), twice.clone()], "{level}");
            }
        }
    }
}

#[test]
fn the_gradient_by_the_parameters_is_right_with_and_without_zeros_and_the_same_at_every_level() {
    #[cfg(target_arch = "x86_64")]
    assert!(Dense::<f32, 300, 40>::skips::<pulp::x86::V3>() && Dense::<f64, 130, 35>::skips::<pulp::x86::V3>());
    check_parameter_gradient::<f32, 300, 40>();
    check_parameter_gradient::<f32, 257, 33>();
    check_parameter_gradient::<f64, 130, 35>();
    // Fewer inputs than a vector has lanes.
    check_parameter_gradient::<f32, 7, 2000>();
    check_parameter_gradient::<f32, 40, 10>();
    // Few outputs, whose gradient has a row for each of them.
    #[cfg(target_arch = "x86_64")]
    assert!(Dense::<f32, 32, 2>::exchanges::<pulp::x86::V3>() && Dense::<f64, 33, 2>::exchanges::<pulp::x86::V4>());
    check_parameter_gradient::<f32, 32, 2>();
    check_parameter_gradient::<f32, 7, 2>();
    check_parameter_gradient::<f32, 256, 4>();
    check_parameter_gradient::<f32, 19, 4>();
    check_parameter_gradient::<f32, 70, 1>();
    check_parameter_gradient::<f64, 33, 2>();
}

#[test]
#[should_panic(expected = "range end index 2 out of range for slice of length 1")]
fn packed_weights_that_are_too_few_are_refused() {
    dispatch(Run { packed: 1 });
}
