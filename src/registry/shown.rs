//! Who waits on the registered descriptors, for people to read.

use super::Registry;
use crate::fd::AsyncFD;
use crate::line::{LazyWaiter, Line, Waiting, Who};
use crate::pending::Waiter;

impl Registry {
    /// Registered descriptors and who waits on each side, readers first.
    pub(crate) fn shown(&self) -> Vec<(AsyncFD, [Vec<Waiter>; 2])> {
        let waiters = |line: &Line| line.list.iter().map(Waiting::shown).collect();
        let slots = self.slots.borrow();
        slots.iter().flatten().map(|slot| (slot.key(), [waiters(&slot.read), waiters(&slot.write)])).collect()
    }
}

impl Waiting {
    fn shown(&self) -> Waiter {
        match self {
            Waiting::Callback(_) => Waiter::Callback,
            Waiting::Eager(_, operation) => Waiter::Eager(operation.origin()),
            Waiting::Lazy(LazyWaiter { who: Some(Who::Task(task)), .. }) => Waiter::Lazy(task.origin()),
            Waiting::Lazy(_) => Waiter::Lazy(None),
        }
    }
}
