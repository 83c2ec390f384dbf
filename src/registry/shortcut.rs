//! The frequent events, cut short: one side of a descriptor is ready, and who waits there can be served where he stands.
//! What comes of it is what the general way in `serve.rs` does; no user code is called.

use super::{Registry, Side, Slot, place_of};
use crate::dispatcher::Core;
use crate::error::Result;
use crate::line::{Line, Waiting, Who};
use crate::operation::Operation;
use crate::sys::{Event, Selector};

/// What there is to do when nothing is borrowed any more.
pub(crate) enum Shortcut {
    /// A lazy operation is first: its task is to be woken, and it stays in its place.
    Wake(Who),
    /// A plain receive or send was alone, has its result and has left the list.
    End(Operation, Result<Vec<u8>>),
    /// It was tried and goes on waiting.
    Wait(Result<()>),
}

impl Registry {
    /// Serves an event of the batch that `round` serves, if it is a frequent one.
    #[inline]
    pub(crate) fn shortcut(&self, core: &Core, event: Event, round: u64, selector: &Selector) -> Option<Shortcut> {
        let side = Side::BOTH.into_iter().find(|side| side.interest() == event.ready)?;
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(place_of(event.token))?.as_mut().filter(|slot| slot.key().token() == event.token)?;
        if !slot.line(side).asked_before(round) {
            return None;
        }
        match slot.line(side).wake_first(core.turn.get()) {
            Some(who) => {
                slot.line(side).believed = true;
                slot.line(side.other()).ask_anew();
                Some(Shortcut::Wake(who))
            }
            None => self.attempt(core, slot, side, selector),
        }
    }

    fn attempt(&self, core: &Core, slot: &mut Slot, side: Side, selector: &Selector) -> Option<Shortcut> {
        // A send that has not asked the kernel is tried after the read side, in the same visit.
        if side == Side::Read && slot.write.unasked {
            return None;
        }
        let Slot { descriptor, read, write, .. } = slot;
        let line = if side == Side::Read { read } else { write };
        let operation = line.alone()?;
        let result = operation.call(core, descriptor.borrow());
        (line.believed, line.trusted, line.unasked) = (true, result.is_some(), false);
        let Some(result) = result else {
            slot.line(side.other()).ask_anew();
            return Some(Shortcut::Wait(slot.watch(selector, side.interest())));
        };
        let Some(Waiting::Eager(_, operation)) = line.list.pop_front() else { return None };
        line.asked = false;
        slot.line(side.other()).ask_anew();
        self.count(slot, !slot.is_idle());
        Some(Shortcut::End(operation, result))
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
