//! Owning mode: the calls that block, each a loop around one turn.

use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use crate::args::IntoMillis;
use crate::current::{Installed, current_dispatcher, enter};
use crate::dispatcher::{Core, Dispatcher, check_owning};
use crate::error::{Error, Result};
use crate::future::Awaitable;
use crate::interop::Recalled;
use crate::machine::Machine;
use crate::turn::{Plan, Turn};

/// Nim's default for `poll` and `drain`.
const DEFAULT_MS: i32 = 500;

/// One turn of the loop; the phases are those of the docs of `turn.rs`.
fn run_once(core: &Rc<Core>, machine: &Rc<Machine>, limit: Option<Duration>) -> Result<()> {
    if core.is_closed() {
        return Err(Error::dispatcher_gone());
    }
    if core.is_idle() {
        return Err(Error::nothing_pending());
    }
    let mut turn = Turn::begin(core, machine, limit)?; // 1
    match turn.plan() {
        Plan::GoOn => {}
        Plan::Visit => {
            machine.visit()?;
            turn.look_again()?;
        }
        Plan::Wait(until) => machine.block_on(poll_fn(|cx| turn.poll_wait(cx, until)))??, // 2: the only line that waits
    }
    turn.finish() // 3, 4, 5
}

impl Dispatcher {
    /// Calls `turns` with this dispatcher as the thread's own and its runtime entered.
    fn blocking<T>(&self, turns: impl FnOnce(&Rc<Core>, &Rc<Machine>) -> Result<T>) -> Result<T> {
        let core = self.core();
        check_owning(core)?;
        let machine = core.machine()?;
        let _installed = Installed::new(self);
        let _entered = enter(&machine);
        let _recalled = Recalled::new(core, &machine);
        turns(core, &machine)
    }

    /// Turns this dispatcher once, waiting for at most 500 ms.
    ///
    /// See [`poll`]. While it turns, this dispatcher is the thread's.
    ///
    /// # Errors
    ///
    /// Those of [`poll_with`]; [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if it is closed.
    ///
    /// # Panics
    ///
    /// As [`poll_with`].
    ///
    /// # Nim
    ///
    /// `poll()`, between two `setGlobalDispatcher`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| call_soon(|| println!("on `d` too")));
    /// d.poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn poll(&self) -> Result<()> {
        self.poll_with(DEFAULT_MS)
    }

    /// Turns this dispatcher once, waiting for at most `timeout` milliseconds; -1 means no limit.
    ///
    /// See [`poll_with`]. In this way several loops on one thread can take turns.
    ///
    /// # Errors
    ///
    /// Those of [`poll`](Dispatcher::poll).
    ///
    /// # Panics
    ///
    /// As [`poll_with`].
    ///
    /// # Nim
    ///
    /// `poll(timeout)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (one, two) = (Dispatcher::new(), Dispatcher::new());
    /// one.call_soon(|| println!("one"));
    /// two.call_soon(|| println!("two"));
    /// for d in [&one, &two] {
    ///     d.poll_with(0)?;
    /// }
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "poll")]
    pub fn poll_with(&self, timeout: impl IntoMillis) -> Result<()> {
        let limit = timeout.into_millis().limit()?;
        self.blocking(|core, machine| run_once(core, machine, limit))
    }

    /// Turns this dispatcher until nothing is pending, for at most 500 ms.
    ///
    /// See [`drain`]. Called before the dispatcher is dropped it lets things end that would be cut off.
    ///
    /// # Errors
    ///
    /// Those of [`drain_with`]; [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if it is closed.
    ///
    /// # Nim
    ///
    /// `drain()`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| async_check(async_proc(async { sleep_async(1).await })));
    /// d.drain()?;
    /// assert!(!d.has_pending_operations());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn drain(&self) -> Result<()> {
        self.drain_with(DEFAULT_MS)
    }

    /// Turns this dispatcher until nothing is pending or `timeout` milliseconds are over; -1 means no limit.
    ///
    /// See [`drain_with`].
    ///
    /// # Errors
    ///
    /// Those of [`drain`](Dispatcher::drain).
    ///
    /// # Nim
    ///
    /// `drain(timeout)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.drain_with(60_000)?; // nothing is pending: it does not wait
    /// assert_eq!(d.drain_with(-2).unwrap_err().kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "drain")]
    pub fn drain_with(&self, timeout: impl IntoMillis) -> Result<()> {
        let limit = timeout.into_millis().limit()?;
        self.blocking(|core, machine| {
            let end = limit.map(|limit| core.now() + limit);
            while core.has_pending() {
                let left = end.map(|end| end.saturating_duration_since(core.now()));
                run_once(core, machine, left)?;
                if end.is_some_and(|end| core.now() >= end) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Turns this dispatcher until a callback raises or nothing is pending.
    ///
    /// See [`run_forever`].
    ///
    /// # Errors
    ///
    /// Those of [`run_forever`]; [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if a callback closes it.
    ///
    /// # Nim
    ///
    /// `runForever`. To leave it without an error of one's own, close the dispatcher:
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| get_global_dispatcher().close());
    /// assert_eq!(d.run_forever().unwrap_err().kind(), ErrorKind::DispatcherGone);
    /// ```
    #[doc(alias = "runForever")]
    pub fn run_forever(&self) -> Result<()> {
        self.blocking(|core, machine| {
            loop {
                run_once(core, machine, None)?;
            }
        })
    }

    /// Turns this dispatcher until `fut` is finished, and reads it.
    ///
    /// `NimFuture<T>` moves the value out, `&NimFuture<T>` clones it. A future that is finished already is read without
    /// a turn, anywhere. Otherwise the turn in which it finishes is completed first. It may be nested in callbacks and
    /// async procs; then the outer wait cannot return before the inner one.
    ///
    /// # Errors
    ///
    /// The error of the future; or those of [`poll_with`], among them what any *other* callback raised, and
    /// `NothingPending` if nothing is left that could finish the future. Pass `&fut` to be able to wait again after
    /// such an error.
    ///
    /// # Panics
    ///
    /// As [`poll_with`].
    ///
    /// # Nim
    ///
    /// `waitFor`. It turns with 500 ms there; here each wait lasts until something happens.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let sum = async_proc(async {
    ///     sleep_async(1).await?;
    ///     Ok(wait_for(async_proc(async { Ok(40) }))? + 2) // nested
    /// });
    /// assert_eq!(wait_for(sum)?, 42);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "waitFor")]
    pub fn wait_for<F: Awaitable>(&self, fut: F) -> Result<F::Value> {
        if !fut.is_finished() {
            self.blocking(|core, machine| {
                while !fut.is_finished() {
                    run_once(core, machine, None)?;
                }
                Ok(())
            })?;
        }
        fut.value()
    }
}

/// Turns the thread's dispatcher once, waiting for at most 500 ms.
///
/// As [`poll_with`]`(500)`.
///
/// # Errors
///
/// Those of [`poll_with`].
///
/// # Nim
///
/// `poll()`.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| println!("in the first turn"));
/// poll()?;
/// assert_eq!(poll().unwrap_err().kind(), ErrorKind::NothingPending);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn poll() -> Result<()> {
    current_dispatcher()?.poll()
}

/// Turns the thread's dispatcher once, waiting for at most `timeout` milliseconds; -1 means no limit.
///
/// 0 does what can be done now and does not wait. The wait ends with the first thing that happens, a timer of any kind
/// included; it may end early with nothing done, and does not say which it was. Callbacks run outside of tokio's
/// `block_on`, so they may call this again. For the same reason `Handle::block_on`, `futures::executor::block_on` and
/// `blocking_recv` hang in a callback or an async proc: block with [`wait_for`]`(async_proc(f))`.
///
/// One turn runs at most 10,000 entries of the [`call_soon`](crate::call_soon) queue. The rest stays queued, and the
/// next turn does not wait.
///
/// # Errors
///
/// What a callback raised: the turn ends there, what was not called stays for the next one. Else
/// [`NothingPending`](crate::ErrorKind::NothingPending) at once if nothing is,
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a negative time other than -1,
/// [`LoopInside`](crate::ErrorKind::LoopInside) where the thread must not block: in a tokio runtime that is not the
/// dispatcher's own, in one of its tasks, or with a guest dispatcher;
/// [`NotDriven`](crate::ErrorKind::NotDriven) in such a runtime if no dispatcher is installed.
///
/// # Panics
///
/// With the panic of a callback or an async proc; what was not called stays here too.
///
/// # Nim
///
/// `poll(timeout)`. Two things are mended: -1 looks at timers too, and a timer that is due never lets the turn wait.
/// The queue has no limit there.
///
/// ```
/// use asyncdispatch::*;
///
/// let soon = sleep_async(1);
/// while !soon.finished() {
///     poll_with(-1)?;
/// }
/// assert_eq!(poll_with(-2).unwrap_err().kind(), ErrorKind::InvalidInput);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "poll")]
pub fn poll_with(timeout: impl IntoMillis) -> Result<()> {
    current_dispatcher()?.poll_with(timeout)
}

/// Turns the thread's dispatcher until nothing is pending, for at most 500 ms.
///
/// As [`drain_with`]`(500)`.
///
/// # Errors
///
/// Those of [`drain_with`].
///
/// # Nim
///
/// `drain()`.
///
/// ```
/// use asyncdispatch::*;
///
/// let soon = sleep_async(1);
/// drain()?;
/// assert!(soon.finished());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn drain() -> Result<()> {
    current_dispatcher()?.drain()
}

/// Turns the thread's dispatcher until nothing is pending or `timeout` milliseconds are over; -1 means no limit.
///
/// If anything is pending it makes at least one turn, also for 0. Nothing pending, at the start or later, is its end
/// and no error. What counts is what [`has_pending_operations`](crate::has_pending_operations) tells, so that it does
/// not wait for tasks that were spawned on the runtime, as [`poll_with`] does.
///
/// # Errors
///
/// Those of [`poll_with`], apart from `NothingPending`. A callback that raises ends it.
///
/// # Panics
///
/// As [`poll_with`].
///
/// # Nim
///
/// `drain(timeout)`. There the time shrinks with each turn, and is taken from the wall clock; here it is what it says.
///
/// ```
/// use asyncdispatch::*;
///
/// let (soon, late) = (sleep_async(1), sleep_async(60_000));
/// drain_with(20)?;
/// assert!(soon.finished() && !late.finished());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "drain")]
pub fn drain_with(timeout: impl IntoMillis) -> Result<()> {
    current_dispatcher()?.drain_with(timeout)
}

/// Turns the thread's dispatcher for ever: until a callback raises, or nothing is pending.
///
/// It never answers `Ok`.
///
/// # Errors
///
/// Those of [`poll_with`]: what a callback raised, or [`NothingPending`](crate::ErrorKind::NothingPending) when the
/// last thing has ended. After an error it may be called again.
///
/// # Panics
///
/// As [`poll_with`].
///
/// # Nim
///
/// `runForever`.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| Err::<(), Error>("enough".into()));
/// assert_eq!(run_forever().unwrap_err().to_string(), "enough");
/// ```
#[doc(alias = "runForever")]
pub fn run_forever() -> Result<()> {
    current_dispatcher()?.run_forever()
}

/// Turns the thread's dispatcher until `fut` is finished, and reads it.
///
/// See [`Dispatcher::wait_for`] for what it does, also nested.
///
/// # Errors
///
/// Those of [`Dispatcher::wait_for`]; [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that is not ours,
/// if no dispatcher is installed.
///
/// # Panics
///
/// As [`poll_with`].
///
/// # Nim
///
/// `waitFor`.
///
/// ```
/// use asyncdispatch::*;
///
/// assert_eq!(wait_for(async_proc(async { sleep_async(1).await?; Ok(42) }))?, 42);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "waitFor")]
pub fn wait_for<F: Awaitable>(fut: F) -> Result<F::Value> {
    current_dispatcher()?.wait_for(fut)
}
