//! `NimFuture<T>`: Nim's `Future[T]`, which is also a std future.
//!
//! # The life of a future
//!
//! It is made pending, finishes once (with a value or an error), and may then be read any number of times. Finishing
//! hands each waiter on, in the order in which they came:
//!
//! - a callback goes to the `call_soon` queue of the dispatcher that was current when it was added;
//! - an async proc of this crate is queued on its own dispatcher;
//! - a foreign waker is woken inside `complete` or `fail`.
//!
//! So `complete` and `fail` never run a callback. No borrow is held while user code runs: not over a callback, and not
//! over `Clone` or `Drop` of the value or a function of a waker.

mod abort_on_drop;
mod awaiting;
mod callbacks;
mod cancel;
mod finish;
mod from_future;
mod shared;
mod spare;
mod token;
mod unread;
mod waiters;

pub use abort_on_drop::AbortOnDrop;
pub use awaiting::{Awaitable, ReadRef, Settled};
pub(crate) use cancel::Linked;
use shared::Phase;
pub(crate) use shared::Shared;
use waiters::Callback;
pub(crate) use waiters::wake_all;

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::task::Waker;

use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::future_log;
use crate::origin::Origin;
use crate::source::Source;
use crate::span::Span;
use crate::task::Task;

/// Awaiting the handle has given the end out.
const GIVEN: usize = usize::MAX;

struct Waiter<T> {
    /// Numbers start at 1: 0 stands for "not waiting".
    id: usize,
    who: Who<T>,
}

enum Who<T> {
    Callback(Rc<Core>, Callback<T>),
    /// A callback of this crate, by which one future passes its end on to another.
    Link(Rc<Core>, Callback<T>),
    Task(Rc<Task>),
    Waker(Waker),
}

/// A value that will be there later, Nim's `Future[T]`: a cheap handle, `Clone` and `!Send`.
///
/// It is made pending, finishes once, and may be read any number of times. It is also a std future, whose output is
/// `Result<T>`: `fut.await` moves the value out, `(&fut).await` clones it and leaves it to others. Dropping a handle
/// cancels nothing; [`cancel`](NimFuture::cancel) does.
///
/// # Cancel safety
///
/// Dropping an await loses nothing but the handle that it consumed: the future goes on, and its value is lost with its
/// last handle. To go on waiting after a `select!`, await it by reference: `&mut f` or `(&f).into_future()`. To give up
/// what is dropped, wrap it: [`abort_on_drop`](NimFuture::abort_on_drop), [`cancel_with`](NimFuture::cancel_with).
///
/// # Nim
///
/// `Future[T]`. Not named `Future`, because that is the name of std's trait.
///
/// ```
/// use asyncdispatch::*;
///
/// let f = new_future::<i32>("example");
/// let twice = async_proc({ let f = f.clone(); async move { Ok((&f).await? * 2) } });
/// f.complete(21);
/// assert_eq!(wait_for(twice)?, 42);
/// assert_eq!(f.read()?, 21);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[must_use = "dropping a NimFuture hides its error: await it, or give it to `async_check`"]
#[doc(alias = "Future")]
pub struct NimFuture<T> {
    pub(crate) shared: Rc<Shared<T>>,
    /// What polling this handle has left: 0, the number of its waiter, or [`GIVEN`]. A handle is of two words, which
    /// travel in registers.
    polled: Cell<usize>,
}

impl<T> Clone for NimFuture<T> {
    /// Another handle of the same future.
    fn clone(&self) -> Self {
        NimFuture::handle_of(Rc::clone(&self.shared))
    }
}

impl<T> Drop for NimFuture<T> {
    fn drop(&mut self) {
        let awaited = self.stop_waiting();
        if self.shared.phase.get() == Phase::Pending {
            self.let_go(awaited);
        } else if Rc::strong_count(&self.shared) == 1 && Rc::weak_count(&self.shared) == 0 {
            (self.shared.retire)(&self.shared);
        }
    }
}

impl<T> fmt::Debug for NimFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NimFuture")
            .field("phase", &self.shared.phase.get())
            .field("from_proc", &self.shared.from_proc)
            .field("created_at", &format_args!("{}", self.shared.created_at))
            .finish()
    }
}

/// Makes a pending future; `from_proc` is used in diagnostics only.
///
/// # Nim
///
/// `newFuture[T](fromProc)`.
///
/// ```
/// use asyncdispatch::*;
///
/// let f = new_future::<i32>("example");
/// assert!(!f.finished());
/// ```
#[doc(alias = "newFuture")]
#[track_caller]
pub fn new_future<T: 'static>(from_proc: &'static str) -> NimFuture<T> {
    NimFuture::named(from_proc)
}

impl<T: 'static> Default for NimFuture<T> {
    #[track_caller]
    fn default() -> Self {
        NimFuture::new()
    }
}

impl<T: 'static> NimFuture<T> {
    /// Makes a pending future.
    ///
    /// # Nim
    ///
    /// `newFuture[T]()`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::new();
    /// f.complete(1);
    /// assert_eq!(f.read()?, 1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        NimFuture::named("unspecified")
    }

    /// Makes a pending future; `from_proc` is used in diagnostics only.
    ///
    /// # Nim
    ///
    /// `newFuture[T](fromProc)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::<i32>::named("example");
    /// assert!(!f.finished());
    /// ```
    #[track_caller]
    pub fn named(from_proc: &'static str) -> Self {
        NimFuture::made_at(from_proc, Location::caller())
    }

    pub(crate) fn made_at(from_proc: &'static str, created_at: &'static Location<'static>) -> Self {
        let logged = future_log::made(created_at, from_proc);
        let mut shared = Shared::spare().unwrap_or_else(|| Rc::new(Shared::new(created_at)));
        if let Some(shared) = Rc::get_mut(&mut shared) {
            shared.phase.set(Phase::Pending);
            shared.looked_at.set(false);
            shared.abandoned.set(false);
            (shared.created_at, shared.from_proc, shared.logged) = (created_at, from_proc, logged);
        }
        NimFuture::handle_of(shared)
    }

    /// A future that has failed already.
    #[track_caller]
    pub(crate) fn failed_with(from_proc: &'static str, error: Error) -> Self {
        let future = NimFuture::named(from_proc);
        future.settle(Err(error));
        future
    }

    /// Says what `cancel` has to give up.
    pub(crate) fn set_source(&self, source: Source) {
        if source.is_operation() {
            self.shared.span.set(Span::operation(|| self.origin()));
        }
        drop(self.shared.put_source(Some(source)));
    }

    /// Whether the future has completed or failed.
    ///
    /// # Nim
    ///
    /// `finished`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert!(!new_future::<()>("example").finished());
    /// ```
    pub fn finished(&self) -> bool {
        self.shared.phase.get() != Phase::Pending
    }

    /// Whether the future has failed.
    ///
    /// # Nim
    ///
    /// `failed`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// f.fail("boom");
    /// assert!(f.failed() && f.finished());
    /// ```
    pub fn failed(&self) -> bool {
        let failed = self.shared.phase.get() == Phase::Failed;
        if failed {
            self.shared.looked_at.set(true);
        }
        failed
    }

    /// The value, cloned, so that others may read it too.
    ///
    /// # Errors
    ///
    /// The future's own error; [`StillInProgress`](crate::ErrorKind::StillInProgress) while it is pending;
    /// [`Taken`](crate::ErrorKind::Taken) if the value was moved out.
    ///
    /// # Nim
    ///
    /// `read`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<i32>("example");
    /// assert_eq!(f.read().unwrap_err().kind(), ErrorKind::StillInProgress);
    /// f.complete(7);
    /// assert_eq!(f.read()? + f.read()?, 14);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn read(&self) -> Result<T>
    where
        T: Clone,
    {
        self.check_done()?;
        self.shared.with_value(|value| value.clone()).ok_or_else(|| Error::taken(self.shared.created_at))
    }

    /// The value, moved out; later readers get [`ErrorKind::Taken`](crate::ErrorKind::Taken).
    ///
    /// # Errors
    ///
    /// Those of [`read`](NimFuture::read).
    ///
    /// # Nim
    ///
    /// Nim has none: `read` copies.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<String>("example");
    /// f.complete("once".into());
    /// assert_eq!(f.take()?, "once");
    /// assert_eq!(f.take().unwrap_err().kind(), ErrorKind::Taken);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn take(&self) -> Result<T> {
        self.check_done()?;
        self.shared.value.take().ok_or_else(|| Error::taken(self.shared.created_at))
    }

    fn check_done(&self) -> Result<()> {
        match self.shared.phase.get() {
            Phase::Pending => Err(Error::still_in_progress(self.shared.created_at)),
            Phase::Done => Ok(()),
            Phase::Failed => self.end(),
        }
    }

    /// The error that the future has failed with.
    ///
    /// # Errors
    ///
    /// [`NoError`](crate::ErrorKind::NoError) while it is pending, and after success.
    ///
    /// # Nim
    ///
    /// `readError`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// assert_eq!(f.read_error().unwrap_err().kind(), ErrorKind::NoError);
    /// f.fail("boom");
    /// assert_eq!(f.read_error()?.to_string(), "boom");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "readError")]
    pub fn read_error(&self) -> Result<Error> {
        self.end().err().ok_or_else(Error::no_error)
    }

    /// What the future has ended with, its value left alone.
    pub(crate) fn end(&self) -> Result<()> {
        self.shared.looked_at.set(true);
        let error = self.shared.error.take();
        let end = error.clone().map_or(Ok(()), Err);
        self.shared.error.set(error);
        end
    }

    /// Where the future was made.
    ///
    /// # Nim
    ///
    /// The stack trace of the future, kept in debug builds only.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// println!("{}", f.created_at());
    /// ```
    pub fn created_at(&self) -> &'static Location<'static> {
        self.shared.created_at
    }
}

/// A handle that does not keep the future alive.
pub(crate) struct WeakFuture<T>(Weak<Shared<T>>);

impl<T> WeakFuture<T> {
    pub(crate) fn upgrade(&self) -> Option<NimFuture<T>> {
        self.0.upgrade().map(NimFuture::handle_of)
    }
}

impl<T> NimFuture<T> {
    pub(crate) fn downgrade(&self) -> WeakFuture<T> {
        WeakFuture(Rc::downgrade(&self.shared))
    }

    fn handle_of(shared: Rc<Shared<T>>) -> NimFuture<T> {
        NimFuture { shared, polled: Cell::new(0) }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin { name: self.shared.from_proc, made_at: self.shared.created_at }
    }

    /// Returns whether it was waiting.
    #[inline]
    fn stop_waiting(&self) -> bool {
        let id = self.polled.get();
        let waiting = id != 0 && id != GIVEN;
        if waiting {
            self.polled.set(0);
            drop(self.shared.stop_waiting(id));
        }
        waiting
    }
}
