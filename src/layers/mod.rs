//! The layers: parameters and their mathematics, one file a layer.

pub mod avg_pool2d;
pub mod batch_norm;
pub mod conv2d;
pub mod dense;
pub mod dropout;
mod elementwise;
pub mod flatten;
pub mod gelu;
pub mod gelu_tanh;
pub mod global_avg_pool2d;
mod gradients;
pub mod leaky_relu;
pub mod log_softmax;
pub mod max_pool2d;
pub mod merge;
pub mod relu;
pub mod repeat;
pub mod reshape;
pub mod sigmoid;
pub mod silu;
pub mod softmax;
pub mod tanh;

pub use avg_pool2d::AvgPool2d;
pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use gelu::Gelu;
pub use gelu_tanh::GeluTanh;
pub use global_avg_pool2d::GlobalAvgPool2d;
pub use leaky_relu::LeakyRelu;
pub use log_softmax::LogSoftmax;
pub use max_pool2d::MaxPool2d;
pub use relu::Relu;
pub use repeat::Repeat;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softmax::Softmax;
pub use tanh::Tanh;

/// Makes an [`Activation`](crate::Activation) a layer of its own, for where no layer in front of it can apply it.
macro_rules! activation_layer {
    ($activation:ident $(<const $constant:ident: u64>)?) => {
        // SAFETY: a type without fields.
        unsafe impl $(<const $constant: u64>)? bytemuck::Zeroable for $activation $(<$constant>)? {}
        // SAFETY: a type without fields, and a layout without tensors.
        unsafe impl<E: crate::Element $(, const $constant: u64)?> crate::Parameters<E> for $activation $(<$constant>)? {
            const LAYOUT: crate::parameters::Layout = crate::parameters::Layout::NONE;
        }

        impl<E: crate::Element, T: crate::Shape $(, const $constant: u64)?> crate::Layer<E, T, T>
            for $activation $(<$constant>)?
        {
            #[inline(always)]
            fn forward_batch<S: pulp::Simd>(
                &self,
                simd: S,
                x: &[crate::Tensor<T, E>],
                y: &mut [crate::Tensor<T, E>],
                _: crate::layer::Room<'_, E>,
                _: crate::layer::Mode,
            ) {
                let (x, y) = (crate::tensor::elements(x), crate::tensor::elements_mut(y));
                crate::kernels::elementwise::elementwise!(simd, [y], [x], |[_], [x]| [{
                    crate::Activation::<E>::apply(*self, simd, x)
                }]);
            }

            #[inline(always)]
            fn backward_batch<S: pulp::Simd>(
                &self,
                simd: S,
                pass: crate::layer::Backward<'_, E, T, T>,
                _: &mut Self,
            ) {
                if let Some(dx) = pass.dx {
                    let (y, dy) = (crate::tensor::elements(pass.y), crate::tensor::elements(pass.dy));
                    let dx = crate::tensor::elements_mut(dx);
                    crate::kernels::elementwise::elementwise!(simd, [dx], [y, dy], |[_], [y, dy]| [{
                        crate::Activation::<E>::backward(*self, simd, y, dy)
                    }]);
                }
            }
        }
    };
}
use activation_layer;
