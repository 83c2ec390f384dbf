//! The steps, the model and the crate, put together.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::time::Duration;

use asyncdispatch::{Dispatcher, new_future, set_global_dispatcher};

use super::model::{Disp, Event, Fut, Id, Model, Token};
use super::pair::Pair;
use super::steps::name;
use super::{NAMES, WIDTH};

const PAIRS: usize = 6;
const FUTURES: usize = 8;
const EVENTS: usize = 3;
pub const DISPATCHERS: usize = 2;

pub type Check<T = ()> = Result<T, String>;

pub struct World {
    input: Vec<u8>,
    at: Cell<usize>,
    pub model: RefCell<Model>,
    pub dropped: Rc<RefCell<Vec<bool>>>,
    /// How many callbacks are being called.
    pub depth: Cell<usize>,
    /// The first violation that a callback has seen.
    pub wrong: RefCell<Option<String>>,
    pub counts: RefCell<Vec<u64>>,
    pub calls: Cell<u64>,
    /// All callbacks before this one are dropped.
    pub settled: Cell<usize>,
}

impl World {
    pub fn new(bytes: &[u8]) -> Rc<World> {
        let model = Model {
            disps: Vec::new(),
            current: 0,
            pairs: Vec::new(),
            futs: Vec::new(),
            procs: Vec::new(),
            events: (0..EVENTS).map(|_| Event::default()).collect(),
            stale: Vec::new(),
            doing: Vec::new(),
            doomed: Vec::new(),
            ending: Vec::new(),
            alive: Vec::new(),
            clock: 0,
            spawning: None,
            last_raised: None,
            nested: false,
        };
        Rc::new(World {
            input: bytes.to_vec(),
            at: Cell::new(0),
            model: RefCell::new(model),
            dropped: Rc::default(),
            depth: Cell::new(0),
            wrong: RefCell::default(),
            counts: RefCell::new(vec![0; NAMES.len()]),
            calls: Cell::new(0),
            settled: Cell::new(0),
        })
    }

    /// Two dispatchers, the sockets and the futures.
    pub fn begin(&self) -> Check {
        for _ in 0..DISPATCHERS {
            let disp = self.new_disp();
            self.model.borrow_mut().disps.push(disp);
        }
        let first = self.model.borrow().disps[0].real.clone();
        set_global_dispatcher(first).map_err(told)?;
        self.stop_clock(0)?;
        let mut model = self.model.borrow_mut();
        model.pairs.extend((0..PAIRS).map(|_| Pair::unopened()));
        for _ in 0..FUTURES {
            let real = new_future("model");
            model.futs.push(Fut { real, done: false, failed: false, waiters: Vec::new(), timer: None });
        }
        Ok(())
    }

    /// A dispatcher that has made nothing as yet.
    pub fn new_disp(&self) -> Disp {
        let life = self.model.borrow_mut().tick();
        let real = Dispatcher::new();
        Disp { real, life, queue: Default::default(), customs: Vec::new(), now: 0, stopped: false }
    }

    /// A dispatcher that becomes the thread's has its clock stopped, for which it makes its runtime.
    pub fn stop_clock(&self, disp: usize) -> Check {
        let mut model = self.model.borrow_mut();
        if !std::mem::replace(&mut model.disps[disp].stopped, true) {
            let handle = model.disps[disp].real.get_io_handler().map_err(told)?;
            let _entered = handle.enter();
            tokio::time::pause();
        }
        Ok(())
    }

    /// All steps of the input.
    pub fn run(self: &Rc<World>) -> Check {
        while let Some(step) = self.next() {
            self.step(step)?;
            if let Some(wrong) = self.wrong.take() {
                return Err(wrong);
            }
            self.check().map_err(|wrong| format!("after `{}` {step:?}: {wrong}", name(&step)))?;
        }
        Ok(())
    }

    /// The next step of the input.
    pub fn next(&self) -> Option<[u8; WIDTH]> {
        let at = self.at.replace(self.at.get() + WIDTH);
        self.input.get(at..at + WIDTH)?.try_into().ok()
    }

    /// A new callback's number and what it holds.
    pub fn token(&self) -> Token {
        let mut model = self.model.borrow_mut();
        let id: Id = model.alive.len();
        model.alive.push(true);
        self.dropped.borrow_mut().push(false);
        Token { id, dropped: Rc::clone(&self.dropped) }
    }

    /// The first violation of a callback, which cannot answer it.
    pub fn note(&self, checked: Check) {
        if let Err(wrong) = checked {
            self.wrong.borrow_mut().get_or_insert(wrong);
        }
    }

    /// Moves a dispatcher's clock.
    pub fn advance(&self, disp: usize, ms: u64) -> Check {
        let real = self.model.borrow().disps[disp].real.clone();
        let handle = real.get_io_handler().map_err(told)?;
        let _entered = handle.enter();
        let mut advanced = std::pin::pin!(tokio::time::advance(Duration::from_millis(ms)));
        let _moved_at_the_first_poll =
            advanced.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        self.model.borrow_mut().disps[disp].now += ms;
        Ok(())
    }

    /// After a violation nothing is checked any more; the dispatchers go, with what they hold.
    pub fn abandon(&self) {
        let (disps, futs) = {
            let mut model = self.model.borrow_mut();
            model.doing.clear();
            (mem::take(&mut model.disps), mem::take(&mut model.futs))
        };
        self.at.set(self.input.len());
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            disps.iter().for_each(|disp| disp.real.close());
            drop((disps, futs));
        }));
        drop(ended);
    }
}

pub fn told(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
