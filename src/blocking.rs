//! `spawn_blocking`: a future of what another thread does.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::task::JoinHandle;

use crate::async_proc::async_proc;
use crate::current::current;
use crate::error::{Error, Result};
use crate::future::NimFuture;

/// A call on its way through tokio's blocking threads. Dropping it takes the call back if it has not begun.
struct Job<T> {
    call: JoinHandle<Result<T>>,
    asked: bool,
}

impl<T> Future for Job<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let job = self.get_mut();
        if !mem::replace(&mut job.asked, true) {
            // It may have ended already; but a future of ours never finishes inside the call that makes it.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let joined = ready!(Pin::new(&mut job.call).poll(cx));
        Poll::Ready(joined.unwrap_or_else(|error| {
            Err(match error.try_into_panic() {
                Ok(payload) => Error::panicked(&*payload).with_detail("a blocking call panicked on its thread"),
                Err(_) => Error::cancelled("the runtime's blocking threads have ended"),
            })
        }))
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.call.abort();
    }
}

/// Calls `f` on a thread where it may block, and makes a future of its outcome.
///
/// The thread is one of the blocking threads of the dispatcher's tokio runtime. The loop goes on meanwhile, and is kept
/// alive by the future. [`cancel`](NimFuture::cancel) keeps a call from beginning; one that has begun goes on, and its
/// outcome is dropped. The same holds when the dispatcher is closed.
///
/// # Errors
///
/// In the future: what `f` answers; [`Panicked`](crate::ErrorKind::Panicked) if it panics;
/// [`Cancelled`](crate::ErrorKind::Cancelled) if the runtime ends before it begins;
/// [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that is not ours, if no dispatcher is installed.
///
/// # Nim
///
/// Nim has none; there one uses `threadpool.spawn` and an `AsyncEvent`.
///
/// ```
/// use asyncdispatch::*;
///
/// let manifest = spawn_blocking(|| Ok(std::fs::read_to_string("Cargo.toml")?));
/// assert!(wait_for(manifest)?.contains("[package]"));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> NimFuture<T> {
    match current().and_then(|core| core.machine()) {
        Ok(machine) => async_proc(Job { call: machine.handle().spawn_blocking(f), asked: false }),
        Err(error) => NimFuture::failed_with("spawn_blocking", error),
    }
}
