//! What an event asks for. The frequent ones are cut short: one side of a descriptor is ready, and who waits there can be
//! served where he stands. What comes of it is what the general way in `serve.rs` does; no user code is called.

use super::{Registry, Side, Slot, place_of};
use crate::dispatcher::Core;
use crate::error::Result;
use crate::fd::AsyncFD;
use crate::line::{Line, Waiting, Who};
use crate::operation::Operation;
use crate::sys::{Event, Interest, Selector};

/// What there is to do when nothing is borrowed any more.
pub(crate) enum Told {
    /// A lazy operation is first: its task is to be woken, and it stays in its place.
    Wake(Who),
    /// A plain receive or send was alone, has its result and has left the list.
    End(Operation, Result<Vec<u8>>),
    /// It was tried and goes on waiting.
    Wait(Result<()>),
    /// Anything else: the lists of the sides that are `ready` are to be taken out and served, if they were `asked` for.
    Serve { fd: AsyncFD, ready: Interest, asked: Interest },
}

impl Registry {
    /// What an event of the batch asks for that `round` serves; nothing if its descriptor is not registered any more.
    #[inline]
    pub(crate) fn told(&self, core: &Core, event: Event, round: u64, selector: &Selector) -> Option<Told> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(place_of(event.token))?.as_mut().filter(|slot| slot.key().token() == event.token)?;
        let side = Side::BOTH.into_iter().find(|side| side.interest() == event.ready);
        let cut_short = side.and_then(|side| self.cut_short(core, slot, side, round, selector));
        cut_short.or_else(|| Some(slot.serve(event, round)))
    }

    #[inline]
    fn cut_short(&self, core: &Core, slot: &mut Slot, side: Side, round: u64, selector: &Selector) -> Option<Told> {
        if !slot.line(side).asked_before(round) || slot.line(side.other()).is_forgotten() {
            return None;
        }
        let Some(who) = slot.line(side).wake_first(core.turn.get()) else {
            return self.attempt(core, slot, side, selector);
        };
        slot.line(side).believed = true;
        slot.line(side.other()).ask_anew();
        Some(Told::Wake(who))
    }

    fn attempt(&self, core: &Core, slot: &mut Slot, side: Side, selector: &Selector) -> Option<Told> {
        // A send that has not asked the kernel is tried after the read side, in the same visit.
        if side == Side::Read && slot.write.unasked {
            return None;
        }
        let Slot { descriptor, read, write, .. } = slot;
        let line = if side == Side::Read { read } else { write };
        let operation = line.alone()?;
        let result = operation.call(core, descriptor.borrow());
        (line.believed, line.trusted, line.unasked) = (true, matches!(result, Some(Ok(_))), false);
        let Some(result) = result else {
            slot.line(side.other()).ask_anew();
            return Some(Told::Wait(slot.watch(selector, side.interest())));
        };
        let Some(Waiting::Eager(_, operation)) = line.list.take_alone() else { return None };
        line.asked = false;
        slot.line(side.other()).ask_anew();
        self.count(slot, !slot.is_idle());
        Some(Told::End(operation, result))
    }
}

impl Slot {
    fn serve(&self, event: Event, round: u64) -> Told {
        let mut asked = Interest::NONE;
        for (line, side) in [(&self.read, Side::Read), (&self.write, Side::Write)] {
            if line.asked_before(round) {
                asked = asked.with(side.interest());
            }
        }
        let mut ready = event.ready;
        if self.write.unasked {
            // Had the kernel been asked, it would have named the side of a socket: then an error is for that alone.
            ready = if event.broken { Interest::WRITE } else { ready.with(Interest::WRITE) };
        } else if event.broken && asked != Interest::NONE {
            asked = ready;
        }
        Told::Serve { fd: self.key(), ready, asked }
    }
}

impl Line {
    /// A plain receive or send that waits alone, here or in a turn that has the list out.
    fn alone(&mut self) -> Option<&mut Operation> {
        match self.list.alone_mut()? {
            Waiting::Eager(_, operation) if self.out == 0 && operation.is_plain() => Some(operation),
            _ => None,
        }
    }

    /// Nim asks for the other side as well if somebody waits there.
    fn ask_anew(&mut self) {
        self.asked = !self.list.is_empty();
    }
}
