//! What a dispatcher is made of, and its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tokio::time::Instant;

use crate::call_soon::{Moment, Soon};
use crate::current::{check_may_block, enter};
use crate::custom::Customs;
use crate::drives::Drives;
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::mailbox::Mailbox;
use crate::registry::Registry;
use crate::span::unheard;
use crate::sys::Batch;
use crate::task::Tasks;
use crate::timer::Timer;
use crate::timer_queue::TimerQueue;
use crate::to_the_end::{batches, to_the_end};

/// What `on_unhandled` stores.
type Hook = Box<dyn FnMut(Error)>;

/// Who has the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Owning,
    Guest,
}

/// The parts of a dispatcher. Each part guards itself; none is borrowed while user code runs.
pub(crate) struct Core {
    pub(super) kind: Kind,
    closed: Cell<bool>,
    /// The number of turns begun.
    pub(crate) turn: Cell<u64>,
    /// The turn in which tokio was last let run.
    pub(crate) visited: Cell<u64>,
    /// The buffer of the last turn, for the next.
    pub(crate) batch: Cell<Batch>,
    /// Where small receives go first; see `operation.rs`.
    pub(crate) scratch: Cell<Vec<u8>>,
    /// The queue of `call_soon`.
    pub(crate) soon: Soon,
    /// `sleep_async` and `with_timeout`.
    pub(crate) timers: TimerQueue<Timer>,
    /// Registered descriptors.
    pub(crate) fds: Registry,
    /// Timers with callbacks, signals, processes, events.
    pub(crate) customs: Customs,
    /// Async procs that have not ended.
    pub(crate) tasks: Tasks,
    /// The futures that drive a guest.
    pub(crate) drives: Arc<Drives>,
    mailbox: Arc<Mailbox>,
    /// Whether the loop waits, or is about to: what is queued then must wake it.
    parked: Cell<bool>,
    /// Runtime and selector, made when first needed.
    machine: RefCell<Option<Rc<Machine>>>,
    /// `on_unhandled`; taken out while it is called.
    pub(super) unhandled: RefCell<Option<Hook>>,
    /// Whether failures that nobody looked at count as unhandled.
    pub(super) reports_unread: Cell<bool>,
}

impl Core {
    pub(super) fn new(kind: Kind) -> Rc<Core> {
        Rc::new(Core {
            kind,
            closed: Cell::new(false),
            turn: Cell::new(0),
            visited: Cell::new(0),
            batch: Cell::default(),
            scratch: Cell::default(),
            soon: Soon::default(),
            timers: TimerQueue::default(),
            fds: Registry::default(),
            customs: Customs::default(),
            tasks: Tasks::default(),
            drives: Arc::default(),
            mailbox: Arc::default(),
            parked: Cell::new(false),
            machine: RefCell::new(None),
            unhandled: RefCell::new(None),
            reports_unread: Cell::new(false),
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.kind == Kind::Guest
    }

    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Runtime and selector.
    pub(crate) fn machine(&self) -> Result<Rc<Machine>> {
        if let Some(machine) = &*self.machine.borrow() {
            return Ok(Rc::clone(machine));
        }
        if self.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        let machine = Rc::new(match self.kind {
            Kind::Owning => Machine::owning(&self.mailbox)?,
            Kind::Guest => Machine::guest()?,
        });
        *self.machine.borrow_mut() = Some(Rc::clone(&machine));
        Ok(machine)
    }

    /// Runtime and selector, if something has needed them.
    pub(crate) fn machine_if_made(&self) -> Option<Rc<Machine>> {
        self.machine.borrow().clone()
    }

    /// The clock of the dispatcher's own runtime, which may be paused.
    pub(crate) fn now(&self) -> Instant {
        let machine = self.machine_if_made();
        let _entered = machine.as_deref().map(enter);
        Instant::now()
    }

    pub(crate) fn set_parked(&self, parked: bool) {
        self.parked.set(parked);
    }

    /// Something was queued: a loop that waits must go on.
    #[inline]
    pub(crate) fn wake_if_parked(&self) {
        if self.parked.get() {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        self.parked.set(false);
        self.mailbox.wake_sleeper();
    }

    /// Whether the loop is turned, or will be: a guest's must have somebody who drives it.
    #[inline]
    pub(crate) fn is_driven(&self) -> bool {
        !self.is_closed() && (!self.is_guest() || !self.drives.is_empty())
    }

    /// In guest mode something must drive the loop, or a lazy operation would wait for ever.
    pub(crate) fn check_driven(&self) -> Result<()> {
        if self.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        if self.is_guest() && self.drives.is_empty() {
            return Err(Error::not_driven(
                "nothing drives this guest dispatcher: keep `drive()`, `run_until(..)` or `turn()` alive beside it",
            ));
        }
        Ok(())
    }

    pub(crate) fn reports_unread(&self) -> bool {
        self.reports_unread.get()
    }

    /// A failure that nobody took: to the hook if there is one, else out of `poll`.
    pub(crate) fn unhandled(&self, error: Error) -> Result<()> {
        unheard(&error);
        let hook = self.unhandled.borrow_mut().take();
        let Some(hook) = hook else { return Err(error) };
        let mut lent = Lent { core: self, hook: Some(hook) };
        if let Some(hook) = &mut lent.hook {
            hook(error);
        }
        Ok(())
    }

    /// What Nim's `hasPendingOperations` tells, and procs that wait on something foreign.
    pub(crate) fn has_pending(&self) -> bool {
        self.active_descriptors() != 0
            || !self.timers.is_empty()
            || !self.soon.is_empty()
            || self.mailbox.has_work()
            || self.customs.has_ready()
            || self.tasks.any_foreign()
    }

    /// Whether nothing is pending, tasks of an own runtime included.
    pub(crate) fn is_idle(&self) -> bool {
        !self.has_pending() && !self.machine_if_made().is_some_and(|machine| machine.has_tasks())
    }

    pub(crate) fn active_descriptors(&self) -> usize {
        self.fds.counted() + self.customs.counted()
    }
}

/// The hook while it is called: put back after, unless it has set another or closed the dispatcher.
struct Lent<'a> {
    core: &'a Core,
    hook: Option<Hook>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut place = self.core.unhandled.borrow_mut();
        if place.is_none() && !self.core.is_closed() {
            *place = self.hook.take();
        }
    }
}

impl Core {
    /// Ends the dispatcher, once: takes every list out, fails what is pending, drops user values outside of borrows,
    /// then descriptors, then selector and runtime. A turn that is under way keeps the last two until it returns. All of
    /// it is done though a user's value panics.
    pub(crate) fn close(self: &Rc<Core>) {
        if self.closed.replace(true) {
            return;
        }
        let gone = || Error::cancelled("the dispatcher was closed");
        let steps: [&dyn Fn(); 9] = [
            &|| to_the_end(self.mailbox.close(), drop),
            &|| to_the_end(self.timers.take_all(), |timer| timer.close(gone())),
            &|| to_the_end(batches(|| self.fds.keys()), |fd| self.drop_descriptor(fd)),
            &|| self.customs.close(),
            &|| to_the_end(batches(|| self.tasks.list()), |task| task.cancel(gone())),
            &|| self.tasks.forget_spares(),
            &|| self.end_queue(),
            &|| self.drives.wake_all(),
            &|| drop(self.machine.take()),
        ];
        to_the_end(steps, |step| step());
    }

    fn end_queue(&self) {
        let (queue, next_turn) = self.soon.take_all();
        drop(next_turn);
        let hook = self.unhandled.take();
        to_the_end(queue, |entry| drop(entry.run(Moment::Teardown)));
        drop(hook);
    }
}

/// Refuses blocking calls where they cannot work.
pub(crate) fn check_owning(core: &Core) -> Result<()> {
    if core.is_closed() {
        return Err(Error::dispatcher_gone());
    }
    if core.is_guest() {
        return Err(Error::loop_inside(
            "this dispatcher is a guest in its caller's runtime and never blocks: \
             use `turn().await`, `drained(..).await`, `run_until(..).await`, or await the future",
        ));
    }
    check_may_block()
}
