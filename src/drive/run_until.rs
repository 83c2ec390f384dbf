//! `run_until`: the loop is driven beside one future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use pin_project::pin_project;

use super::driver::Driver;
use super::guest_here;
use super::wanted::Wanted;
use crate::dispatcher::Dispatcher;
use crate::drives::Drives;
use crate::error::Result;

/// The waker of a future that is driven: tells that it wants to be polled, and wakes the drive unless it is at it.
struct Root {
    wanted: Wanted,
    drives: Arc<Drives>,
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.wanted.set() {
            self.drives.wake_all();
        }
    }
}

/// Drives a guest's loop until a future is ready; made by [`Dispatcher::run_until`].
///
/// It holds the future; give it a pinned reference to keep the future when an error ends the drive.
///
/// # Nim
///
/// None.
///
/// ```
/// use asyncdispatch::*;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(async {
///     let d = Dispatcher::guest();
///     let mut work = std::pin::pin!(async { sleep_async(1).await });
///     d.call_soon(|| Err::<(), Error>("raised beside it".into()));
///     assert!(d.run_until(work.as_mut()).await.is_err());
///     d.run_until(work).await? // goes on
/// })?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
        root.wanted.begin();
        let polled = this.driver.inside(cx, |driver, cx| {
            loop {
                if root.wanted.take() {
                    if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return Poll::Ready(Ok(value));
                    }
                }
                match driver.poll_turn(cx, None) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        if root.wanted.end() && matches!(polled, Ok(Poll::Pending)) {
            cx.waker().wake_by_ref();
        }
        polled.unwrap_or_else(|error| Poll::Ready(Err(error)))
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
#[doc(alias = "waitFor")]
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
#[doc(alias = "waitFor")]
pub async fn run<T>(body: impl Future<Output = Result<T>>) -> Result<T> {
    guest_here().run(body).await
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
    #[doc(alias = "waitFor")]
    pub fn run_until<F: IntoFuture>(&self, fut: F) -> RunUntil<F::IntoFuture> {
        let root = Root { wanted: Wanted::default(), drives: Arc::clone(&self.core().drives) };
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
    #[doc(alias = "waitFor")]
    pub async fn run<T>(&self, body: impl Future<Output = Result<T>>) -> Result<T> {
        self.run_until(body).await?
    }
}
