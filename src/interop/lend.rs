//! The selector lent to a foreign loop, and the alarm in it that stands for all that is no descriptor.

use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::dispatcher::Core;
use crate::machine::Machine;
use crate::sys::Alarm;
use crate::turn::Turn;

/// How often a dispatcher wants to be polled of which something waits in tokio's own reactor, which cannot be lent.
const TICK: Duration = Duration::from_millis(10);

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
    pub(crate) fn leave_to(self: &Rc<Core>, machine: &Rc<Machine>, alarm: &Arc<Alarm>) {
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
