//! One step: four bytes say what is done, to whom and how.

use std::mem;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, register, set_global_dispatcher};

use super::WIDTH;
use super::model::{Doing, Entry, Frame, READ, Slot, WRITE};
use super::pair::Pair;
use super::turns::{Ended, ended};
use super::world::{Check, DISPATCHERS, World, told};

macro_rules! kinds {
    ($($kind:ident $often:literal $name:literal)*) => {
        #[derive(Clone, Copy)]
        enum Kind { $($kind,)* }

        /// The kinds of steps.
        pub const NAMES: &[&str] = &[$($name,)*];

        /// Each as often as it should be.
        const KINDS: &[(Kind, usize)] = &[$((Kind::$kind, $often),)*];
    };
}

kinds! {
    Poll 24 "poll"
    Register 12 "register"
    AddRead 12 "add_read"
    AddWrite 7 "add_write"
    Put 12 "the peer sends"
    Take 6 "bytes are read by hand"
    Recv 10 "recv"
    Send 7 "send"
    CancelOperation 5 "an operation is cancelled"
    Unregister 4 "unregister"
    CloseSocket 3 "close_socket"
    EndPeer 2 "the peer closes or shuts down"
    Fill 1 "the socket is filled"
    Drain 2 "the peer receives all"
    CallSoon 8 "call_soon"
    Renew 12 "new_future, sleep_async"
    AddCallback 10 "add_callback"
    Finish 8 "complete, fail"
    CancelFuture 3 "a future is cancelled"
    Clear 2 "clear_callbacks"
    Spawn 6 "async_proc"
    CancelProc 3 "a proc is cancelled"
    AddTimer 6 "add_timer"
    UnregisterCustom 3 "a timer or event is unregistered"
    AddEvent 5 "an event is added"
    Trigger 8 "trigger"
    EndEvent 1 "an event is closed"
    Advance 12 "the clock goes on"
    Swap 4 "set_global_dispatcher"
    EndDispatcher 1 "a dispatcher is closed or dropped"
    Stale 6 "a stale or foreign key is used"
}

const LIST: usize = 8;

fn kind_of(byte: u8) -> Kind {
    let all: usize = KINDS.iter().map(|(_, often)| often).sum();
    let mut left = usize::from(byte) * all / 256;
    for (kind, often) in KINDS {
        if left < *often {
            return *kind;
        }
        left -= often;
    }
    Kind::Poll
}

/// What a step does; inside of callbacks it may be how one ends.
pub fn name(step: &[u8]) -> &'static str {
    NAMES[kind_of(step[0]) as usize]
}

impl World {
    pub fn step(self: &Rc<World>, step: [u8; WIDTH]) -> Check {
        let [kind, a, b, c] = step;
        let kind = kind_of(kind);
        self.counts.borrow_mut()[kind as usize] += 1;
        let outside = self.depth.get() == 0;
        let (pair, future) = {
            let model = self.model.borrow();
            (usize::from(a) % model.pairs.len(), usize::from(a) % model.futs.len())
        };
        let event = usize::from(a) % self.model.borrow().events.len();
        match kind {
            Kind::Poll => self.poll(),
            Kind::Register => self.register(pair),
            Kind::AddRead => self.add(pair, READ),
            Kind::AddWrite => self.add(pair, WRITE),
            Kind::Put => self.model.borrow_mut().pairs[pair].put(usize::from(b) % 8 + 1).map_err(told),
            Kind::Take => self.take(pair, usize::from(b) % 8 + 1),
            Kind::Recv => self.operate(pair, READ, usize::from(b) % 8 + 1),
            Kind::Send => self.operate(pair, WRITE, usize::from(b) % 8 + 1),
            Kind::CancelOperation => self.cancel_operation(usize::from(a)),
            Kind::Unregister => self.unregister(pair),
            Kind::CloseSocket => self.close_socket(pair),
            Kind::EndPeer => self.end_peer(pair, b % 2 == 0),
            Kind::Fill => self.fill(pair),
            Kind::Drain => self.drain(pair),
            Kind::CallSoon => self.call_soon(),
            Kind::Renew => {
                self.renew(future, (b % 2 == 0).then_some(u64::from(c) % 20));
                Ok(())
            }
            Kind::AddCallback => {
                self.add_future_callback(future);
                Ok(())
            }
            Kind::Finish => self.finish(future, b % 3 == 0),
            Kind::CancelFuture => self.cancel_future(future),
            Kind::Clear => {
                self.clear_callbacks(future);
                Ok(())
            }
            Kind::Spawn => {
                self.spawn(future);
                Ok(())
            }
            Kind::CancelProc => self.cancel_proc(usize::from(a)),
            Kind::AddTimer => self.add_timer(u64::from(b) % 20 + 1, c % 2 == 0),
            Kind::UnregisterCustom => self.unregister_custom(usize::from(a)),
            Kind::AddEvent => self.add_event(event),
            Kind::Trigger => {
                self.trigger(event);
                Ok(())
            }
            Kind::EndEvent => self.end_event(event),
            Kind::Advance if outside => self.advance(self.current(), u64::from(b) % 16),
            Kind::Swap if outside => self.swap(),
            Kind::EndDispatcher if outside => self.end_dispatcher(usize::from(a) % DISPATCHERS, b % 2 == 0),
            Kind::Stale => self.use_stale(usize::from(a), usize::from(b)),
            Kind::Advance | Kind::Swap | Kind::EndDispatcher => Ok(()),
        }
    }

    pub fn current(&self) -> usize {
        self.model.borrow().current
    }

    /// The key of a pair that is registered here.
    fn key(&self, pair: usize) -> Option<AsyncFD> {
        let model = self.model.borrow();
        model.pairs[pair].slot.as_ref().filter(|slot| slot.disp == model.current).map(|slot| slot.key)
    }

    /// Registers a pair, which is opened anew if ours is closed.
    fn register(&self, pair: usize) -> Check {
        let mut model = self.model.borrow_mut();
        if model.pairs[pair].slot.is_some() {
            return Ok(());
        }
        if model.pairs[pair].ours.is_none() {
            model.pairs[pair] = Pair::open().map_err(told)?;
        }
        let Some(ours) = model.pairs[pair].ours.take() else { return Ok(()) };
        let disp = model.current;
        let key = register(ours).map_err(told)?;
        model.pairs[pair].slot = Some(Slot::new(key, disp));
        model.pairs[pair].note_ready();
        Ok(())
    }

    fn add(self: &Rc<World>, pair: usize, side: usize) -> Check {
        let Some(key) = self.key(pair).filter(|_| self.has_room(pair, side)) else { return Ok(()) };
        let token = self.token();
        self.enlist_on(pair, side, Entry::Call(token.id));
        let world = Rc::clone(self);
        let callback = move |fd| world.on_descriptor(&token, fd);
        if side == READ { key.add_read(callback) } else { key.add_write(callback) }.map_err(told)
    }

    fn has_room(&self, pair: usize, side: usize) -> bool {
        let model = self.model.borrow();
        model.pairs[pair].slot.as_ref().is_some_and(|slot| slot.sides[side].list.len() < LIST)
    }

    fn enlist_on(&self, pair: usize, side: usize, entry: Entry) {
        let mut model = self.model.borrow_mut();
        let stamp = model.tick();
        if let Some(slot) = &mut model.pairs[pair].slot {
            for side in &mut slot.sides {
                side.lingers = false;
                // One that is asked for again is served from the next turn on.
                if side.eclipsed.take().is_some() {
                    side.changed = stamp;
                }
            }
            slot.sides[side].changed = stamp;
            slot.sides[side].list.push_back(entry);
        }
    }

    fn operate(&self, pair: usize, side: usize, size: usize) -> Check {
        let Some(key) = self.key(pair).filter(|_| self.has_room(pair, side)) else { return Ok(()) };
        if side == WRITE && self.model.borrow().pairs[pair].peer.is_none() {
            return Ok(());
        }
        let entry = if side == READ {
            Entry::Recv { future: key.recv(size), size }
        } else {
            let data = self.model.borrow_mut().pairs[pair].numbered(size);
            Entry::Send { future: key.send(data.clone()), data }
        };
        if entry.finished() {
            return Err("an operation has finished within its call".into());
        }
        self.enlist_on(pair, side, entry);
        Ok(())
    }

    fn cancel_operation(&self, which: usize) -> Check {
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        let stamp = model.tick();
        let operations: usize =
            model.lists().map(|list| list.iter().filter(|entry| !matches!(entry, Entry::Call(_))).count()).sum();
        if operations == 0 {
            return Ok(());
        }
        let mut left = which % operations;
        let mut found = None;
        for list in model.lists() {
            let at = list.iter().position(|entry| {
                let this = !matches!(entry, Entry::Call(_));
                let hit = this && left == 0;
                left = left.saturating_sub(usize::from(this));
                hit
            });
            if let Some(at) = at {
                found = list.remove(at);
                break;
            }
        }
        model.pairs.iter_mut().flat_map(|pair| &mut pair.slot).flat_map(|slot| &mut slot.sides).for_each(|side| {
            side.changed = stamp;
        });
        drop(model);
        let cancelled = match &found {
            Some(Entry::Recv { future, .. }) => future.cancel(),
            Some(Entry::Send { future, .. }) => future.cancel(),
            _ => true,
        };
        if cancelled { Ok(()) } else { Err("an operation that waits cannot be cancelled".into()) }
    }

    /// Bytes go without the loop, so that others are called for nothing.
    fn take(&self, pair: usize, size: usize) -> Check {
        self.model.borrow_mut().settle_operations()?;
        let Some(key) = self.key(pair) else { return Ok(()) };
        let mut buf = vec![0; size];
        let read = key.with_fd(|fd| rustix::io::read(fd, &mut buf)).map_err(told)?;
        self.model.borrow_mut().pairs[pair].took(&buf[..read.unwrap_or(0)], size)
    }

    fn fill(&self, pair: usize) -> Check {
        self.model.borrow_mut().settle_operations()?;
        let Some(key) = self.key(pair) else { return Ok(()) };
        let mut model = self.model.borrow_mut();
        if model.pairs[pair].peer.is_some() && !model.pairs[pair].full {
            model.pairs[pair].fill(|data| key.with_fd(|fd| rustix::io::write(fd, data)).ok()?.ok());
        }
        Ok(())
    }

    fn drain(&self, pair: usize) -> Check {
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        model.pairs[pair].drain()
    }

    fn end_peer(&self, pair: usize, close: bool) -> Check {
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        let sends = model.lists().any(|list| list.iter().any(|entry| matches!(entry, Entry::Send { .. })));
        let pair = &mut model.pairs[pair];
        pair.open_first().map_err(told)?;
        pair.drain()?;
        if close && !sends {
            pair.end();
        } else if let Some(peer) = pair.peer.as_ref().filter(|_| !close) {
            peer.shutdown(std::net::Shutdown::Write).map_err(told)?;
            pair.ended = true;
        }
        pair.note_ready();
        Ok(())
    }

    /// The model's half of the end of a registration: who waited, reading side first.
    fn forget(&self, pair: usize) -> Check<std::collections::VecDeque<Entry>> {
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        let Some(mut slot) = model.pairs[pair].slot.take() else { return Ok(Default::default()) };
        for frame in model.doing.iter_mut().filter_map(Doing::frame_mut).filter(|frame| frame.key == slot.key) {
            frame.gone = true;
        }
        model.note_stale(slot.key);
        let mut waiting = mem::take(&mut slot.sides[READ].list);
        waiting.append(&mut slot.sides[WRITE].list);
        model.end_sends(&mut waiting, slot.key, slot.disp);
        Ok(waiting)
    }

    fn unregister(&self, pair: usize) -> Check {
        let Some(key) = self.key(pair) else { return Ok(()) };
        let orphans = self.forget(pair)?;
        let disp = self.current();
        self.model.borrow_mut().orphan(orphans, disp);
        let owned = key.unregister().map_err(told)?.into_owned();
        let ours = owned.ok_or("the descriptor that was ours is not given back")?;
        self.model.borrow_mut().pairs[pair].ours = Some(ours);
        Ok(())
    }

    fn close_socket(&self, pair: usize) -> Check {
        let Some(key) = self.key(pair) else { return Ok(()) };
        let rest = self.forget(pair)?;
        self.model.borrow_mut().pairs[pair].end();
        let disp = self.current();
        let frame = Frame { pair, disp, key, side: READ, rest, gone: true };
        self.model.borrow_mut().doing.push(Doing::Close { frame, answers: Vec::new() });
        let ended = ended(|| key.close_socket())?;
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        let Some(Doing::Close { frame, answers }) = model.doing.pop() else { return Err("closed out of order".into()) };
        if !frame.rest.is_empty() {
            return Err(format!("{} were not told that {key:?} is closed", frame.rest.len()));
        }
        check_closed(&ended, &answers)
    }

    /// The other dispatcher is the thread's, unless the present one has callbacks in its queue.
    fn swap(&self) -> Check {
        self.stop_clock(1 - self.current())?;
        let (current, real, queued) = {
            let mut model = self.model.borrow_mut();
            let other = 1 - model.current;
            let queued = model.queued_sends(model.current) > 0 || !model.disp().queue.is_empty();
            (other, model.disps[other].real.clone(), queued)
        };
        match (set_global_dispatcher(real), queued) {
            (Ok(()), false) => {
                self.model.borrow_mut().current = current;
                Ok(())
            }
            (Err(_), true) => Ok(()),
            (swapped, _) => Err(format!("{swapped:?}, and callbacks are queued: {queued}")),
        }
    }

    /// A dispatcher ends with all that it has; a new one takes its place.
    fn end_dispatcher(&self, which: usize, close: bool) -> Check {
        let new = self.new_disp();
        let real = new.real.clone();
        let former = self.forget_disp(which, new)?;
        let current = self.current() == which;
        if close || current {
            former.close();
        }
        if current {
            set_global_dispatcher(real).map_err(told)?;
            self.stop_clock(which)?;
        }
        drop(former);
        Ok(())
    }

    fn use_stale(&self, which: usize, what: usize) -> Check {
        let key = {
            let model = self.model.borrow();
            let foreign = model.pairs[which % model.pairs.len()].slot.as_ref();
            let foreign = foreign.filter(|slot| slot.disp != model.current).map(|slot| slot.key);
            let stale = if model.stale.is_empty() { None } else { Some(model.stale[which % model.stale.len()]) };
            foreign.filter(|_| what % 2 == 0).or(stale)
        };
        key.map_or(Ok(()), |key| self.refused(key, what / 2))
    }
}

/// How `close_socket` ended must be what the first of the callbacks said that was not content; a panic before all.
fn check_closed(ended: &Ended, answers: &[(usize, super::calls::Answer)]) -> Check {
    use super::calls::Answer;
    let panicked = answers.iter().find(|(_, answer)| *answer == Answer::Panic);
    let discontent = answers.iter().find(|(_, answer)| *answer != Answer::Done);
    let as_said = match (ended, panicked, discontent) {
        (Ended::Panicked(id), Some((first, _)), _) => id == first,
        (Ended::Raised(text), None, Some((id, Answer::Raise))) => *text == super::calls::raised(*id),
        (Ended::Raised(text), None, Some((_, Answer::Again))) => text.starts_with("Expecting async operations"),
        (Ended::Well, None, None) => true,
        _ => false,
    };
    if as_said { Ok(()) } else { Err(format!("close_socket does not say what its callbacks answered: {answers:?}")) }
}
