//! The steps, the model and the crate, put together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use asyncdispatch::{
    AsyncEvent, Dispatcher, active_descriptors, contains, has_pending_operations, poll_with, set_global_dispatcher,
};

use super::model::{Check, Doing, Id, Model, Pair};

pub const PAIRS: usize = 3;

pub struct World {
    pub real: Dispatcher,
    pub event: RefCell<AsyncEvent>,
    pub model: RefCell<Model>,
    input: RefCell<Vec<u8>>,
    at: Cell<usize>,
    /// The first violation that a callback has seen.
    wrong: RefCell<Option<String>>,
    /// How many callbacks there have been, and how many there are.
    made: Cell<Id>,
    held: Rc<Cell<usize>>,
    /// How many steps there have been.
    pub steps: Cell<u64>,
}

/// What the callbacks hold: dropped with them.
pub struct Token {
    pub id: Id,
    held: Rc<Cell<usize>>,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.held.set(self.held.get() - 1);
    }
}

impl World {
    pub fn new() -> Check<Rc<World>> {
        let model = Model {
            pairs: (0..PAIRS).map(|_| Pair::open()).collect::<Check<_>>()?,
            added: None,
            triggered: false,
            running: None,
            queue: Default::default(),
            frame: None,
            doing: Doing::Nothing,
            closing: Default::default(),
            doomed: Vec::new(),
            stale: None,
            raised: None,
            alive: 0,
        };
        let real = Dispatcher::new();
        set_global_dispatcher(real.clone()).map_err(told)?;
        Ok(Rc::new(World {
            real,
            event: RefCell::new(AsyncEvent::new()),
            model: RefCell::new(model),
            input: RefCell::default(),
            at: Cell::new(0),
            wrong: RefCell::default(),
            made: Cell::new(0),
            held: Rc::default(),
            steps: Cell::new(0),
        }))
    }

    pub fn begin(&self, bytes: &[u8]) {
        let mut input = self.input.borrow_mut();
        input.clear();
        input.extend_from_slice(bytes);
        self.at.set(0);
    }

    /// All steps of the input.
    pub fn run(self: &Rc<World>) -> Check {
        while let Some(step) = self.next() {
            self.step(step).and_then(|()| self.check()).map_err(|wrong| format!("after {step:#04x}: {wrong}"))?;
        }
        Ok(())
    }

    /// The next step of the input.
    pub fn next(&self) -> Option<u8> {
        let at = self.at.replace(self.at.get() + 1);
        self.input.borrow().get(at).copied()
    }

    /// A new callback's number and what it holds.
    pub fn token(&self) -> Token {
        let id = self.made.replace(self.made.get().wrapping_add(1));
        self.held.set(self.held.get() + 1);
        self.model.borrow_mut().alive += 1;
        Token { id, held: Rc::clone(&self.held) }
    }

    /// The first violation of a callback, which cannot answer it.
    pub fn note(&self, checked: Check) {
        if let Err(wrong) = checked {
            self.wrong.borrow_mut().get_or_insert(wrong);
        }
    }

    /// Between steps: the model and the crate tell the same.
    fn check(&self) -> Check {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let mut model = self.model.borrow_mut();
        model.settle()?;
        if model.doomed.drain(..).any(|future| !future.failed()) {
            return Err("a receive has outlived its registration".into());
        }
        let (counted, (least, most)) = (active_descriptors(), model.counted());
        if counted < least || counted > most {
            return Err(format!("active_descriptors is {counted}, expected {least} to {most}"));
        }
        let (pending, (surely, possibly)) = (has_pending_operations(), model.pending());
        if pending && !possibly || !pending && surely {
            return Err(format!("has_pending_operations is {pending}"));
        }
        let slots = model.pairs.iter().filter_map(|pair| pair.slot.as_ref()).map(|slot| slot.key);
        if let Some(lost) = slots.chain(model.added.as_ref().map(|added| added.key)).find(|key| !self.knows(*key)) {
            return Err(format!("{lost:?} is not registered"));
        }
        if let Some(stale) = model.stale.filter(|key| self.knows(*key)) {
            return Err(format!("{stale:?} is stale and registered"));
        }
        if self.held.get() != model.alive {
            return Err(format!("{} callbacks are there, expected {}", self.held.get(), model.alive));
        }
        Ok(())
    }

    fn knows(&self, key: asyncdispatch::AsyncFD) -> bool {
        contains(&self.real, key)
    }

    /// All registrations end, what is queued runs, and everything is as if it were new.
    pub fn end(self: &Rc<World>) -> Check {
        for pair in 0..PAIRS {
            self.unregister(pair)?;
        }
        self.unregister_event()?;
        while self.model.borrow().pending().0 {
            self.turn()?;
        }
        self.check().map_err(|wrong| format!("at the end: {wrong}"))?;
        let left = (active_descriptors(), has_pending_operations(), self.held.get());
        if left != (0, false, 0) {
            return Err(format!("{left:?} descriptors, operations and callbacks are left"));
        }
        if poll_with(0).is_ok() {
            return Err("poll does not say that nothing is pending".into());
        }
        let mut model = self.model.borrow_mut();
        if std::mem::take(&mut model.triggered) {
            *self.event.borrow_mut() = AsyncEvent::new();
        }
        model.pairs.iter_mut().try_for_each(Pair::renew)
    }
}

impl Pair {
    /// As if it were new: what is on its way is received, and one that cannot talk any more is opened anew.
    fn renew(&mut self) -> Check {
        let mut buf = [0; 256];
        while let Some(ours) = self.ours.as_ref().filter(|_| self.inbound > 0) {
            let read = rustix::io::read(ours, &mut buf).map_err(told)?;
            self.took(&buf[..read], buf.len())?;
        }
        if self.ended || self.ours.is_none() {
            *self = Pair::open()?;
        }
        Ok(())
    }
}

pub fn told(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
