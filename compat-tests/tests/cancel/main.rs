//! Cancelling and dropping: each claim of a "Cancel safety" section, for every operation, in every mode.

#[path = "../modes/mod.rs"]
mod modes;

mod bad_input;
mod dropped;
mod eager;
mod guards;
mod lazy;
mod procs;
