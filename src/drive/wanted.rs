//! Whether a driven future wants to be polled. Run under loom, as the mailbox's parts are.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering, fence};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering, fence};

/// Set by the future's wakers, read by whoever polls it; at first it is set.
///
/// A waker that is used while the poll goes on needs to wake nobody: the poll looks again before it ends. Both sides
/// write one flag and then read the other, so it takes a fence between.
pub(crate) struct Wanted {
    wanted: AtomicBool,
    polling: AtomicBool,
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted { wanted: AtomicBool::new(true), polling: AtomicBool::new(false) }
    }
}

impl Wanted {
    /// Whether somebody has to be woken for it.
    pub(crate) fn set(&self) -> bool {
        self.wanted.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        !self.polling.load(Ordering::Acquire)
    }

    pub(crate) fn begin(&self) {
        self.polling.store(true, Ordering::Release);
    }

    pub(crate) fn take(&self) -> bool {
        self.wanted.swap(false, Ordering::AcqRel)
    }

    /// Whether it was set since it was last taken.
    pub(crate) fn end(&self) -> bool {
        self.polling.store(false, Ordering::Release);
        fence(Ordering::SeqCst);
        self.wanted.load(Ordering::Acquire)
    }
}
