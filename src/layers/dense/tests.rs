use super::*;
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

/// A batch of every size of block, whose outputs are known to be right.
fn check_batch<const IN: usize, const OUT: usize, const BIAS: usize>() {
    let number = |index: usize| ((index * 7919) % 1009) as f32 / 1009.0 - 0.5;
    let mut layer = std::boxed::Box::new(Dense::<f32, IN, OUT, BIAS>::zeroed());
    layer.as_mut_slice().iter_mut().enumerate().for_each(|(index, weight)| *weight = number(index));
    let x: std::vec::Vec<_> = (0..47).map(|n| Tensor::from_fn(|index| number(n * IN + index + 1))).collect();
    let together = dispatch(Forward { layer: &layer, x: &x });
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
    for (level, outputs) in crate::simd::at_every_level(Forward { layer: &layer, x: &x }) {
        assert!(outputs == together, "{level}");
    }
}

#[test]
fn a_sample_has_the_same_bits_in_every_batch_and_at_every_level() {
    // Several stretches of inputs, sums in one, two and four parts, and fewer inputs than parts.
    check_batch::<300, 40, 40>();
    check_batch::<129, 33, 33>();
    // Weights that one sample streams through, with a last stretch that is shorter.
    #[cfg(target_arch = "x86_64")]
    assert!(Dense::<f32, 203, 100>::streams::<pulp::x86::V3>());
    check_batch::<203, 100, 100>();
    check_batch::<203, 100, 0>();
    check_batch::<300, 32, 32>();
    check_batch::<300, 10, 10>();
    check_batch::<3, 2, 2>();
}

#[test]
#[should_panic(expected = "range end index 2 out of range for slice of length 1")]
fn packed_weights_that_are_too_few_are_refused() {
    dispatch(Run { packed: 1 });
}
