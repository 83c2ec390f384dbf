//! `sleep_async`, and what is done when a deadline has come.

use std::rc::Rc;

use tokio::time::Instant;

use crate::args::IntoMillis;
use crate::call_soon::Entry;
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::origin::Origin;
use crate::source::Source;
use crate::timer_queue::TimerId;

/// A future that a deadline completes.
pub(crate) enum Timer {
    Sleep(NimFuture<()>),
    /// The outcome of `with_timeout`.
    Timeout(NimFuture<bool>),
}

impl Timer {
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Timer::Sleep(future) => future.origin(),
            Timer::Timeout(outcome) => outcome.origin(),
        }
    }

    /// In Nim a timeout is the callback of a sleep: it comes when the queue is run.
    fn fall_due(self, core: &Core) {
        match self {
            Timer::Sleep(future) => future.settle(Ok(())),
            Timer::Timeout(outcome) => core.soon.push(
                core,
                Entry::new(move |_| {
                    outcome.end_timeout(Ok(false));
                    Ok(())
                }),
            ),
        }
    }

    /// The dispatcher is closed. An outcome may still come from the future that it is about.
    pub(crate) fn close(self, error: Error) {
        match self {
            Timer::Sleep(future) => future.settle(Err(error)),
            Timer::Timeout(_) => {}
        }
    }
}

impl Core {
    /// Completes the futures whose deadline has come. Returns whether there were any.
    pub(crate) fn run_due_timers(&self) -> bool {
        if self.timers.is_empty() {
            return false;
        }
        let now = self.now();
        self.timers.due(now).map(|timer| timer.fall_due(self)).count() > 0
    }

    #[inline]
    pub(crate) fn set_timer(&self, deadline: Instant, timer: Timer) -> TimerId {
        let id = self.timers.insert(deadline, timer);
        self.wake_if_parked();
        id
    }

    #[inline]
    pub(crate) fn deadline_after(&self, ms: impl IntoMillis) -> Result<Instant> {
        ms.into_millis().after(self.now())
    }

    #[track_caller]
    fn sleep(self: &Rc<Core>, ms: impl IntoMillis) -> NimFuture<()> {
        let future = NimFuture::named("sleepAsync");
        match self.deadline_after(ms) {
            Ok(deadline) => {
                let id = self.set_timer(deadline, Timer::Sleep(future.clone()));
                future.set_source(Source::Timer(Rc::clone(self), id));
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
