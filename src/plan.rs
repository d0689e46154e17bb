//! Where the values of a pass lie in one run of memory, decided while the program is compiled.

use core::ops::Range;

/// A stretch of memory that is needed for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Elements for each sample.
    pub len: usize,
    /// The step that first writes it.
    pub first: usize,
    /// The step that last reads it.
    pub last: usize,
}

impl Request {
    /// A stretch of `len` elements that is alive from step `first` to step `last`, both included.
    pub const fn new(len: usize, first: usize, last: usize) -> Self {
        Self { len, first, last }
    }

    /// A stretch of `len` elements that is alive all the time.
    pub const fn always(len: usize) -> Self {
        Self { len, first: 0, last: usize::MAX }
    }
}

/// The places of `N` stretches of memory. Two of them share elements only if they are never alive together.
#[derive(Clone, Copy, Debug)]
pub struct Plan<const N: usize> {
    offsets: [usize; N],
    lens: [usize; N],
    total: usize,
}

/// Every stretch begins on a multiple of this many elements: a cache line of `f32`.
pub const ALIGNMENT: usize = 16;

/// The elements from one beginning to the next; the largest number where that is more than there can be.
const fn aligned(len: usize) -> usize {
    match len.checked_next_multiple_of(ALIGNMENT) {
        Some(len) => len,
        None => usize::MAX,
    }
}

impl<const N: usize> Plan<N> {
    /// Places the largest requests first, each as low as those that are alive at the same time allow (the "greedy by
    /// size" strategy of Pisarchyk and Lee, 2020).
    pub const fn new(requests: [Request; N]) -> Self {
        let mut plan = Self { offsets: [0; N], lens: [0; N], total: 0 };
        // Indices of the placed requests by rising offset.
        let mut placed = [0; N];
        let mut placed_count = 0;
        let mut done = [false; N];
        loop {
            let mut largest = N;
            let mut index = 0;
            while index < N {
                if !done[index]
                    && requests[index].len > 0
                    && (largest == N || requests[index].len > requests[largest].len)
                {
                    largest = index;
                }
                index += 1;
            }
            if largest == N {
                return plan;
            }
            let request = requests[largest];
            let len = aligned(request.len);
            let mut offset: usize = 0;
            let mut index = 0;
            while index < placed_count {
                let other = placed[index];
                let both = request.first <= requests[other].last && requests[other].first <= request.last;
                let end = plan.offsets[other].saturating_add(aligned(requests[other].len));
                if both && plan.offsets[other] < offset.saturating_add(len) && end > offset {
                    offset = end;
                }
                index += 1;
            }
            plan.offsets[largest] = offset;
            plan.lens[largest] = request.len;
            let end = offset.saturating_add(len);
            if end > plan.total {
                plan.total = end;
            }
            let mut place = placed_count;
            while place > 0 && plan.offsets[placed[place - 1]] > offset {
                placed[place] = placed[place - 1];
                place -= 1;
            }
            placed[place] = largest;
            placed_count += 1;
            done[largest] = true;
        }
    }

    /// The elements that all stretches together need for each sample.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// Where stretch number `index` lies for a run of `samples`.
    #[inline(always)]
    pub const fn range(&self, index: usize, samples: usize) -> Range<usize> {
        if self.lens[index] == 0 {
            return 0..0;
        }
        let start = self.offsets[index] * samples;
        start..start + self.lens[index] * samples
    }
}

/// Lends several stretches of one run of memory at once.
///
/// # Panics
/// If two of them overlap or one does not lie in the run: the plan is wrong.
#[inline(always)]
pub fn split<E, const K: usize>(memory: &mut [E], ranges: [Range<usize>; K]) -> [&mut [E]; K] {
    let Ok(parts) = memory.get_disjoint_mut(ranges) else {
        panic!("stretches of memory that are used together must lie in the run and not overlap");
    };
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_alive_together_does_not_overlap(raw in proptest::array::uniform12((0usize..100, 0usize..12, 0usize..6))) {
            let requests = raw.map(|(len, first, span)| Request::new(len, first, first + span));
            let plan = Plan::new(requests);
            for (i, a) in requests.iter().enumerate() {
                let place = plan.range(i, 3);
                prop_assert!(place.end <= plan.total() * 3);
                prop_assert_eq!(place.len(), a.len * 3);
                prop_assert_eq!(place.start % ALIGNMENT, 0);
                for (j, b) in requests.iter().enumerate().take(i) {
                    let other = plan.range(j, 3);
                    let together = a.first <= b.last && b.first <= a.last;
                    if together && !place.is_empty() && !other.is_empty() {
                        prop_assert!(place.end <= other.start || other.end <= place.start);
                    }
                }
            }
        }
    }

    #[test]
    fn a_chain_needs_two_neighbours_at_most() {
        const PLAN: Plan<4> =
            Plan::new([Request::new(64, 0, 1), Request::new(32, 1, 2), Request::new(64, 2, 3), Request::new(32, 3, 4)]);
        assert_eq!(PLAN.total(), 96);
    }
}
