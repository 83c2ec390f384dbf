//! A list that any thread appends to and one thread empties, and how that one sleeps.
//!
//! Everything that must be seen together is under one lock: what was posted, whether more is taken, whom to wake. So
//! whoever posts either finds the sleeper, or has been seen by its last look. This file knows nothing of the crate and
//! is run under loom, with loom's types instead of std's: `compat-tests/loom`.

use std::mem;
use std::task::Waker;

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, Ordering};
#[cfg(loom)]
use loom::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(loom))]
use std::sync::{Mutex, MutexGuard};

/// See the module's docs.
pub(crate) struct Inbox<T> {
    inside: Mutex<Inside<T>>,
    /// A hint for the owner, who looks more often than anything comes: `false` means that nothing was there.
    full: AtomicBool,
}

struct Inside<T> {
    items: Vec<T>,
    /// How many of the items are work by themselves.
    work: usize,
    closed: bool,
    /// There only while the owner waits: posting to one that is awake wakes nobody.
    sleeper: Option<Waker>,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let inside = Inside { items: Vec::new(), work: 0, closed: false, sleeper: None };
        Inbox { inside: Mutex::new(inside), full: AtomicBool::new(false) }
    }
}

impl<T> Inbox<T> {
    /// No user code runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Appends `item` and wakes the owner if it waits. Gives the item back once the inbox is closed.
    pub(crate) fn post(&self, item: T, is_work: bool) -> Result<(), T> {
        let mut inside = self.lock();
        if inside.closed {
            return Err(item);
        }
        inside.work += usize::from(is_work);
        inside.items.push(item);
        self.full.store(true, Ordering::Release);
        let sleeper = inside.sleeper.take();
        drop(inside);
        if let Some(waker) = sleeper {
            waker.wake();
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.full.load(Ordering::Acquire)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether anything in it is work by itself.
    pub(crate) fn has_work(&self) -> bool {
        !self.is_empty() && self.lock().work > 0
    }

    /// Takes all that has been posted, oldest first.
    pub(crate) fn take(&self) -> Vec<T> {
        if self.is_empty() {
            return Vec::new();
        }
        self.lock().empty(&self.full)
    }

    /// Refuses further items and gives out what is left.
    pub(crate) fn close(&self) -> Vec<T> {
        let mut inside = self.lock();
        inside.closed = true;
        inside.empty(&self.full)
    }

    /// Says whom to wake. The owner looks once more after this, and only then waits.
    pub(crate) fn sleep(&self, waker: &Waker) {
        let mut inside = self.lock();
        if inside.sleeper.as_ref().is_some_and(|former| former.will_wake(waker)) {
            return;
        }
        let former = inside.sleeper.replace(waker.clone());
        drop(inside);
        drop(former);
    }

    /// The owner is awake again.
    pub(crate) fn awake(&self) {
        let former = self.lock().sleeper.take();
        drop(former);
    }

    /// Wakes the owner if it waits.
    pub(crate) fn wake_sleeper(&self) {
        let sleeper = self.lock().sleeper.take();
        if let Some(waker) = sleeper {
            waker.wake();
        }
    }
}

impl<T> Inside<T> {
    fn empty(&mut self, full: &AtomicBool) -> Vec<T> {
        full.store(false, Ordering::Release);
        self.work = 0;
        mem::take(&mut self.items)
    }
}
