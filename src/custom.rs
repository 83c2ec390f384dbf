//! Timers with callbacks, signals, processes and events: one callback each, no descriptor, a virtual key.
//!
//! They are served after a turn's descriptors, in the order in which they became ready, timers that are due first.
//! What is ready is settled before the first callback of the turn runs, as in Nim: an event triggered by one of them is
//! served in the next turn. An entry that is unregistered before its turn comes is skipped.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;
use tokio::time::Instant;

use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::event::EventState;
use crate::fd::AsyncFD;
use crate::process::Watch;
use crate::registry::next_generation;
use crate::signal::Listener;
use crate::timer_queue::{TimerId, TimerQueue};
use crate::to_the_end::{batches, to_the_end};

/// A callback as it is stored.
pub(crate) type Call = Box<dyn FnMut(AsyncFD) -> Result<bool>>;

/// What an entry waits for.
pub(crate) enum Kind {
    /// Repeats if there is a period.
    Timer {
        id: TimerId,
        due: Instant,
        period: Option<Duration>,
    },
    Signal(Listener),
    Process(Watch),
    Event(Arc<EventState>),
}

impl Kind {
    fn shown(&self) -> (&'static str, Option<Instant>) {
        match self {
            Kind::Timer { due, .. } => ("timer with a callback", Some(*due)),
            Kind::Signal(_) => ("signal", None),
            Kind::Process(watch) => (watch.shown(), None),
            Kind::Event(_) => ("event", None),
        }
    }

    /// Whether only tokio's own reactor can make it ready.
    fn is_signalled(&self) -> bool {
        match self {
            Kind::Signal(_) => true,
            Kind::Process(watch) => watch.is_signalled(),
            Kind::Timer { .. } | Kind::Event(_) => false,
        }
    }
}

struct Custom {
    generation: u64,
    kind: Kind,
    /// Out while it runs, and for good after it raised.
    call: Option<Call>,
    running: bool,
    /// Became ready while its callback ran (in a nested turn).
    missed: bool,
    /// Ready, and not served yet.
    ready: bool,
    counted: bool,
}

/// See the module's docs.
#[derive(Default)]
pub(crate) struct Customs {
    table: RefCell<Slab<Custom>>,
    counted: Cell<usize>,
    /// Deadlines of `add_timer`.
    deadlines: TimerQueue<AsyncFD>,
    /// What is to be served, in order; entries that are gone are passed over.
    ready: RefCell<VecDeque<AsyncFD>>,
    /// How many entries of the table are ready.
    ready_count: Cell<usize>,
    /// What was ready in the last turn, in its order.
    last_ready: RefCell<Vec<AsyncFD>>,
    /// How many entries only tokio's own reactor can make ready.
    signals: Cell<usize>,
}

impl Customs {
    pub(crate) fn counted(&self) -> usize {
        self.counted.get()
    }

    pub(crate) fn has_ready(&self) -> bool {
        self.ready_count.get() > 0
    }

    pub(crate) fn has_signals(&self) -> bool {
        self.signals.get() > 0
    }

    /// What is waited for, with the deadlines of timers.
    pub(crate) fn shown(&self) -> Vec<(&'static str, Option<Instant>)> {
        self.table.borrow().iter().filter(|(_, custom)| custom.counted).map(|(_, custom)| custom.kind.shown()).collect()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next_deadline()
    }

    /// Calls `f`, which must not call user code, with the entry of a key that is registered.
    fn with<R>(&self, key: AsyncFD, f: impl FnOnce(&mut Custom) -> R) -> Option<R> {
        let mut table = self.table.borrow_mut();
        let custom = table.get_mut(key.index()).filter(|_| key.is_virtual())?;
        (custom.generation == key.generation()).then(|| f(custom))
    }

    pub(crate) fn contains(&self, key: AsyncFD) -> bool {
        self.with(key, |_| ()).is_some()
    }

    /// Enters a callback; `make` says what it waits for, given its key.
    pub(crate) fn insert(&self, call: Call, make: impl FnOnce(AsyncFD) -> Result<Kind>) -> Result<AsyncFD> {
        let generation = next_generation();
        let key = AsyncFD::of_virtual(self.table.borrow().vacant_key(), generation);
        let kind = make(key)?;
        if kind.is_signalled() {
            self.signals.set(self.signals.get() + 1);
        }
        let custom =
            Custom { generation, kind, call: Some(call), running: false, missed: false, ready: false, counted: true };
        self.table.borrow_mut().insert(custom);
        self.counted.set(self.counted.get() + 1);
        Ok(key)
    }

    pub(crate) fn insert_deadline(&self, key: AsyncFD, deadline: Instant) -> TimerId {
        self.deadlines.insert(deadline, key)
    }

    fn uncount(&self, custom: &mut Custom) {
        if mem::take(&mut custom.counted) {
            self.counted.set(self.counted.get() - 1);
        }
    }

    /// Whether an entry that has become ready is to be added to those that are served; it may be there already.
    fn becomes_ready(&self, custom: &mut Custom) -> bool {
        custom.missed |= custom.running;
        let added = !custom.running && !mem::replace(&mut custom.ready, true);
        self.ready_count.set(self.ready_count.get() + usize::from(added));
        added
    }

    fn is_served(&self, custom: &mut Custom) {
        if mem::take(&mut custom.ready) {
            self.ready_count.set(self.ready_count.get() - 1);
        }
    }

    /// Takes an entry out. Its callback and its source, user values, are dropped when no borrow is held.
    fn remove(&self, key: AsyncFD) -> bool {
        if !self.contains(key) {
            return false;
        }
        let mut custom = self.table.borrow_mut().remove(key.index());
        self.uncount(&mut custom);
        self.is_served(&mut custom);
        match &custom.kind {
            Kind::Timer { id, .. } => drop(self.deadlines.remove(*id)),
            kind if kind.is_signalled() => self.signals.set(self.signals.get() - 1),
            Kind::Event(event) => event.detach(key),
            Kind::Signal(_) | Kind::Process(_) => {}
        }
        drop(custom);
        true
    }

    pub(crate) fn unregister(&self, core: &Core, key: AsyncFD) -> Result<()> {
        self.stop_watching(core, key);
        if self.remove(key) { Ok(()) } else { Err(Error::not_registered(format_args!("{key:?}"))) }
    }

    /// A process is watched through the selector, which has to forget it first.
    fn stop_watching(&self, core: &Core, key: AsyncFD) {
        if let Some(machine) = core.machine_if_made() {
            let selector = machine.watched().selector();
            self.with(key, |custom| {
                if let Kind::Process(watch) = &mut custom.kind {
                    watch.stop(selector);
                }
            });
        }
    }

    /// Something has made the entry ready; its callback is called in the custom phase of the turn.
    pub(crate) fn note_ready(&self, key: AsyncFD) {
        let ready = self.with(key, |custom| {
            let really = match &mut custom.kind {
                Kind::Event(event) => event.take_signal(),
                Kind::Signal(listener) => listener.has_arrived(),
                Kind::Process(watch) => watch.has_ended(),
                Kind::Timer { .. } => true,
            };
            really && self.becomes_ready(custom)
        });
        if ready == Some(true) {
            self.ready.borrow_mut().push_back(key);
        }
    }

    /// The selector has named a process, which is not watched any more.
    pub(crate) fn note_process(&self, core: &Core, token: u64) {
        let key = {
            let table = self.table.borrow();
            let index = (-1 - (token >> 32) as i32) as usize;
            table.get(index).map(|custom| AsyncFD::of_virtual(index, custom.generation))
        };
        if let Some(key) = key.filter(|key| key.token() == token) {
            self.stop_watching(core, key);
            self.note_ready(key);
        }
    }

    /// All that is ready in this turn has been noted. What was ready in the last turn too keeps its place before what
    /// was not: a level-triggered selector, which Nim's events are in, keeps reported entries in its list.
    pub(crate) fn settle_order(&self) {
        let mut last = self.last_ready.borrow_mut();
        let mut ready = self.ready.borrow_mut();
        if !last.is_empty() && ready.len() > 1 {
            let place = |key: &AsyncFD| last.iter().position(|former| former == key).unwrap_or(usize::MAX);
            ready.make_contiguous().sort_by_cached_key(place);
        }
        last.clear();
        last.extend(ready.iter());
    }

    /// Settles which timers are due: they come before what else is ready.
    pub(crate) fn note_due(&self, now: Instant) {
        let fell_due: Vec<AsyncFD> = self.deadlines.due(now).collect();
        for key in fell_due.into_iter().rev() {
            let ready = self.with(key, |custom| {
                if let Kind::Timer { id, due, period: Some(period) } = &mut custom.kind {
                    *due = next_tick(*due, *period, now);
                    *id = self.deadlines.insert(*due, key);
                }
                self.becomes_ready(custom)
            });
            if ready == Some(true) {
                self.ready.borrow_mut().push_front(key);
            }
        }
    }

    /// Ends all entries, for the teardown.
    pub(crate) fn close(&self) {
        self.ready.take();
        self.last_ready.take();
        let keys = || {
            let table = self.table.borrow();
            table.iter().map(|(index, custom)| AsyncFD::of_virtual(index, custom.generation)).collect()
        };
        to_the_end(batches(keys), |key| {
            self.remove(key);
        });
    }
}

/// The next tick after `now`: missed ones merge into one, and the period never drifts.
fn next_tick(tick: Instant, period: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(tick).as_nanos();
    let missed = late / period.as_nanos().max(1) + 1;
    let ahead = u64::try_from(period.as_nanos().saturating_mul(missed)).unwrap_or(u64::MAX);
    tick + Duration::from_nanos(ahead)
}

impl Core {
    /// The custom phase: serves what was ready when the turn's wait ended.
    pub(crate) fn serve_customs(self: &Rc<Core>) -> Result<()> {
        let ready = self.customs.ready.borrow().len();
        for _ in 0..ready {
            let key = self.customs.ready.borrow_mut().pop_front();
            let Some(key) = key else { return Ok(()) };
            self.serve_custom(key)?;
        }
        Ok(())
    }

    fn serve_custom(self: &Rc<Core>, key: AsyncFD) -> Result<()> {
        let begun = self.customs.with(key, |custom| {
            self.customs.is_served(custom);
            let once = custom.is_once();
            // One that runs is not in the queue: it is put there again when it has ended.
            custom.running = custom.call.is_some();
            if once {
                self.customs.uncount(custom);
            }
            (custom.call.take(), once)
        });
        let Some((call, once)) = begun else { return Ok(()) };
        let Some(call) = call else {
            // It raised before: this is where Nim's registration ends.
            self.customs.remove(key);
            return Ok(());
        };
        let mut running = Running { core: self, key, call: Some(call), keep: Keep::AfterRaising };
        if once {
            running.keep = Keep::No;
        }
        let answer = match &mut running.call {
            Some(call) => call(key),
            None => Ok(true),
        };
        if let (Ok(done), false) = (&answer, once) {
            running.keep = if *done { Keep::No } else { Keep::Yes };
        }
        answer.map(drop)
    }
}

impl Custom {
    /// One-shot timers and processes end with their callback, whatever it answers.
    fn is_once(&self) -> bool {
        matches!(self.kind, Kind::Timer { period: None, .. } | Kind::Process(_))
    }

    /// Events end with an error or a panic of their callback, as in Nim; repeating timers and signals stay alive.
    fn survives_raising(&self) -> bool {
        !matches!(self.kind, Kind::Event(_))
    }
}

enum Keep {
    Yes,
    No,
    AfterRaising,
}

/// A callback that runs. Dropping this, by a panic too, puts it back or ends its registration.
struct Running<'a> {
    core: &'a Rc<Core>,
    key: AsyncFD,
    call: Option<Call>,
    keep: Keep,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let customs = &self.core.customs;
        if matches!(self.keep, Keep::No) {
            let _unregistered_meanwhile = customs.unregister(self.core, self.key);
            return;
        }
        let again = customs.with(self.key, |custom| {
            custom.running = false;
            if matches!(self.keep, Keep::Yes) || custom.survives_raising() {
                custom.call = self.call.take();
            }
            mem::take(&mut custom.missed) && customs.becomes_ready(custom)
        });
        if again == Some(true) {
            customs.ready.borrow_mut().push_back(self.key);
        }
    }
}
