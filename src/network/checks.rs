//! What a declaration can be wrong in as a whole, and what stands in for it then.

use super::memory::memory_fits;
use crate::layer::Memory;
use crate::shape::{Dims, Text};

/// The most parameters that a network can have.
const MAX_PARAMS: usize = u32::MAX as usize;

/// The number of parameters, 0 where there are more than a network can have.
pub const fn param_count(params: usize) -> usize {
    if params <= MAX_PARAMS { params } else { 0 }
}

/// Reports a network with more parameters than a network can have, or with more activations than memory can hold.
///
/// # Panics
/// If it is such.
#[track_caller]
pub const fn check_size(network: &str, params: usize, memory: Memory) {
    let text = Text::new().str("network `").str(network).str("` ");
    if params > MAX_PARAMS {
        text.str("has ")
            .number(params)
            .str(" parameters; there can be no more than ")
            .number(MAX_PARAMS)
            .str(", so make its layers smaller")
            .report();
    }
    if !memory_fits(memory) {
        text.str("has more activations than memory can hold; make its layers smaller").report();
    }
}

/// The input, a placeholder where it is one that is reported.
pub const fn input(given: Dims) -> Dims {
    given.known_if(given.len() > 0 && crate::shape::fits(&[given.len()]))
}

/// Reports an input of a network with an axis of size 0, or with more elements than memory can hold.
///
/// # Panics
/// If the input is known and is such.
#[track_caller]
pub const fn check_input(network: &str, input: Dims) {
    if !input.is_known() {
        return;
    }
    let text = Text::new().str("network `").str(network).str("`: an input of ").dims(input);
    match input.checked_len() {
        Some(0) => text.str(" holds nothing; every axis is at least 1").report(),
        Some(len) if crate::shape::fits(&[len]) => {}
        _ => text.str(" has more elements than memory can hold; make it smaller").report(),
    }
}

/// Reports a declared output that is not what the last layer gives.
///
/// # Panics
/// If both are known and differ.
#[track_caller]
pub const fn check_output(network: &str, source: &str, declared: Dims, given: Dims) {
    if given.is_known() && declared.is_known() && !declared.same(given) {
        Text::new()
            .str("network `")
            .str(network)
            .str("` is declared to give ")
            .dims(declared)
            .str(", but ")
            .str(source)
            .str(" ")
            .dims(given)
            .str("; change the last layer or the declared output")
            .report();
    }
}
