//! Runs one program with the crate and writes its trace, line by line as `nim/random/interpreter.nim` does.

use crate::{
    ends::End,
    program::{Ending, Op, Program, Statement},
};
use asyncdispatch::*;
use asyncdispatch_compat_tests::World;
use std::{
    cell::{Cell, RefCell},
    mem,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

/// How many statements the scripts of one program may run, all together.
const FUEL: usize = 120;

/// Written by the thread that runs the program, read by the one that waits for it, after a panic too.
pub type Trace = Arc<Mutex<String>>;

/// A future and whether an async proc will finish it.
pub struct Slot {
    pub future: NimFuture<usize>,
    of_proc: bool,
}

pub struct Case {
    pub program: Program,
    pub ends: RefCell<Vec<End>>,
    pub slots: RefCell<Vec<Slot>>,
    pub events: RefCell<Vec<crate::events::Event>>,
    fuel: Cell<usize>,
    pub turn: Cell<usize>,
    /// How many callbacks of descriptors and events are running.
    pub serving: Cell<usize>,
    /// The event whose callback is running.
    pub served_event: Cell<Option<usize>>,
    pub context: Cell<&'static str>,
    trace: Trace,
}

/// Runs the program to its end.
pub async fn run(program: Program, trace: Trace, w: World) -> Result<()> {
    let case = Rc::new(Case::new(program, trace));
    case.open_all()?;
    for statement in &case.program.main {
        case.context.set("main");
        if statement.op == Op::Poll { case.poll(&w).await } else { case.step(statement) }
    }
    case.say_futures();
    // Pending futures hold callbacks, and those hold the case.
    drop(mem::take(&mut *case.slots.borrow_mut()));
    drop(mem::take(&mut *case.ends.borrow_mut()));
    Ok(())
}

impl Case {
    fn new(program: Program, trace: Trace) -> Case {
        let slots = (0..program.futures).map(|_| Slot { future: new_future("slot"), of_proc: false }).collect();
        let events = (0..program.events).map(|_| crate::events::Event::default()).collect();
        let ends = (0..2 * program.opens.len()).map(|_| End::default()).collect();
        Case {
            program,
            ends: RefCell::new(ends),
            slots: RefCell::new(slots),
            events: RefCell::new(events),
            fuel: Cell::new(FUEL),
            turn: Cell::new(0),
            serving: Cell::new(0),
            served_event: Cell::new(None),
            context: Cell::new("main"),
            trace,
        }
    }

    pub fn say(&self, line: impl AsRef<str>) {
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        trace.push_str(line.as_ref());
        trace.push('\n');
    }

    fn say_futures(&self) {
        for (i, slot) in self.slots.borrow().iter().enumerate() {
            self.say(format!("future {i} {}", state_of(&slot.future)));
        }
    }

    /// Nim's `poll(0)`. A guest never says that nothing is pending, so that this is said for it.
    async fn poll(&self, w: &World) {
        self.turn.set(self.turn.get() + 1);
        let polled = if w.is_guest() && !has_pending_operations() {
            Err("No handles or timers registered in dispatcher.".into())
        } else {
            w.poll_with(0).await
        };
        if let Err(e) = polled {
            self.say(format!("poll raised: {e}"));
        }
        let d = get_global_dispatcher();
        self.say(format!(
            "polled: counted {} timers {} queue {} pending {}",
            active_descriptors(),
            d.timers().len(),
            d.callbacks().len(),
            has_pending_operations()
        ));
    }

    pub fn future(&self, slot: usize) -> NimFuture<usize> {
        self.slots.borrow()[slot].future.clone()
    }

    /// Whether scripts go on.
    pub fn has_fuel(&self) -> bool {
        self.fuel.get() > 0
    }

    /// Uses up one statement of what the scripts may run, if there is one left.
    pub fn burn(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }

    pub fn raises(&self, k: usize) -> bool {
        self.program.scripts[k].ending == Ending::Raises && self.has_fuel()
    }

    /// What a callback answers at its `calls`-th call.
    pub fn answer(&self, k: usize, calls: usize) -> bool {
        match self.program.scripts[k].ending {
            Ending::Again => false,
            Ending::Times(n) => calls >= n,
            Ending::Done | Ending::Raises => true,
        }
    }

    pub fn run(self: &Rc<Case>, k: usize, context: &'static str) {
        let outer = self.context.replace(context);
        self.say(format!("run {k}"));
        for statement in &self.program.scripts[k].body {
            if !self.burn() {
                break;
            }
            self.step(statement);
        }
        self.context.set(outer);
    }

    /// [`run`](Case::run) as the callback of a descriptor or an event.
    pub fn run_serving(self: &Rc<Case>, k: usize, context: &'static str) {
        self.serving.set(self.serving.get() + 1);
        self.run(k, context);
        self.serving.set(self.serving.get() - 1);
    }

    pub fn is_serving(&self) -> bool {
        self.serving.get() > 0
    }

    pub fn run_queued(self: &Rc<Case>, k: usize) -> Result<()> {
        self.run(k, "queue");
        if self.raises(k) { Err(format!("raised by {k}"))? } else { Ok(()) }
    }

    /// One statement; what it raises is said.
    pub fn step(self: &Rc<Case>, s: &Statement) {
        if let Err(e) = self.perform(s) {
            let text = e.to_string();
            let text = if text.starts_with("Descriptor ") { "Descriptor is not registered" } else { &text };
            self.say(format!("! {text}"));
        }
    }

    fn perform(self: &Rc<Case>, s: &Statement) -> Result<()> {
        let case = self.clone();
        let first = s.args.first().copied().unwrap_or_default();
        match s.op {
            Op::Soon => call_soon(move || case.run_queued(first)),
            Op::Sleep => sleep_async(0).add_callback(move |_| case.run_queued(first)),
            Op::Far => drop(sleep_async(3_600_000)),
            Op::Counts => self.say(format!(
                "counted {} timers {} pending {}",
                active_descriptors(),
                get_global_dispatcher().timers().len(),
                has_pending_operations()
            )),
            Op::All => self.all(first, s.args[1], s.args[2]),
            Op::Check => self.start(first).check(),
            Op::Complete | Op::Fail | Op::Then | Op::Set | Op::Clear => self.perform_settling(s),
            Op::Read | Op::Error | Op::State | Op::Fresh | Op::Go => return self.perform_slot(s),
            Op::Readable | Op::Writable | Op::Put | Op::Get | Op::Fill | Op::Drain => return self.perform_transfer(s),
            Op::Register | Op::Unregister | Op::Close | Op::Shut | Op::Reopen => return self.perform_descriptor(s),
            Op::Event | Op::Trigger | Op::Unevent => return self.perform_event(s),
            Op::Poll | Op::Await | Op::Attempt | Op::Settle | Op::Nap | Op::Call | Op::Recv | Op::Send => {
                unreachable!("{s} is not for this place");
            }
        }
        Ok(())
    }

    fn perform_settling(self: &Rc<Case>, s: &Statement) {
        let (slot, number) = (s.args[0], s.args.get(1).copied().unwrap_or_default());
        let future = self.future(slot);
        let may_settle = !self.slots.borrow()[slot].of_proc && !future.finished();
        match s.op {
            Op::Complete if may_settle => future.complete(number),
            Op::Fail if may_settle => future.fail(format!("error {number}")),
            Op::Then => future.add_callback(self.told(number)),
            Op::Set => future.set_callback(self.told(number)),
            Op::Clear => future.clear_callbacks(),
            _ => self.say("held, it is finished or a proc's"),
        }
    }

    fn told(self: &Rc<Case>, k: usize) -> impl FnOnce(&NimFuture<usize>) -> Result<()> + 'static {
        let case = self.clone();
        move |future| {
            case.say(format!("told {}", state_of(future)));
            case.run_queued(k)
        }
    }

    fn perform_slot(self: &Rc<Case>, s: &Statement) -> Result<()> {
        let slot = s.args[0];
        match s.op {
            Op::Read => self.say(format!("read {}", self.future(slot).read()?)),
            Op::Error => self.say(format!("error {}", self.future(slot).read_error()?)),
            Op::State => self.say(format!("state {}", state_of(&self.future(slot)))),
            Op::Fresh => self.put(slot, new_future("fresh"), false),
            _ => {
                let future = self.start(s.args[1]);
                self.say(format!("went {}", state_of(&future)));
                self.put(slot, future, true);
            }
        }
        Ok(())
    }

    fn put(&self, slot: usize, future: NimFuture<usize>, of_proc: bool) {
        let old = mem::replace(&mut self.slots.borrow_mut()[slot], Slot { future, of_proc });
        drop(old);
    }

    fn all(self: &Rc<Case>, k: usize, a: usize, b: usize) {
        let case = self.clone();
        all([&self.future(a), &self.future(b)]).add_callback(move |every| {
            match every.read() {
                Ok(values) => case.say(format!("all @[{}, {}]", values[0], values[1])),
                Err(e) => case.say(format!("all failed {e}")),
            }
            case.run_queued(k)
        });
    }
}

pub fn state_of(future: &NimFuture<usize>) -> String {
    match future.read() {
        _ if !future.finished() => "pending".to_owned(),
        Ok(value) => format!("value {value}"),
        Err(e) => format!("failed {e}"),
    }
}
