//! The `network!` macro of `tintype`: from a declaration to a plain struct with fixed shapes.
