//! One step: five bits say what is done, three to whom.

use std::io::Write;
use std::mem;
use std::net::Shutdown;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, ErrorKind, poll_with, register};

use super::calls::raised;
use super::model::{Added, Check, Doing, Entry, Pair, READ, Slot, WRITE};
use super::world::{PAIRS, World, told};

const LIST: usize = 6;

impl World {
    pub fn step(self: &Rc<World>, step: u8) -> Check {
        self.steps.set(self.steps.get() + 1);
        let pair = usize::from(step >> 5) % PAIRS;
        let size = usize::from(step >> 5) + 1;
        match step % 32 {
            0..=4 if self.model.borrow().doing == Doing::Nothing => self.turn(),
            0..=4 => Ok(()),
            5..=8 => self.register(pair),
            9..=12 => self.add(pair, READ),
            13 | 14 => self.add(pair, WRITE),
            15..=18 => self.put(pair, size),
            19 | 20 => self.receive(pair, size),
            21 => self.take(pair, size),
            22 => self.cancel(pair),
            23 => self.unregister(pair),
            24 => self.close(pair),
            25 => self.end_peer(pair),
            26 => self.add_event(),
            27 => self.unregister_event(),
            28 => self.trigger(),
            29 | 30 => self.call_soon(),
            _ => self.use_stale(size),
        }
    }

    pub fn turn(self: &Rc<World>) -> Check {
        let (surely, possibly) = self.model.borrow().pending();
        self.model.borrow_mut().begin_turn();
        let ended = poll_with(0);
        let mut model = self.model.borrow_mut();
        match (ended, model.raised.take()) {
            (Ok(()), None) if possibly => model.end_turn(true),
            (Err(error), None) if error.kind() == ErrorKind::NothingPending && !surely => model.end_turn(false),
            (Err(error), Some(id)) if error.to_string() == raised(id) => model.end_turn(false),
            (ended, raised) => Err(format!("poll ends with {ended:?}; {raised:?} has raised")),
        }
    }

    fn key(&self, pair: usize) -> Option<AsyncFD> {
        self.model.borrow().pairs[pair].slot.as_ref().map(|slot| slot.key)
    }

    /// Registers a pair, which is opened anew if ours is closed.
    fn register(&self, pair: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let pair = &mut model.pairs[pair];
        if pair.slot.is_none() {
            if pair.ours.is_none() {
                *pair = Pair::open()?;
            }
            let Some(ours) = pair.ours.take() else { return Ok(()) };
            let key = register(ours).map_err(told)?;
            pair.slot = Some(Slot { key, sides: Default::default(), lingers: false });
        }
        Ok(())
    }

    fn has_room(&self, pair: usize, side: usize) -> bool {
        let model = self.model.borrow();
        model.pairs[pair].slot.as_ref().is_some_and(|slot| slot.sides[side].list.len() < LIST)
    }

    fn enlist(&self, pair: usize, side: usize, entry: Entry) {
        if let Some(slot) = &mut self.model.borrow_mut().pairs[pair].slot {
            slot.lingers = false;
            slot.sides[side].list.push_back(entry);
            slot.note_asked();
            slot.sides[side].asked = true;
        }
    }

    fn add(self: &Rc<World>, pair: usize, side: usize) -> Check {
        let Some(key) = self.key(pair).filter(|_| self.has_room(pair, side)) else { return Ok(()) };
        let token = self.token();
        self.enlist(pair, side, Entry::Call(token.id));
        let world = Rc::clone(self);
        let callback = move |fd| world.on_descriptor(&token, fd);
        if side == READ { key.add_read(callback) } else { key.add_write(callback) }.map_err(told)
    }

    fn put(&self, pair: usize, size: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let pair = &mut model.pairs[pair];
        let closed = pair.slot.is_none() && pair.ours.is_none();
        let Some(peer) = pair.peer.as_mut().filter(|_| !pair.ended && !closed) else { return Ok(()) };
        let data: [u8; 8] = std::array::from_fn(|at| pair.next_put.wrapping_add(at as u8));
        pair.inbound += size;
        peer.write_all(&data[..size]).map_err(told)?;
        pair.next_put = pair.next_put.wrapping_add(size as u8);
        pair.note_ready();
        Ok(())
    }

    fn receive(&self, pair: usize, size: usize) -> Check {
        let Some(key) = self.key(pair).filter(|_| self.has_room(pair, READ)) else { return Ok(()) };
        let future = key.recv(size);
        if future.finished() {
            return Err("a receive has finished within its call".into());
        }
        self.enlist(pair, READ, Entry::Recv(future, size));
        Ok(())
    }

    /// Bytes go without the loop, so that others are called for nothing.
    fn take(&self, pair: usize, size: usize) -> Check {
        self.model.borrow_mut().settle()?;
        let Some(key) = self.key(pair) else { return Ok(()) };
        let mut buf = [0; 8];
        let read = key.with_fd(|fd| rustix::io::read(fd, &mut buf[..size])).map_err(told)?;
        self.model.borrow_mut().pairs[pair].took(&buf[..read.unwrap_or(0)], size)
    }

    /// The first receive that waits is cancelled.
    fn cancel(&self, pair: usize) -> Check {
        let mut model = self.model.borrow_mut();
        model.settle()?;
        let Some(slot) = &mut model.pairs[pair].slot else { return Ok(()) };
        let list = &mut slot.sides[READ].list;
        let Some(at) = list.iter().position(|entry| matches!(entry, Entry::Recv(..))) else { return Ok(()) };
        let Some(Entry::Recv(future, _)) = list.remove(at) else { return Ok(()) };
        slot.sides[READ].due &= !slot.sides[READ].list.is_empty();
        drop(model);
        if future.cancel() { Ok(()) } else { Err("a receive that waits cannot be cancelled".into()) }
    }

    /// The model's half of the end of a registration: who waited, reading side first.
    fn forget(&self, pair: usize) -> Check<std::collections::VecDeque<Entry>> {
        let mut model = self.model.borrow_mut();
        model.settle()?;
        let Some(mut slot) = model.pairs[pair].slot.take() else { return Ok(Default::default()) };
        for frame in model.frame.iter_mut().filter(|frame| frame.key == slot.key) {
            frame.gone = true;
        }
        model.stale = Some(slot.key);
        let mut waiting = mem::take(&mut slot.sides[READ].list);
        waiting.append(&mut slot.sides[WRITE].list);
        Ok(waiting)
    }

    pub fn unregister(&self, pair: usize) -> Check {
        let Some(key) = self.key(pair) else { return Ok(()) };
        let orphans = self.forget(pair)?;
        self.model.borrow_mut().orphan(orphans);
        let ours = key.unregister().map_err(told)?.into_owned();
        self.model.borrow_mut().pairs[pair].ours = Some(ours.ok_or("the descriptor that was ours is not given back")?);
        Ok(())
    }

    fn close(&self, pair: usize) -> Check {
        let Some(key) = self.key(pair) else { return Ok(()) };
        let (calls, receives) = self.forget(pair)?.into_iter().partition(|entry| matches!(entry, Entry::Call(_)));
        let mut model = self.model.borrow_mut();
        model.orphan(receives);
        model.pairs[pair].peer = None;
        model.pairs[pair].inbound = 0;
        model.closing = calls;
        let doing = mem::replace(&mut model.doing, Doing::Closing);
        drop(model);
        let ended = key.close_socket();
        let mut model = self.model.borrow_mut();
        model.doing = doing;
        if !model.closing.is_empty() {
            return Err(format!("{} were not told that {key:?} is closed", model.closing.len()));
        }
        ended.map_err(told)
    }

    fn end_peer(&self, pair: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let pair = &mut model.pairs[pair];
        if let Some(peer) = pair.peer.as_ref().filter(|_| !pair.ended) {
            peer.shutdown(Shutdown::Write).map_err(told)?;
            pair.ended = true;
            pair.note_ready();
        }
        Ok(())
    }

    fn add_event(self: &Rc<World>) -> Check {
        if self.model.borrow().added.is_some() {
            return Ok(());
        }
        let token = self.token();
        let (id, world) = (token.id, Rc::clone(self));
        let key = self.event.borrow().add(move |key| world.on_event(&token, key)).map_err(told)?;
        self.model.borrow_mut().added = Some(Added { id, key, ready: false });
        Ok(())
    }

    pub fn unregister_event(&self) -> Check {
        let mut model = self.model.borrow_mut();
        let Some(added) = model.added.take() else { return Ok(()) };
        model.stale = Some(added.key);
        if model.running != Some(added.id) {
            model.alive -= 1;
        }
        drop(model);
        self.event.borrow().unregister().map_err(told)
    }

    fn trigger(&self) -> Check {
        self.model.borrow_mut().triggered = true;
        self.event.borrow().trigger();
        Ok(())
    }

    fn call_soon(self: &Rc<World>) -> Check {
        let token = self.token();
        self.model.borrow_mut().queue.push_back(token.id);
        let world = Rc::clone(self);
        asyncdispatch::call_soon(move || world.on_queue(&token));
        Ok(())
    }

    /// A key of nobody any more is refused for everything.
    fn use_stale(&self, what: usize) -> Check {
        let Some(key) = self.model.borrow().stale else { return Ok(()) };
        let result = match what % 5 {
            0 => key.add_read(|_| true),
            1 => key.add_write(|_| true),
            2 => key.recv(1).read().map(drop),
            3 => key.unregister().map(drop),
            _ => key.close_socket(),
        };
        match result {
            Err(error) if error.kind() == ErrorKind::NotRegistered => Ok(()),
            Err(error) if error.kind() == ErrorKind::WrongDescriptor && key.is_virtual() => Ok(()),
            Err(error) => Err(format!("{key:?} is refused by {error:#}")),
            Ok(()) => Err(format!("{key:?} is not refused")),
        }
    }
}
