//! Who waits on one side of a descriptor, in the order of their coming.

use std::rc::Rc;
use std::task::Waker;

use crate::error::Result;
use crate::fd::AsyncFD;
use crate::fifo::Fifo;
use crate::operation::Operation;
use crate::task::Task;

/// One entry of a list.
pub(crate) enum Waiting {
    /// `add_read`, `add_write`.
    Callback(Box<dyn FnMut(AsyncFD) -> Result<bool>>),
    /// An eager operation, by its number.
    Eager(u64, Operation),
    /// A lazy operation that was polled and would have blocked.
    Lazy(LazyWaiter),
}

impl Waiting {
    /// What `withdraw` knows the entry by.
    pub(crate) fn id(&self) -> Option<u64> {
        match self {
            Waiting::Callback(_) => None,
            Waiting::Eager(id, _) => Some(*id),
            Waiting::Lazy(lazy) => Some(lazy.id),
        }
    }

    /// An eager send, which finds out by itself whether the descriptor is writable.
    pub(crate) fn is_send(&self) -> bool {
        matches!(self, Waiting::Eager(_, operation) if operation.is_send())
    }

    /// A lazy operation that was woken and not polled yet is not waiting for the kernel.
    pub(crate) fn is_watched_for(&self) -> bool {
        !matches!(self, Waiting::Lazy(LazyWaiter { woken: Some(_), .. }))
    }
}

/// A lazy operation in a list.
pub(crate) struct LazyWaiter {
    pub(crate) id: u64,
    /// Taken by the wake-up.
    pub(crate) who: Option<Who>,
    /// The turn in which it was woken, if it has not been polled since.
    pub(crate) woken: Option<u64>,
}

impl LazyWaiter {
    /// Was tried or polled, and waits for the next event; gives back whom the last one would have woken.
    pub(crate) fn wait_again(&mut self, who: Who) -> Option<Who> {
        self.woken = None;
        self.who.replace(who)
    }

    /// Runs user code if it is a foreign waker.
    pub(crate) fn wake(self) {
        if let Some(who) = self.who {
            who.wake();
        }
    }
}

/// Whom to wake.
pub(crate) enum Who {
    Task(Rc<Task>),
    Waker(Waker),
}

impl Who {
    /// Runs user code if it is a foreign waker.
    pub(crate) fn wake(self) {
        match self {
            Who::Task(task) => task.schedule(),
            Who::Waker(waker) => waker.wake(),
        }
    }

    /// Whether both mean the same task, as far as can be told.
    pub(crate) fn is(&self, other: &Who) -> bool {
        match (self, other) {
            (Who::Task(a), Who::Task(b)) => Rc::ptr_eq(a, b),
            (Who::Waker(a), Who::Waker(b)) => a.will_wake(b),
            _ => false,
        }
    }
}

/// One side of a descriptor.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) list: Fifo<Waiting>,
    /// What was last seen: a lazy operation may try at once.
    pub(crate) believed: bool,
    /// Whether eager sends need not ask the kernel; see `registry/trusted.rs`.
    pub(crate) trusted: bool,
    /// Whether one waits that has not.
    pub(crate) unasked: bool,
    /// How many turns have this list out to serve it; newcomers wait behind what is out.
    pub(crate) out: u32,
    /// Whether Nim's selector would ask for this side. Nim asks when an entry is added, for the other side too if that
    /// has one, and at the end of the descriptor's turn: a side whose last entry has raised is still asked for.
    pub(crate) asked: bool,
    /// The round of serving that was the latest when it was asked for.
    pub(crate) since: u64,
}

impl Line {
    pub(crate) fn asked_before(&self, round: u64) -> bool {
        self.asked && self.since < round
    }

    pub(crate) fn ask(&mut self, round: u64) {
        if !self.asked {
            self.asked = true;
            self.since = round;
        }
    }

    /// Whether somebody waits whom Nim's selector would not ask for, and the kernel may have been told to be silent.
    pub(crate) fn is_forgotten(&self) -> bool {
        !self.asked && !self.list.is_empty()
    }

    /// Whether a lazy operation may try: one that waits once it was woken, a new one if nothing is before it.
    pub(crate) fn may_try(&mut self, waiting: Option<u64>) -> bool {
        match waiting {
            None => self.list.is_empty() && self.out == 0 && self.believed,
            Some(id) => self.was_woken(id),
        }
    }

    /// Whether a lazy operation was woken and not polled since: it holds nobody's waker then.
    pub(crate) fn was_woken(&mut self, id: u64) -> bool {
        self.find(id).is_some_and(|lazy| lazy.woken.is_some())
    }

    pub(crate) fn find(&mut self, id: u64) -> Option<&mut LazyWaiter> {
        self.list.iter_mut().find_map(|waiting| match waiting {
            Waiting::Lazy(lazy) if lazy.id == id => Some(lazy),
            _ => None,
        })
    }

    /// Marks the first entry as woken in `turn`, if it is a lazy operation that was not, and tells whom to wake.
    pub(crate) fn wake_first(&mut self, turn: u64) -> Option<Who> {
        match self.list.first_mut()? {
            Waiting::Lazy(lazy @ LazyWaiter { woken: None, .. }) => {
                lazy.woken = Some(turn);
                lazy.who.take()
            }
            _ => None,
        }
    }
}
