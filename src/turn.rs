//! One turn of the loop, in Nim's phases:
//!
//! ```text
//!   begin   1  futures whose time has come are completed
//!   wait    2  for a descriptor, a deadline, the limit; not at all if something is ready
//!              what other threads and tokio's tasks have left is queued
//!   finish  3  descriptors are served, at most 64, in the kernel's order;
//!              then sends that need not ask the kernel, at most 64;
//!              then timers with callbacks, signals, processes, events
//!           4  futures whose time has come meanwhile are completed
//!           5  the `call_soon` queue is run until it is empty, entries added meanwhile included
//! ```
//!
//! Phases 3 to 5 run user code, which may do anything, a nested turn included. It runs outside of `block_on`, under the
//! runtime's `enter` guard; phase 2 is the only one that waits, and in owning mode the only one inside `block_on`.
//! An error or panic of user code ends the turn at once; what was not served is still there in the next one.
//!
//! Phase 5 stops after [`QUEUE_LIMIT`] entries; the rest stays queued, and the next turn does not wait. Nim goes on for
//! ever there (nim#7193): a callback that queues itself again would keep descriptors and timers from being served.

use std::mem;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use crate::call_soon::{Entry, Moment};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::machine::{Machine, poll_unconstrained};
use crate::mailbox::Mail;
use crate::span::Span;
use crate::sys::{BATCH, Batch, Event};

/// How many entries of the queue one turn runs at most.
pub(crate) const QUEUE_LIMIT: usize = 10_000;

/// While work is ready tokio is left alone for at most so many turns…
const TURNS_WITHOUT_TOKIO: u64 = 32;

/// …or so many entries of the queue.
const ENTRIES_WITHOUT_TOKIO: usize = 256;

/// A turn that has begun.
pub(crate) struct Turn {
    core: Rc<Core>,
    machine: Rc<Machine>,
    batch: Batch,
    plan: Plan,
    span: Span,
}

/// What phase 2 has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing: work is ready, and tokio was visited not long ago.
    GoOn,
    /// Let tokio run once, without waiting.
    Visit,
    /// Wait until something happens, or until the moment named.
    Wait(Option<Instant>),
}

impl Turn {
    /// Phase 1, and the first look at the selector.
    pub(crate) fn begin(core: &Rc<Core>, machine: &Rc<Machine>, limit: Option<Duration>) -> Result<Turn> {
        core.turn.set(core.turn.get() + 1);
        core.soon.begin_turn();
        let fell_due = core.run_due_timers();
        let (core, machine) = (Rc::clone(core), Rc::clone(machine));
        let (batch, span) = (core.batch.take(), Span::turn(core.turn.get()));
        let mut turn = Turn { core, machine, batch, plan: Plan::GoOn, span };
        let found = turn.look()?;
        turn.plan = turn.core.plan(fell_due, found, limit);
        Ok(turn)
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan
    }

    /// Phase 2 where it waits: inside tokio, woken by whatever may make the turn go on.
    pub(crate) fn poll_wait(&mut self, cx: &mut Context<'_>, until: Option<Instant>) -> Poll<Result<()>> {
        let polled = poll_unconstrained(cx, |cx| {
            self.core.mailbox().sleep(cx.waker());
            self.core.set_parked(true);
            if self.core.has_work() || !self.core.may_wait() {
                return Poll::Ready(Ok(()));
            }
            while let Poll::Ready(looked) = self.machine.watched().poll_look(cx, &mut self.batch) {
                if looked.is_err() || self.is_wanted(until) {
                    return Poll::Ready(looked.map_err(Error::from_io_plain));
                }
            }
            self.machine.poll_deadline(cx, self.core.wake_at(until)).map(Ok)
        });
        if polled.is_ready() {
            self.core.set_parked(false);
            self.core.mailbox().awake();
        }
        polled
    }

    /// Phase 2 when it has let tokio run.
    pub(crate) fn look_again(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            self.look()?;
        }
        Ok(())
    }

    /// Phases 3 to 5.
    pub(crate) fn finish(mut self) -> Result<()> {
        let span = self.span.clone();
        let _in_span = span.enter();
        self.core.collect_mail();
        self.core.customs.settle_order();
        self.core.note_due_timers();
        self.serve_descriptors()?; // 3
        self.core.serve_customs()?;
        self.core.run_due_timers(); // 4
        self.core.run_queue() // 5
    }

    /// Looks at the selector without waiting. Returns whether anything is ready that somebody waits for.
    ///
    /// Descriptors on which nobody waits are left alone while there is other work: that mostly asks for them again.
    fn look(&mut self) -> Result<bool> {
        loop {
            let found = self.machine.watched().look(&mut self.batch).map_err(Error::from_io_plain)?;
            if !found || self.is_awaited(None) {
                return Ok(found);
            }
            if self.core.has_work() && self.batch.iter().all(|event| self.core.has_nobody(event)) {
                self.batch.clear();
                return Ok(false);
            }
            if !self.ignore() {
                return Ok(true);
            }
        }
    }

    /// Whether the batch is of any use. If not, nobody waits for it and the kernel will not tell of it again, so that
    /// it does not end a wait which Nim's loop would have gone on with.
    fn is_wanted(&mut self, until: Option<Instant>) -> bool {
        self.is_awaited(until) || !self.ignore()
    }

    /// Whether somebody waits for anything in the batch. An alarm may have been set for a deadline that is no more.
    fn is_awaited(&self, until: Option<Instant>) -> bool {
        let core = &self.core;
        let is_awaited = |event: Event| if event.is_alarm() { core.is_due(until) } else { core.is_wanted(event) };
        self.batch.iter().any(is_awaited)
    }

    /// Asks the kernel not to tell of the batch's events again. Returns whether it had been asked for any.
    fn ignore(&mut self) -> bool {
        let selector = self.machine.watched().selector();
        let mut ignored = false;
        while let Some(event) = self.batch.next() {
            ignored |= if event.is_alarm() { self.machine.silence_timer() } else { self.core.ignore(event, selector) };
        }
        ignored
    }

    fn serve_descriptors(&mut self) -> Result<()> {
        let round = self.core.fds.next_round();
        let selector = self.machine.watched().selector();
        while let Some(event) = self.batch.next() {
            if event.is_alarm() {
                let _rang = self.machine.silence_timer();
            }
            self.core.serve(event, round, selector)?;
        }
        for _ in 0..BATCH {
            let Some(event) = self.core.fds.next_unasked(round) else { break };
            self.core.serve(event, round, selector)?;
        }
        Ok(())
    }
}

impl Drop for Turn {
    /// What the batch still holds comes again: the selector is level-triggered.
    fn drop(&mut self) {
        let mut batch = mem::take(&mut self.batch);
        batch.clear();
        self.core.batch.set(batch);
    }
}

impl Core {
    /// Whether there is something to do without waiting, descriptors that the kernel names apart.
    pub(crate) fn has_work(&self) -> bool {
        self.is_closed()
            || !self.soon.is_empty()
            || !self.mailbox().is_empty()
            || self.customs.has_ready()
            || self.fds.has_unasked()
    }

    /// Whether anything can still happen. If only tasks of the runtime can bring it, their end has to wake us too.
    fn may_wait(&self) -> bool {
        if self.is_guest() || self.has_pending() {
            return true;
        }
        self.mailbox().watch_tasks();
        !self.is_idle()
    }

    fn plan(&self, fell_due: bool, found: bool, limit: Option<Duration>) -> Plan {
        let until = if fell_due || found || self.has_work() {
            None
        } else {
            let now = self.now();
            let until = limit.map(|limit| now + limit);
            if self.wake_at(until).is_none_or(|at| at > now) {
                self.soon.run_since_visit.set(0);
                self.visited.set(self.turn.get());
                return Plan::Wait(until);
            }
            until
        };
        // Nothing was found, but the time is up: whoever polls with 0 wants tokio to be asked too.
        let asked = !found && (until.is_some() || self.customs.has_signals());
        let overdue = self.turn.get() - self.visited.get() >= TURNS_WITHOUT_TOKIO
            || self.soon.run_since_visit.get() >= ENTRIES_WITHOUT_TOKIO;
        if !asked && !overdue {
            return Plan::GoOn;
        }
        self.soon.run_since_visit.set(0);
        self.visited.set(self.turn.get());
        Plan::Visit
    }

    fn is_due(&self, until: Option<Instant>) -> bool {
        self.wake_at(until).is_some_and(|at| at <= self.now())
    }

    /// The nearest of `until` and all deadlines.
    pub(crate) fn wake_at(&self, until: Option<Instant>) -> Option<Instant> {
        [until, self.timers.next_deadline(), self.customs.next_deadline()].into_iter().flatten().min()
    }

    /// Queues what others have left.
    fn collect_mail(&self) {
        let mut signals = Vec::new();
        for mail in self.mailbox().take() {
            match mail {
                Mail::Signal(key) => signals.push(key),
                Mail::Task(id) => self.tasks.schedule(id),
                Mail::Custom(key) => self.customs.note_ready(key),
                Mail::Closed(key) => drop(self.customs.unregister(self, key)),
                Mail::Call(call) => self.soon.push(
                    self,
                    Entry::call(move || {
                        call();
                        Ok(())
                    }),
                ),
            }
        }
        // tokio wakes the watchers of a signal in no order of their making.
        signals.sort_by_key(|key| key.generation());
        signals.into_iter().for_each(|key| self.customs.note_ready(key));
    }

    fn note_due_timers(&self) {
        if self.customs.next_deadline().is_some() {
            self.customs.note_due(self.now());
        }
    }

    fn run_queue(&self) -> Result<()> {
        for _ in 0..QUEUE_LIMIT {
            let Some(entry) = self.soon.pop() else { break };
            self.soon.run_since_visit.set(self.soon.run_since_visit.get() + 1);
            entry.run(Moment::Turn)?;
        }
        Ok(())
    }
}
