//! Guest mode: futures that turn the loop when their caller's runtime polls them.
//!
//! Any number of them may be alive for one dispatcher. Whatever happens wakes all of them, and whichever is polled
//! first makes the turn; so one that is dropped or not polled any more never holds the others up. They are written by
//! hand, so that a panic that was caught outside can be followed by another poll.

mod bind;
mod driver;
mod run_until;
mod wanted;

pub use bind::Bind;
use driver::Driver;
pub use run_until::{RunUntil, run, run_until};

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::args::IntoMillis;
use crate::current::{current_dispatcher, installed};
use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};

/// How long to turn.
enum Goal {
    Forever,
    Once(Option<Duration>),
    Idle { limit: Option<Duration>, end: Option<Instant> },
    Refused(Error),
}

/// Turns a guest's loop; made by [`Dispatcher::drive`], [`turn`](Dispatcher::turn),
/// [`turn_with`](Dispatcher::turn_with) and [`drained`](Dispatcher::drained).
///
/// It is not `Send`: poll it in `block_on`, in a `LocalSet` or in a `LocalRuntime`, not in `tokio::spawn`. Dropping it
/// loses nothing: what is pending stays for the next one, and others that drive the same dispatcher go on.
///
/// # Nim
///
/// None.
///
/// ```
/// use asyncdispatch::*;
///
/// let d = Dispatcher::guest();
/// let drive = d.drive();
/// d.call_soon(|| println!("still called, by whoever drives next"));
/// drop(drive);
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(d.turn())?;
/// assert!(!d.has_pending_operations());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[must_use = "the loop is not turned until this is awaited"]
pub struct Drive {
    driver: Driver,
    goal: Goal,
    begun: bool,
}

impl Drive {
    fn new(dispatcher: &Dispatcher, goal: Goal) -> Drive {
        Drive { driver: Driver::new(dispatcher), goal, begun: false }
    }
}

impl std::fmt::Debug for Drive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl Future for Drive {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Drive { driver, goal, begun } = self.get_mut();
        let first = !mem::replace(begun, true);
        let polled = driver.inside(cx, |driver, cx| match goal {
            Goal::Refused(error) => Poll::Ready(Err(error.clone())),
            Goal::Forever => loop {
                ready!(driver.poll_turn(cx, None))?;
            },
            Goal::Once(limit) => {
                if first && driver.dispatcher.core().is_idle() {
                    return Poll::Ready(Err(Error::nothing_pending()));
                }
                driver.poll_turn(cx, *limit)
            }
            Goal::Idle { limit, end } => {
                let core = driver.dispatcher.core().clone();
                if first {
                    *end = limit.map(|limit| core.now() + limit);
                }
                while core.has_pending() {
                    let left = end.map(|end| end.saturating_duration_since(core.now()));
                    ready!(driver.poll_turn(cx, left))?;
                    if end.is_some_and(|end| core.now() >= end) {
                        break;
                    }
                }
                Poll::Ready(Ok(()))
            }
        });
        polled.unwrap_or_else(|error| Poll::Ready(Err(error)))
    }
}

impl Dispatcher {
    /// Turns this guest's loop until a callback raises.
    ///
    /// It never answers `Ok`, and never says that nothing is pending. Await it beside code that uses the dispatcher
    /// by way of [`bind`](Dispatcher::bind).
    ///
    /// # Errors
    ///
    /// What a callback raised; it may be called again then. `LoopInside` and `DispatcherGone` as in
    /// [`run_until`](Dispatcher::run_until).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Nim
    ///
    /// `runForever` of guest mode; Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// runtime.block_on(async {
    ///     let d = Dispatcher::guest();
    ///     tokio::select! {
    ///         raised = d.drive() => raised,
    ///         slept = d.bind(async { sleep_async(1).await }) => slept,
    ///     }
    /// })?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "runForever")]
    pub fn drive(&self) -> Drive {
        Drive::new(self, Goal::Forever)
    }

    /// Turns this guest's loop once, waiting for at most 500 ms: guest mode's `poll`.
    ///
    /// As [`turn_with`](Dispatcher::turn_with)`(500)`.
    ///
    /// # Errors
    ///
    /// Those of [`turn_with`](Dispatcher::turn_with).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Nim
    ///
    /// `poll()` of guest mode; Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let d = Dispatcher::guest();
    /// d.call_soon(|| ());
    /// runtime.block_on(d.turn())?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "poll")]
    pub fn turn(&self) -> Drive {
        self.turn_with(500)
    }

    /// Turns this guest's loop once, waiting for at most `timeout` milliseconds; -1 means no limit.
    ///
    /// The guest's form of [`poll_with`](Dispatcher::poll_with).
    ///
    /// # Errors
    ///
    /// What a callback raised; [`NothingPending`](crate::ErrorKind::NothingPending) if nothing is when it is first
    /// polled; `InvalidInput` for a negative time other than -1; `LoopInside` and `DispatcherGone` as in
    /// [`run_until`](Dispatcher::run_until).
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Nim
    ///
    /// `poll(timeout)` of guest mode; Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// runtime.block_on(async {
    ///     let d = Dispatcher::guest();
    ///     d.call_soon(|| ());
    ///     d.turn_with(0).await?;
    ///     assert_eq!(d.turn_with(0).await.unwrap_err().kind(), ErrorKind::NothingPending);
    ///     Ok::<(), Error>(())
    /// })?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "poll")]
    pub fn turn_with(&self, timeout: impl IntoMillis) -> Drive {
        let goal = timeout.into_millis().limit().map_or_else(Goal::Refused, Goal::Once);
        Drive::new(self, goal)
    }

    /// Turns this guest's loop until nothing is pending or `timeout` milliseconds are over: guest mode's `drain`.
    ///
    /// The guest's form of [`drain_with`](Dispatcher::drain_with): -1 means no limit, and nothing pending is no error.
    ///
    /// # Errors
    ///
    /// Those of [`turn_with`](Dispatcher::turn_with), apart from `NothingPending`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing.
    ///
    /// # Nim
    ///
    /// `drain(timeout)` of guest mode; Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let d = Dispatcher::guest();
    /// d.call_soon(|| ());
    /// runtime.block_on(d.drained(100))?;
    /// assert!(!d.has_pending_operations());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "drain")]
    pub fn drained(&self, timeout: impl IntoMillis) -> Drive {
        let limit = timeout.into_millis().limit();
        Drive::new(self, limit.map_or_else(Goal::Refused, |limit| Goal::Idle { limit, end: None }))
    }
}

/// The guest that is polling us, or a fresh one.
fn guest_here() -> Dispatcher {
    let driven = matches!(installed(), Ok(Some(core)) if core.is_guest() && !core.drives.is_empty());
    match current_dispatcher() {
        Ok(dispatcher) if driven => dispatcher,
        _ => Dispatcher::guest(),
    }
}
