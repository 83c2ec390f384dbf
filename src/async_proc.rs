//! Async procs: an async block that runs at once to its first wait, Nim's `{.async.}`.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;

use crate::current::current;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::origin::Origin;
use crate::source::Source;
use crate::task::{Body, Task};

#[pin_project]
struct Proc<F, T> {
    #[pin]
    body: F,
    future: NimFuture<T>,
}

impl<T: 'static, F: Future<Output = Result<T>>> Body for Proc<F, T> {
    fn resume(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.project();
        let late = match ready!(this.body.poll(cx)) {
            Ok(value) => {
                drop(this.future.try_complete(value));
                Ok(())
            }
            Err(error) => this.future.try_fail(error),
        };
        Poll::Ready(late)
    }

    fn fail(self: Pin<Box<Self>>, error: Error) {
        let end = Failing { future: self.future.clone(), error: Some(error) };
        drop(self);
        drop(end);
    }

    fn origin(&self) -> Origin {
        self.future.origin()
    }
}

/// Fails a future when it is dropped: also if the clean-up before panics.
struct Failing<T: 'static> {
    future: NimFuture<T>,
    error: Option<Error>,
}

impl<T> Drop for Failing<T> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            self.future.settle(Err(error));
        }
    }
}

/// Runs `body` at once to its first wait, and the rest from the queue; answers the future of its result.
///
/// Dropping the future cancels nothing; [`cancel`](NimFuture::cancel) does. The body may await any future, of whatever
/// crate, and runs on this thread with a tokio runtime entered. Do not block in it with `Handle::block_on`,
/// `futures::executor::block_on` or `blocking_recv`, which hang; in owning mode [`wait_for`](crate::wait_for) works.
///
/// # Errors
///
/// In the future: what the body raised; [`NotDriven`](crate::ErrorKind::NotDriven), with the body not run, in a tokio
/// runtime that is not ours without a dispatcher.
///
/// # Panics
///
/// A panic of the body fails the future with [`Panicked`](crate::ErrorKind::Panicked), then leaves through `poll`.
///
/// # Cancel safety
///
/// Dropping the future cancels nothing: the proc goes on, and its result is lost. [`cancel`](NimFuture::cancel) drops the
/// body at once, or, called from within the body, when that waits next. What the body was awaiting, however deep in
/// `join!`, `select!` or a set of futures, is cancelled too, unless somebody else holds a handle of it. What had finished
/// and was not resumed yet is lost: a received value, an accepted client. The lazy operations
/// ([`read`](crate::AsyncFD::read), [`accept_client`](crate::AsyncFD::accept_client)) have no such gap.
///
/// # Nim
///
/// A proc with `{.async.}`, called.
///
/// ```
/// use asyncdispatch::*;
///
/// let proc = async_proc(async {
///     println!("at once");
///     sleep_async(1).await?;
///     Ok(42)
/// });
/// assert_eq!(wait_for(proc)?, 42);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "async")]
#[track_caller]
pub fn async_proc<T: 'static>(body: impl Future<Output = Result<T>> + 'static) -> NimFuture<T> {
    let future = NimFuture::made_at("async_proc", Location::caller());
    match current() {
        Ok(core) => {
            let task = Task::start(&core, Box::pin(Proc { body, future: future.clone() }));
            if !future.finished() {
                future.set_source(Source::Proc(Rc::downgrade(&task)));
            }
        }
        Err(error) => future.settle(Err(error)),
    }
    future
}

/// Lets a failure of `fut` come out of `poll` as an error.
///
/// See [`NimFuture::check`], which takes futures of any type.
///
/// # Panics
///
/// In a tokio runtime that is not ours, if no dispatcher is installed.
///
/// # Nim
///
/// `asyncCheck`. It replaces the callbacks there; here they stay.
///
/// ```
/// use asyncdispatch::*;
///
/// async_check(async_proc(async { Err("boom".into()) }));
/// assert_eq!(poll().unwrap_err().to_string(), "boom");
/// ```
#[doc(alias = "asyncCheck")]
#[track_caller]
pub fn async_check(fut: NimFuture<()>) {
    fut.check();
}
