//! Work shared out among threads.

use super::both::both;
use super::error::TrainError;

#[cfg(feature = "rayon")]
pub(super) mod awake;

/// Calls `work` with a worker, the number of an item and the item, for every item.
///
/// Each worker has a run of neighbouring items, which it does one after the other. More than one worker means more than
/// one thread, as far as there are some; who does an item changes nothing in what becomes of it.
pub(super) fn share<W: Send, I: Send>(
    workers: &mut [W],
    items: &mut [I],
    work: &(impl Fn(&mut W, usize, &mut I) + Sync),
) {
    let busy = workers.len().min(items.len());
    share_from(&mut workers[..busy], items, 0, work);
}

fn share_from<W: Send, I: Send>(
    workers: &mut [W],
    items: &mut [I],
    first: usize,
    work: &(impl Fn(&mut W, usize, &mut I) + Sync),
) {
    if let [worker] = workers {
        for (number, item) in (first..).zip(items) {
            work(worker, number, item);
        }
    } else if !workers.is_empty() {
        let half = workers.len() / 2;
        let middle = items.len() * half / workers.len();
        let (left_workers, right_workers) = workers.split_at_mut(half);
        let (left, right) = items.split_at_mut(middle);
        both(|| share_from(left_workers, left, first, work), || share_from(right_workers, right, first + middle, work));
    }
}

/// How many threads there are to use where nobody has named a number.
pub(super) fn available_threads() -> usize {
    if cfg!(feature = "rayon") { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 }
}

/// Runs `work` where `threads` threads help it: on the calling thread alone if that is 1.
pub(super) fn with_threads<R: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<R, TrainError> + Send,
) -> Result<R, TrainError> {
    #[cfg(feature = "rayon")]
    if threads > 1 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|reason| TrainError::Threads { threads, reason })?;
        // Once for all of the work: what is shared out from within the pool allocates nothing.
        return pool.install(|| awake::while_others_look(work));
    }
    let _ = threads;
    work()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    #[test]
    fn every_item_is_done_once_under_its_own_number() {
        for workers in 1..9 {
            for items in 0..20 {
                let mut workers = vec![0_usize; workers];
                let mut items: Vec<(usize, usize)> = vec![(0, 0); items];
                share(&mut workers, &mut items, &|worker, number, item| {
                    *worker += 1;
                    *item = (number, item.1 + 1);
                });
                assert_eq!(workers.iter().sum::<usize>(), items.len());
                assert!(items.iter().enumerate().all(|(number, item)| *item == (number, 1)));
                let most = items.len().div_ceil(workers.len().min(items.len()).max(1));
                assert!(workers.iter().all(|done| *done <= most), "{workers:?}");
            }
        }
    }
}
