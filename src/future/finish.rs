//! How a future finishes.

use std::rc::Rc;

use super::waiters::wake_all;
use super::{NimFuture, Phase, Shared, Who};
use crate::error::{Error, Result};
use crate::future_log;
use crate::span::Span;

impl<T: 'static> NimFuture<T> {
    /// Finishes the future with `value`.
    ///
    /// Callbacks and awaiting procs are queued, none is called in here; only foreign wakers are woken at once.
    ///
    /// # Panics
    ///
    /// If the future is finished already; see [`try_complete`](NimFuture::try_complete).
    ///
    /// # Nim
    ///
    /// `complete`. A second time is a `FutureError` in debug builds only; here it is checked always.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::new();
    /// f.complete(1);
    /// assert_eq!(f.read()?, 1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn complete(&self, value: T) {
        if self.try_complete(value).is_err() {
            self.panic_finished_twice();
        }
    }

    /// Finishes the future with an error.
    ///
    /// # Panics
    ///
    /// If the future is finished already; see [`try_fail`](NimFuture::try_fail).
    ///
    /// # Nim
    ///
    /// `fail`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::<i32>::new();
    /// f.fail("boom");
    /// assert_eq!(f.read().unwrap_err().to_string(), "boom");
    /// ```
    #[track_caller]
    pub fn fail(&self, error: impl Into<Error>) {
        if self.try_fail(error).is_err() {
            self.panic_finished_twice();
        }
    }

    #[track_caller]
    #[cold]
    pub(crate) fn panic_finished_twice(&self) -> ! {
        panic!(
            "An attempt was made to complete a Future more than once. Details: made in {} at {}, {}; \
             use `try_complete` or `try_fail` where several may finish it",
            self.shared.from_proc,
            self.shared.created_at,
            if self.failed() { "failed" } else { "completed" }
        );
    }

    /// Finishes the future with `value`, or gives the value back if it is finished already.
    ///
    /// For those who race, where [`complete`](NimFuture::complete) would panic.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::new();
    /// assert_eq!(f.try_complete(1), Ok(()));
    /// assert_eq!(f.try_complete(2), Err(2));
    /// ```
    pub fn try_complete(&self, value: T) -> Result<(), T> {
        if self.finished() {
            return Err(value);
        }
        self.shared.value.set(Some(value));
        self.finish(Phase::Done);
        Ok(())
    }

    /// Finishes the future with an error, or gives the error back if it is finished already.
    ///
    /// For those who race, where [`fail`](NimFuture::fail) would panic.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = NimFuture::<i32>::new();
    /// assert!(f.try_fail("first").is_ok());
    /// assert_eq!(f.try_fail("second").unwrap_err().to_string(), "second");
    /// ```
    #[track_caller]
    pub fn try_fail(&self, error: impl Into<Error>) -> Result<(), Error> {
        let error = error.into();
        if self.finished() {
            return Err(error);
        }
        self.shared.error.set(Some(error));
        self.finish(Phase::Failed);
        Ok(())
    }

    /// Finishes the future unless somebody (`cancel`, say) has done so before.
    pub(crate) fn settle(&self, result: Result<T>) {
        let _late = match result {
            Ok(value) => self.try_complete(value).err().map(drop),
            Err(error) => self.try_fail(error).err().map(drop),
        };
    }

    pub(super) fn finish(&self, phase: Phase) {
        let shared = &self.shared;
        shared.phase.set(phase);
        future_log::gone(shared.logged, shared.created_at, shared.from_proc);
        if shared.has_source.get() {
            let source = shared.take_source();
            shared.hand_on();
            drop(source);
        } else {
            shared.hand_on();
        }
        shared.span.set(Span::none());
    }

    /// Puts a value in its place without finishing the future; for `FutureVar`.
    pub(crate) fn put_value(&self, value: T) {
        drop(self.shared.value.replace(Some(value)));
    }

    /// Shows the value in its place, in whatever state the future is; `None` if it is out.
    pub(crate) fn with_value<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.shared.with_value(f)
    }

    /// Finishes with the value that is there; `false` if finished already.
    pub(crate) fn finish_in_place(&self) -> bool {
        let pending = !self.finished();
        if pending {
            self.finish(Phase::Done);
        }
        pending
    }

    /// Takes what a future that has failed still holds.
    pub(crate) fn take_left(&self) -> Option<T> {
        if self.failed() { self.shared.value.take() } else { None }
    }

    /// Makes the future pending again; value and waiters stay.
    pub(crate) fn reopen(&self) {
        self.shared.phase.set(Phase::Pending);
        drop(self.shared.error.take());
    }
}

impl<T> Shared<T> {
    /// Hands the waiters on: queue entries first, in order, foreign wakers (user code) when all of them are queued.
    fn hand_on(self: &Rc<Shared<T>>) {
        if self.waiters.borrow().is_empty() {
            return;
        }
        let mut wakers = Vec::new();
        while let Some(who) = self.next_waiter() {
            match who {
                Who::Callback(core, callback) | Who::Link(core, callback) => {
                    core.soon.push(&core, callback.call(Rc::clone(self)));
                }
                Who::Task(task) => task.schedule(),
                Who::Waker(waker) => wakers.push(waker),
            }
        }
        if !wakers.is_empty() {
            wake_all(wakers);
        }
    }

    fn next_waiter(&self) -> Option<Who<T>> {
        self.waiters.borrow_mut().pop_front().map(|waiter| waiter.who)
    }
}
