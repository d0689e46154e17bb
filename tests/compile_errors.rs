//! What the compiler says of each mistake that a declaration can hold.
//!
//! The texts beside the cases are what a person reads; after a change for the better,
//! `TRYBUILD=overwrite cargo test --test compile_errors` writes them anew.
#![cfg(feature = "std")]

#[test]
fn a_mistake_is_one_error_where_it_was_made() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
