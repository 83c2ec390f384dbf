//! Guest mode: futures that turn the loop when their caller's runtime polls them.
//!
//! Any number of them may be alive for one dispatcher. Whatever happens wakes all of them, and whichever is polled
//! first makes the turn; so one that is dropped or not polled any more never holds the others up. They are written by
//! hand, so that a panic that was caught outside can be followed by another poll.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use pin_project::pin_project;
use tokio::time::Instant;

use crate::args::IntoMillis;
use crate::current::{Driven, Installed, current_dispatcher, enter, installed};
use crate::dispatcher::Dispatcher;
use crate::drives::Drives;
use crate::error::{Error, Result};
use crate::turn::{Plan, Turn};

/// Where a turn stands between two polls.
enum Stage {
    Between,
    /// tokio is being let run.
    Visiting(Turn, Pin<Box<dyn Future<Output = ()>>>),
    /// Phase 2.
    Waiting(Turn, Option<Instant>),
}

/// Makes turns of a guest's loop.
struct Driver {
    dispatcher: Dispatcher,
    id: u64,
    stage: Stage,
    /// Wakes all drives of the dispatcher: what the loop waits with.
    waker: Waker,
}

impl Driver {
    fn new(dispatcher: &Dispatcher) -> Driver {
        let drives = &dispatcher.core().drives;
        Driver {
            dispatcher: dispatcher.clone(),
            id: drives.next_id(),
            stage: Stage::Between,
            waker: Waker::from(Arc::clone(drives)),
        }
    }

    /// Calls `work` as the loop's turn is taken: dispatcher installed, runtime entered, blocking refused.
    fn inside<T>(&mut self, cx: &mut Context<'_>, work: impl FnOnce(&mut Driver, &mut Context<'_>) -> T) -> Result<T> {
        let core = self.dispatcher.core();
        if core.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        if !core.is_guest() {
            return Err(Error::loop_inside(
                "this dispatcher owns its runtime: use `poll`, `drain`, `run_forever` or `wait_for`, \
                 or make a `Dispatcher::guest()`",
            ));
        }
        let machine = core.machine()?;
        core.drives.polled(self.id, cx);
        let _installed = Installed::new(&self.dispatcher);
        let _driven = Driven::new();
        let _entered = enter(&machine);
        Ok(work(self, cx))
    }

    /// Makes one turn.
    fn poll_turn(&mut self, cx: &mut Context<'_>, limit: Option<Duration>) -> Poll<Result<()>> {
        loop {
            match mem::replace(&mut self.stage, Stage::Between) {
                Stage::Between => {
                    let core = self.dispatcher.core();
                    let machine = core.machine()?;
                    let turn = Turn::begin(core, &machine, limit)?;
                    match turn.plan() {
                        Plan::GoOn => return Poll::Ready(turn.finish()),
                        Plan::Visit => self.stage = Stage::Visiting(turn, Box::pin(tokio::task::yield_now())),
                        Plan::Wait(until) => self.stage = Stage::Waiting(turn, until),
                    }
                }
                Stage::Visiting(mut turn, mut visit) => {
                    if visit.as_mut().poll(cx).is_pending() {
                        self.stage = Stage::Visiting(turn, visit);
                        return Poll::Pending;
                    }
                    turn.look_again()?;
                    return Poll::Ready(turn.finish());
                }
                Stage::Waiting(mut turn, until) => {
                    return match turn.poll_wait(&mut Context::from_waker(&self.waker), until) {
                        Poll::Pending => {
                            self.stage = Stage::Waiting(turn, until);
                            Poll::Pending
                        }
                        Poll::Ready(waited) => Poll::Ready(waited.and_then(|()| turn.finish())),
                    };
                }
            }
        }
    }
}

impl Drop for Driver {
    /// What this one was waiting for is the others' now.
    fn drop(&mut self) {
        self.dispatcher.core().drives.remove(self.id);
    }
}

/// How long to turn.
enum Goal {
    Forever,
    Once(Option<Duration>),
    Idle { limit: Option<Duration>, end: Option<Instant> },
    Refused(Error),
}

/// Turns a guest's loop; made by [`Dispatcher::drive`], [`turn`](Dispatcher::turn),
/// [`turn_with`](Dispatcher::turn_with) and [`drained`](Dispatcher::drained).
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

/// The waker of a future that is driven: tells that it wants to be polled, and wakes the drive unless it is at it.
struct Root {
    woken: AtomicBool,
    polling: AtomicBool,
    drives: Arc<Drives>,
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.polling.load(Ordering::SeqCst) {
            self.drives.wake_all();
        }
    }
}

/// Drives a guest's loop until a future is ready; made by [`run_until`] and [`Dispatcher::run_until`].
#[pin_project]
#[must_use = "nothing happens until this is awaited"]
pub struct RunUntil<F> {
    driver: Driver,
    root: Arc<Root>,
    #[pin]
    future: F,
}

impl<F> std::fmt::Debug for RunUntil<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunUntil").finish_non_exhaustive()
    }
}

impl<F: Future> Future for RunUntil<F> {
    type Output = Result<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<F::Output>> {
        let this = self.project();
        let (root, mut future) = (this.root, this.future);
        let waker = Waker::from(Arc::clone(root));
        root.polling.store(true, Ordering::SeqCst);
        let polled = this.driver.inside(cx, |driver, cx| {
            loop {
                if root.woken.swap(false, Ordering::SeqCst) {
                    if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return Poll::Ready(Ok(value));
                    }
                }
                match driver.poll_turn(cx, None) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending if root.woken.load(Ordering::SeqCst) => {}
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        root.polling.store(false, Ordering::SeqCst);
        if root.woken.load(Ordering::SeqCst) && matches!(polled, Ok(Poll::Pending)) {
            cx.waker().wake_by_ref();
        }
        polled.unwrap_or_else(|error| Poll::Ready(Err(error)))
    }
}

/// Polls a future with a dispatcher as the thread's own; made by [`Dispatcher::bind`].
#[pin_project]
#[must_use = "nothing happens until this is awaited"]
pub struct Bind<F> {
    dispatcher: Dispatcher,
    #[pin]
    future: F,
}

impl<F> std::fmt::Debug for Bind<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bind").field("dispatcher", &self.dispatcher).finish_non_exhaustive()
    }
}

impl<F: Future> Future for Bind<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _installed = Installed::new(this.dispatcher);
        this.future.poll(cx)
    }
}

impl Dispatcher {
    /// Drives this guest's loop until `fut` is ready.
    ///
    /// Callbacks, timers and async procs of the dispatcher run while this is awaited. Any number of them may be alive
    /// for one dispatcher: one makes the turns, the others wait. It never says that nothing is pending: it waits.
    ///
    /// # Errors
    ///
    /// What a callback raised, and `fut` has not ended then: pass `Pin<&mut F>` to go on with it.
    /// [`LoopInside`](crate::ErrorKind::LoopInside) if the dispatcher owns its runtime,
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if it is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `fut`; the dispatcher loses nothing, all stays queued for the next drive.
    ///
    /// # Nim
    ///
    /// `waitFor` of guest mode; Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let answer = runtime.block_on(Dispatcher::guest().run_until(async {
    ///     sleep_async(1).await?;
    ///     Ok::<i32, Error>(42)
    /// }))??;
    /// assert_eq!(answer, 42);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn run_until<F: IntoFuture>(&self, fut: F) -> RunUntil<F::IntoFuture> {
        let root = Root {
            woken: AtomicBool::new(true),
            polling: AtomicBool::new(false),
            drives: Arc::clone(&self.core().drives),
        };
        RunUntil { driver: Driver::new(self), root: Arc::new(root), future: fut.into_future() }
    }

    /// As [`run_until`](Dispatcher::run_until), for bodies that fail with this crate's error.
    ///
    /// # Errors
    ///
    /// Those of [`run_until`](Dispatcher::run_until), or the error of `body`.
    ///
    /// # Cancel safety
    ///
    /// As [`run_until`](Dispatcher::run_until).
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let d = Dispatcher::guest();
    /// runtime.block_on(d.run(async { sleep_async(1).await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub async fn run<T>(&self, body: impl Future<Output = Result<T>>) -> Result<T> {
        self.run_until(body).await?
    }

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
    pub fn drive(&self) -> Drive {
        Drive::new(self, Goal::Forever)
    }

    /// Turns this guest's loop once, waiting for at most 500 ms: guest mode's `poll`.
    ///
    /// As [`turn_with`](Dispatcher::turn_with)`(500)`, with its errors.
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
    pub fn drained(&self, timeout: impl IntoMillis) -> Drive {
        let limit = timeout.into_millis().limit();
        Drive::new(self, limit.map_or_else(Goal::Refused, |limit| Goal::Idle { limit, end: None }))
    }

    /// Makes this dispatcher the thread's own while `fut` is polled.
    ///
    /// It turns nothing: something else must drive the dispatcher, or what `fut` waits for never comes.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `fut`.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let d = Dispatcher::guest();
    /// runtime.block_on(d.bind(async { call_soon(|| ()) }));
    /// assert_eq!(d.callbacks().len(), 1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn bind<F: IntoFuture>(&self, fut: F) -> Bind<F::IntoFuture> {
        Bind { dispatcher: self.clone(), future: fut.into_future() }
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

/// Drives the loop of a fresh guest dispatcher, or of the one that is polling us, until `fut` is ready.
///
/// See [`Dispatcher::run_until`]. A fresh dispatcher is dropped, and so closed, at the end, with all that is still
/// pending.
///
/// # Errors
///
/// Those of [`Dispatcher::run_until`].
///
/// # Cancel safety
///
/// Dropping it drops `fut`, and a fresh dispatcher with it.
///
/// # Nim
///
/// Nim has none.
///
/// ```
/// use asyncdispatch::*;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(run_until(async { sleep_async(1).await }))??;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub async fn run_until<F: IntoFuture>(fut: F) -> Result<F::Output> {
    guest_here().run_until(fut).await
}

/// As [`run_until`], for bodies that fail with this crate's error.
///
/// # Errors
///
/// Those of [`Dispatcher::run_until`], or the error of `body`.
///
/// # Cancel safety
///
/// As [`run_until`].
///
/// # Nim
///
/// Nim has none.
///
/// ```
/// use asyncdispatch::*;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(run(async { sleep_async(1).await }))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub async fn run<T>(body: impl Future<Output = Result<T>>) -> Result<T> {
    guest_here().run(body).await
}
