//! The passes of batch normalisation: every vector of channels by itself, down all rows.

use pulp::Simd;

use super::BatchNorm;
use crate::kernels::sum;
use crate::kernels::{channel_vectors, load_part, store_part};
use crate::layer::{Backward, Layer, Memory, Mode, Room};
use crate::shape::{Rank1, Rank2, Rank3, Shape};
use crate::tensor::{elements, elements_mut};
use crate::{Element, Tensor};

impl<E: Element, const C: usize, const EPSILON: u64, const MOMENTUM: u64> BatchNorm<E, C, EPSILON, MOMENTUM> {
    /// Mean and variance of the batch, which the tape keeps: once, though there is room for each sample.
    #[inline(always)]
    fn moments(tape: &mut [E]) -> (&mut [E], &mut [E]) {
        tape[..2 * C].split_at_mut(C)
    }

    /// `1 / √(variance + epsilon)`
    #[inline(always)]
    fn inverse_deviation<S: Simd>(simd: S, variance: E::Vector<S>) -> E::Vector<S> {
        let epsilon = E::splat(simd, E::from_f64(f64::from_bits(EPSILON)));
        let deviation = E::vector_sqrt(simd, E::vector_add(simd, variance, epsilon));
        E::vector_div(simd, E::splat(simd, E::one()), deviation)
    }

    /// The forward pass over rows of `C` channels.
    #[inline(always)]
    fn normalize<S: Simd>(&self, simd: S, x: &[E], y: &mut [E], tape: &mut [E], mode: Mode) {
        if C == 0 || x.is_empty() {
            return;
        }
        let rows = x.len() / C;
        let count = E::splat(simd, E::from_f64(rows as f64));
        for (channel, lanes) in channel_vectors::<S, E>(C) {
            let here = channel..channel + lanes;
            let row = |row: usize| load_part(simd, &x[row * C + channel..][..lanes]);
            let (mean, variance) = if mode.is_training() {
                let mean = E::vector_div(simd, sum::terms::<S, E>(simd, rows, row), count);
                // From the differences to the mean: the mean of the squares less the square of the mean would lose
                // all digits where the mean is far from 0.
                let square = |index: usize| {
                    let difference = E::vector_sub(simd, row(index), mean);
                    E::vector_mul(simd, difference, difference)
                };
                let variance = E::vector_div(simd, sum::terms::<S, E>(simd, rows, square), count);
                let (means, variances) = Self::moments(tape);
                store_part(simd, &mut means[here.clone()], mean);
                store_part(simd, &mut variances[here.clone()], variance);
                (mean, variance)
            } else {
                (
                    load_part(simd, &self.running_mean[here.clone()]),
                    load_part(simd, &self.running_variance[here.clone()]),
                )
            };
            let gamma = load_part(simd, &self.gamma[here.clone()]);
            let factor = E::vector_mul(simd, gamma, Self::inverse_deviation(simd, variance));
            let beta = load_part(simd, &self.beta[here]);
            for index in 0..rows {
                let value = E::vector_mul_add(simd, E::vector_sub(simd, row(index), mean), factor, beta);
                store_part(simd, &mut y[index * C + channel..][..lanes], value);
            }
        }
    }

    /// The backward pass over rows of `C` channels.
    #[inline(always)]
    fn differentiate<S: Simd>(
        &self,
        simd: S,
        (x, dy): (&[E], &[E]),
        mut dx: Option<&mut [E]>,
        (tape, mode): (&mut [E], Mode),
        gradient: &mut Self,
    ) {
        if C == 0 || x.is_empty() {
            return;
        }
        let rows = x.len() / C;
        let count = E::splat(simd, E::from_f64(rows as f64));
        for (channel, lanes) in channel_vectors::<S, E>(C) {
            let here = channel..channel + lanes;
            let (mean, variance) = if mode.is_training() {
                let (means, variances) = Self::moments(tape);
                (load_part(simd, &means[here.clone()]), load_part(simd, &variances[here.clone()]))
            } else {
                (
                    load_part(simd, &self.running_mean[here.clone()]),
                    load_part(simd, &self.running_variance[here.clone()]),
                )
            };
            store_part(simd, &mut gradient.running_mean[here.clone()], mean);
            store_part(simd, &mut gradient.running_variance[here.clone()], variance);
            let inverse = Self::inverse_deviation(simd, variance);
            let upstream = |row: usize| load_part(simd, &dy[row * C + channel..][..lanes]);
            let normalized = |row: usize| {
                let difference = E::vector_sub(simd, load_part(simd, &x[row * C + channel..][..lanes]), mean);
                E::vector_mul(simd, difference, inverse)
            };
            let beta = sum::terms::<S, E>(simd, rows, upstream);
            let gamma = sum::terms::<S, E>(
                simd,
                rows,
                #[inline(always)]
                |row| E::vector_mul(simd, upstream(row), normalized(row)),
            );
            for (sums, more) in [(&mut gradient.beta, beta), (&mut gradient.gamma, gamma)] {
                let sums = &mut sums[here.clone()];
                store_part(simd, sums, E::vector_add(simd, load_part(simd, sums), more));
            }
            let Some(dx) = dx.as_deref_mut() else { continue };
            let factor = E::vector_mul(simd, load_part(simd, &self.gamma[here]), inverse);
            // In training, mean and variance move with the inputs, which takes the mean of the upstream gradient and
            // its part along the normalised values out.
            let (offset, slope) = if mode.is_training() {
                (E::vector_div(simd, beta, count), E::vector_div(simd, gamma, count))
            } else {
                (E::splat(simd, E::zero()), E::splat(simd, E::zero()))
            };
            for row in 0..rows {
                let along = E::vector_mul(simd, normalized(row), slope);
                let value = E::vector_sub(simd, E::vector_sub(simd, upstream(row), offset), along);
                store_part(simd, &mut dx[row * C + channel..][..lanes], E::vector_mul(simd, factor, value));
            }
        }
    }
}

macro_rules! batch_norm_over {
    ($($shape:ident $($axis:ident)*;)*) => {$(
        impl<E: Element, $(const $axis: usize,)* const C: usize, const EPSILON: u64, const MOMENTUM: u64>
            Layer<E, $shape<$($axis,)* C>, $shape<$($axis,)* C>> for BatchNorm<E, C, EPSILON, MOMENTUM>
        {
            const MEMORY: Memory = Memory { tape: 2 * C, ..Memory::NONE };
            const MACS: u64 = $shape::<$($axis,)* C>::LEN as u64;
            const COUPLES_BATCH: bool = true;

            #[inline(always)]
            fn forward_batch<S: Simd>(
                &self,
                simd: S,
                x: &[Tensor<$shape<$($axis,)* C>, E>],
                y: &mut [Tensor<$shape<$($axis,)* C>, E>],
                room: Room<'_, E>,
                mode: Mode,
            ) {
                self.normalize(simd, elements(x), elements_mut(y), room.tape, mode);
            }

            #[inline(always)]
            fn backward_batch<S: Simd>(
                &self,
                simd: S,
                pass: Backward<'_, E, $shape<$($axis,)* C>, $shape<$($axis,)* C>>,
                gradient: &mut Self,
            ) {
                let dx = pass.dx.map(|dx| elements_mut(dx));
                let (x, dy) = (elements(pass.x), elements(pass.dy));
                self.differentiate(simd, (x, dy), dx, (pass.room.tape, pass.mode), gradient);
            }
        }
    )*};
}

batch_norm_over! {
    Rank1;
    Rank2 T;
    Rank3 H W;
}
