//! What the dispatchers should be like.

use std::collections::VecDeque;
use std::rc::Rc;

use asyncdispatch::{AsyncEvent, AsyncFD, Dispatcher, NimFuture};

use super::calls::Answer;
use super::pair::Pair;

/// The number of a callback or proc.
pub type Id = usize;

/// What the callbacks hold: dropped with them.
pub struct Token {
    pub id: Id,
    pub dropped: Rc<std::cell::RefCell<Vec<bool>>>,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.dropped.borrow_mut()[self.id] = true;
    }
}

/// Who waits on one side of a descriptor.
pub enum Entry {
    Call(Id),
    Recv { future: NimFuture<Vec<u8>>, size: usize },
    Send { future: NimFuture<()>, data: Vec<u8> },
}

impl Entry {
    pub fn finished(&self) -> bool {
        match self {
            Entry::Call(_) => false,
            Entry::Recv { future, .. } => future.finished(),
            Entry::Send { future, .. } => future.finished(),
        }
    }

    pub fn is_call(&self, id: Id) -> bool {
        matches!(self, Entry::Call(own) if *own == id)
    }
}

pub const READ: usize = 0;
pub const WRITE: usize = 1;

#[derive(Default)]
pub struct Side {
    pub list: VecDeque<Entry>,
    /// When the list was last changed.
    pub changed: u64,
    /// Whether it was ready at any time since the outermost turn began.
    pub was_ready: bool,
    /// The outermost turn since whose beginning it has been ready.
    pub ready_at: u64,
    /// Its last callback raised: the descriptor may be counted still.
    pub lingers: bool,
    /// When a callback of the other side raised: Nim's selector may not ask for this one until a turn has served that, or
    /// until somebody begins to wait.
    pub eclipsed: Option<u64>,
}

/// One registration.
pub struct Slot {
    pub key: AsyncFD,
    pub disp: usize,
    pub sides: [Side; 2],
}

impl Slot {
    pub fn new(key: AsyncFD, disp: usize) -> Slot {
        Slot { key, disp, sides: Default::default() }
    }

    pub fn is_idle(&self) -> bool {
        self.sides.iter().all(|side| side.list.is_empty())
    }
}

/// A list that is out to be served.
pub struct Frame {
    pub pair: usize,
    pub disp: usize,
    pub key: AsyncFD,
    pub side: usize,
    pub rest: VecDeque<Entry>,
    /// The registration has ended meanwhile.
    pub gone: bool,
}

/// What the crate is doing for us, innermost last.
pub enum Doing {
    Turn {
        frame: Option<Frame>,
        /// Phase 5 has begun.
        late: bool,
        began: u64,
    },
    Close {
        frame: Frame,
        answers: Vec<(Id, Answer)>,
    },
}

impl Doing {
    pub fn frame(&self) -> Option<&Frame> {
        match self {
            Doing::Turn { frame, .. } => frame.as_ref(),
            Doing::Close { frame, .. } => Some(frame),
        }
    }

    pub fn frame_mut(&mut self) -> Option<&mut Frame> {
        match self {
            Doing::Turn { frame, .. } => frame.as_mut(),
            Doing::Close { frame, .. } => Some(frame),
        }
    }
}

/// Who hears of a future's end.
#[derive(Clone, Copy)]
pub struct Waiter {
    pub id: Id,
    pub is_proc: bool,
    /// The dispatcher whose queue it goes to, and which of those in that place.
    pub disp: usize,
    pub life: u64,
}

pub struct Fut {
    pub real: NimFuture<()>,
    pub done: bool,
    pub failed: bool,
    pub waiters: Vec<Waiter>,
    /// Dispatcher, deadline and number of a `sleep_async`.
    pub timer: Option<(usize, u64, u64)>,
}

/// A send that will be finished by the queue.
pub struct Ending {
    pub future: NimFuture<()>,
    pub disp: usize,
    pub life: u64,
    pub fails: bool,
}

pub struct Proc {
    pub id: Id,
    pub real: NimFuture<()>,
    pub running: bool,
}

pub enum Source {
    Timer { tick: u64, period: Option<u64> },
    Event(usize),
}

/// A timer with a callback, or an event that was added.
pub struct Custom {
    pub id: Id,
    pub key: AsyncFD,
    pub source: Source,
    pub ready: bool,
    pub ready_at: u64,
    pub running: bool,
    pub missed: bool,
    /// Its callback raised; the registration ends when it is served next.
    pub zombie: bool,
    pub counted: bool,
}

pub struct Event {
    pub real: AsyncEvent,
    pub signaled: bool,
    /// Where it was added.
    pub disp: Option<usize>,
}

pub struct Disp {
    pub real: Dispatcher,
    pub life: u64,
    /// `None` stands for what will do nothing.
    pub queue: VecDeque<Option<Id>>,
    pub customs: Vec<Custom>,
    pub now: u64,
    /// Its clock stands, so that it can be the thread's.
    pub stopped: bool,
}

pub struct Model {
    pub disps: Vec<Disp>,
    pub current: usize,
    pub pairs: Vec<Pair>,
    pub futs: Vec<Fut>,
    pub procs: Vec<Proc>,
    pub events: Vec<Event>,
    pub stale: Vec<AsyncFD>,
    pub doing: Vec<Doing>,
    /// Receives that have to be failed by now.
    pub doomed: Vec<NimFuture<Vec<u8>>>,
    pub ending: Vec<Ending>,
    pub alive: Vec<bool>,
    pub clock: u64,
    /// The proc that is being made, which may run at once.
    pub spawning: Option<Id>,
    /// Who has raised or panicked, until it has left through `poll`.
    pub last_raised: Option<Id>,
    /// Whether the loop was turned inside of the last turn.
    pub nested: bool,
}

impl Model {
    pub fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    pub fn disp(&mut self) -> &mut Disp {
        &mut self.disps[self.current]
    }

    pub fn kill(&mut self, id: Id) {
        self.alive[id] = false;
    }

    /// Those who will not be called any more: callbacks are dropped, operations fail.
    pub fn orphan(&mut self, entries: VecDeque<Entry>, disp: usize) {
        for entry in entries {
            match entry {
                Entry::Call(id) => self.kill(id),
                Entry::Send { future, .. } => self.ending(future, disp, true),
                Entry::Recv { future, .. } => self.doomed.push(future),
            }
        }
    }

    /// A send finishes by way of the queue.
    pub fn ending(&mut self, future: NimFuture<()>, disp: usize, fails: bool) {
        let life = self.disps[disp].life;
        self.ending.push(Ending { future, disp, life, fails });
    }

    /// The sends of a registration that has ended are doomed, wherever they are.
    pub fn end_sends(&mut self, waiting: &mut VecDeque<Entry>, key: AsyncFD, disp: usize) {
        let mut sends = Vec::new();
        let frames = self.doing.iter_mut().filter_map(Doing::frame_mut).filter(|frame| frame.key == key);
        for list in frames.map(|frame| &mut frame.rest).chain([waiting]) {
            for entry in std::mem::take(list) {
                match entry {
                    Entry::Send { future, .. } => sends.push(future),
                    other => list.push_back(other),
                }
            }
        }
        sends.into_iter().for_each(|future| self.ending(future, disp, true));
    }

    /// How many sends are in a dispatcher's queue.
    pub fn queued_sends(&self, disp: usize) -> usize {
        let queued = |ending: &&Ending| ending.disp == disp && !ending.future.finished();
        self.ending.iter().filter(queued).count()
    }

    /// All lists, those that are out included, with their pair and side.
    pub fn lists(&mut self) -> impl Iterator<Item = &mut VecDeque<Entry>> {
        let listed = self.pairs.iter_mut().filter_map(|pair| pair.slot.as_mut());
        let listed = listed.flat_map(|slot| slot.sides.iter_mut().map(|side| &mut side.list));
        let out = self.doing.iter_mut().filter_map(|doing| doing.frame_mut().map(|frame| &mut frame.rest));
        listed.chain(out)
    }

    /// The least and the most that `active_descriptors` may tell.
    pub fn counted(&self, disp: usize) -> (usize, usize) {
        let (mut least, mut most) = (0, 0);
        for slot in self.pairs.iter().filter_map(|pair| pair.slot.as_ref()).filter(|slot| slot.disp == disp) {
            let out = self.doing.iter().filter_map(Doing::frame).any(|frame| frame.key == slot.key && !frame.gone);
            least += usize::from(!slot.is_idle());
            most += usize::from(!slot.is_idle() || out || slot.sides.iter().any(|side| side.lingers));
        }
        for custom in self.disps[disp].customs.iter().filter(|custom| custom.counted) {
            least += usize::from(!(custom.zombie && custom.ready));
            most += 1;
        }
        (least, most)
    }

    pub fn timers(&self, disp: usize) -> usize {
        self.futs.iter().filter(|fut| fut.timer.is_some_and(|timer| timer.0 == disp)).count()
    }
}
