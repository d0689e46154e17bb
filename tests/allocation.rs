//! What is warm allocates nothing.
#![cfg(feature = "digits")]
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tintype::data::digits;
use tintype::prelude::*;
use tintype::train::{Progress, Step};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

/// One test at a time, so that each counts its own allocations alone.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: passed on from the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: passed on from the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: passed on from the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on from the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

network! {
    struct Digits: [8, 8, 1] -> [10] {
        Conv2d(16, kernel = 3), Relu,
        Conv2d(16, kernel = 3), Relu,
        MaxPool2d(2),
        Dropout(0.25),
        Flatten,
        Dense(10),
    }
}

/// The allocations of each step after the first of a training.
fn allocations_of_steps(threads: usize) -> Vec<usize> {
    let mut net = Digits::boxed(Seed(1));
    let mut counts = Vec::with_capacity(100);
    let note = |_: &Step| counts.push(ALLOCATIONS.load(Ordering::SeqCst));
    Trainer::new(CrossEntropy, Adam::new(1e-3))
        .metric(Accuracy)
        .batch_size(64)
        .clip_norm(1.0)
        .penalty(Penalty::L2(1e-4))
        .schedule(tintype::train::Cosine)
        .threads(threads)
        .progress(Progress::Silent)
        .on_step(note)
        .fit_without_validation(&mut net, &digits::load().take(640))
        .unwrap();
    assert_eq!(counts.len(), 10);
    counts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn a_training_step_on_one_thread() {
    let _alone = ALONE.lock();
    assert_eq!(allocations_of_steps(1), [0; 9]);
}

#[test]
fn a_training_step_on_two_threads() {
    let _alone = ALONE.lock();
    assert_eq!(allocations_of_steps(2), [0; 9]);
}

#[test]
fn inference() {
    let _alone = ALONE.lock();
    let net = Digits::boxed(Seed(1));
    let images: Vec<Tensor<Rank3<8, 8, 1>>> = digits::images()[..40].iter().map(|image| image.map(f32::from)).collect();
    let mut outputs = vec![Tensor::zeros(); images.len()];
    net.predict(&images, &mut outputs);
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    let output = net.forward(&images[0]);
    net.predict(&images, &mut outputs);
    let class: Class<10> = net.classify(&images[0]);
    assert_eq!(ALLOCATIONS.load(Ordering::SeqCst), before);
    assert_eq!((output, class.index()), (outputs[0], output.argmax()));
}
