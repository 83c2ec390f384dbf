//! The dispatcher: its parts, its handle, and how it ends.
//!
//! [`Dispatcher`] is a handle. All handles share an `Owner`; when the last one goes, the dispatcher is closed. Inside,
//! everything refers to [`Core`] directly: closing takes every list out, so that no cycle survives it. A callback that
//! captures a `Dispatcher` keeps it alive; `close` ends it all the same.

mod core;
mod global;

use core::Kind;
pub(crate) use core::{Core, check_owning};
pub use global::{
    active_descriptors, get_global_dispatcher, get_io_handler, has_pending_operations, max_descriptors, new_dispatcher,
    schedule_callbacks, set_global_dispatcher,
};

use std::fmt;
use std::rc::Rc;

use tokio::runtime::Handle;

use crate::error::{Error, Result};

/// What all handles share.
struct Owner {
    core: Rc<Core>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.core.close();
    }
}

/// An event loop with its descriptors, timers and queue, Nim's `PDispatcher`: a cheap handle, `Clone` and `!Send`.
///
/// The free functions act on the thread's dispatcher: the one that is turning, else the one that was installed, else
/// one that is made on first use. Most programs need no other. A dispatcher that owns its runtime
/// ([`new`](Dispatcher::new)) is turned by calls that block: [`poll`](Dispatcher::poll),
/// [`wait_for`](Dispatcher::wait_for). A [`guest`](Dispatcher::guest) is turned by futures:
/// [`run_until`](Dispatcher::run_until), [`drive`](Dispatcher::drive).
///
/// When the last handle is dropped, the dispatcher is [closed](Dispatcher::close). A callback that captures a handle
/// keeps it alive until it is called or the dispatcher is closed.
///
/// # Nim
///
/// `PDispatcher`, a `ref object`.
///
/// ```
/// use asyncdispatch::*;
///
/// let d = Dispatcher::new();
/// d.call_soon(|| println!("on d"));
/// assert!(d.has_pending_operations());
/// d.poll()?;
/// assert!(!d.has_pending_operations());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone)]
#[doc(alias = "PDispatcher")]
pub struct Dispatcher(Rc<Owner>);

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.core();
        f.debug_struct("Dispatcher")
            .field("kind", &core.kind)
            .field("active_descriptors", &core.active_descriptors())
            .field("timers", &core.timers.len())
            .field("callbacks", &core.soon.len())
            .finish()
    }
}

impl Default for Dispatcher {
    fn default() -> Self {
        Dispatcher::new()
    }
}

/// How many things a dispatcher has; made by [`Dispatcher::timers`] and [`Dispatcher::callbacks`].
///
/// It is the number at the moment of the call. The things themselves cannot be reached.
///
/// # Nim
///
/// The fields `timers` and `callbacks` of a dispatcher, so that `disp.timers.len` is written as there.
///
/// ```
/// use asyncdispatch::*;
///
/// let disp = get_global_dispatcher();
/// let before = disp.timers();
/// let _late = sleep_async(60_000);
/// assert!(before.is_empty()); // a number, not a view
/// assert_eq!(disp.timers().len(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Len(usize);

impl Len {
    /// How many there were. See the example of [`Len`].
    ///
    /// # Nim
    ///
    /// `len`.
    pub fn len(&self) -> usize {
        self.0
    }

    /// Whether there were none. See the example of [`Len`].
    ///
    /// # Nim
    ///
    /// `len == 0`.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

impl Dispatcher {
    /// Makes a dispatcher that owns its runtime.
    ///
    /// It cannot fail: the runtime, a current-thread one of tokio's, is made when something needs it. Nothing is
    /// installed.
    ///
    /// # Nim
    ///
    /// `newDispatcher`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| ());
    /// d.poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "newDispatcher")]
    pub fn new() -> Self {
        Dispatcher(Rc::new(Owner { core: Core::new(Kind::Owning) }))
    }

    /// Makes a dispatcher that lives in its caller's tokio runtime.
    ///
    /// The runtime is the one in which it is used first; any flavour will do, and no `LocalSet` is needed. Calls that
    /// block, such as [`poll`](Dispatcher::poll), answer [`LoopInside`](crate::ErrorKind::LoopInside).
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// runtime.block_on(async {
    ///     let d = Dispatcher::guest();
    ///     d.run_until(async { sleep_async(1).await }).await??;
    ///     assert_eq!(d.poll().unwrap_err().kind(), ErrorKind::LoopInside);
    ///     Ok::<(), Error>(())
    /// })?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn guest() -> Self {
        Dispatcher(Rc::new(Owner { core: Core::new(Kind::Guest) }))
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.0.core
    }

    /// Closes the dispatcher: fails what is pending, drops callbacks uncalled, closes its descriptors.
    ///
    /// Pending timers, operations and async procs fail; a proc's body is dropped. A second call does nothing. Turning a
    /// closed dispatcher is [`DispatcherGone`](crate::ErrorKind::DispatcherGone). The same happens when the last handle
    /// is dropped, and to the thread's dispatcher when the thread ends. It also frees a dispatcher whose callbacks hold
    /// handles of it.
    ///
    /// # Nim
    ///
    /// Nim has none: what a dispatcher held leaks there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| unreachable!());
    /// d.close();
    /// assert_eq!(d.poll().unwrap_err().kind(), ErrorKind::DispatcherGone);
    /// ```
    pub fn close(&self) {
        self.core().close();
    }

    /// The futures of `sleep_async` and `with_timeout` whose time has not come.
    ///
    /// # Nim
    ///
    /// The public field `timers`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let _late = sleep_async(60_000);
    /// assert_eq!(get_global_dispatcher().timers().len(), 1);
    /// ```
    pub fn timers(&self) -> Len {
        Len(self.core().timers.len())
    }

    /// The entries of the `call_soon` queue.
    ///
    /// # Nim
    ///
    /// The public field `callbacks`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// call_soon(|| ());
    /// assert_eq!(get_global_dispatcher().callbacks().len(), 1);
    /// ```
    pub fn callbacks(&self) -> Len {
        Len(self.core().soon.len())
    }

    /// The tokio runtime that does this dispatcher's input and output.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if the dispatcher is closed and has no runtime any more,
    /// [`NotDriven`](crate::ErrorKind::NotDriven) for a guest that was never used and is outside of a tokio runtime, or
    /// the system's error if the runtime or the selector cannot be made.
    ///
    /// # Nim
    ///
    /// `getIoHandler`, which gives the selector; that is [`get_fd`](Dispatcher::get_fd) here.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// let task = d.get_io_handler()?.spawn(async { 42 });
    /// assert_eq!(d.wait_for(async_proc(async { Ok(1) }))?, 1);
    /// d.poll()?; // a task is waited for too
    /// assert!(task.is_finished());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "getIoHandler")]
    pub fn get_io_handler(&self) -> Result<Handle> {
        Ok(self.core().machine()?.handle().clone())
    }

    /// Whether anything is pending: descriptors, timers, queued callbacks, procs that wait on foreign futures.
    ///
    /// A future that is merely pending does not count, nor does a registered descriptor on which nobody waits, nor a
    /// task spawned on the runtime. [`poll`](Dispatcher::poll) goes by the same, but waits for tasks too.
    ///
    /// # Nim
    ///
    /// `hasPendingOperations`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// assert!(!d.has_pending_operations());
    /// d.call_soon(|| ());
    /// assert!(d.has_pending_operations());
    /// ```
    #[doc(alias = "hasPendingOperations")]
    pub fn has_pending_operations(&self) -> bool {
        self.core().has_pending()
    }

    /// How many descriptors, timers with callbacks, signals, processes and events are waited on.
    ///
    /// A descriptor counts once, however many wait on it. The timers of `sleep_async` do not count.
    ///
    /// # Nim
    ///
    /// `activeDescriptors`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// add_timer(60_000, true, |_| true)?;
    /// assert_eq!(get_global_dispatcher().active_descriptors(), 1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "activeDescriptors")]
    pub fn active_descriptors(&self) -> usize {
        self.core().active_descriptors()
    }

    /// Tells whether the queue is non-empty, and wakes the loop if it waits; calls no user code.
    ///
    /// There is no need to call it after anything of this crate: whatever is queued wakes the loop by itself.
    ///
    /// # Nim
    ///
    /// `scheduleCallbacks`, which is there for Genode only: its embedder calls it after handling an event, to have the
    /// queue run soon.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// assert!(!d.schedule_callbacks());
    /// d.call_soon(|| println!("not called yet"));
    /// assert!(d.schedule_callbacks());
    /// d.poll_with(0)?; // what Genode's event loop does next
    /// assert!(!d.schedule_callbacks());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "scheduleCallbacks")]
    pub fn schedule_callbacks(&self) -> bool {
        self.core().wake_if_parked();
        !self.core().soon.is_empty()
    }

    /// Gives the failures that `async_check` finds to `hook`, instead of letting them out of `poll`.
    ///
    /// It replaces the former hook. Errors that callbacks raise themselves still leave through `poll`.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = get_global_dispatcher();
    /// d.on_unhandled(|error| eprintln!("a proc failed: {error}"));
    /// async_check(async_proc(async { Err("boom".into()) }));
    /// d.poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn on_unhandled(&self, hook: impl FnMut(Error) + 'static) {
        let former = self.core().unhandled.replace(Some(Box::new(hook)));
        drop(former);
    }

    /// Says whether failed futures that are dropped unread count as unhandled, too. Off by default.
    ///
    /// Then the failure of a future whose last handle is dropped before anybody awaited, read or checked it is given to
    /// the hook of [`on_unhandled`](Dispatcher::on_unhandled) in the next queue phase, or, without a hook, leaves
    /// through `poll`. Its [`detail`](Error::detail) names the place where the future was made. A cancellation is not
    /// reported. The dispatcher is the one that is the thread's when the handle is dropped.
    ///
    /// # Nim
    ///
    /// Nim has none: such a failure is silent there, as it is here by default.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = get_global_dispatcher();
    /// d.report_unread(true);
    /// drop(async_proc(async { Err::<(), _>("boom".into()) }));
    /// let error = d.poll().unwrap_err();
    /// assert_eq!(error.to_string(), "boom");
    /// assert!(error.detail().unwrap().contains("nobody looked at this failure"));
    /// ```
    pub fn report_unread(&self, on: bool) {
        self.core().reports_unread.set(on);
    }
}
