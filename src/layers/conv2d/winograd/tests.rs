use bytemuck::Zeroable;
use pulp::Simd;

use super::super::sizes::Sizes;
use super::super::{Conv2d, Slide, Sliding};
use crate::gradient_check::gradient_check;
use crate::layer::Mode;
use crate::layers::Relu;
use crate::shape::{Rank3, Shape};
use crate::simd::{Work, at_every_level};
use crate::{Element, Tensor};
use std::vec;
use std::vec::Vec;

/// Numbers between -1 and 1, without a pattern.
fn numbers<E: Element>(len: usize, seed: u32) -> Vec<E> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        E::from_f64(f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0)
    };
    (0..len).map(next).collect()
}

fn images<S: Shape, E: Element>(samples: usize, seed: u32) -> Vec<Tensor<S, E>> {
    numbers::<E>(S::LEN * samples, seed)
        .chunks_exact(S::LEN)
        .map(|image| Tensor::from_fn(|index| image[index]))
        .collect()
}

/// Output, gradient by the parameters and gradient by the input, of the direct and of Winograd's convolution.
type Both<E> = [[Vec<E>; 4]; 2];

/// Runs both convolutions over two images.
struct Compare<E, const IN: usize, const OUT: usize, G, I, O>(core::marker::PhantomData<(E, G, I, O)>);

impl<E, const IN: usize, const OUT: usize, G, I, O> Clone for Compare<E, IN, OUT, G, I, O> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E, const IN: usize, const OUT: usize, G, I, O> Copy for Compare<E, IN, OUT, G, I, O> {}

const SAMPLES: usize = 2;

impl<
    E: Element,
    const IN: usize,
    const OUT: usize,
    G: Slide,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
> Work for Compare<E, IN, OUT, G, Rank3<H, W, IN>, Rank3<OH, OW, OUT>>
{
    type Output = Both<E>;

    fn run<S: Simd>(self, simd: S) -> Both<E> {
        type Of<
            E,
            const IN: usize,
            const OUT: usize,
            G,
            const H: usize,
            const W: usize,
            const OH: usize,
            const OW: usize,
        > = Sizes<Conv2d<E, IN, OUT, 3, 3, OUT, G>, Rank3<H, W, IN>, Rank3<OH, OW, OUT>>;
        let mut layer = Conv2d::<E, IN, OUT, 3, 3, OUT, G>::zeroed();
        let weights = layer.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        weights.copy_from_slice(&numbers(9 * IN * OUT, 1));
        layer.bias.copy_from_slice(&numbers(OUT, 2));
        let x = images::<Rank3<H, W, IN>, E>(SAMPLES, 3);
        let dy = images::<Rank3<OH, OW, OUT>, E>(SAMPLES, 4);
        // Garbage, which no pass may see.
        let nan = || vec![E::from_f64(f64::NAN); 1 << 17];
        let values = |winograd: bool| {
            let mut y = vec![Tensor::full(E::from_f64(f64::NAN)); SAMPLES];
            let mut dx = vec![Tensor::full(E::from_f64(f64::NAN)); SAMPLES];
            // The gradient is added to what is there.
            let mut gradient = layer.clone();
            let (mut scratch, mut packed) = (nan(), nan());
            macro_rules! of {
                () => {
                    Of::<E, IN, OUT, G, H, W, OH, OW>
                };
            }
            if winograd {
                <of!()>::forward_winograd(&layer, simd, &x, &mut y, &mut scratch, Relu);
                <of!()>::parameter_gradient_winograd(simd, &x, &dy, true, &mut scratch, &mut gradient);
                <of!()>::pack_winograd(&layer, simd, &mut packed);
                <of!()>::input_gradient_winograd(simd, &dy, &packed, &mut scratch, &mut dx);
            } else {
                <of!()>::forward_direct(&layer, simd, &x, &mut y, &mut scratch, Relu);
                <of!()>::parameter_gradient_direct(simd, &x, &dy, true, &mut scratch, &mut gradient);
                <of!()>::pack_direct(&layer, simd, &mut packed);
                <of!()>::input_gradient_direct(simd, &dy, &packed, &mut scratch, &mut dx);
            }
            let weights = gradient.weight.as_flattened().as_flattened().as_flattened().to_vec();
            let flat = |tensors: &[Tensor<_, E>]| crate::tensor::elements(tensors).to_vec();
            [flat(&y), weights, gradient.bias.to_vec(), crate::tensor::elements(&dx).to_vec()]
        };
        [values(false), values(true)]
    }
}

/// The largest error of one rounding in single precision, for a number around 1.
const UNIT_ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

/// What both convolutions give at the scalar level, after a look whether every level gives the same bits.
fn both<E: Element, const IN: usize, const OUT: usize, G: Slide, I: Shape, O: Shape>() -> Both<E>
where
    Compare<E, IN, OUT, G, I, O>: Work<Output = Both<E>>,
{
    let mut levels = at_every_level(Compare::<E, IN, OUT, G, I, O>(core::marker::PhantomData));
    let bits = |both: &Both<E>| both[1].concat().iter().map(|x| Element::to_f64(*x).to_bits()).collect::<Vec<_>>();
    for (level, both) in &levels {
        assert_eq!(bits(both), bits(&levels[0].1), "{level}");
    }
    levels.remove(0).1
}

/// The largest error and the root of the mean square of all errors.
fn errors<E: Element>(found: &[E], wanted: &[f64]) -> (f64, f64) {
    assert_eq!(found.len(), wanted.len());
    let errors: Vec<f64> = found.iter().zip(wanted).map(|(x, wanted)| (Element::to_f64(*x) - wanted).abs()).collect();
    // A maximum that keeps what is not a number.
    let largest = errors.iter().fold(0.0, |largest, &error| if error <= largest { largest } else { error });
    (largest, (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt())
}

/// Holds Winograd's convolution to the direct one: in double precision they are the same but for rounding, and in single precision
/// its rounding errors are at most sixteen times as large, those of a single rounding of a number around 1 counted with them.
fn check<const IN: usize, const OUT: usize, G: Slide, I: Shape, O: Shape>()
where
    Compare<f32, IN, OUT, G, I, O>: Work<Output = Both<f32>>,
    Compare<f64, IN, OUT, G, I, O>: Work<Output = Both<f64>>,
{
    let [truth, double] = both::<f64, IN, OUT, G, I, O>();
    let [direct, winograd] = both::<f32, IN, OUT, G, I, O>();
    for (part, truth) in truth.iter().enumerate() {
        let (largest, _) = errors(&double[part], truth);
        assert!(largest < 1e-12, "part {part}: {largest:e}");
        let ((_, of_direct), (_, of_winograd)) = (errors(&direct[part], truth), errors(&winograd[part], truth));
        let bound = 16.0 * (of_direct + UNIT_ROUNDOFF);
        assert!(of_winograd <= bound, "part {part}: {of_winograd:e}, direct {of_direct:e}");
    }
}

#[test]
fn it_is_the_direct_convolution() {
    // Whole tiles; tiles beyond the image; fewer outputs than a tile.
    check::<3, 5, Sliding, Rank3<10, 14, 3>, Rank3<8, 12, 5>>();
    check::<16, 32, Sliding, Rank3<9, 8, 16>, Rank3<7, 6, 32>>();
    check::<17, 2, Sliding, Rank3<3, 5, 17>, Rank3<1, 3, 2>>();
}

#[test]
fn it_pads_as_the_direct_convolution_does() {
    check::<2, 3, Sliding<1, 1, 1, 1, 1, 1>, Rank3<6, 5, 2>, Rank3<6, 5, 3>>();
    check::<8, 8, Sliding<1, 1, 1, 1, 2, 0>, Rank3<9, 9, 8>, Rank3<11, 9, 8>>();
}

const HUGE: usize = 1 << (usize::BITS / 3);

#[test]
fn it_is_chosen_where_it_is_the_cheaper_one() {
    const fn chosen<const IN: usize, const OUT: usize, G: Slide, const SIDE: usize>() -> bool {
        Sizes::<Conv2d<f32, IN, OUT, 3, 3, OUT, G>, Rank3<28, 28, IN>, Rank3<SIDE, SIDE, OUT>>::WINOGRAD
    }
    let wide = cfg!(target_pointer_width = "64");
    assert_eq!(chosen::<32, 64, Sliding, 11>(), wide);
    assert_eq!(chosen::<64, 64, Sliding, 26>(), wide);
    // A single tile, of which little is used; one channel; filters that would not fit the cache; a stride.
    assert!(!chosen::<64, 64, Sliding, 3>());
    assert!(!chosen::<1, 32, Sliding, 26>());
    assert!(!chosen::<256, 256, Sliding, 26>());
    assert!(!chosen::<32, 64, Sliding<2, 2>, 11>());
    // So large that its operations are more than a number of 64 bits can count.
    const {
        assert!(!Sizes::<Conv2d<f32, HUGE, HUGE, 3, 3>, Rank3<HUGE, HUGE, HUGE>, Rank3<HUGE, HUGE, HUGE>>::WINOGRAD);
    }
}

#[test]
fn a_layer_that_takes_it_has_the_gradient_and_the_memory() {
    type Layer = Conv2d<f64, 8, 8, 3, 3>;
    assert_eq!(
        Sizes::<Layer, Rank3<14, 13, 8>, Rank3<12, 11, 8>>::WINOGRAD,
        cfg!(target_pointer_width = "64"),
        "else this tests another convolution"
    );
    let mut layer = Layer::zeroed();
    layer.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut().copy_from_slice(&numbers(9 * 64, 1));
    let worst = gradient_check::<_, Rank3<14, 13, 8>, Rank3<12, 11, 8>>(&mut layer, &images(1, 2), Mode::Inference);
    let worst = worst.unwrap();
    assert!(worst.error < 1e-6, "{worst}");
}

#[test]
fn no_images_have_no_gradient() {
    struct Empty;
    impl Work for Empty {
        type Output = Vec<f32>;
        fn run<S: Simd>(self, simd: S) -> Vec<f32> {
            type Of = Sizes<Conv2d<f32, 2, 2, 3, 3>, Rank3<6, 6, 2>, Rank3<4, 4, 2>>;
            let mut gradient = Conv2d::zeroed();
            gradient.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut().fill(f32::NAN);
            Of::parameter_gradient_winograd(simd, &[], &[], false, &mut vec![f32::NAN; 1 << 12], &mut gradient);
            gradient.weight.as_flattened().as_flattened().as_flattened().to_vec()
        }
    }
    assert_eq!(crate::simd::dispatch(Empty), [0.0; 36]);
}
