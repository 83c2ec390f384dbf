//! `AsyncEvent`: a flag that any thread can set and a dispatcher waits for. No descriptor behind it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::args::{OrRaise, sealed};
use crate::current::{current, owner_of};
use crate::custom::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::{AsyncFD, Unregister};
use crate::mailbox::{Mail, Mailbox};

/// What all handles of one event share.
///
/// `signaled` is set by `trigger` and reset when the event is served. Whoever sets it, or attaches the event while it
/// is set, posts one mail: so there is one mail for each time that it is set while attached.
#[derive(Default)]
pub(crate) struct EventState {
    signaled: AtomicBool,
    closed: AtomicBool,
    attached: Mutex<Option<Attached>>,
}

#[derive(Clone)]
struct Attached {
    mailbox: Arc<Mailbox>,
    key: AsyncFD,
}

impl EventState {
    /// No user code runs under the lock, so a poisoned one is as good as any.
    fn attached(&self) -> MutexGuard<'_, Option<Attached>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the event is set; resets it. A second mail for one trigger finds nothing.
    pub(crate) fn take_signal(&self) -> bool {
        self.signaled.swap(false, Ordering::AcqRel)
    }

    /// The registration has ended.
    pub(crate) fn detach(&self, key: AsyncFD) {
        let mut attached = self.attached();
        if attached.as_ref().is_some_and(|attached| attached.key == key) {
            *attached = None;
        }
    }

    fn post(attached: &Attached, mail: fn(AsyncFD) -> Mail) {
        let _gone = attached.mailbox.post(mail(attached.key));
    }
}

/// A flag that any thread can set, Nim's `AsyncEvent`: `Clone + Send + Sync`.
#[derive(Clone, Default)]
pub struct AsyncEvent {
    state: Arc<EventState>,
}

impl fmt::Debug for AsyncEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEvent")
            .field("signaled", &self.state.signaled.load(Ordering::Relaxed))
            .field("added", &self.state.attached().is_some())
            .finish()
    }
}

impl PartialEq for AsyncEvent {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }
}

impl Eq for AsyncEvent {}

/// Makes an event: not set, and added to no dispatcher.
#[doc(alias = "newAsyncEvent")]
pub fn new_async_event() -> AsyncEvent {
    AsyncEvent::new()
}

/// Sets an event. See [`AsyncEvent::trigger`].
pub fn trigger(ev: &AsyncEvent) {
    ev.trigger();
}

/// Ends an event. See [`AsyncEvent::close`].
pub fn close(ev: &AsyncEvent) {
    ev.close();
}

/// Calls `cb` each time the event is set, until it answers `true`. See [`AsyncEvent::add`].
#[doc(alias = "addEvent")]
pub fn add_event<R: OrRaise<bool>>(ev: &AsyncEvent, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<AsyncFD> {
    ev.add(cb)
}

impl AsyncEvent {
    /// Makes an event: not set, and added to no dispatcher.
    #[doc(alias = "newAsyncEvent")]
    pub fn new() -> Self {
        AsyncEvent::default()
    }

    /// Sets the event, from any thread, added or not.
    pub fn trigger(&self) {
        if self.state.closed.load(Ordering::Acquire) || self.state.signaled.swap(true, Ordering::AcqRel) {
            return;
        }
        let attached = self.state.attached().clone();
        if let Some(attached) = attached {
            EventState::post(&attached, Mail::Custom);
        }
    }

    /// Adds the event to the thread's dispatcher: `cb` is called each time it is set, until it answers `true`.
    #[doc(alias = "addEvent")]
    pub fn add<R: OrRaise<bool>>(&self, mut cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<AsyncFD> {
        let core = current()?;
        let call = Box::new(move |key| cb(key).into_result());
        core.customs.insert(call, |key| {
            if self.state.closed.load(Ordering::Acquire) {
                return Err(Error::of(ErrorKind::InvalidInput, "the event is closed: make a new one"));
            }
            let mut place = self.state.attached();
            if place.is_some() {
                return Err(Error::event_registered());
            }
            let attached = Attached { mailbox: Arc::clone(core.mailbox()), key };
            *place = Some(attached.clone());
            drop(place);
            if self.state.signaled.load(Ordering::Acquire) {
                EventState::post(&attached, Mail::Custom);
            }
            Ok(Kind::Event(Arc::clone(&self.state)))
        })
    }

    /// Takes the event from its dispatcher; it may be added again.
    pub fn unregister(&self) -> Result<()> {
        let attached = self.state.attached().clone();
        let core = current()?;
        match attached {
            Some(attached) if Arc::ptr_eq(&attached.mailbox, core.mailbox()) => {
                core.customs.unregister(&core, attached.key)
            }
            _ => Err(Error::event_not_registered()),
        }
    }

    /// Ends the event: takes it from its dispatcher, and lets later triggers do nothing.
    pub fn close(&self) {
        self.state.closed.store(true, Ordering::Release);
        let attached = self.state.attached().clone();
        let Some(attached) = attached else { return };
        match owner_of(&attached.mailbox) {
            Some(core) => drop(core.customs.unregister(&core, attached.key)),
            None => EventState::post(&attached, Mail::Closed),
        }
    }
}

impl sealed::Sealed for &AsyncEvent {}

impl Unregister for &AsyncEvent {
    type Output = ();

    fn unregister(self) -> Result<()> {
        AsyncEvent::unregister(self)
    }
}
