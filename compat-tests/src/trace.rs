//! What happened, in which order, and within which time.

use asyncdispatch::{Result, poll_with};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

/// Labels in the order in which they were noted; a clone notes into the same list.
#[derive(Clone, Debug, Default)]
pub struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    pub fn note(&self, label: impl Into<String>) {
        self.0.borrow_mut().push(label.into());
    }

    /// What has been noted since the last time.
    pub fn taken(&self) -> Vec<String> {
        self.0.take()
    }

    /// Asserts what has been noted since the last time, in order.
    #[track_caller]
    pub fn expect(&self, labels: &[&str]) {
        assert_eq!(self.taken(), labels);
    }
}

/// A counter that callbacks and the test share.
#[derive(Clone, Debug, Default)]
pub struct Count(Rc<Cell<u32>>);

impl Count {
    pub fn up(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    pub fn get(&self) -> u32 {
        self.0.get()
    }
}

/// `n` turns that do not wait.
pub fn turns(n: usize) -> Result<()> {
    (0..n).try_for_each(|_| poll_with(0))
}

/// Runs `f`, which has to be done within `ms`. For what would take for ever, or seconds, if it were wrong.
#[track_caller]
pub fn within<T>(ms: u64, f: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = f();
    let taken = begun.elapsed();
    assert!(taken <= Duration::from_millis(ms), "took {taken:?}, not {ms} ms");
    result
}
