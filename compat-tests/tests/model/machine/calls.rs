//! What the model says to each call of a callback, and what callbacks do.

use std::collections::VecDeque;
use std::mem;
use std::panic::resume_unwind;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, NimFuture, Result};

use super::model::{Custom, Disp, Doing, Entry, Frame, Id, Model, Source, Token, WRITE};
use super::world::{Check, World};

/// How deep callbacks go on turning the loop.
const DEPTH: usize = 3;

/// How a callback ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    Again,
    Raise,
    Panic,
}

/// The payload of a panic that was planned.
pub struct Planned(pub Id);

pub fn raised(id: Id) -> String {
    format!("callback {id} raises")
}

impl Answer {
    fn of(byte: u8) -> Answer {
        match byte % 16 {
            0..=9 => Answer::Done,
            10..=13 => Answer::Again,
            14 => Answer::Raise,
            _ => Answer::Panic,
        }
    }

    pub fn give(self, id: Id) -> Result<bool> {
        match self {
            Answer::Done => Ok(true),
            Answer::Again => Ok(false),
            Answer::Raise => Err(raised(id).into()),
            Answer::Panic => resume_unwind(Box::new(Planned(id))),
        }
    }
}

impl World {
    /// Steps inside a callback, and how it ends.
    fn body(self: &Rc<World>) -> Answer {
        self.calls.set(self.calls.get() + 1);
        let Some([steps, answer, ..]) = self.next() else { return Answer::Done };
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() <= DEPTH {
            for _ in 0..(steps % 4).saturating_sub(1) {
                if let Some(step) = self.next().filter(|_| self.wrong.borrow().is_none()) {
                    self.note(self.step(step));
                }
            }
        }
        self.depth.set(self.depth.get() - 1);
        Answer::of(answer)
    }

    /// A callback of a descriptor.
    pub fn on_descriptor(self: &Rc<World>, token: &Token, key: AsyncFD) -> Result<bool> {
        let begun = self.model.borrow_mut().begin_call(token.id, key);
        self.note(begun.map_err(|wrong| format!("callback {}: {wrong}", token.id)));
        let answer = self.body();
        self.model.borrow_mut().end_call(token.id, answer);
        answer.give(token.id)
    }

    /// A callback of the queue.
    pub fn on_queue(self: &Rc<World>, token: &Token) -> Result<()> {
        let begun = self.model.borrow_mut().begin_queued(token.id);
        self.note(begun.map_err(|wrong| format!("queued {}: {wrong}", token.id)));
        let answer = self.body();
        let mut model = self.model.borrow_mut();
        model.kill(token.id);
        model.note_raised(token.id, answer);
        drop(model);
        answer.give(token.id).map(drop)
    }

    /// A proc is resumed.
    pub fn on_resume(self: &Rc<World>, token: &Token) {
        let mut model = self.model.borrow_mut();
        let begun =
            if model.spawning.take_if(|id| *id == token.id).is_some() { Ok(()) } else { model.begin_queued(token.id) };
        let proc = model.procs.iter_mut().find(|proc| proc.id == token.id);
        proc.into_iter().for_each(|proc| proc.running = true);
        drop(model);
        self.note(begun.map_err(|wrong| format!("proc {}: {wrong}", token.id)));
        let _never_raises = self.body();
        let mut model = self.model.borrow_mut();
        model.kill(token.id);
        model.procs.retain(|proc| proc.id != token.id);
    }

    /// A callback of a timer or event.
    pub fn on_custom(self: &Rc<World>, token: &Token, key: AsyncFD) -> Result<bool> {
        let begun = self.model.borrow_mut().begin_custom(token.id, key);
        self.note(begun.map_err(|wrong| format!("timer or event {}: {wrong}", token.id)));
        let answer = self.body();
        self.model.borrow_mut().end_custom(token.id, answer);
        answer.give(token.id)
    }
}

impl Model {
    fn begin_call(&mut self, id: Id, key: AsyncFD) -> Check {
        self.settle_operations()?;
        let stamp = self.tick();
        match self.doing.last_mut() {
            None => return Err("called by nobody".into()),
            Some(Doing::Turn { late: true, .. }) => return Err("called after the queue".into()),
            Some(doing) => {
                let closing = matches!(doing, Doing::Close { .. });
                if let Some(frame) = doing.frame_mut() {
                    if frame.key == key && frame.rest.front().is_some_and(|entry| entry.is_call(id)) {
                        frame.rest.pop_front();
                        return Ok(());
                    }
                }
                if closing {
                    return Err("called out of order by close_socket".into());
                }
            }
        }
        self.end_frame();
        let frame = self.take_out(id, key, stamp)?;
        if let Some(Doing::Turn { frame: place, .. }) = self.doing.last_mut() {
            *place = Some(frame);
        }
        Ok(())
    }

    /// A list is taken out to be served, whose first is `id`.
    fn take_out(&mut self, id: Id, key: AsyncFD, stamp: u64) -> Check<Frame> {
        for (pair, state) in self.pairs.iter_mut().enumerate() {
            let Some(slot) = state.slot.as_mut().filter(|slot| slot.key == key) else { continue };
            if slot.disp != self.current {
                return Err("of another dispatcher".into());
            }
            for (side, state) in slot.sides.iter_mut().enumerate() {
                if !state.list.iter().any(|entry| entry.is_call(id)) {
                    continue;
                }
                if !state.was_ready {
                    return Err("called without readiness".into());
                }
                if !state.list[0].is_call(id) {
                    return Err("called before those that were there first".into());
                }
                state.changed = stamp;
                let mut rest = mem::take(&mut state.list);
                rest.pop_front();
                return Ok(Frame { pair, disp: slot.disp, key, side, rest, gone: false });
            }
        }
        Err("called twice, after its removal, or out of turn".into())
    }

    fn end_call(&mut self, id: Id, answer: Answer) {
        self.note_raised(id, answer);
        let frame = match self.doing.last_mut() {
            Some(Doing::Turn { frame, .. }) if answer != Answer::Done => frame.take(),
            Some(Doing::Close { answers, .. }) => {
                answers.push((id, answer));
                None
            }
            _ => None,
        };
        let Some(mut frame) = frame else { return self.kill(id) };
        let (pair, key, side) = (frame.pair, frame.key, frame.side);
        if answer == Answer::Again {
            frame.rest.push_front(Entry::Call(id));
            return self.put_back(frame);
        }
        self.kill(id);
        self.put_back(frame);
        let stamp = self.tick();
        if let Some(slot) = self.pairs[pair].slot.as_mut().filter(|slot| slot.key == key) {
            slot.sides[side].lingers = slot.is_idle();
            slot.sides[1 - side].eclipsed = Some(stamp);
        }
    }

    /// What is raised in a turn has to leave through `poll`.
    fn note_raised(&mut self, id: Id, answer: Answer) {
        let raised = matches!(answer, Answer::Raise | Answer::Panic);
        if raised && matches!(self.doing.last(), Some(Doing::Turn { .. })) {
            self.last_raised = Some(id);
        }
    }

    /// What was out goes back in front of the newcomers, or goes with its registration.
    fn put_back(&mut self, frame: Frame) {
        let stamp = self.tick();
        let slot = self.pairs[frame.pair].slot.as_mut().filter(|slot| slot.key == frame.key && !frame.gone);
        match slot {
            Some(slot) => {
                let side = &mut slot.sides[frame.side];
                side.changed = stamp;
                let newcomers = mem::replace(&mut side.list, frame.rest);
                side.list.extend(newcomers);
            }
            None => self.orphan(frame.rest, frame.disp),
        }
    }

    /// The crate has gone on to something else: the list that was out is in its place again.
    pub fn end_frame(&mut self) {
        if let Some(Doing::Turn { frame, .. }) = self.doing.last_mut() {
            if let Some(frame) = frame.take() {
                self.put_back(frame);
            }
        }
    }

    /// What is next in the queue is called.
    fn begin_queued(&mut self, id: Id) -> Check {
        self.settle_operations()?;
        self.forget_zombies();
        self.end_frame();
        self.begin_queue()?;
        let queue = &mut self.disp().queue;
        while queue.front() == Some(&None) {
            queue.pop_front();
        }
        match queue.pop_front() {
            Some(Some(first)) if first == id => Ok(()),
            Some(first) => Err(format!("called instead of {first:?}")),
            None => Err("called, though nothing is queued".into()),
        }
    }

    /// Phase 4, once in a turn.
    pub fn begin_queue(&mut self) -> Check {
        match self.doing.last_mut() {
            Some(Doing::Turn { late, .. }) => {
                if !mem::replace(late, true) {
                    self.run_due(self.current);
                }
                Ok(())
            }
            _ => Err("called outside of a turn".into()),
        }
    }

    fn begin_custom(&mut self, id: Id, key: AsyncFD) -> Check {
        self.settle_operations()?;
        self.forget_zombies();
        self.end_frame();
        if !matches!(self.doing.last(), Some(Doing::Turn { late: false, .. })) {
            return Err("called outside of its phase".into());
        }
        let custom = self.disp().customs.iter_mut().find(|custom| custom.id == id && custom.key == key);
        let custom = custom.ok_or("called after its removal")?;
        if !mem::take(&mut custom.ready) || custom.running || custom.zombie {
            return Err("called without a reason".into());
        }
        custom.running = true;
        if matches!(custom.source, Source::Timer { period: None, .. }) {
            custom.counted = false;
        }
        Ok(())
    }

    fn end_custom(&mut self, id: Id, answer: Answer) {
        self.note_raised(id, answer);
        let disp = self.current;
        let Some(at) = self.disps[disp].customs.iter().position(|custom| custom.id == id) else {
            return self.kill(id);
        };
        let custom = &mut self.disps[disp].customs[at];
        custom.running = false;
        let once = matches!(custom.source, Source::Timer { period: None, .. });
        let raised = matches!(answer, Answer::Raise | Answer::Panic);
        if once || answer == Answer::Done {
            self.remove_custom(disp, at);
        } else {
            if mem::take(&mut custom.missed) {
                custom.ready = true;
                custom.ready_at = u64::MAX;
            }
            if raised && matches!(custom.source, Source::Event(_)) {
                custom.zombie = true;
                self.kill(id);
            }
        }
    }

    /// A registration of a timer or event ends.
    pub fn remove_custom(&mut self, disp: usize, at: usize) {
        let custom: Custom = self.disps[disp].customs.swap_remove(at);
        if !custom.running {
            self.kill(custom.id);
        }
        if let Source::Event(event) = custom.source {
            self.events[event].disp = None;
        }
    }

    /// An event whose callback has raised goes when it is served next, which calls nobody.
    pub fn forget_zombies(&mut self) {
        for disp in 0..self.disps.len() {
            let Disp { real, customs, .. } = &self.disps[disp];
            let gone = customs.iter().position(|custom| custom.zombie && custom.ready && !real.contains(custom.key));
            if let Some(at) = gone {
                self.remove_custom(disp, at);
                return self.forget_zombies();
            }
        }
    }

    /// Operations that are done leave their lists, in which they must be the first.
    pub fn settle_operations(&mut self) -> Check {
        (0..self.pairs.len()).try_for_each(|pair| self.settle_sends(pair))?;
        let mut finished = Vec::new();
        let stamp = self.tick();
        for (pair, state) in self.pairs.iter_mut().enumerate() {
            for side in state.slot.iter_mut().flat_map(|slot| &mut slot.sides) {
                let before = finished.len();
                take_finished(&mut side.list, pair, false, &mut finished)?;
                if finished.len() > before {
                    side.changed = stamp;
                }
            }
        }
        for frame in self.doing.iter_mut().filter_map(Doing::frame_mut) {
            let gone = frame.gone;
            take_finished(&mut frame.rest, frame.pair, gone, &mut finished)?;
        }
        finished.into_iter().try_for_each(|received| self.finished(received))
    }

    fn finished(&mut self, received: Received) -> Check {
        let Received { pair, gone, future, size } = received;
        match future.read() {
            Ok(data) if !gone => self.pairs[pair].took(&data, size),
            Err(_) if gone => Ok(()),
            Ok(_) => Err("a receive has outlived its registration".into()),
            Err(error) => Err(format!("a receive failed: {error:#}")),
        }
    }

    /// Sends whose bytes have come to the peer are done, and finish by way of the queue.
    fn settle_sends(&mut self, pair: usize) -> Check {
        let Some(slot) = self.pairs[pair].slot.as_ref().filter(|_| !self.pairs[pair].full) else { return Ok(()) };
        let (key, disp) = (slot.key, slot.disp);
        let is_send = |list: &VecDeque<Entry>| list.iter().any(|entry| matches!(entry, Entry::Send { .. }));
        if !self.lists_of(pair, key).any(|list| is_send(list)) {
            return Ok(());
        }
        let received = self.pairs[pair].received()?;
        let mut left = &received[..];
        while !left.is_empty() {
            let mut lists = self.lists_of(pair, key);
            let first = lists.find_map(|list| match list.front() {
                Some(Entry::Send { data, .. }) if left.starts_with(data) => list.pop_front(),
                _ => None,
            });
            drop(lists);
            let Some(Entry::Send { future, data }) = first else {
                return Err(format!("the peer has received {left:?}, which nobody was to send next"));
            };
            left = &left[data.len()..];
            self.ending(future, disp, false);
            let stamp = self.tick();
            self.pairs[pair].slot.iter_mut().for_each(|slot| slot.sides[WRITE].changed = stamp);
        }
        Ok(())
    }

    /// The writing lists of a registration.
    fn lists_of(&mut self, pair: usize, key: AsyncFD) -> impl Iterator<Item = &mut VecDeque<Entry>> {
        let listed = self.pairs[pair].slot.iter_mut().map(|slot| &mut slot.sides[WRITE].list);
        let out = self.doing.iter_mut().filter_map(Doing::frame_mut).filter(move |frame| frame.key == key);
        listed.chain(out.map(|frame| &mut frame.rest))
    }
}

/// A receive that is done.
struct Received {
    pair: usize,
    gone: bool,
    future: NimFuture<Vec<u8>>,
    size: usize,
}

fn take_finished(list: &mut VecDeque<Entry>, pair: usize, gone: bool, finished: &mut Vec<Received>) -> Check {
    while list.front().is_some_and(Entry::finished) {
        if let Some(Entry::Recv { future, size }) = list.pop_front() {
            finished.push(Received { pair, gone, future, size });
        }
    }
    if list.iter().any(Entry::finished) {
        return Err("an operation has finished before those that were there first".into());
    }
    Ok(())
}
