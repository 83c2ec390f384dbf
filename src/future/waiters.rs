//! Those who wait for a future: callbacks, async procs of this crate, foreign wakers.

use std::borrow::Borrow;
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::{GIVEN, NimFuture, Shared, Waiter, Who};
use crate::args::OrRaise;
use crate::call_soon::{Entry, Moment};
use crate::current::task_of;
use crate::error::Result;
use crate::source::Source;
use crate::sys::Once;
use crate::to_the_end::to_the_end;

/// A callback of a future: given that, it is an entry of the queue.
pub(super) type Callback<T> = Once<Rc<Shared<T>>, Entry>;

/// What calls `cb` with the future, from the queue.
pub(super) fn callback<T: 'static, R: OrRaise<()>>(cb: impl FnOnce(&NimFuture<T>) -> R + 'static) -> Callback<T> {
    bound(move |future, moment| if moment == Moment::Turn { cb(future).into_result() } else { Ok(()) })
}

/// As [`callback`], for our own use: called also while the dispatcher is being closed.
pub(super) fn link<T: 'static>(cb: impl FnOnce(&NimFuture<T>) + 'static) -> Callback<T> {
    bound(move |future, _| {
        cb(future);
        Ok(())
    })
}

/// One that would not fit into an entry together with the future goes into a box now, and stays there.
fn bound<T: 'static>(call: impl FnOnce(&NimFuture<T>, Moment) -> Result<()> + 'static) -> Callback<T> {
    if size_of_val(&call) <= size_of::<[usize; 2]>() {
        return entry_of(call);
    }
    let call = Box::new(call);
    entry_of(|future, moment| call(future, moment))
}

fn entry_of<T: 'static>(call: impl FnOnce(&NimFuture<T>, Moment) -> Result<()> + 'static) -> Callback<T> {
    Once::new(|future| Entry::new(move |moment| call(&NimFuture::handle_of(future), moment)))
}

impl<T> Shared<T> {
    #[inline(always)]
    pub(super) fn wait(&self, who: impl FnOnce() -> Who<T>) -> usize {
        let id = self.last_waiter.get() % (GIVEN - 1) + 1; // neither 0 nor `GIVEN`
        self.last_waiter.set(id);
        self.waiters.borrow_mut().push_back_with(|| Waiter { id, who: who() });
        id
    }

    /// Gives the former one.
    pub(super) fn put_source(&self, source: Option<Source>) -> Option<Source> {
        self.has_source.set(source.is_some());
        self.source.replace(source)
    }

    #[inline(always)]
    pub(super) fn take_source(&self) -> Option<Source> {
        if self.has_source.replace(false) { self.source.take() } else { None }
    }

    pub(super) fn stop_waiting(&self, id: usize) -> Option<Waiter<T>> {
        self.waiters.borrow_mut().remove(|waiter| waiter.id == id)
    }

    /// Shows the value to `f` while it is out of the cell, and puts it back also if `f` panics.
    pub(super) fn with_value<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        struct PutBack<'a, T>(&'a Cell<Option<T>>, Option<T>);
        impl<T> Drop for PutBack<'_, T> {
            fn drop(&mut self) {
                self.0.set(self.1.take());
            }
        }
        let mut lent = PutBack(&self.value, self.value.take());
        lent.1.as_mut().map(f)
    }
}

impl<T: 'static> Shared<T> {
    /// Puts the caller among the waiters, or renews the entry that it has left there before.
    #[inline]
    pub(super) fn wait_for(&self, polled: &Cell<usize>, cx: &Context<'_>) {
        if polled.get() != 0 && self.renew(polled.get(), cx) {
            return;
        }
        let id = match task_of(cx) {
            Some(task) => self.wait(|| Who::Task(task)),
            None => {
                let waker = cx.waker().clone();
                self.wait(|| Who::Waker(waker))
            }
        };
        polled.set(id);
    }

    /// Returns whether there was an entry.
    fn renew(&self, id: usize, cx: &Context<'_>) -> bool {
        let who = match task_of(cx) {
            Some(task) => Who::Task(task),
            None => Who::Waker(cx.waker().clone()),
        };
        let mut waiters = self.waiters.borrow_mut();
        let Some(waiter) = waiters.iter_mut().find(|waiter| waiter.id == id) else { return false };
        let former = std::mem::replace(&mut waiter.who, who);
        drop(waiters);
        drop(former);
        true
    }
}

/// Wakes all, then lets the first panic go on: one waker's panic must not cost the others their wake-up.
pub(crate) fn wake_all<W: Borrow<Waker>>(wakers: impl IntoIterator<Item = W>) {
    to_the_end(wakers, |waker| waker.borrow().wake_by_ref());
}
