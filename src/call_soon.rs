//! `call_soon` and the queue behind it: everything that Nim's dispatcher runs later goes through here, first in, first
//! out. Futures' callbacks, the resumption of async procs and plain calls share the one queue; this is where Nim's
//! order comes from.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::resume_unwind;
use std::rc::Rc;

use crate::args::OrRaise;
use crate::current::current_or_panic;
use crate::dispatcher::{Core, Dispatcher};
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::sys::Once;
use crate::task::Task;

/// When an entry leaves the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Turn,
    /// Once a dispatcher is closed no callback is called any more, but whoever waits elsewhere still hears of the end.
    Teardown,
}

/// One entry of the queue.
pub(crate) struct Entry(Once<Moment, Result<()>>);

impl Entry {
    #[inline(always)]
    pub(crate) fn new(run: impl FnOnce(Moment) -> Result<()> + 'static) -> Entry {
        Entry(Once::new(run))
    }

    /// A call of the user's.
    #[inline(always)]
    pub(crate) fn call(call: impl FnOnce() -> Result<()> + 'static) -> Entry {
        Entry::new(move |moment| if moment == Moment::Turn { call() } else { Ok(()) })
    }

    pub(crate) fn resume(task: Rc<Task>) -> Entry {
        Entry::call(move || task.resume())
    }

    /// Completes a future one queue turn after the operation behind it, as Nim's wrappers do.
    pub(crate) fn finish<T: 'static>(future: NimFuture<T>, result: Result<T>) -> Entry {
        Entry::new(move |_| {
            future.settle(result);
            Ok(())
        })
    }

    #[inline(always)]
    pub(crate) fn run(self, moment: Moment) -> Result<()> {
        self.0.call(moment)
    }
}

/// What leaves through `poll`.
pub(crate) enum Raised {
    Error(Error),
    Panic(Box<dyn Any + Send>),
}

impl Raised {
    pub(crate) fn leave(self) -> Result<()> {
        match self {
            Raised::Error(error) => Err(error),
            Raised::Panic(payload) => resume_unwind(payload),
        }
    }
}

/// The queue of one dispatcher.
#[derive(Default)]
pub(crate) struct Soon {
    /// An entry that need not be dropped if its push panics need not be in memory before: that its words stay in
    /// registers is a third of the cost.
    queue: RefCell<VecDeque<ManuallyDrop<Entry>>>,
    /// Procs that have used up their lazy operations: queued when the next turn begins.
    next_turn: RefCell<Vec<Rc<Task>>>,
    /// The number of entries run since tokio was last visited.
    pub(crate) run_since_visit: Cell<usize>,
}

impl Soon {
    /// Appends an entry and wakes the loop if it waits.
    #[inline(always)]
    pub(crate) fn push(&self, core: &Core, entry: Entry) {
        if core.is_closed() {
            return drop(entry.run(Moment::Teardown));
        }
        let entry = ManuallyDrop::new(entry);
        self.queue.borrow_mut().push_back(entry);
        core.wake_if_parked();
    }

    pub(crate) fn push_next_turn(&self, core: &Core, task: Rc<Task>) {
        self.next_turn.borrow_mut().push(task);
        core.wake_if_parked();
    }

    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<Entry> {
        self.queue.borrow_mut().pop_front().map(ManuallyDrop::into_inner)
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

    pub(crate) fn take_all(&self) -> (Vec<Entry>, Vec<Rc<Task>>) {
        (self.queue.take().into_iter().map(ManuallyDrop::into_inner).collect(), self.next_turn.take())
    }
}

impl Drop for Soon {
    fn drop(&mut self) {
        drop(self.take_all());
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
        self.core().soon.push(self.core(), Entry::call(move || cb().into_result()));
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
        core.soon.push(&core, Entry::call(move || cb().into_result()));
    }
}
