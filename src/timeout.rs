//! `with_timeout`: whether a future comes before a deadline.

use std::rc::{Rc, Weak};

use crate::args::IntoMillis;
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::Result;
use crate::future::{Linked, NimFuture};
use crate::source::Source;
use crate::timer::Timer;
use crate::timer_queue::TimerId;

/// What stands behind the outcome of a `with_timeout`.
pub(crate) struct Timeout {
    core: Rc<Core>,
    timer: TimerId,
    input: Weak<dyn Linked>,
    link: usize,
}

impl Timeout {
    pub(crate) fn cancel(self) {
        drop(self.core.timers.remove(self.timer));
        if let Some(input) = self.input.upgrade() {
            input.give_up(self.link);
        }
    }

    /// Of timer and link one has come; the other is not wanted any more.
    fn end(self) {
        drop(self.core.timers.remove(self.timer));
        if let Some(input) = self.input.upgrade() {
            input.forget_link(self.link);
        }
    }
}

impl NimFuture<bool> {
    pub(crate) fn end_timeout(&self, outcome: Result<bool>) {
        if let Some(Source::Timeout(timeout)) = self.take_source() {
            timeout.end();
        }
        self.settle(outcome);
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
    /// In the outcome: the error of this future; otherwise as [`sleep_async`](crate::sleep_async).
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
        match core.deadline_after(timeout) {
            Ok(deadline) => {
                let timer = core.set_timer(deadline, Timer::Timeout(outcome.clone()));
                let weak = outcome.downgrade();
                let link = self.add_link(&core, move |input| {
                    if let Some(outcome) = weak.upgrade() {
                        outcome.end_timeout(input.end().map(|()| true));
                    }
                });
                let timeout = Timeout { core, timer, input: self.linked(), link };
                outcome.set_source(Source::Timeout(Box::new(timeout)));
            }
            Err(error) => outcome.settle(Err(error)),
        }
        outcome
    }
}
