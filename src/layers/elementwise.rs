//! What layers have in common that are a function of each element by itself and whose derivative needs the input.

use pulp::Simd;

use crate::Element;

/// A function of each element by itself, whose derivative is told from its input. Where it can be told from the output,
/// [`Activation`](crate::Activation) is the better choice: it needs no pass of its own.
pub(super) trait Elementwise<E: Element>: Copy {
    /// The function, lane by lane.
    fn apply<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S>;

    /// The derivative at `x`.
    fn derivative<S: Simd>(self, simd: S, x: E::Vector<S>) -> E::Vector<S>;
}

/// Makes an [`Elementwise`] function a layer over every shape.
macro_rules! elementwise_layer {
    ($function:ident) => {
        // SAFETY: a type without fields.
        unsafe impl bytemuck::Zeroable for $function {}
        // SAFETY: a type without fields, and a layout without tensors.
        unsafe impl<E: crate::Element> crate::Parameters<E> for $function {
            const LAYOUT: crate::parameters::Layout = crate::parameters::Layout::NONE;
        }

        impl<E: crate::Element, T: crate::Shape> crate::Layer<E, T, T> for $function {
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
                    crate::layers::elementwise::Elementwise::<E>::apply(*self, simd, x)
                }]);
            }

            #[inline(always)]
            fn backward_batch<S: pulp::Simd>(&self, simd: S, pass: crate::layer::Backward<'_, E, T, T>, _: &mut Self) {
                if let Some(dx) = pass.dx {
                    let (x, dy) = (crate::tensor::elements(pass.x), crate::tensor::elements(pass.dy));
                    let dx = crate::tensor::elements_mut(dx);
                    crate::kernels::elementwise::elementwise!(simd, [dx], [x, dy], |[_], [x, dy]| [{
                        let derivative = crate::layers::elementwise::Elementwise::<E>::derivative(*self, simd, x);
                        E::vector_mul(simd, dy, derivative)
                    }]);
                }
            }
        }
    };
}
pub(super) use elementwise_layer;
