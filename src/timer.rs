//! `sleep_async` and `with_timeout`: futures that a deadline completes.

use std::rc::Rc;

use crate::args::IntoMillis;
use crate::current::current;
use crate::dispatcher::Core;
use crate::future::NimFuture;
use crate::source::Source;

impl Core {
    /// Completes the futures whose deadline has come. Returns whether there were any.
    pub(crate) fn run_due_timers(&self) -> bool {
        if self.timers.is_empty() {
            return false;
        }
        let now = self.now();
        let mut any = false;
        while let Some(future) = self.timers.pop_due(now) {
            any = true;
            future.settle(Ok(()));
        }
        any
    }

    #[track_caller]
    pub(crate) fn sleep(self: &Rc<Core>, ms: impl IntoMillis) -> NimFuture<()> {
        let future = NimFuture::named("sleepAsync");
        match ms.into_millis().after(self.now()) {
            Ok(deadline) => {
                let id = self.timers.insert(deadline, future.clone());
                future.set_source(Source::Timer(Rc::clone(self), id));
                self.wake_if_parked();
            }
            Err(error) => future.settle(Err(error)),
        }
        future
    }
}

/// Makes a future that completes after `ms` milliseconds.
///
/// An integer or a float in milliseconds, or a `Duration`. Zero and less are due in the next turn; it is never finished
/// on return with success. It does not complete early; it may be late by the clock's granularity and by what runs
/// before it. tokio's paused clock pauses it too.
///
/// # Errors
///
/// In the future: [`InvalidInput`](crate::ErrorKind::InvalidInput) for NaN and for more than a century;
/// [`NotDriven`](crate::ErrorKind::NotDriven) in a tokio runtime that is not ours, if no dispatcher is installed.
///
/// # Cancel safety
///
/// Dropping the future does not take the timer back: the loop goes on waiting for it.
/// [`cancel`](NimFuture::cancel) does.
///
/// # Nim
///
/// `sleepAsync`, where NaN is an `OverflowDefect`.
///
/// ```
/// use asyncdispatch::*;
///
/// wait_for(sleep_async(1))?;
/// wait_for(sleep_async(0.5))?;
/// wait_for(sleep_async(std::time::Duration::from_millis(1)))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "sleepAsync")]
#[track_caller]
pub fn sleep_async(ms: impl IntoMillis) -> NimFuture<()> {
    match current() {
        Ok(core) => core.sleep(ms),
        Err(error) => NimFuture::failed_with("sleepAsync", error),
    }
}

/// Makes a future that completes with `true` when `fut` does, or with `false` after `timeout` milliseconds.
///
/// See [`NimFuture::with_timeout`]. A timeout cancels nothing; do that yourself where it is wanted.
///
/// # Errors
///
/// Those of [`NimFuture::with_timeout`], in the outcome.
///
/// # Cancel safety
///
/// As [`NimFuture::with_timeout`].
///
/// # Nim
///
/// `withTimeout(fut, timeout)`.
///
/// ```
/// use asyncdispatch::*;
///
/// async fn greeting(client: AsyncFD) -> Result<Vec<u8>> {
///     let data = recv(client, 64);
///     if with_timeout(&data, 5).await? {
///         return data.await;
///     }
///     data.cancel(); // bytes that come later stay in the socket
///     Err("said nothing".into())
/// }
/// # let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// assert_eq!(wait_for(async_proc(greeting(client))).unwrap_err().to_string(), "said nothing");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "withTimeout")]
#[track_caller]
pub fn with_timeout<T: 'static>(fut: &NimFuture<T>, timeout: impl IntoMillis) -> NimFuture<bool> {
    fut.with_timeout(timeout)
}

impl<T: 'static> NimFuture<T> {
    /// Makes a future that completes with `true` when this one does, or with `false` after `timeout` milliseconds.
    ///
    /// If this future fails in time, the outcome fails with its error. After a timeout this one goes on, is not
    /// cancelled, and its later failure is silent. A future that is finished already beats a timeout of 0. When this
    /// one comes first, the timer is gone at once. It is never finished on return with success.
    ///
    /// # Errors
    ///
    /// In the outcome: the error of this future; otherwise as [`sleep_async`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the outcome cancels nothing. [`cancel`](NimFuture::cancel) frees the timer and leaves this future
    /// alone, unless there is no other handle of it: then it is cancelled too.
    ///
    /// # Nim
    ///
    /// `withTimeout`. It replaces the callbacks of the future there, and keeps the timer.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let slow = sleep_async(60_000);
    /// assert!(!wait_for(slow.with_timeout(1))?);
    /// assert!(wait_for(sleep_async(1).with_timeout(60_000))?);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "withTimeout")]
    #[track_caller]
    pub fn with_timeout(&self, timeout: impl IntoMillis) -> NimFuture<bool> {
        let core = match current() {
            Ok(core) => core,
            Err(error) => return NimFuture::failed_with("withTimeout", error),
        };
        let outcome = NimFuture::named("withTimeout");
        let timer = core.sleep(timeout);
        if timer.failed() {
            outcome.settle(timer.take().map(|()| false));
            return outcome;
        }
        let done = Rc::new(outcome.clone());
        let loser = timer.clone();
        let id = self.add_link(&core, {
            let done = Rc::clone(&done);
            move |input| {
                done.settle(input.read_error().map_or(Ok(true), Err));
                loser.cancel();
            }
        });
        let input = self.downgrade();
        timer.add_link(&core, move |timer| {
            if !timer.failed() {
                done.settle(Ok(false));
                input.upgrade().inspect(|input| input.forget_link(id));
            }
        });
        let unlink = self.unlinking(id);
        outcome.set_source(Source::Wrapper(Box::new(move || {
            timer.cancel();
            unlink();
        })));
        outcome
    }
}
