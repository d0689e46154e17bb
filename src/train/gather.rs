//! Samples from all over a data set, side by side.

use std::vec::Vec;

use crate::data::Dataset;
use crate::{Element, Shape, Tensor};

/// How many samples ahead of the one that is read others are asked for.
const AHEAD: usize = 4;

/// The elements of an input for which that takes less time than it spares.
const WORTH_PREFETCHING: usize = 64;

/// Reads the samples `indices`: their inputs, and their targets in place of those that are there.
#[inline(always)]
pub(super) fn gather<E: Element, D: Dataset<E> + ?Sized>(
    data: &D,
    indices: &[usize],
    inputs: &mut [Tensor<D::Input, E>],
    targets: &mut Vec<D::Target>,
) {
    targets.clear();
    let samples = indices.iter().zip(inputs);
    if const { D::Input::LEN < WORTH_PREFETCHING } {
        targets.extend(samples.map(|(index, input)| data.read(*index, input)));
        return;
    }
    indices.iter().take(AHEAD).for_each(|index| data.prefetch(*index));
    let mut ahead = indices.iter().skip(AHEAD);
    targets.extend(samples.map(|(index, input)| {
        if let Some(index) = ahead.next() {
            data.prefetch(*index);
        }
        data.read(*index, input)
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Rank1;
    use std::sync::Mutex;
    use std::vec;

    #[derive(Debug, PartialEq)]
    enum Asked {
        Prefetch(usize),
        Read(usize),
    }

    /// Samples that are their number, and what they were asked for.
    struct Numbers(Mutex<Vec<Asked>>);

    impl Dataset for Numbers {
        type Input = Rank1<64>;
        type Target = usize;

        fn len(&self) -> usize {
            100
        }

        fn read(&self, index: usize, input: &mut Tensor<Rank1<64>>) -> usize {
            self.0.lock().unwrap().push(Asked::Read(index));
            *input = Tensor::full(index as f32);
            index
        }

        fn prefetch(&self, index: usize) {
            self.0.lock().unwrap().push(Asked::Prefetch(index));
        }
    }

    #[test]
    fn samples_are_asked_for_and_read_in_their_order() {
        for count in 0..10 {
            let indices: Vec<usize> = (0..count).map(|number| (number * 37 + 11) % 100).collect();
            let (data, mut inputs) = (Numbers(Mutex::default()), vec![Tensor::zeros(); count]);
            let mut targets = vec![0; 3];
            gather(&data, &indices, &mut inputs, &mut targets);
            assert_eq!(targets, indices);
            assert!(inputs.iter().zip(&indices).all(|(input, index)| input.as_slice() == [*index as f32; 64]));
            let asked = data.0.into_inner().unwrap();
            let prefetched: Vec<_> =
                asked.iter().filter_map(|a| if let Asked::Prefetch(index) = a { Some(*index) } else { None }).collect();
            assert_eq!(prefetched, indices);
            for index in indices {
                let place = |wanted| asked.iter().position(|asked| *asked == wanted);
                assert!(place(Asked::Prefetch(index)) < place(Asked::Read(index)), "{asked:?}");
            }
        }
    }
}
