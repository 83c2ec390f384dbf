//! A string of bytes, read as steps of four, drives two dispatchers over real descriptors; beside them goes a simple
//! model of what they should be like. What the two disagree about is a violation.
//!
//! The steps come from a seeded generator (`main.rs`) or from a fuzzer (`fuzz/`). The callbacks take theirs from the same
//! string when they are called: what they do, whether they are done, and whether they raise or panic.

mod calls;
mod check;
mod customs;
mod ends;
mod futures;
mod model;
mod pair;
mod steps;
mod turns;
mod world;

pub use steps::{NAMES, name};

use std::rc::Rc;

use asyncdispatch::set_global_dispatcher;
use world::World;

/// How many bytes a step takes.
pub const WIDTH: usize = 4;

/// What a run did.
pub struct Outcome {
    /// Steps by kind, in the order of [`NAMES`].
    pub steps: Vec<u64>,
    /// Callbacks and procs that were called.
    pub calls: u64,
    pub violation: Option<String>,
}

/// Runs the steps of `bytes` and ends everything. Takes the thread's dispatcher.
pub fn run(bytes: &[u8]) -> Outcome {
    let world = World::new(bytes);
    let ran = world.begin().and_then(|()| world.run()).and_then(|()| world.end());
    let violation = ran.err().or_else(|| world.wrong.take());
    if violation.is_some() {
        world.abandon();
    }
    let _another_may_follow = set_global_dispatcher(None);
    let outcome = Outcome { steps: world.counts.take(), calls: world.calls.get(), violation };
    drop(Rc::clone(&world));
    outcome
}
