//! What the dispatcher should be like.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use asyncdispatch::{AsyncFD, NimFuture};

/// The number of a callback.
pub type Id = u32;

pub type Check<T = ()> = Result<T, String>;

pub const READ: usize = 0;
pub const WRITE: usize = 1;

/// Who waits on one side of a descriptor.
pub enum Entry {
    Call(Id),
    Recv(NimFuture<Vec<u8>>, usize),
}

impl Entry {
    pub fn is_call(&self, id: Id) -> bool {
        matches!(self, Entry::Call(own) if *own == id)
    }
}

#[derive(Default)]
pub struct Side {
    pub list: VecDeque<Entry>,
    /// Whether it was ready at any time since the turn began.
    pub was_ready: bool,
    /// Whether it was ready, and somebody waited, when the turn began, and nobody was called or went since.
    pub due: bool,
    /// Whether Nim's selector would ask for it. It does while somebody waits, unless a visit is cut short in which
    /// somebody began to wait on the other side while the list of this one was out: then not until the next visit.
    pub asked: bool,
}

/// One registration.
pub struct Slot {
    pub key: AsyncFD,
    pub sides: [Side; 2],
    /// The last callback raised: the descriptor may be counted still.
    pub lingers: bool,
}

impl Slot {
    /// What Nim's selector asks for anew: the sides on which somebody waits.
    pub fn note_asked(&mut self) {
        self.sides.iter_mut().for_each(|side| side.asked = !side.list.is_empty());
    }

    /// A visit was cut short by a callback of `raised`.
    pub fn note_cut_short(&mut self, raised: usize) {
        if !self.sides[raised].asked {
            self.note_asked();
        }
        self.lingers = self.is_idle();
    }

    pub fn is_idle(&self) -> bool {
        self.sides.iter().all(|side| side.list.is_empty())
    }
}

/// Two connected sockets: ours, which is registered now and then, and the peer.
pub struct Pair {
    pub slot: Option<Slot>,
    /// Ours while it is not registered.
    pub ours: Option<OwnedFd>,
    pub peer: Option<UnixStream>,
    /// The peer sends no more.
    pub ended: bool,
    pub inbound: usize,
    pub next_put: u8,
    pub next_taken: u8,
}

impl Pair {
    pub fn open() -> Check<Pair> {
        let (ours, peer) = UnixStream::pair().map_err(|e| e.to_string())?;
        ours.set_nonblocking(true).map_err(|e| e.to_string())?;
        let ours = Some(ours.into());
        Ok(Pair { slot: None, ours, peer: Some(peer), ended: false, inbound: 0, next_put: 0, next_taken: 0 })
    }

    pub fn is_ready(&self, side: usize) -> bool {
        side == WRITE || self.ended || self.inbound > 0
    }

    pub fn note_ready(&mut self) {
        for side in [READ, WRITE] {
            let ready = self.is_ready(side);
            if let Some(slot) = &mut self.slot {
                slot.sides[side].was_ready |= ready;
                slot.sides[side].due &= ready;
            }
        }
    }

    /// What has come out of our side, which was asked for so much.
    pub fn took(&mut self, data: &[u8], asked: usize) -> Check {
        let size = asked.min(self.inbound);
        let as_sent = data.iter().all(|byte| {
            let expected = self.next_taken;
            self.next_taken = expected.wrapping_add(1);
            *byte == expected
        });
        self.inbound -= size;
        self.note_ready();
        let right = as_sent && data.len() == size;
        if right { Ok(()) } else { Err(format!("received {data:?}, expected {size} bytes to {}", self.next_taken)) }
    }
}

/// A list that is out to be served.
pub struct Frame {
    pub pair: usize,
    pub key: AsyncFD,
    pub side: usize,
    pub rest: VecDeque<Entry>,
    /// The registration has ended meanwhile.
    pub gone: bool,
}

/// The event's callback.
pub struct Added {
    pub id: Id,
    pub key: AsyncFD,
    /// It was triggered before this turn began.
    pub ready: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Nothing,
    /// Phase 3 of a turn.
    Descriptors,
    /// What comes behind it.
    Queue,
    Closing,
}

pub struct Model {
    pub pairs: Vec<Pair>,
    pub added: Option<Added>,
    pub triggered: bool,
    /// The event's callback that is being called.
    pub running: Option<Id>,
    pub queue: VecDeque<Id>,
    pub frame: Option<Frame>,
    pub doing: Doing,
    /// Whom `close_socket` has to call.
    pub closing: VecDeque<Entry>,
    /// Receives that have to be failed by now.
    pub doomed: Vec<NimFuture<Vec<u8>>>,
    pub stale: Option<AsyncFD>,
    /// Who has raised, until that has left through `poll`.
    pub raised: Option<Id>,
    /// How many callbacks must still be there.
    pub alive: usize,
}

impl Model {
    /// The least and the most that `active_descriptors` may tell.
    pub fn counted(&self) -> (usize, usize) {
        let slots = self.pairs.iter().filter_map(|pair| pair.slot.as_ref());
        let event = usize::from(self.added.is_some());
        let (mut least, mut most) = (event, event);
        for slot in slots {
            least += usize::from(!slot.is_idle());
            most += usize::from(!slot.is_idle() || slot.lingers);
        }
        (least, most)
    }

    /// Those who will not be called any more: callbacks are dropped, receives fail.
    pub fn orphan(&mut self, entries: VecDeque<Entry>) {
        for entry in entries {
            match entry {
                Entry::Call(_) => self.alive -= 1,
                Entry::Recv(future, _) => self.doomed.push(future),
            }
        }
    }

    /// What was out goes back in front of the newcomers, or goes with its registration.
    pub fn end_frame(&mut self) {
        let Some(mut frame) = self.frame.take() else { return };
        match self.pairs[frame.pair].slot.as_mut().filter(|slot| slot.key == frame.key && !frame.gone) {
            Some(slot) => {
                let list = &mut slot.sides[frame.side].list;
                frame.rest.append(list);
                *list = frame.rest;
            }
            None => self.orphan(frame.rest),
        }
    }

    /// Receives that are done leave their lists, in which they must be the first.
    pub fn settle(&mut self) -> Check {
        for at in 0..self.pairs.len() {
            if let Some(frame) = self.frame.as_mut().filter(|frame| frame.pair == at) {
                let done = take_finished(&mut frame.rest)?;
                // Those of a registration that has ended are failed; callbacks that were out are called still.
                if frame.gone {
                    self.doomed.extend(done.into_iter().map(|(future, _)| future));
                } else {
                    self.take_all(at, done)?;
                }
            }
            if let Some(slot) = &mut self.pairs[at].slot {
                let done = take_finished(&mut slot.sides[READ].list)?;
                slot.sides[READ].due &= done.is_empty();
                self.take_all(at, done)?;
            }
        }
        Ok(())
    }

    fn take_all(&mut self, pair: usize, done: Vec<(NimFuture<Vec<u8>>, usize)>) -> Check {
        done.into_iter().try_for_each(|(future, size)| match future.read() {
            Ok(data) => self.pairs[pair].took(&data, size),
            Err(error) => Err(format!("a receive failed: {error:#}")),
        })
    }
}

fn take_finished(list: &mut VecDeque<Entry>) -> Check<Vec<(NimFuture<Vec<u8>>, usize)>> {
    let mut done = Vec::new();
    let finished = |entry: &Entry| matches!(entry, Entry::Recv(future, _) if future.finished());
    while list.front().is_some_and(finished) {
        if let Some(Entry::Recv(future, size)) = list.pop_front() {
            done.push((future, size));
        }
    }
    if list.iter().any(finished) {
        return Err("a receive has finished before those that were there first".into());
    }
    Ok(done)
}
