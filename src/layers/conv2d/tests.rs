use bytemuck::Zeroable;
use pulp::Simd;

use super::{Conv2d, Slide, Sliding};
use crate::gradient_check::gradient_check;
use crate::layer::{Backward, Layer, Mode, Room};
use crate::shape::Rank3;
use crate::simd::{Work, dispatch};
use crate::{Shape, Tensor};

/// A convolution of one channel, with weights and a bias that tell the taps and the filters apart.
fn layer<const OUT: usize, const KH: usize, const KW: usize, G: Slide>() -> Conv2d<f64, 1, OUT, KH, KW, OUT, G> {
    let mut layer = Conv2d::zeroed();
    let weights = layer.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    weights.iter_mut().zip(1..).for_each(|(weight, number)| *weight = f64::from(number));
    layer.bias.iter_mut().zip(1..).for_each(|(offset, number)| *offset = -f64::from(number));
    layer
}

fn ramp<S: Shape>() -> Tensor<S, f64> {
    Tensor::from_fn(|index| 1.0 + index as f64)
}

/// A backward pass over `samples` images of 3 by 3 with packed weights of the given length.
struct Run {
    samples: usize,
    packed: usize,
}

type Layer22 = Conv2d<f64, 1, 16, 2, 2>;

impl Work for Run {
    type Output = Layer22;

    fn run<S: Simd>(self, simd: S) -> Layer22 {
        let x = std::vec![ramp::<Rank3<3, 3, 1>>(); self.samples];
        let y = std::vec![ramp::<Rank3<2, 2, 16>>(); self.samples];
        let (mut dy, mut dx) = (y.clone(), x.clone());
        let packed = std::vec![0.0; self.packed];
        let mut scratch = std::vec![0.0; 4 * 4 * 16];
        let pass = Backward {
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
            packed: &packed,
            room: Room { tape: &mut [], workspace: &mut [], scratch: &mut scratch },
            mode: Mode::Inference,
            accumulate: false,
        };
        let mut gradient = Conv2d::zeroed();
        gradient.bias = [f64::NAN; 16];
        layer::<16, 2, 2, Sliding>().backward_batch(simd, pass, &mut gradient);
        gradient
    }
}

#[test]
fn no_images_have_no_gradient() {
    let gradient = dispatch(Run { samples: 0, packed: 256 });
    assert_eq!((gradient.weight, gradient.bias), ([[[[0.0; 16]]; 2]; 2], [0.0; 16]));
}

#[test]
#[should_panic(expected = "range end index 256 out of range for slice of length 255")]
fn packed_weights_that_are_too_few_are_refused() {
    dispatch(Run { samples: 1, packed: 255 });
}

#[test]
fn windows_beyond_the_image_see_zeros() {
    let worst = gradient_check::<_, Rank3<4, 3, 1>, Rank3<9, 7, 2>>(
        &mut layer::<2, 3, 2, Sliding>(),
        &[ramp(), Tensor::full(0.5)],
        Mode::Inference,
    )
    .unwrap();
    assert!(worst.error < 1e-9, "{worst}");
}

#[test]
fn windows_can_all_lie_beside_the_image() {
    // The only column of windows lies five pixels left of the image.
    let worst = gradient_check::<_, Rank3<7, 3, 1>, Rank3<7, 1, 2>>(
        &mut layer::<2, 1, 1, Sliding<1, 100, 1, 1, 0, 5>>(),
        &[ramp()],
        Mode::Inference,
    )
    .unwrap();
    assert!(worst.error < 1e-9, "{worst}");
}
