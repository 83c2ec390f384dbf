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

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use crate::args::{OrRaise, sealed};
use crate::call_soon::{Entry, Run};
use crate::current::{current_or_panic, task_of};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fifo::Fifo;
use crate::future_log;
use crate::source::Source;
use crate::task::{Cancel, Task};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Pending,
    Done,
    Failed,
}

/// The state that all handles of one future share.
pub(crate) struct Shared<T> {
    phase: Cell<Phase>,
    /// Taken out while user code sees it; `None` in `Done` means that somebody has taken it for good.
    value: Cell<Option<T>>,
    error: RefCell<Option<Error>>,
    waiters: RefCell<Fifo<Waiter<T>>>,
    last_waiter: Cell<u32>,
    source: RefCell<Option<Source>>,
    created_at: &'static Location<'static>,
    from_proc: &'static str,
    logged: bool,
}

struct Waiter<T> {
    /// Numbers start at 1: 0 stands for "not waiting".
    id: u32,
    who: Who<T>,
}

enum Who<T> {
    Callback(Rc<Core>, Box<dyn Callback<T>>),
    /// A callback of this crate, by which one future passes its end on to another.
    Link(Rc<Core>, Box<dyn Callback<T>>),
    Task(Rc<Task>),
    Waker(Waker),
}

/// A callback of a future: one allocation from `add_callback` to the call.
trait Callback<T> {
    fn bind(self: Box<Self>, future: NimFuture<T>) -> Box<dyn Run>;
}

struct Bound<F, T> {
    call: F,
    future: Option<NimFuture<T>>,
}

impl<T: 'static, R: OrRaise<()>, F: FnOnce(&NimFuture<T>) -> R + 'static> Callback<T> for Bound<F, T> {
    fn bind(mut self: Box<Self>, future: NimFuture<T>) -> Box<dyn Run> {
        self.future = Some(future);
        self
    }
}

impl<T: 'static, R: OrRaise<()>, F: FnOnce(&NimFuture<T>) -> R + 'static> Run for Bound<F, T> {
    fn run(self: Box<Self>) -> Result<()> {
        let Bound { call, future } = *self;
        match future {
            Some(future) => call(&future).into_result(),
            None => Ok(()),
        }
    }
}

/// A value that will be there later, Nim's `Future[T]`: a cheap handle, `Clone` and `!Send`.
///
/// It is made pending, finishes once, and may be read any number of times. It is also a std future, whose output is
/// `Result<T>`: `fut.await` moves the value out, `(&fut).await` clones it and leaves it to others. Dropping a handle
/// cancels nothing; [`cancel`](NimFuture::cancel) does.
///
/// # Cancel safety
///
/// Dropping an await loses nothing but the handle that it consumed; the future goes on.
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
    /// The waiter that polling this handle has left, if any.
    waiting: Cell<u32>,
}

impl<T> Clone for NimFuture<T> {
    /// Another handle of the same future.
    fn clone(&self) -> Self {
        NimFuture { shared: Rc::clone(&self.shared), waiting: Cell::new(0) }
    }
}

impl<T> Drop for NimFuture<T> {
    fn drop(&mut self) {
        self.stop_waiting();
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
        NimFuture {
            shared: Rc::new(Shared {
                phase: Cell::new(Phase::Pending),
                value: Cell::new(None),
                error: RefCell::new(None),
                waiters: RefCell::default(),
                last_waiter: Cell::new(0),
                source: RefCell::new(None),
                created_at,
                from_proc,
                logged: future_log::made(created_at, from_proc),
            }),
            waiting: Cell::new(0),
        }
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
        *self.shared.source.borrow_mut() = Some(source);
    }

    /// Finishes the future with `value`.
    ///
    /// Callbacks and awaiting procs are queued, none is called in here; only foreign wakers are woken at once.
    ///
    /// # Panics
    ///
    /// If the future is finished already; see [`try_complete`](NimFuture::try_complete).
    ///
    /// # Nim
    ///
    /// `complete`. A second time is a `FutureError` in debug builds only; here it is checked always.
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
    pub fn complete(&self, value: T) {
        if self.try_complete(value).is_err() {
            self.panic_finished_twice();
        }
    }

    /// Finishes the future with an error.
    ///
    /// # Panics
    ///
    /// If the future is finished already; see [`try_fail`](NimFuture::try_fail).
    ///
    /// # Nim
    ///
    /// `fail`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::<i32>::new();
    /// f.fail("boom");
    /// assert_eq!(f.read().unwrap_err().to_string(), "boom");
    /// ```
    #[track_caller]
    pub fn fail(&self, error: impl Into<Error>) {
        if self.try_fail(error).is_err() {
            self.panic_finished_twice();
        }
    }

    #[track_caller]
    #[cold]
    pub(crate) fn panic_finished_twice(&self) -> ! {
        panic!(
            "An attempt was made to complete a Future more than once. Details: made in {} at {}, {}; \
             use `try_complete` or `try_fail` where several may finish it",
            self.shared.from_proc,
            self.shared.created_at,
            if self.failed() { "failed" } else { "completed" }
        );
    }

    /// Finishes the future with `value`, or gives the value back if it is finished already.
    ///
    /// For those who race, where [`complete`](NimFuture::complete) would panic.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::new();
    /// assert_eq!(f.try_complete(1), Ok(()));
    /// assert_eq!(f.try_complete(2), Err(2));
    /// ```
    pub fn try_complete(&self, value: T) -> Result<(), T> {
        if self.finished() {
            return Err(value);
        }
        self.shared.value.set(Some(value));
        self.finish(Phase::Done);
        Ok(())
    }

    /// Finishes the future with an error, or gives the error back if it is finished already.
    ///
    /// For those who race, where [`fail`](NimFuture::fail) would panic.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::<i32>::new();
    /// assert!(f.try_fail("first").is_ok());
    /// assert_eq!(f.try_fail("second").unwrap_err().to_string(), "second");
    /// ```
    pub fn try_fail(&self, error: impl Into<Error>) -> Result<(), Error> {
        let error = error.into();
        if self.finished() {
            return Err(error);
        }
        *self.shared.error.borrow_mut() = Some(error);
        self.finish(Phase::Failed);
        Ok(())
    }

    /// Finishes the future unless somebody (`cancel`, say) has done so before.
    pub(crate) fn settle(&self, result: Result<T>) {
        let _late = match result {
            Ok(value) => self.try_complete(value).err().map(drop),
            Err(error) => self.try_fail(error).err().map(drop),
        };
    }

    /// Hands the waiters on: queue entries first, in order, foreign wakers (user code) when all of them are queued.
    fn finish(&self, phase: Phase) {
        let shared = &self.shared;
        shared.phase.set(phase);
        future_log::gone(shared.logged, shared.created_at, shared.from_proc);
        let source = shared.source.take();
        let waiters = shared.waiters.take();
        let mut wakers = Fifo::default();
        for waiter in waiters {
            match waiter.who {
                Who::Callback(core, callback) => {
                    let call = callback.bind(self.clone());
                    core.soon.push(&core, Entry::Call(call));
                }
                Who::Link(core, callback) => {
                    let call = callback.bind(self.clone());
                    core.soon.push(&core, Entry::Link(call));
                }
                Who::Task(task) => task.schedule(),
                Who::Waker(waker) => wakers.push_back(waker),
            }
        }
        drop(source);
        wake_all(wakers);
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
        self.shared.phase.get() == Phase::Failed
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
            Phase::Failed => self.read_error().and_then(Err),
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
        self.shared.error.borrow().clone().ok_or_else(Error::no_error)
    }

    /// Waits until the future is finished, without reading it: Nim's `yield`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Nim
    ///
    /// `yield fut` in an async proc.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let proc = async_proc(async {
    ///     let f = async_proc(async { sleep_async(1).await?; Err::<(), _>("boom".into()) });
    ///     f.settled().await;
    ///     Ok(f.failed())
    /// });
    /// assert!(wait_for(proc)?);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "yield")]
    pub fn settled(&self) -> Settled<'_, T> {
        Settled { future: self.clone(), _handle: std::marker::PhantomData }
    }

    /// Calls `cb` with this future when it is finished, through the queue.
    ///
    /// It goes to the queue of the dispatcher that is current now, also if the future is finished already: it is never
    /// called in here. Callbacks are called in the order in which they were added. An `Err` that it answers leaves
    /// through `poll`.
    ///
    /// # Panics
    ///
    /// In a tokio runtime that is not ours, if no dispatcher is installed.
    ///
    /// # Nim
    ///
    /// `addCallback`. Without a dispatcher callbacks are called at once there; here they are queued always.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<i32>("example");
    /// f.add_callback(|f| println!("{:?}", f.read()));
    /// f.complete(1);
    /// poll()?; // prints
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addCallback")]
    #[track_caller]
    pub fn add_callback<R: OrRaise<()>>(&self, cb: impl FnOnce(&NimFuture<T>) -> R + 'static) {
        let Some(core) = current_or_panic() else { return };
        let callback = Box::new(Bound { call: cb, future: None });
        if self.finished() {
            core.soon.push(&core, Entry::Call(callback.bind(self.clone())));
        } else {
            self.shared.wait(Who::Callback(core, callback));
        }
    }

    /// As `add_callback`, for our own use: called also while the dispatcher is being closed, and not forgotten by
    /// `clear_callbacks`. Gives the number that `forget_link` takes.
    pub(crate) fn add_link(&self, core: &Rc<Core>, cb: impl FnOnce(&NimFuture<T>) + 'static) -> u32 {
        let callback = Box::new(Bound { call: cb, future: None });
        if self.finished() {
            core.soon.push(core, Entry::Link(callback.bind(self.clone())));
            return 0;
        }
        self.shared.wait(Who::Link(Rc::clone(core), callback))
    }

    pub(crate) fn forget_link(&self, id: u32) {
        self.shared.forget_link(id);
    }

    /// Forgets all callbacks, then adds this one; async procs that wait go on waiting.
    ///
    /// # Panics
    ///
    /// As [`add_callback`](NimFuture::add_callback).
    ///
    /// # Nim
    ///
    /// `callback=`, which forgets awaiting procs too: they hang there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// f.add_callback(|_| unreachable!());
    /// f.set_callback(|_| ());
    /// f.complete(());
    /// poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "callback=")]
    #[track_caller]
    pub fn set_callback<R: OrRaise<()>>(&self, cb: impl FnOnce(&NimFuture<T>) -> R + 'static) {
        self.clear_callbacks();
        self.add_callback(cb);
    }

    /// Forgets the callbacks that are not queued yet; async procs that wait go on waiting.
    ///
    /// # Nim
    ///
    /// `clearCallbacks`, which forgets awaiting procs too: they hang there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// f.add_callback(|_| unreachable!());
    /// f.clear_callbacks();
    /// f.complete(());
    /// assert!(!has_pending_operations());
    /// ```
    #[doc(alias = "clearCallbacks")]
    pub fn clear_callbacks(&self) {
        let (kept, gone): (Vec<_>, Vec<_>) =
            self.shared.waiters.take().partition(|waiter| !matches!(waiter.who, Who::Callback(..)));
        {
            let mut waiters = self.shared.waiters.borrow_mut();
            kept.into_iter().for_each(|waiter| waiters.push_back(waiter));
        }
        drop(gone);
    }

    /// Lets a failure come out of `poll`. See [`async_check`](crate::async_check).
    ///
    /// Success does nothing. The failure leaves in the queue phase of a turn, as the `Err` of the call that turns the
    /// loop, unless [`on_unhandled`](crate::Dispatcher::on_unhandled) has set a hook. Other callbacks stay.
    ///
    /// # Panics
    ///
    /// In a tokio runtime that is not ours, if no dispatcher is installed.
    ///
    /// # Nim
    ///
    /// `asyncCheck`. It replaces the callbacks there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// async_proc(async { Err::<i32, _>("boom".into()) }).check();
    /// assert_eq!(poll().unwrap_err().to_string(), "boom");
    /// ```
    #[doc(alias = "asyncCheck")]
    #[track_caller]
    pub fn check(self) {
        let Some(core) = current_or_panic() else { return };
        self.add_callback(move |future| match future.read_error() {
            Ok(error) => core.unhandled(error),
            Err(_no_error) => Ok(()),
        });
    }

    /// Gives up: takes the operation behind the future back and fails the future.
    ///
    /// Awaiters and readers get [`Cancelled`](crate::ErrorKind::Cancelled). Cancelling an async proc drops its body,
    /// and cancels the operation of this crate that it awaits. Answers `false`, and does nothing, if the future is
    /// finished.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let slow = sleep_async(60_000);
    /// assert!(slow.cancel());
    /// assert_eq!(slow.read().unwrap_err().kind(), ErrorKind::Cancelled);
    /// assert!(!has_pending_operations());
    /// ```
    pub fn cancel(&self) -> bool {
        if self.finished() {
            return false;
        }
        let source = self.shared.source.take();
        let detail = source.and_then(Source::cancel);
        let error = Error::cancelled(detail.unwrap_or_else(|| "by `cancel()`".into()));
        self.try_fail(error).is_ok() || self.failed()
    }

    /// Puts a value in its place without finishing the future; for `FutureVar`.
    pub(crate) fn put_value(&self, value: T) {
        drop(self.shared.value.replace(Some(value)));
    }

    /// Shows the value in its place, in whatever state the future is; `None` if it is out.
    pub(crate) fn with_value<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shared.with_value(f)
    }

    /// Finishes with the value that is there; `false` if finished already.
    pub(crate) fn finish_in_place(&self) -> bool {
        let pending = !self.finished();
        if pending {
            self.finish(Phase::Done);
        }
        pending
    }

    /// Makes the future pending again; value and waiters stay.
    pub(crate) fn reopen(&self) {
        self.shared.phase.set(Phase::Pending);
        drop(self.shared.error.take());
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

    fn poll_finished(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.finished() {
            self.stop_waiting();
            return Poll::Ready(());
        }
        self.shared.wait_for(&self.waiting, cx);
        Poll::Pending
    }
}

/// A handle that does not keep the future alive.
pub(crate) struct WeakFuture<T>(Weak<Shared<T>>);

impl<T> WeakFuture<T> {
    pub(crate) fn upgrade(&self) -> Option<NimFuture<T>> {
        Some(NimFuture { shared: self.0.upgrade()?, waiting: Cell::new(0) })
    }
}

impl<T> NimFuture<T> {
    pub(crate) fn downgrade(&self) -> WeakFuture<T> {
        WeakFuture(Rc::downgrade(&self.shared))
    }

    fn stop_waiting(&self) {
        let id = self.waiting.replace(0);
        if id != 0 {
            drop(self.shared.stop_waiting(id));
        }
    }
}

impl<T> Shared<T> {
    fn wait(&self, who: Who<T>) -> u32 {
        let id = self.last_waiter.get().wrapping_add(1).max(1);
        self.last_waiter.set(id);
        self.waiters.borrow_mut().push_back(Waiter { id, who });
        id
    }

    pub(crate) fn forget_link(&self, id: u32) {
        drop(self.stop_waiting(id));
    }

    fn stop_waiting(&self, id: u32) -> Option<Waiter<T>> {
        self.waiters.borrow_mut().remove(|waiter| waiter.id == id)
    }

    /// Shows the value to `f` while it is out of the cell, and puts it back also if `f` panics.
    fn with_value<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        struct PutBack<'a, T>(&'a Cell<Option<T>>, Option<T>);
        impl<T> Drop for PutBack<'_, T> {
            fn drop(&mut self) {
                self.0.set(self.1.take());
            }
        }
        let mut lent = PutBack(&self.value, self.value.take());
        lent.1.as_mut().map(f)
    }
}

impl<T: 'static> Shared<T> {
    /// Puts the caller among the waiters, or renews the entry that it has left there before.
    fn wait_for(self: &Rc<Self>, waiting: &Cell<u32>, cx: &Context<'_>) {
        let task = task_of(cx);
        if let Some(task) = &task {
            if self.source.borrow().is_some() {
                task.waits_for(Rc::clone(self) as Rc<dyn Cancel>);
            }
        }
        let who = match task {
            Some(task) => Who::Task(task),
            None => Who::Waker(cx.waker().clone()),
        };
        let id = waiting.get();
        let renewed = {
            let mut waiters = self.waiters.borrow_mut();
            match waiters.iter_mut().find(|waiter| id != 0 && waiter.id == id) {
                Some(waiter) => Ok(std::mem::replace(&mut waiter.who, who)),
                None => Err(who),
            }
        };
        match renewed {
            Ok(former) => drop(former),
            Err(who) => waiting.set(self.wait(who)),
        }
    }
}

impl<T: 'static> Cancel for Shared<T> {
    /// The proc that waited here has been cancelled: nobody will take what the operation brings.
    fn cancel_operation(&self) {
        let source = self.source.take();
        if let Some(source) = source {
            drop(source.cancel());
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        if self.phase.get() == Phase::Pending {
            future_log::gone(self.logged, self.created_at, self.from_proc);
        }
    }
}

/// Wakes all, then lets the first panic go on: one waker's panic must not cost the others their wake-up.
pub(crate) fn wake_all<W: Borrow<Waker>>(wakers: impl IntoIterator<Item = W>) {
    let mut panicked = None;
    for waker in wakers {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.borrow().wake_by_ref())) {
            panicked.get_or_insert(payload);
        }
    }
    if let Some(payload) = panicked.filter(|_| !std::thread::panicking()) {
        resume_unwind(payload);
    }
}

impl<T: 'static> Future for NimFuture<T> {
    type Output = Result<T>;

    /// Takes the value once the future is finished.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.poll_finished(cx).map(|()| self.take())
    }
}

impl<'a, T: Clone + 'static> IntoFuture for &'a NimFuture<T> {
    type Output = Result<T>;
    type IntoFuture = ReadRef<'a, T>;

    fn into_future(self) -> ReadRef<'a, T> {
        ReadRef { future: self.clone(), _handle: std::marker::PhantomData }
    }
}

/// Waits for a future and clones its value; made by awaiting `&NimFuture<T>`.
#[derive(Debug)]
pub struct ReadRef<'a, T> {
    future: NimFuture<T>,
    _handle: std::marker::PhantomData<&'a NimFuture<T>>,
}

impl<T: Clone + 'static> Future for ReadRef<'_, T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.future.poll_finished(cx).map(|()| self.future.read())
    }
}

/// Waits for a future without reading it; made by [`NimFuture::settled`].
#[derive(Debug)]
#[must_use = "nothing is waited for until it is awaited"]
pub struct Settled<'a, T> {
    future: NimFuture<T>,
    _handle: std::marker::PhantomData<&'a NimFuture<T>>,
}

impl<T: 'static> Future for Settled<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.future.poll_finished(cx)
    }
}

/// `NimFuture<T>` (its value is moved out) or `&NimFuture<T>` (cloned; others may read too).
pub trait Awaitable: sealed::Sealed {
    /// What reading gives.
    type Value: 'static;

    #[doc(hidden)]
    fn is_finished(&self) -> bool;
    #[doc(hidden)]
    fn value(&self) -> Result<Self::Value>;
    #[doc(hidden)]
    fn handle(&self) -> NimFuture<Self::Value>;
    #[doc(hidden)]
    fn reader() -> fn(&NimFuture<Self::Value>) -> Result<Self::Value>;
}

impl<T: 'static> sealed::Sealed for NimFuture<T> {}
impl<T: 'static> sealed::Sealed for &NimFuture<T> {}

impl<T: 'static> Awaitable for NimFuture<T> {
    type Value = T;

    fn is_finished(&self) -> bool {
        self.finished()
    }

    fn value(&self) -> Result<T> {
        self.take()
    }

    fn handle(&self) -> NimFuture<T> {
        self.clone()
    }

    fn reader() -> fn(&NimFuture<T>) -> Result<T> {
        NimFuture::take
    }
}

impl<T: Clone + 'static> Awaitable for &NimFuture<T> {
    type Value = T;

    fn is_finished(&self) -> bool {
        self.finished()
    }

    fn value(&self) -> Result<T> {
        self.read()
    }

    fn handle(&self) -> NimFuture<T> {
        (*self).clone()
    }

    fn reader() -> fn(&NimFuture<T>) -> Result<T> {
        NimFuture::read
    }
}
