//! What the model says to each call of a callback, and what callbacks do.

use std::mem;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, Result};

use super::model::{Check, Doing, Entry, Frame, Id, Model, READ, Slot};
use super::world::{Token, World};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    Again,
    Raise,
}

pub fn raised(id: Id) -> String {
    format!("callback {id} raises")
}

impl World {
    /// At most one step inside a callback, and how it ends.
    fn body(self: &Rc<World>) -> Answer {
        let Some(byte) = self.next() else { return Answer::Done };
        if byte & 8 != 0 {
            if let Some(step) = self.next() {
                self.note(self.step(step));
            }
        }
        match byte % 8 {
            0..=3 => Answer::Done,
            4..=6 => Answer::Again,
            _ => Answer::Raise,
        }
    }

    pub fn on_descriptor(self: &Rc<World>, token: &Token, key: AsyncFD) -> Result<bool> {
        let begun = self.model.borrow_mut().begin_call(token.id, key);
        self.note(begun.map_err(|wrong| format!("callback {}: {wrong}", token.id)));
        if self.model.borrow().doing == Doing::Closing {
            self.model.borrow_mut().alive -= 1;
            return Ok(true);
        }
        let answer = self.body();
        self.model.borrow_mut().end_call(token.id, answer);
        match answer {
            Answer::Done => Ok(true),
            Answer::Again => Ok(false),
            Answer::Raise => Err(raised(token.id).into()),
        }
    }

    pub fn on_queue(self: &Rc<World>, token: &Token) -> Result<()> {
        let begun = self.model.borrow_mut().begin_queued(token.id);
        self.note(begun.map_err(|wrong| format!("queued {}: {wrong}", token.id)));
        let answer = self.body();
        let mut model = self.model.borrow_mut();
        model.alive -= 1;
        if answer == Answer::Raise {
            model.raised = Some(token.id);
            return Err(raised(token.id).into());
        }
        Ok(())
    }

    /// The event's callback stays or goes.
    pub fn on_event(self: &Rc<World>, token: &Token, key: AsyncFD) -> bool {
        let begun = self.model.borrow_mut().begin_event(token.id, key);
        self.note(begun.map_err(|wrong| format!("the event's {}: {wrong}", token.id)));
        self.model.borrow_mut().running = Some(token.id);
        let done = self.body() != Answer::Again;
        let mut model = self.model.borrow_mut();
        model.running = None;
        let stays = model.added.as_ref().is_some_and(|added| added.id == token.id);
        if done || !stays {
            model.alive -= 1;
        }
        if let Some(added) = model.added.take_if(|_| done && stays) {
            model.stale = Some(added.key);
        }
        done
    }
}

impl Model {
    fn begin_call(&mut self, id: Id, key: AsyncFD) -> Check {
        self.settle()?;
        match self.doing {
            Doing::Closing => {
                self.closing.retain(|entry| matches!(entry, Entry::Call(_)));
                let first = self.closing.pop_front().is_some_and(|entry| entry.is_call(id));
                return if first { Ok(()) } else { Err("called out of order by close_socket".into()) };
            }
            Doing::Descriptors => {}
            Doing::Nothing | Doing::Queue => return Err("called outside of its phase".into()),
        }
        let next = |frame: &&mut Frame| frame.key == key && frame.rest.front().is_some_and(|entry| entry.is_call(id));
        if let Some(frame) = self.frame.as_mut().filter(next) {
            frame.rest.pop_front();
            return Ok(());
        }
        self.end_frame();
        self.frame = Some(self.take_out(id, key)?);
        Ok(())
    }

    /// A list is taken out to be served, whose first is `id`.
    fn take_out(&mut self, id: Id, key: AsyncFD) -> Check<Frame> {
        for (pair, state) in self.pairs.iter_mut().enumerate() {
            let Some(slot) = state.slot.as_mut().filter(|slot| slot.key == key) else { continue };
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
                state.due = false;
                let mut rest = mem::take(&mut state.list);
                rest.pop_front();
                return Ok(Frame { pair, key, side, rest, gone: false });
            }
        }
        Err("called twice, after its removal, or out of turn".into())
    }

    fn end_call(&mut self, id: Id, answer: Answer) {
        let frame = self.frame.as_mut();
        match answer {
            Answer::Done => self.alive -= 1,
            Answer::Again => {
                frame.into_iter().for_each(|frame| frame.rest.push_front(Entry::Call(id)));
                self.end_frame();
            }
            Answer::Raise => {
                let place = frame.map(|frame| (frame.pair, frame.key, frame.side));
                self.alive -= 1;
                self.raised = Some(id);
                self.end_frame();
                let Some((pair, key, side)) = place else { return };
                if let Some(slot) = self.pairs[pair].slot.as_mut().filter(|slot| slot.key == key) {
                    slot.note_cut_short(side);
                }
            }
        }
    }

    fn begin_queued(&mut self, id: Id) -> Check {
        self.settle()?;
        self.end_frame();
        self.begin_queue()?;
        match self.queue.pop_front() {
            Some(first) if first == id => Ok(()),
            Some(first) => Err(format!("called instead of {first}")),
            None => Err("called, though nothing is queued".into()),
        }
    }

    pub fn begin_queue(&mut self) -> Check {
        match self.doing {
            Doing::Descriptors => self.doing = Doing::Queue,
            Doing::Queue => {}
            Doing::Nothing | Doing::Closing => return Err("called outside of a turn".into()),
        }
        Ok(())
    }

    fn begin_event(&mut self, id: Id, key: AsyncFD) -> Check {
        self.settle()?;
        self.end_frame();
        if self.doing != Doing::Descriptors {
            return Err("called outside of its phase".into());
        }
        let added = self.added.as_mut().filter(|added| added.id == id && added.key == key);
        let added = added.ok_or("called after its removal")?;
        if mem::take(&mut added.ready) { Ok(()) } else { Err("called without a trigger".into()) }
    }

    /// Whether something is pending surely, and possibly.
    pub fn pending(&self) -> (bool, bool) {
        let (least, most) = self.counted();
        let queued = !self.queue.is_empty();
        (least > 0 || queued, most > 0 || queued)
    }

    pub fn begin_turn(&mut self) {
        self.doing = Doing::Descriptors;
        if let Some(added) = &mut self.added {
            added.ready |= mem::take(&mut self.triggered);
        }
        for pair in &mut self.pairs {
            let inbound = pair.ended || pair.inbound > 0;
            for (side, state) in pair.slot.iter_mut().flat_map(|slot| slot.sides.iter_mut().enumerate()) {
                state.was_ready = side != READ || inbound;
                state.due = state.was_ready && state.asked && !state.list.is_empty();
            }
        }
    }

    /// After a turn nothing was passed over, unless it ended by an error.
    pub fn end_turn(&mut self, well: bool) -> Check {
        self.settle()?;
        self.end_frame();
        self.doing = Doing::Nothing;
        if !well {
            return Ok(());
        }
        if let Some(id) = self.queue.front() {
            return Err(format!("{id} was left in the queue"));
        }
        if self.added.as_ref().is_some_and(|added| added.ready) {
            return Err("the event was passed over".into());
        }
        // A side that raises is the writing one where the other is not asked for, and is ready: it has been visited.
        self.pairs.iter_mut().filter_map(|pair| pair.slot.as_mut()).for_each(Slot::note_asked);
        let slots = self.pairs.iter().filter_map(|pair| pair.slot.as_ref());
        match slots.flat_map(|slot| slot.sides.iter().map(move |side| (slot, side))).find(|(_, side)| side.due) {
            Some((slot, _)) => Err(format!("{:?} was ready and was not served", slot.key)),
            None => Ok(()),
        }
    }
}
