//! `bind`: a dispatcher is current inside one future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

use crate::current::Installed;
use crate::dispatcher::Dispatcher;

/// Polls a future with a dispatcher as the thread's own; made by [`Dispatcher::bind`].
///
/// It holds a handle of the dispatcher, which therefore lives as long as this does. Between two polls the thread has
/// the dispatcher that it had before.
///
/// # Nim
///
/// None.
///
/// ```
/// use asyncdispatch::*;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(tokio::task::LocalSet::new().run_until(async {
///     let d = Dispatcher::guest();
///     let task = tokio::task::spawn_local(d.bind(async {
///         sleep_async(1).await?; // of `d`, in a task of tokio's
///         Ok::<_, Error>(42)
///     }));
///     let answer = d.run_until(task).await?;
///     assert_eq!(answer??, 42);
///     Ok::<(), Error>(())
/// }))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
    /// Makes this dispatcher the thread's own while `fut` is polled.
    ///
    /// It turns nothing: something else must drive the dispatcher, or what `fut` waits for never comes. Its output is
    /// that of `fut`.
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
