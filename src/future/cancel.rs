//! Giving a future up: by `cancel`, or because a cancelled proc was the last that could hear of it.

use std::rc::{Rc, Weak};

use super::{AbortOnDrop, NimFuture, Phase, Shared};
use crate::abandoned;
use crate::error::Error;
use crate::source::Source;

impl<T: 'static> NimFuture<T> {
    /// Gives up: takes the operation behind the future back and fails the future.
    ///
    /// When it returns, the operation is off its descriptor's queue, the timer is gone, and the future has failed:
    /// awaiters and readers get [`Cancelled`](crate::ErrorKind::Cancelled). A receive has taken no byte, an accept no
    /// connection; a send stops where it is, and [`Error::bytes_sent`] tells where that was. Cancelling an async proc
    /// drops its body, and cancels what that was awaiting, unless somebody else holds a handle of it.
    ///
    /// Answers `false`, and does nothing, if the future is finished, or its operation is over and will finish it in
    /// this turn's queue.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let slow = sleep_async(60_000);
    /// assert!(slow.cancel());
    /// assert_eq!(slow.read().unwrap_err().kind(), ErrorKind::Cancelled);
    /// assert!(!has_pending_operations());
    /// assert!(!slow.cancel()); // once is enough
    /// ```
    pub fn cancel(&self) -> bool {
        self.cancel_saying("by `cancel()`")
    }

    pub(crate) fn cancel_saying(&self, by_whom: &'static str) -> bool {
        if self.finished() {
            return false;
        }
        let source = self.shared.take_source();
        if source.as_ref().is_some_and(Source::is_over) {
            self.shared.put_source(source);
            return false;
        }
        let error = source.map_or_else(|| Error::cancelled(by_whom), |source| source.cancel(by_whom));
        self.try_fail(error).is_ok() || self.failed()
    }

    /// What undoes a link to this future, and cancels what stands behind it if nobody else can hear of its end.
    pub(crate) fn unlinking(&self, link: usize) -> impl FnOnce() + use<T> {
        let future = Rc::downgrade(&self.shared);
        move || {
            if let Some(future) = future.upgrade() {
                future.give_up(link);
            }
        }
    }

    pub(crate) fn linked(&self) -> Weak<dyn Linked> {
        let this: Weak<Shared<T>> = Rc::downgrade(&self.shared);
        this
    }

    pub(crate) fn take_source(&self) -> Option<Source> {
        self.shared.take_source()
    }

    /// Puts a watch on the future, which goes when the future is finished or gone.
    pub(super) fn watch(&self, watch: AbortOnDrop<()>) {
        let former = self.shared.take_source().map(Box::new);
        self.set_source(Source::Watched(former, watch));
    }

    /// The operation is over, and its end is in the queue: `cancel` comes too late.
    pub(crate) fn set_over(&self) {
        drop(self.shared.put_source(Some(Source::Over)));
    }
}

/// A future, whatever its type, that another one has linked itself to.
pub(crate) trait Linked {
    fn forget_link(&self, link: usize);
    /// Forgets the link, and cancels what stands behind the future if nobody else can hear of its end.
    fn give_up(self: Rc<Self>, link: usize);
}

impl<T: 'static> Linked for Shared<T> {
    fn forget_link(&self, link: usize) {
        drop(self.stop_waiting(link));
    }

    fn give_up(self: Rc<Self>, link: usize) {
        self.forget_link(link);
        if let Some(source) = NimFuture::handle_of(self).source_if_unheard() {
            abandoned::cancelling(|| abandoned::leave(source));
        }
    }
}

impl<T> NimFuture<T> {
    /// The handle of a pending future is dropped: if a cancelled proc was waiting for it, the last one cancels it.
    pub(super) fn let_go(&self, awaited: bool) {
        if !abandoned::is_cancelling() {
            return;
        }
        if awaited {
            self.shared.abandoned.set(true);
        }
        if self.shared.abandoned.get() {
            if let Some(source) = self.source_if_unheard() {
                abandoned::leave(source);
            }
        }
    }

    /// What stands behind the future, if nobody but this handle can hear of its end.
    fn source_if_unheard(&self) -> Option<Source> {
        let shared: &Rc<Shared<T>> = &self.shared;
        let (source, this) = (1, 1);
        let unheard = shared.phase.get() == Phase::Pending
            && shared.waiters.borrow().is_empty()
            && Rc::strong_count(shared) == source + this;
        if unheard { shared.take_source() } else { None }
    }
}
