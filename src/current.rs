//! Whose turn it is: the thread's dispatcher, and where the thread stands with regard to tokio.
//!
//! The thread-local is the only global state of the crate. `Handle::try_current` is called before it is made, so that
//! it is destroyed before tokio's own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use tokio::runtime::{EnterGuard, Handle, Id};

use crate::dispatcher::{Core, Dispatcher};
use crate::error::{Error, ErrorKind, Result};
use crate::machine::Machine;
use crate::mailbox::Mailbox;
use crate::task::Task;

thread_local! {
    static THREAD: Thread = Thread::new();
}

struct Thread {
    /// What the free functions act on.
    installed: RefCell<Option<Dispatcher>>,
    /// The async proc that is being polled.
    task: RefCell<Option<Rc<Task>>>,
    /// The runtime that this crate has entered last and not left.
    entered: Cell<Option<Id>>,
    /// A `block_on` of this crate runs: what runs now is a task of the dispatcher's runtime.
    blocked: Cell<bool>,
    /// How many drives of guests are being polled.
    driven: Cell<u32>,
}

impl Thread {
    fn new() -> Thread {
        let _touch = Handle::try_current();
        Thread {
            installed: RefCell::new(None),
            task: RefCell::new(None),
            entered: Cell::new(None),
            blocked: Cell::new(false),
            driven: Cell::new(0),
        }
    }
}

impl Drop for Thread {
    /// The thread ends: nothing can turn its dispatcher any more, whoever may still hold a handle.
    fn drop(&mut self) {
        let installed = self.installed.borrow_mut().take();
        if let Some(dispatcher) = installed {
            dispatcher.close();
        }
    }
}

#[inline]
pub(crate) fn installed() -> Result<Option<Rc<Core>>> {
    THREAD
        .try_with(|thread| thread.installed.borrow().as_ref().map(|dispatcher| Rc::clone(dispatcher.core())))
        .map_err(|_| Error::dispatcher_gone())
}

/// The dispatcher that the free functions act on; made now if there is none and the thread is not somebody else's.
#[inline]
pub(crate) fn current() -> Result<Rc<Core>> {
    let found = THREAD.try_with(|thread| match &*thread.installed.borrow() {
        Some(dispatcher) if !dispatcher.core().is_closed() => Some(Rc::clone(dispatcher.core())),
        _ => None,
    });
    match found {
        Ok(Some(core)) => Ok(core),
        _ => current_dispatcher().map(|dispatcher| Rc::clone(dispatcher.core())),
    }
}

/// As [`current`], as a handle.
pub(crate) fn current_dispatcher() -> Result<Dispatcher> {
    let found = THREAD.try_with(|thread| thread.installed.borrow().clone()).map_err(|_| Error::dispatcher_gone())?;
    match found {
        Some(dispatcher) if !dispatcher.core().is_closed() => Ok(dispatcher),
        _ => make_global(),
    }
}

/// For calls that cannot answer an error: panics at the caller where there is no dispatcher to be had.
///
/// Nothing at all once the thread's locals are gone: a panic there would end the process.
#[track_caller]
#[inline]
pub(crate) fn current_or_panic() -> Option<Rc<Core>> {
    match current() {
        Ok(core) => Some(core),
        Err(error) => none_or_panic(&error),
    }
}

#[cold]
#[track_caller]
fn none_or_panic(error: &Error) -> Option<Rc<Core>> {
    if error.kind() == ErrorKind::DispatcherGone {
        return None;
    }
    panic!("{error:#}");
}

#[cold]
fn make_global() -> Result<Dispatcher> {
    if is_foreign() {
        return Err(Error::not_driven(
            "this thread runs somebody else's tokio runtime and no dispatcher is installed: \
             wrap the future in `asyncdispatch::run_until(..)`, or in `Dispatcher::bind` with one that is driven",
        ));
    }
    let fresh = Dispatcher::new();
    install(Some(fresh.clone()));
    Ok(fresh)
}

/// Whether a runtime that is not ours runs on this thread, as far as can be told.
fn is_foreign() -> bool {
    THREAD
        .try_with(|thread| {
            thread.blocked.get()
                || thread.driven.get() > 0
                || Handle::try_current().is_ok_and(|handle| thread.entered.get() != Some(handle.id()))
        })
        .unwrap_or(true)
}

/// Whether a blocking call may be made here; the error names the cure.
pub(crate) fn check_may_block() -> Result<()> {
    if is_foreign() {
        return Err(Error::loop_inside(
            "a blocking call cannot be made inside a tokio runtime, a task or a drive: \
             await the future there, or use `turn().await`, `drained(..).await`, `run_until(..).await`",
        ));
    }
    Ok(())
}

/// Replaces the thread's dispatcher and gives the former back.
pub(crate) fn install(dispatcher: Option<Dispatcher>) -> Option<Dispatcher> {
    THREAD.try_with(|thread| thread.installed.replace(dispatcher)).ok().flatten()
}

/// Makes a dispatcher the thread's until dropped; then the former is put back, unless user code has installed another.
pub(crate) struct Installed {
    ours: Rc<Core>,
    former: Option<Option<Dispatcher>>,
}

impl Installed {
    pub(crate) fn new(dispatcher: &Dispatcher) -> Installed {
        let ours = Rc::clone(dispatcher.core());
        let already = matches!(installed(), Ok(Some(core)) if Rc::ptr_eq(&core, &ours));
        let former = if already { None } else { Some(install(Some(dispatcher.clone()))) };
        Installed { ours, former }
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        let Some(former) = self.former.take() else { return };
        if matches!(installed(), Ok(Some(core)) if Rc::ptr_eq(&core, &self.ours)) {
            drop(install(former));
        }
    }
}

/// Marks that a drive of a guest is being polled.
pub(crate) struct Driven(());

impl Driven {
    pub(crate) fn new() -> Driven {
        let _gone = THREAD.try_with(|thread| thread.driven.set(thread.driven.get() + 1));
        Driven(())
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        let _gone = THREAD.try_with(|thread| thread.driven.set(thread.driven.get() - 1));
    }
}

/// Marks that a `block_on` of this crate runs.
pub(crate) struct Blocked(());

impl Blocked {
    pub(crate) fn new() -> Blocked {
        let _gone = THREAD.try_with(|thread| thread.blocked.set(true));
        Blocked(())
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let _gone = THREAD.try_with(|thread| thread.blocked.set(false));
    }
}

/// Keeps a dispatcher's runtime entered, so that `tokio::spawn`, clocks and sleeps of user code are that runtime's.
pub(crate) struct Entered<'a> {
    _guard: EnterGuard<'a>,
    former: Option<Id>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let _gone = THREAD.try_with(|thread| thread.entered.set(self.former));
    }
}

/// Enters the runtime of `machine`; nothing to do if this crate entered it last.
pub(crate) fn enter(machine: &Machine) -> Option<Entered<'_>> {
    let former = THREAD.try_with(|thread| thread.entered.replace(Some(machine.id()))).ok()?;
    if former == Some(machine.id()) {
        return None;
    }
    Some(Entered { _guard: machine.handle().enter(), former })
}

/// The async proc that is being polled, if `cx` is its own context.
pub(crate) fn task_of(cx: &Context<'_>) -> Option<Rc<Task>> {
    THREAD
        .try_with(|thread| thread.task.borrow().as_ref().filter(|task| task.waker().will_wake(cx.waker())).cloned())
        .ok()
        .flatten()
}

/// Calls `f`, which must not call user code, with the thread's dispatcher and the async proc that is being polled, if
/// `cx` is its own context.
#[inline(always)]
pub(crate) fn with_proc<R>(cx: &Context<'_>, f: impl FnOnce(&Rc<Core>, &Rc<Task>) -> Option<R>) -> Option<R> {
    let found = THREAD.try_with(|thread| {
        let (installed, task) = (thread.installed.borrow(), thread.task.borrow());
        let task = task.as_ref().filter(|task| task.waker().will_wake(cx.waker()))?;
        f(installed.as_ref()?.core(), task)
    });
    found.ok().flatten()
}

/// Tells the async proc that is being polled from others; 0 if there is none.
pub(crate) fn task_key() -> usize {
    THREAD.try_with(|thread| thread.task.borrow().as_ref().map_or(0, |task| Rc::as_ptr(task).addr())).unwrap_or(0)
}

/// Says which async proc is being polled, and gives the former back.
#[inline]
pub(crate) fn set_task(task: Option<Rc<Task>>) -> Option<Rc<Task>> {
    THREAD.try_with(|thread| thread.task.replace(task)).ok().flatten()
}

/// The thread's dispatcher, if `mailbox` is its own.
pub(crate) fn owner_of(mailbox: &Arc<Mailbox>) -> Option<Rc<Core>> {
    installed().ok().flatten().filter(|core| Arc::ptr_eq(core.mailbox(), mailbox))
}
