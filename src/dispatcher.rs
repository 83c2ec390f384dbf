//! The dispatcher: its parts, its handle, and how it ends.
//!
//! [`Dispatcher`] is a handle. All handles share an `Owner`; when the last one goes, the dispatcher is closed. Inside,
//! everything refers to [`Core`] directly: closing takes every list out, so that no cycle survives it. A callback that
//! captures a `Dispatcher` keeps it alive; `close` ends it all the same.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::call_soon::Soon;
use crate::current::{check_may_block, current, current_dispatcher, enter, install};
use crate::custom::Customs;
use crate::drives::Drives;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::machine::Machine;
use crate::mailbox::Mailbox;
use crate::registry::Registry;
use crate::sys::{self, Batch};
use crate::task::Tasks;
use crate::timer_queue::TimerQueue;

/// What `on_unhandled` stores.
type Hook = Box<dyn FnMut(Error)>;

/// Who has the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Owning,
    Guest,
}

/// The parts of a dispatcher. Each part guards itself; none is borrowed while user code runs.
pub(crate) struct Core {
    kind: Kind,
    closed: Cell<bool>,
    /// The number of turns begun.
    pub(crate) turn: Cell<u64>,
    /// The turn in which tokio was last let run.
    pub(crate) visited: Cell<u64>,
    /// The buffer of the last turn, for the next.
    pub(crate) batch: Cell<Batch>,
    /// The queue of `call_soon`.
    pub(crate) soon: Soon,
    /// `sleep_async`.
    pub(crate) timers: TimerQueue<NimFuture<()>>,
    /// Registered descriptors.
    pub(crate) fds: Registry,
    /// Timers with callbacks, signals, processes, events.
    pub(crate) customs: Customs,
    /// Async procs that have not ended.
    pub(crate) tasks: Tasks,
    /// The futures that drive a guest.
    pub(crate) drives: Arc<Drives>,
    mailbox: Arc<Mailbox>,
    /// Whether the loop waits, or is about to: what is queued then must wake it.
    parked: Cell<bool>,
    /// Runtime and selector, made when first needed.
    machine: RefCell<Option<Rc<Machine>>>,
    /// `on_unhandled`; taken out while it is called.
    unhandled: RefCell<Option<Hook>>,
}

impl Core {
    fn new(kind: Kind) -> Rc<Core> {
        Rc::new(Core {
            kind,
            closed: Cell::new(false),
            turn: Cell::new(0),
            visited: Cell::new(0),
            batch: Cell::default(),
            soon: Soon::default(),
            timers: TimerQueue::default(),
            fds: Registry::default(),
            customs: Customs::default(),
            tasks: Tasks::default(),
            drives: Arc::default(),
            mailbox: Arc::default(),
            parked: Cell::new(false),
            machine: RefCell::new(None),
            unhandled: RefCell::new(None),
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.kind == Kind::Guest
    }

    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Runtime and selector.
    pub(crate) fn machine(&self) -> Result<Rc<Machine>> {
        if let Some(machine) = &*self.machine.borrow() {
            return Ok(Rc::clone(machine));
        }
        if self.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        let machine = Rc::new(match self.kind {
            Kind::Owning => Machine::owning(&self.mailbox)?,
            Kind::Guest => Machine::guest()?,
        });
        *self.machine.borrow_mut() = Some(Rc::clone(&machine));
        Ok(machine)
    }

    /// Runtime and selector, if something has needed them.
    pub(crate) fn machine_if_made(&self) -> Option<Rc<Machine>> {
        self.machine.borrow().clone()
    }

    /// The clock of the dispatcher's own runtime, which may be paused.
    pub(crate) fn now(&self) -> Instant {
        let machine = self.machine_if_made();
        let _entered = machine.as_deref().map(enter);
        Instant::now()
    }

    pub(crate) fn set_parked(&self, parked: bool) {
        self.parked.set(parked);
    }

    /// Something was queued: a loop that waits must go on.
    pub(crate) fn wake_if_parked(&self) {
        if self.parked.replace(false) {
            self.mailbox.wake_sleeper();
        }
    }

    /// In guest mode something must drive the loop, or a lazy operation would wait for ever.
    pub(crate) fn check_driven(&self) -> Result<()> {
        if self.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        if self.is_guest() && self.drives.is_empty() {
            return Err(Error::not_driven(
                "nothing drives this guest dispatcher: keep `drive()`, `run_until(..)` or `turn()` alive beside it",
            ));
        }
        Ok(())
    }

    /// A failure that `async_check` found: to the hook if there is one, else out of `poll`.
    pub(crate) fn unhandled(&self, error: Error) -> Result<()> {
        let hook = self.unhandled.borrow_mut().take();
        let Some(hook) = hook else { return Err(error) };
        let mut lent = Lent { core: self, hook: Some(hook) };
        if let Some(hook) = &mut lent.hook {
            hook(error);
        }
        Ok(())
    }

    /// What Nim's `hasPendingOperations` tells, and procs that wait on something foreign.
    pub(crate) fn has_pending(&self) -> bool {
        self.active_descriptors() != 0
            || !self.timers.is_empty()
            || !self.soon.is_empty()
            || self.mailbox.has_work()
            || self.customs.has_ready()
            || self.tasks.any_foreign()
    }

    /// Whether nothing is pending, tasks of an own runtime included.
    pub(crate) fn is_idle(&self) -> bool {
        !self.has_pending() && !self.machine_if_made().is_some_and(|machine| machine.has_tasks())
    }

    pub(crate) fn active_descriptors(&self) -> usize {
        self.fds.counted() + self.customs.counted()
    }
}

/// The hook while it is called: put back after, unless it has set another or closed the dispatcher.
struct Lent<'a> {
    core: &'a Core,
    hook: Option<Hook>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut place = self.core.unhandled.borrow_mut();
        if place.is_none() && !self.core.is_closed() {
            *place = self.hook.take();
        }
    }
}

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

/// A number of things, as `disp.timers.len` in Nim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Len(usize);

impl Len {
    /// How many.
    pub fn len(&self) -> usize {
        self.0
    }

    /// Whether there are none.
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
    /// `getIoHandler`, which gives the selector.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// let _task = d.get_io_handler()?.spawn(async {});
    /// d.drain()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "getIoHandler")]
    pub fn get_io_handler(&self) -> Result<Handle> {
        Ok(self.core().machine()?.handle().clone())
    }

    /// Whether anything is pending: descriptors, timers, queued callbacks, procs that wait on foreign futures.
    ///
    /// A future that is merely pending does not count, nor does a registered descriptor on which nobody waits.
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
}

/// Makes a dispatcher that owns its runtime; installs nothing.
///
/// See [`Dispatcher::new`].
///
/// # Nim
///
/// `newDispatcher`.
///
/// ```
/// use asyncdispatch::*;
///
/// assert!(!new_dispatcher().has_pending_operations());
/// ```
#[doc(alias = "newDispatcher")]
pub fn new_dispatcher() -> Dispatcher {
    Dispatcher::new()
}

/// The thread's dispatcher, made on first use.
///
/// Inside a callback or an async proc it is the one that is turning.
///
/// # Panics
///
/// In a tokio runtime that is not ours, if no dispatcher is installed: use [`run_until`](crate::run_until) or
/// [`Dispatcher::bind`].
///
/// # Nim
///
/// `getGlobalDispatcher`.
///
/// ```
/// use asyncdispatch::*;
///
/// get_global_dispatcher().call_soon(|| ());
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "getGlobalDispatcher")]
#[track_caller]
pub fn get_global_dispatcher() -> Dispatcher {
    match current_dispatcher() {
        Ok(dispatcher) => dispatcher,
        Err(error) => panic!("{error:#}"),
    }
}

/// Makes `disp` the thread's dispatcher; `None` takes the present one away.
///
/// Timers and descriptors of the former stay with it, and go on if it is set again while somebody holds a handle of it;
/// without a handle it is closed. After `None` the next use makes a fresh one.
///
/// # Errors
///
/// [`CallbacksQueued`](crate::ErrorKind::CallbacksQueued) if the present dispatcher has callbacks in its queue; nothing
/// is changed then.
///
/// # Nim
///
/// `setGlobalDispatcher`, with an `AssertionDefect` where this answers an error.
///
/// ```
/// use asyncdispatch::*;
///
/// let d = Dispatcher::new();
/// set_global_dispatcher(d.clone())?;
/// call_soon(|| ());
/// assert_eq!(d.callbacks().len(), 1);
/// assert_eq!(set_global_dispatcher(Dispatcher::new()).unwrap_err().kind(), ErrorKind::CallbacksQueued);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "setGlobalDispatcher")]
pub fn set_global_dispatcher(disp: impl Into<Option<Dispatcher>>) -> Result<()> {
    if let Some(present) = crate::current::installed()? {
        if !present.soon.is_empty() {
            return Err(Error::callbacks_queued());
        }
    }
    drop(install(disp.into()));
    Ok(())
}

/// The tokio runtime that does a dispatcher's input and output.
///
/// See [`Dispatcher::get_io_handler`].
///
/// # Errors
///
/// Those of [`Dispatcher::get_io_handler`].
///
/// # Nim
///
/// `getIoHandler`, which gives the selector.
///
/// ```
/// use asyncdispatch::*;
///
/// let _handle = get_io_handler(&get_global_dispatcher())?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "getIoHandler")]
pub fn get_io_handler(disp: &Dispatcher) -> Result<Handle> {
    disp.get_io_handler()
}

/// Whether anything is pending with the thread's dispatcher.
///
/// See [`Dispatcher::has_pending_operations`]. Where there is no dispatcher to be had: `false`.
///
/// # Nim
///
/// `hasPendingOperations`.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| ());
/// assert!(has_pending_operations());
/// ```
#[doc(alias = "hasPendingOperations")]
pub fn has_pending_operations() -> bool {
    current().is_ok_and(|core| core.has_pending())
}

/// How many descriptors are waited on with the thread's dispatcher.
///
/// See [`Dispatcher::active_descriptors`]. Where there is no dispatcher to be had: 0.
///
/// # Nim
///
/// `activeDescriptors`.
///
/// ```
/// use asyncdispatch::*;
///
/// assert_eq!(active_descriptors(), 0);
/// ```
#[doc(alias = "activeDescriptors")]
pub fn active_descriptors() -> usize {
    current().map_or(0, |core| core.active_descriptors())
}

/// The largest number of descriptors that this process may have.
///
/// # Nim
///
/// `maxDescriptors`.
///
/// ```
/// use asyncdispatch::*;
///
/// assert!(max_descriptors()? > 0);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "maxDescriptors")]
pub fn max_descriptors() -> Result<usize> {
    Ok(sys::descriptor_limit())
}

/// Tells whether the queue of the thread's dispatcher is non-empty, and wakes its loop if it waits.
#[doc(alias = "scheduleCallbacks")]
pub fn schedule_callbacks() -> bool {
    current().is_ok_and(|core| {
        core.wake_if_parked();
        !core.soon.is_empty()
    })
}

impl Core {
    /// Ends the dispatcher, once: takes every list out, fails what is pending, drops user values outside of borrows,
    /// then descriptors, then selector and runtime. A turn that is under way keeps the last two until it returns.
    pub(crate) fn close(self: &Rc<Core>) {
        if self.closed.replace(true) {
            return;
        }
        let gone = || Error::cancelled("the dispatcher was closed");
        let mails = self.mailbox.close();
        drop(mails);
        for (_, future) in self.timers.take_all() {
            future.settle(Err(gone()));
        }
        while let Some(fd) = self.fds.first() {
            self.drop_descriptor(fd);
        }
        self.customs.close();
        while let Some(task) = self.tasks.pop() {
            task.cancel(gone());
        }
        self.tasks.forget_spares();
        let (queue, next_turn) = self.soon.take_all();
        drop(next_turn);
        for entry in queue {
            entry.run_at_teardown();
        }
        let hook = self.unhandled.take();
        drop(hook);
        self.drives.wake_all();
        let machine = self.machine.take();
        drop(machine);
    }
}

/// Refuses blocking calls where they cannot work.
pub(crate) fn check_owning(core: &Core) -> Result<()> {
    if core.is_closed() {
        return Err(Error::dispatcher_gone());
    }
    if core.is_guest() {
        return Err(Error::loop_inside(
            "this dispatcher is a guest in its caller's runtime and never blocks: \
             use `turn().await`, `drained(..).await`, `run_until(..).await`, or await the future",
        ));
    }
    check_may_block()
}
