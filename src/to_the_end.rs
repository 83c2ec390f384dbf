//! Doing all of several things when each may run a user's code, which may panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Calls `f` with each item, with the others too if a call panics. The first panic goes on at the end, unless one is
/// going on already.
pub(crate) fn to_the_end<I: IntoIterator>(items: I, mut f: impl FnMut(I::Item)) {
    let mut first: Option<Box<dyn Any + Send>> = None;
    for item in items {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| f(item))) {
            first.get_or_insert(payload);
        }
    }
    if let Some(payload) = first.filter(|_| !std::thread::panicking()) {
        resume_unwind(payload);
    }
}

/// All that are there, and those that come while these are ended, until none is left.
pub(crate) fn batches<T>(list: impl Fn() -> Vec<T>) -> impl Iterator<Item = T> {
    std::iter::from_fn(move || Some(list()).filter(|batch| !batch.is_empty())).flatten()
}
