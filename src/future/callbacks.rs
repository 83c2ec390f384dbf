//! Callbacks of a future, and `check`, which is one.

use std::rc::Rc;

use super::waiters::{callback, link};
use super::{NimFuture, Who};
use crate::args::OrRaise;
use crate::current::current_or_panic;
use crate::dispatcher::Core;

impl<T: 'static> NimFuture<T> {
    /// Calls `cb` with this future when it is finished, through the queue.
    ///
    /// It goes to the queue of the dispatcher that is current now, also if the future is finished already: it is never
    /// called in here. Callbacks are called in the order in which they were added. An `Err` that it answers leaves
    /// through `poll`.
    ///
    /// # Panics
    ///
    /// In a tokio runtime that is not ours, if no dispatcher is installed.
    ///
    /// # Nim
    ///
    /// `addCallback`. Without a dispatcher callbacks are called at once there; here they are queued always.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<i32>("example");
    /// f.add_callback(|f| println!("{:?}", f.read()));
    /// f.complete(1);
    /// poll()?; // prints
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addCallback")]
    #[track_caller]
    pub fn add_callback<R: OrRaise<()>>(&self, cb: impl FnOnce(&NimFuture<T>) -> R + 'static) {
        let Some(core) = current_or_panic() else { return };
        let callback = callback(cb);
        if self.finished() {
            core.soon.push(&core, callback.call(Rc::clone(&self.shared)));
        } else {
            self.shared.wait(|| Who::Callback(core, callback));
        }
    }

    /// As `add_callback`, for our own use: called also while the dispatcher is being closed, and not forgotten by
    /// `clear_callbacks`. Gives the number by which it is forgotten.
    pub(crate) fn add_link(&self, core: &Rc<Core>, cb: impl FnOnce(&NimFuture<T>) + 'static) -> usize {
        let link = link(cb);
        if self.finished() {
            core.soon.push(core, link.call(Rc::clone(&self.shared)));
            return 0;
        }
        self.shared.wait(|| Who::Link(Rc::clone(core), link))
    }

    /// Forgets all callbacks, then adds this one; async procs that wait go on waiting.
    ///
    /// # Panics
    ///
    /// As [`add_callback`](NimFuture::add_callback).
    ///
    /// # Nim
    ///
    /// `callback=`, which forgets awaiting procs too: they hang there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// f.add_callback(|_| unreachable!());
    /// f.set_callback(|_| ());
    /// f.complete(());
    /// poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "callback=")]
    #[track_caller]
    pub fn set_callback<R: OrRaise<()>>(&self, cb: impl FnOnce(&NimFuture<T>) -> R + 'static) {
        self.clear_callbacks();
        self.add_callback(cb);
    }

    /// Forgets the callbacks that are not queued yet; async procs that wait go on waiting.
    ///
    /// # Nim
    ///
    /// `clearCallbacks`, which forgets awaiting procs too: they hang there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let f = new_future::<()>("example");
    /// f.add_callback(|_| unreachable!());
    /// f.clear_callbacks();
    /// f.complete(());
    /// assert!(!has_pending_operations());
    /// ```
    #[doc(alias = "clearCallbacks")]
    pub fn clear_callbacks(&self) {
        let (kept, gone): (Vec<_>, Vec<_>) =
            self.shared.waiters.take().partition(|waiter| !matches!(waiter.who, Who::Callback(..)));
        {
            let mut waiters = self.shared.waiters.borrow_mut();
            kept.into_iter().for_each(|waiter| waiters.push_back(waiter));
        }
        drop(gone);
    }

    /// Lets a failure come out of `poll`. See [`async_check`](crate::async_check).
    ///
    /// Success does nothing. The failure leaves in the queue phase of a turn, as the `Err` of the call that turns the
    /// loop, unless [`on_unhandled`](crate::Dispatcher::on_unhandled) has set a hook. Other callbacks stay.
    ///
    /// # Panics
    ///
    /// In a tokio runtime that is not ours, if no dispatcher is installed.
    ///
    /// # Nim
    ///
    /// `asyncCheck`. It replaces the callbacks there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// async_proc(async { Err::<i32, _>("boom".into()) }).check();
    /// assert_eq!(poll().unwrap_err().to_string(), "boom");
    /// ```
    #[doc(alias = "asyncCheck")]
    #[track_caller]
    pub fn check(self) {
        let Some(core) = current_or_panic() else { return };
        self.add_callback(move |future| future.end().or_else(|error| core.unhandled(error)));
    }
}
