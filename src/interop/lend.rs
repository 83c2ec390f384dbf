//! The selector lent to a foreign loop, and the alarm in it that stands for all that is no descriptor.

use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::dispatcher::{Core, Dispatcher};
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::sys::Alarm;
use crate::turn::Turn;

/// How often a dispatcher wants to be polled of which something waits in tokio's own reactor, which cannot be lent.
const TICK: Duration = Duration::from_millis(10);

impl Dispatcher {
    /// Lends the selector to a foreign event loop: a descriptor that is readable when there is something to do.
    ///
    /// The foreign loop watches it, level-triggered, and calls [`poll_with`](Dispatcher::poll_with)`(0)` whenever it is
    /// readable. That may answer [`NothingPending`](crate::ErrorKind::NothingPending), which is no failure then. Not
    /// only descriptors make it readable: also timers that are due, the queue, and what other threads leave, so the
    /// loop needs no time limit for this dispatcher. Two things are seen every 10 ms only, while there are any, because
    /// tokio's own reactor cannot be lent: signals, and what tokio's tasks and types wait for.
    ///
    /// What comes back is a duplicate for the loop to keep and to close. It can be watched by epoll, `poll`, libuv,
    /// tokio's `AsyncFd` (as a type of your own), or another dispatcher by [`register`](crate::register).
    ///
    /// # Errors
    ///
    /// [`LoopInside`](crate::ErrorKind::LoopInside) for a guest: await its [`drive`](Dispatcher::drive) instead.
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if it is closed, or the system's error.
    ///
    /// # Nim
    ///
    /// `getIoHandler().getFd()`, which knows nothing of `sleepAsync` and `callSoon`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use rustix::event::{PollFd, PollFlags, poll};
    ///
    /// let d = Dispatcher::new();
    /// let selector = d.get_fd()?;
    /// d.call_soon(|| println!("called by a foreign loop"));
    /// while d.has_pending_operations() {
    ///     poll(&mut [PollFd::new(&selector, PollFlags::IN)], None).map_err(std::io::Error::from)?;
    ///     d.poll_with(0)?;
    /// }
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "getFd")]
    #[doc(alias = "getIoHandler")]
    pub fn get_fd(&self) -> Result<OwnedFd> {
        let core = self.core();
        if core.is_guest() {
            return Err(Error::loop_inside("a guest is turned by its caller's runtime: await its `drive()` there"));
        }
        let machine = core.machine()?;
        let lent = machine.watched().as_fd().try_clone_to_owned().map_err(Error::from_io_plain)?;
        let alarm = machine.lend()?;
        core.leave_to(&machine, alarm);
        Ok(lent)
    }
}

/// While a dispatcher is turned its alarm is off; afterwards the foreign loop waits for it again.
pub(crate) struct Recalled<'a> {
    core: &'a Rc<Core>,
    machine: &'a Rc<Machine>,
    alarm: &'a Arc<Alarm>,
}

impl<'a> Recalled<'a> {
    /// `None` if the selector is not lent.
    pub(crate) fn new(core: &'a Rc<Core>, machine: &'a Rc<Machine>) -> Option<Recalled<'a>> {
        let alarm = machine.alarm()?;
        core.set_parked(false);
        core.mailbox().awake();
        alarm.set(None);
        Some(Recalled { core, machine, alarm })
    }
}

impl Drop for Recalled<'_> {
    fn drop(&mut self) {
        if !self.core.is_closed() {
            self.core.leave_to(self.machine, self.alarm);
        }
    }
}

impl Core {
    /// The foreign loop waits now: the alarm rings for everything that is no descriptor.
    fn leave_to(self: &Rc<Core>, machine: &Rc<Machine>, alarm: &Arc<Alarm>) {
        if self.is_idle() {
            // An event that nobody waits for would keep the selector readable: with nothing pending no poll looks.
            drop(Turn::begin(self, machine, Some(Duration::ZERO)));
        }
        let now = self.now();
        let deadline = self.wake_at(None).map(|at| at.saturating_duration_since(now));
        let tick = self.waits_in_tokio(machine).then_some(TICK);
        alarm.set([deadline, tick].into_iter().flatten().min());
        self.mailbox().sleep(&Waker::from(Arc::clone(alarm)));
        self.set_parked(true);
        if self.has_work() {
            alarm.ring();
        }
    }

    fn waits_in_tokio(&self, machine: &Machine) -> bool {
        machine.has_tasks() || self.customs.has_signals() || self.tasks.any_foreign()
    }
}
