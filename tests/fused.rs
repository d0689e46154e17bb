//! An activation that rides on a layer does what the two do one after the other, to the bit.

use bytemuck::Zeroable;
use tintype::layer::{Layer, Mode};
use tintype::layers::conv2d::Sliding;
use tintype::layers::{Conv2d, Dense, LeakyRelu, Relu, Sigmoid, Tanh};
use tintype::shape::{Rank1, Rank3};
use tintype::simd::{Simd, Work, dispatch};
use tintype::tensor::tensors;
use tintype::{Activation, Parameters, Shape};

#[path = "common/fused.rs"]
mod fused;
#[path = "common/step.rs"]
mod step;
#[path = "common/values.rs"]
mod values;

use fused::Fused;
use step::{Results, Step};
use values::Values;

const SAMPLES: usize = 5;
const MODE: Mode = Mode::Inference;

/// The results of the fused layer, and of the layer followed by the activation.
struct Both<'a, L, A, I: Shape, O> {
    layer: &'a L,
    fused: &'a Fused<L, A>,
    x: &'a [f32],
    dy: &'a [f32],
    shapes: std::marker::PhantomData<(I, O)>,
}

impl<L, A, I: Shape, O: Shape> Work for Both<'_, L, A, I, O>
where
    L: Layer<f32, I, O>,
    A: Activation<f32> + Layer<f32, O, O> + Default,
{
    type Output = [Results<f32>; 2];

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let (x, dy) = (tensors::<I, f32>(self.x), self.dy);
        let fused = Step { layer: self.fused, x, dy, mode: MODE }.run::<S, O>(simd);
        let before = Step { layer: self.layer, x, dy, mode: MODE }.run::<S, O>(simd).y;
        let activation = Step { layer: &A::default(), x: tensors::<O, f32>(&before), dy, mode: MODE }.run::<S, O>(simd);
        let layer = Step { layer: self.layer, x, dy: &activation.dx, mode: MODE }.run::<S, O>(simd);
        [fused, Results { y: activation.y, ..layer }]
    }
}

fn check<L, A, I: Shape, O: Shape>()
where
    L: Layer<f32, I, O>,
    A: Activation<f32> + Layer<f32, O, O> + Default,
{
    let mut values = Values::new(1);
    let (mut layer, mut fused) = (Box::new(L::zeroed()), Box::new(Fused::<L, A>::zeroed()));
    values.fill(&mut *layer);
    fused.as_mut_slice().copy_from_slice(layer.as_slice());
    let mut random = |len: usize| -> Vec<f32> { (0..len).map(|_| values.uniform(-2.0, 2.0) as f32).collect() };
    let (x, dy) = (random(SAMPLES * I::LEN), random(SAMPLES * O::LEN));
    let shapes = std::marker::PhantomData::<(I, O)>;
    let [fused, both] = dispatch(Both { layer: &*layer, fused: &*fused, x: &x, dy: &dy, shapes });
    assert_eq!(fused, both);
}

macro_rules! fused_tests {
    ($($name:ident: $layer:ty, $input:ty => $output:ty;)*) => {$(
        #[test]
        fn $name() {
            check::<$layer, Relu, $input, $output>();
            check::<$layer, LeakyRelu, $input, $output>();
            check::<$layer, Sigmoid, $input, $output>();
            check::<$layer, Tanh, $input, $output>();
        }
    )*};
}

fused_tests! {
    dense: Dense<f32, 7, 19>, Rank1<7> => Rank1<19>;
    conv2d: Conv2d<f32, 2, 6, 3, 3, 6, Sliding<1, 1, 1, 1, 1, 1>>, Rank3<4, 5, 4> => Rank3<4, 5, 6>;
}
