//! `call_soon` and the queue behind it: everything that Nim's dispatcher runs later goes through here, first in, first
//! out. Futures' callbacks, the resumption of async procs and plain calls share the one queue; this is where Nim's
//! order comes from.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::rc::Rc;

use crate::args::OrRaise;
use crate::current::current_or_panic;
use crate::dispatcher::{Core, Dispatcher};
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::task::Task;

/// A call that is made once.
pub(crate) trait Run {
    fn run(self: Box<Self>) -> Result<()>;
}

impl<F: FnOnce() -> Result<()>> Run for F {
    fn run(self: Box<Self>) -> Result<()> {
        self()
    }
}

/// One entry of the queue.
pub(crate) enum Entry {
    Call(Box<dyn Run>),
    /// One future passes its end on to another; calls nothing of the user's but wakers.
    Link(Box<dyn Run>),
    Resume(Rc<Task>),
    /// Completes a future one queue turn after the operation behind it, as Nim's wrappers do.
    Finish(NimFuture<()>, Result<()>),
    /// An error that leaves through `poll`.
    Raise(Error),
    /// A panic that leaves through `poll`.
    Panic(Box<dyn Any + Send>),
}

impl Entry {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Entry::Call(call) | Entry::Link(call) => call.run(),
            Entry::Resume(task) => task.resume(),
            Entry::Finish(future, result) => {
                future.settle(result);
                Ok(())
            }
            Entry::Raise(error) => Err(error),
            Entry::Panic(payload) => resume_unwind(payload),
        }
    }
}

impl Entry {
    /// Once a dispatcher is closed no callback is called any more, but whoever waits elsewhere still hears of the end.
    pub(crate) fn run_at_teardown(self) {
        if matches!(self, Entry::Link(_) | Entry::Finish(..)) {
            let _infallible = self.run();
        }
    }
}

/// The queue of one dispatcher.
#[derive(Default)]
pub(crate) struct Soon {
    queue: RefCell<VecDeque<Entry>>,
    /// Procs that have used up their lazy operations: queued when the next turn begins.
    next_turn: RefCell<Vec<Rc<Task>>>,
    /// The number of entries run since tokio was last visited.
    pub(crate) run_since_visit: Cell<usize>,
}

impl Soon {
    /// Appends an entry and wakes the loop if it waits.
    pub(crate) fn push(&self, core: &Core, entry: Entry) {
        if core.is_closed() {
            return entry.run_at_teardown();
        }
        self.queue.borrow_mut().push_back(entry);
        core.wake_if_parked();
    }

    pub(crate) fn push_next_turn(&self, core: &Core, task: Rc<Task>) {
        self.next_turn.borrow_mut().push(task);
        core.wake_if_parked();
    }

    pub(crate) fn pop(&self) -> Option<Entry> {
        self.queue.borrow_mut().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.borrow().len() + self.next_turn.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty() && self.next_turn.borrow().is_empty()
    }

    /// A new turn: procs that were put off for it are queued.
    pub(crate) fn begin_turn(&self) {
        if self.next_turn.borrow().is_empty() {
            return;
        }
        let mut tasks = self.next_turn.take();
        for task in tasks.drain(..) {
            task.schedule();
        }
        let mut place = self.next_turn.borrow_mut();
        if place.is_empty() {
            *place = tasks; // its memory is used again
        }
    }

    pub(crate) fn take_all(&self) -> (VecDeque<Entry>, Vec<Rc<Task>>) {
        (self.queue.take(), self.next_turn.take())
    }
}

impl Dispatcher {
    /// Calls `cb` in the queue phase of the next turn of this dispatcher. See [`call_soon`].
    ///
    /// With a closed dispatcher it is dropped uncalled.
    ///
    /// # Nim
    ///
    /// `callSoon`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// d.call_soon(|| ());
    /// d.poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "callSoon")]
    pub fn call_soon<R: OrRaise<()>>(&self, cb: impl FnOnce() -> R + 'static) {
        let call = move || cb().into_result();
        self.core().soon.push(self.core(), Entry::Call(Box::new(call)));
    }
}

/// Calls `cb` once in the queue phase of the next turn, after what is queued already; never inside this call.
///
/// Entries that are added while the queue runs are called in the same turn, up to 10,000 of them; the rest comes in the
/// next, which does not wait. An `Err` that it answers leaves through `poll`.
///
/// # Panics
///
/// In a tokio runtime that is not ours, if no dispatcher is installed.
///
/// # Nim
///
/// `callSoon`. The queue has no limit there.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| println!("second"));
/// println!("first");
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "callSoon")]
#[track_caller]
pub fn call_soon<R: OrRaise<()>>(cb: impl FnOnce() -> R + 'static) {
    if let Some(core) = current_or_panic() {
        let call = move || cb().into_result();
        core.soon.push(&core, Entry::Call(Box::new(call)));
    }
}
