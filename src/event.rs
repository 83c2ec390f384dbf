//! `AsyncEvent`: a flag that any thread can set and a dispatcher waits for. No descriptor behind it.

mod state;

use std::fmt;
use std::sync::Arc;

use crate::args::{OrRaise, sealed};
use crate::current::{current, owner_of};
use crate::custom::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::{AsyncFD, Unregister};
use crate::mailbox::{Mail, Mailbox};

use state::{Refused, State};

/// The registration of an event.
#[derive(Clone)]
struct Attached {
    mailbox: Arc<Mailbox>,
    key: AsyncFD,
}

impl Attached {
    fn post(&self, mail: fn(AsyncFD) -> Mail) {
        let _gone = self.mailbox.post(mail(self.key));
    }
}

/// What all handles of one event share.
#[derive(Default)]
pub(crate) struct EventState(State<Attached>);

impl EventState {
    /// Whether the event is set; resets it.
    pub(crate) fn take_signal(&self) -> bool {
        self.0.take()
    }

    /// The registration has ended.
    pub(crate) fn detach(&self, key: AsyncFD) {
        self.0.detach(|attached| attached.key == key);
    }
}

/// A flag that any thread can set and a dispatcher waits for: `Clone + Send + Sync`.
///
/// Handles are cheap and equal if they are of one event. There is no descriptor behind it, and none is used up. It
/// carries no data: for those there is [`Remote::call_soon_threadsafe`](crate::Remote::call_soon_threadsafe). One event is
/// added to one dispatcher at a time.
///
/// # Nim
///
/// `AsyncEvent`, which is a descriptor there and has to be closed; here the last handle frees it.
///
/// ```
/// use asyncdispatch::*;
///
/// let event = AsyncEvent::new();
/// event.add(|_| true)?;
/// let remote = event.clone();
/// let thread = std::thread::spawn(move || remote.trigger());
/// drain_with(-1)?;
/// thread.join().unwrap();
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct AsyncEvent {
    state: Arc<EventState>,
}

impl fmt::Debug for AsyncEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEvent")
            .field("signaled", &self.state.0.is_set())
            .field("added", &self.state.0.attached().is_some())
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
///
/// # Nim
///
/// `newAsyncEvent`, which can fail there.
///
/// ```
/// use asyncdispatch::*;
///
/// let event = new_async_event();
/// trigger(&event); // kept until it is added
/// add_event(&event, |_| true)?;
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "newAsyncEvent")]
pub fn new_async_event() -> AsyncEvent {
    AsyncEvent::new()
}

/// Sets an event, from any thread, added or not.
///
/// See [`AsyncEvent::trigger`].
///
/// # Nim
///
/// `trigger(ev)`. A thread that has something for the loop:
///
/// ```
/// use asyncdispatch::*;
/// use std::sync::mpsc;
///
/// let (event, (sender, inbox)) = (new_async_event(), mpsc::channel());
/// let ready = event.clone();
/// let worker = std::thread::spawn(move || {
///     sender.send("the result").unwrap();
///     trigger(&ready); // after the data: the callback must find them
/// });
/// add_event(&event, move |_| -> Result<bool> {
///     println!("{}", inbox.try_recv()?);
///     Ok(true)
/// })?;
/// drain_with(-1)?;
/// worker.join().unwrap();
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn trigger(ev: &AsyncEvent) {
    ev.trigger();
}

/// Ends an event: takes it from its dispatcher, and lets later triggers do nothing.
///
/// See [`AsyncEvent::close`].
///
/// # Nim
///
/// `close(ev)`.
///
/// ```
/// use asyncdispatch::*;
///
/// let event = new_async_event();
/// add_event(&event, |_| unreachable!())?;
/// trigger(&event);
/// close(&event); // before it was served
/// poll_with(0).unwrap_err(); // nothing is pending
/// assert_eq!(add_event(&event, |_| true).unwrap_err().kind(), ErrorKind::InvalidInput);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn close(ev: &AsyncEvent) {
    ev.close();
}

/// Calls `cb` each time the event is set, until it answers `true`. See [`AsyncEvent::add`].
///
/// # Errors
///
/// Those of [`AsyncEvent::add`].
///
/// # Nim
///
/// `addEvent`.
///
/// ```
/// use asyncdispatch::*;
///
/// let event = new_async_event();
/// trigger(&event);
/// add_event(&event, |_| true)?;
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "addEvent")]
pub fn add_event<R: OrRaise<bool>>(ev: &AsyncEvent, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<AsyncFD> {
    ev.add(cb)
}

impl AsyncEvent {
    /// Makes an event: not set, and added to no dispatcher.
    ///
    /// # Nim
    ///
    /// `newAsyncEvent`, which can fail there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (one, other) = (AsyncEvent::new(), AsyncEvent::new());
    /// assert!(one == one.clone() && one != other);
    /// ```
    #[doc(alias = "newAsyncEvent")]
    pub fn new() -> Self {
        AsyncEvent::default()
    }

    /// Sets the event, from any thread, added or not.
    ///
    /// Several triggers before it is served are one call. A trigger before [`add`](AsyncEvent::add) is kept; one from
    /// inside the callback is served in the next turn; one after [`close`](AsyncEvent::close) does nothing.
    ///
    /// # Nim
    ///
    /// `trigger`. After `close` it is a use after free there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let event = new_async_event();
    /// event.trigger();
    /// event.trigger();
    /// event.add(|_| true)?; // called once
    /// poll()?;
    /// assert!(!has_pending_operations());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn trigger(&self) {
        if let Some(attached) = self.state.0.set() {
            attached.post(Mail::Custom);
        }
    }

    /// Adds the event to the thread's dispatcher: `cb` is called each time it is set, until it answers `true`.
    ///
    /// The key that it returns and that `cb` receives may be given to [`unregister`](crate::unregister). After `true`
    /// the event may be added again. An error of `cb` leaves through `poll`; `cb` is not called again then, and the
    /// next trigger ends the registration.
    ///
    /// # Errors
    ///
    /// [`AlreadyRegistered`](ErrorKind::AlreadyRegistered) if the event is added somewhere, also inside its own
    /// callback; [`InvalidInput`](ErrorKind::InvalidInput) if it is closed. Without a dispatcher:
    /// [`NotDriven`](ErrorKind::NotDriven).
    ///
    /// # Nim
    ///
    /// `addEvent`, with an `AssertionDefect` for an event that is added already.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let event = new_async_event();
    /// event.add(|_| true)?;
    /// assert_eq!(event.add(|_| true).unwrap_err().kind(), ErrorKind::AlreadyRegistered);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addEvent")]
    pub fn add<R: OrRaise<bool>>(&self, mut cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<AsyncFD> {
        let core = current()?;
        let call = Box::new(move |key| cb(key).into_result());
        core.customs.insert(call, |key| {
            let attached = Attached { mailbox: Arc::clone(core.mailbox()), key };
            match self.state.0.attach(attached.clone()) {
                Ok(false) => {}
                Ok(true) => attached.post(Mail::Custom),
                Err(Refused::Closed) => {
                    return Err(Error::of(ErrorKind::InvalidInput, "the event is closed: make a new one"));
                }
                Err(Refused::Attached) => return Err(Error::event_registered()),
            }
            Ok(Kind::Event(Arc::clone(&self.state)))
        })
    }

    /// Takes the event from its dispatcher; it may be added again.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ErrorKind::NotRegistered) if it is not added to this thread's dispatcher.
    ///
    /// # Nim
    ///
    /// `unregister(ev)`, with an `AssertionDefect` there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let event = new_async_event();
    /// event.add(|_| true)?;
    /// event.unregister()?;
    /// assert_eq!(event.unregister().unwrap_err().kind(), ErrorKind::NotRegistered);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn unregister(&self) -> Result<()> {
        let attached = self.state.0.attached();
        let core = current()?;
        match attached {
            Some(attached) if Arc::ptr_eq(&attached.mailbox, core.mailbox()) => {
                core.customs.unregister(&core, attached.key)
            }
            _ => Err(Error::event_not_registered()),
        }
    }

    /// Ends the event: takes it from its dispatcher, and lets later triggers do nothing.
    ///
    /// It may be called from any thread and more than once. On another thread than the dispatcher's the registration
    /// ends in the dispatcher's next turn.
    ///
    /// # Nim
    ///
    /// `close(ev)`. There an event that is still added counts for ever.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let event = new_async_event();
    /// event.add(|_| true)?;
    /// event.close();
    /// assert!(!has_pending_operations());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn close(&self) {
        let Some(attached) = self.state.0.close() else { return };
        match owner_of(&attached.mailbox) {
            Some(core) => drop(core.customs.unregister(&core, attached.key)),
            None => attached.post(Mail::Closed),
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
