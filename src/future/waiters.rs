//! Those who wait for a future: callbacks, async procs of this crate, foreign wakers.

use std::borrow::Borrow;
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::{NimFuture, Shared, Waiter, Who};
use crate::args::OrRaise;
use crate::call_soon::{Entry, Moment};
use crate::current::task_of;
use crate::error::Result;
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
    pub(super) fn wait(&self, who: Who<T>) -> u32 {
        let id = self.last_waiter.get().wrapping_add(1).max(1);
        self.last_waiter.set(id);
        self.waiters.borrow_mut().push_back(Waiter { id, who });
        id
    }

    pub(super) fn stop_waiting(&self, id: u32) -> Option<Waiter<T>> {
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
    pub(super) fn wait_for(&self, waiting: &Cell<u32>, cx: &Context<'_>) {
        let who = match task_of(cx) {
            Some(task) => Who::Task(task),
            None => Who::Waker(cx.waker().clone()),
        };
        let id = waiting.get();
        let renewed = {
            let mut waiters = self.waiters.borrow_mut();
            match waiters.iter_mut().find(|waiter| id != 0 && waiter.id == id) {
                Some(waiter) => Ok(std::mem::replace(&mut waiter.who, who)),
                None => Err(who),
            }
        };
        match renewed {
            Ok(former) => drop(former),
            Err(who) => waiting.set(self.wait(who)),
        }
    }
}

/// Wakes all, then lets the first panic go on: one waker's panic must not cost the others their wake-up.
pub(crate) fn wake_all<W: Borrow<Waker>>(wakers: impl IntoIterator<Item = W>) {
    to_the_end(wakers, |waker| waker.borrow().wake_by_ref());
}
