//! What the handles of one event share. Run under loom, as the mailbox's parts are.

#[cfg(loom)]
use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// Whether an event is set, whether it is closed, and to what (`A`) it is attached.
///
/// Whoever sets it, or attaches it while it is set, has to tell: so there is one mail for each time that it is set
/// while attached.
pub(crate) struct State<A> {
    signaled: AtomicBool,
    closed: AtomicBool,
    attached: Mutex<Option<A>>,
}

/// Why an event cannot be attached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    Attached,
}

impl<A> Default for State<A> {
    fn default() -> State<A> {
        State { signaled: AtomicBool::new(false), closed: AtomicBool::new(false), attached: Mutex::new(None) }
    }
}

impl<A: Clone> State<A> {
    /// No user code runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Option<A>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn attached(&self) -> Option<A> {
        self.lock().clone()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.signaled.load(Ordering::Acquire)
    }

    /// Sets the event. Answers who has to be told, if anybody.
    pub(crate) fn set(&self) -> Option<A> {
        if self.closed.load(Ordering::Acquire) || self.signaled.swap(true, Ordering::AcqRel) {
            return None;
        }
        self.attached()
    }

    /// Whether the event is set; resets it. A second mail for one trigger finds nothing.
    pub(crate) fn take(&self) -> bool {
        self.signaled.swap(false, Ordering::AcqRel)
    }

    /// Attaches the event. Answers whether it is set already, which has to be told.
    pub(crate) fn attach(&self, to: A) -> Result<bool, Refused> {
        let mut place = self.lock();
        if self.closed.load(Ordering::Acquire) {
            return Err(Refused::Closed);
        }
        if place.is_some() {
            return Err(Refused::Attached);
        }
        *place = Some(to);
        drop(place);
        Ok(self.is_set())
    }

    /// The registration that `is_this` knows has ended.
    pub(crate) fn detach(&self, is_this: impl FnOnce(&A) -> bool) {
        let mut place = self.lock();
        if place.as_ref().is_some_and(is_this) {
            *place = None;
        }
    }

    /// Lets nobody set or attach it any more. Answers to what it is attached.
    pub(crate) fn close(&self) -> Option<A> {
        let place = self.lock();
        self.closed.store(true, Ordering::Release);
        place.clone()
    }
}
