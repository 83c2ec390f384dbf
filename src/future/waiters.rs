//! Those who wait for a future: callbacks, async procs of this crate, foreign wakers.

use std::borrow::Borrow;
use std::cell::Cell;
use std::task::{Context, Waker};

use super::{NimFuture, Shared, Waiter, Who};
use crate::args::OrRaise;
use crate::call_soon::Run;
use crate::current::task_of;
use crate::error::Result;
use crate::to_the_end::to_the_end;

/// A callback of a future: one allocation from `add_callback` to the call.
pub(super) trait Callback<T> {
    fn bind(self: Box<Self>, future: NimFuture<T>) -> Box<dyn Run>;
}

pub(super) struct Bound<F, T> {
    call: F,
    future: Option<NimFuture<T>>,
}

impl<F, T> Bound<F, T> {
    pub(super) fn boxed(call: F) -> Box<Self> {
        Box::new(Bound { call, future: None })
    }
}

impl<T: 'static, R: OrRaise<()>, F: FnOnce(&NimFuture<T>) -> R + 'static> Callback<T> for Bound<F, T> {
    fn bind(mut self: Box<Self>, future: NimFuture<T>) -> Box<dyn Run> {
        self.future = Some(future);
        self
    }
}

impl<T: 'static, R: OrRaise<()>, F: FnOnce(&NimFuture<T>) -> R + 'static> Run for Bound<F, T> {
    fn run(self: Box<Self>) -> Result<()> {
        let Bound { call, future } = *self;
        match future {
            Some(future) => call(&future).into_result(),
            None => Ok(()),
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn wait(&self, who: Who<T>) -> u32 {
        let id = self.last_waiter.get().wrapping_add(1).max(1);
        self.last_waiter.set(id);
        self.waiters.borrow_mut().push_back(Waiter { id, who });
        id
    }

    pub(crate) fn forget_link(&self, id: u32) {
        drop(self.stop_waiting(id));
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
