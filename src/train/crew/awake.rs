//! Threads that look out for work between one piece and the next.
//!
//! A step of training is several pieces of work that are shared out, with next to nothing between them. A thread that fell asleep
//! meanwhile would take longer to wake than the small ones take, and come late to the large one. So the threads of a training keep
//! looking for work, less often if there has been none for a while, and fall asleep after a while more: a network too small to be shared
//! out occupies one thread. Those that are done with their part of a piece before another thread is with its own keep looking too.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rayon::Yield;

/// How long a thread looks for work all the time.
const PATIENCE: Duration = Duration::from_millis(1);

/// How long it naps from one look to the next after that.
const NAP: Duration = Duration::from_micros(100);

/// After how long it is left to the pool, which wakes it.
const END_OF_PATIENCE: Duration = Duration::from_millis(100);

/// Calls `work`, which is to be called on a thread of a pool, while the others look out for what it shares out.
pub fn while_others_look<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let threads = rayon::current_num_threads();
    let (looking, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let conductor = rayon::current_thread_index();
    rayon::scope(|scope| {
        // Also if the work panics: the scope waits for the others.
        let _end = OnDrop(|| over.store(true, Ordering::Release));
        scope.spawn_broadcast(|_, context| {
            if Some(context.index()) != conductor {
                looking.fetch_add(1, Ordering::Relaxed);
                look_for_work(&over);
            }
        });
        // A thread that were given work before it has begun to look might begin while it waits for a part of that work, and never end.
        while looking.load(Ordering::Relaxed) + 1 < threads {
            thread::yield_now();
        }
        work()
    })
}

/// Does what work the pool has until all is over, or there has long been none.
fn look_for_work(over: &AtomicBool) {
    let mut last = Instant::now();
    while !over.load(Ordering::Acquire) {
        if rayon::yield_now() == Some(Yield::Executed) {
            last = Instant::now();
            continue;
        }
        match last.elapsed() {
            idle if idle < PATIENCE => thread::yield_now(),
            idle if idle < END_OF_PATIENCE => thread::sleep(NAP),
            _ => return,
        }
    }
}

/// Does both, at the same time if another thread takes `right`, and looks out for work until both are done.
///
/// [`rayon::join`] falls asleep over a part that another thread has taken and is not done with. When this one has woken again, the other has waited
/// in its turn.
pub fn join(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    let over = AtomicBool::new(false);
    let left = || {
        left();
        let since = Instant::now();
        while !over.load(Ordering::Acquire) && since.elapsed() < PATIENCE {
            if rayon::yield_now() != Some(Yield::Executed) {
                thread::yield_now();
            }
        }
    };
    let right = || {
        // Also if it panics.
        let _end = OnDrop(|| over.store(true, Ordering::Release));
        right();
    };
    rayon::join(left, right);
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::vec::Vec;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Counts to `leaves` by halves, each in a piece of work of its own.
    fn count(leaves: usize) -> usize {
        if leaves < 2 {
            return leaves;
        }
        let (mut left, mut right) = (0, 0);
        join(&mut || left = count(leaves / 2), &mut || right = count(leaves - leaves / 2));
        left + right
    }

    #[test]
    fn a_part_may_take_longer_than_the_other_thread_is_patient() {
        pool(2).install(|| {
            while_others_look(|| {
                for (left, right) in [(0, 3), (3, 0)] {
                    let (mut left_is_done, mut right_is_done) = (false, false);
                    let mut left = || {
                        thread::sleep(left * PATIENCE);
                        left_is_done = true;
                    };
                    let mut right = || {
                        thread::sleep(right * PATIENCE);
                        right_is_done = true;
                    };
                    join(&mut left, &mut right);
                    assert!(left_is_done && right_is_done);
                }
            });
        });
    }

    #[test]
    fn work_is_shared_out_and_comes_to_an_end() {
        for threads in 2..6 {
            let sums: Vec<_> = pool(threads).install(|| while_others_look(|| (0..200).map(count).collect()));
            assert!(sums.iter().enumerate().all(|(expected, sum)| *sum == expected));
        }
    }

    #[test]
    fn after_a_pause_there_is_still_somebody() {
        for pause in [5 * PATIENCE, 2 * END_OF_PATIENCE] {
            let sum = pool(3).install(|| {
                while_others_look(|| {
                    thread::sleep(pause);
                    count(100)
                })
            });
            assert_eq!(sum, 100);
        }
    }

    #[test]
    fn work_may_have_work_and_pools_of_its_own() {
        let inner = || pool(3).install(|| while_others_look(|| count(50)));
        let (sums, all) =
            pool(2).install(|| while_others_look(|| (rayon::join(inner, || count(40)), rayon::broadcast(|_| 1).len())));
        assert_eq!((sums, all), ((50, 40), 2));
    }

    #[test]
    fn a_panic_is_passed_on() {
        fn reason(work: impl Fn() + Sync) -> Option<&'static str> {
            let work = || pool(2).install(|| while_others_look(&work));
            catch_unwind(AssertUnwindSafe(work)).unwrap_err().downcast_ref().copied()
        }
        assert_eq!(reason(|| panic!("of the work")), Some("of the work"));
        let shared = || {
            // Until the other thread has begun its part, so that the panic is there.
            let begun = AtomicBool::new(false);
            let mut wait = || {
                while !begun.load(Ordering::Acquire) {
                    thread::yield_now();
                }
            };
            join(&mut wait, &mut || {
                begun.store(true, Ordering::Release);
                panic!("of a part");
            });
        };
        assert_eq!(reason(shared), Some("of a part"));
    }
}
