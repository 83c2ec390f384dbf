//! Sends that need not ask the kernel first.
//!
//! Nim asks the kernel for each send whether the descriptor is writable, and takes the question back after it: two
//! `epoll_ctl` a send. Here the kernel is asked until it has named the side for a send that was alone there and went out
//! whole. From then on the side is trusted as long as it takes all that it is given: a send that is alone there is tried
//! unasked in the descriptors' phase of the next turn, after those that the kernel names, or together with its own
//! descriptor. One that finds the side full waits for the kernel like any other, and so does whoever else waits there.

use super::{Registry, Side, Slot};
use crate::fd::AsyncFD;
use crate::line::Waiting;
use crate::sys::{Event, Interest};

impl Registry {
    /// Whether an entry that is about to be appended need not ask the kernel: then it is tried in the next turn.
    #[inline]
    pub(crate) fn trusts(&self, slot: &mut Slot, side: Side, waiting: &Waiting) -> bool {
        let unasked = side == Side::Write && waiting.is_send() && slot.may_send_unasked();
        if unasked {
            slot.write.unasked = true;
            self.unasked.borrow_mut().push_back(slot.key());
        }
        unasked
    }

    /// Whether a send is to be tried that the kernel was not asked about.
    pub(crate) fn has_unasked(&self) -> bool {
        !self.unasked.borrow().is_empty()
    }

    /// The side of a descriptor where one of them waits.
    pub(crate) fn unasked_of(&self, fd: AsyncFD) -> Interest {
        let unasked = self.with(fd, |slot| slot.write.unasked).unwrap_or(false);
        if unasked { Interest::WRITE } else { Interest::NONE }
    }

    /// The next of them that was there before `round` began, as an event. Some have been tried with their descriptor's
    /// other side, withdrawn, or joined by others for whom the kernel was asked.
    pub(crate) fn next_unasked(&self, round: u64) -> Option<Event> {
        loop {
            let fd = self.unasked.borrow().front().copied()?;
            let due = self.with(fd, |slot| slot.write.unasked.then(|| slot.write.asked_before(round)));
            if let Ok(Some(false)) = due {
                return None;
            }
            self.unasked.borrow_mut().pop_front();
            if let Ok(Some(true)) = due {
                return Some(Event { token: fd.token(), ready: Interest::WRITE, broken: false });
            }
        }
    }
}

impl Slot {
    fn may_send_unasked(&self) -> bool {
        let line = &self.write;
        line.trusted && line.believed && line.list.is_empty() && line.out == 0 && !self.is_watched(Interest::WRITE)
    }
}
