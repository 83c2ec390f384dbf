//! Lists that are taken out of the table to be served, and what becomes of them meanwhile.

use std::mem;

use super::{Gone, Registry, Side, Waiting};
use crate::error::Result;
use crate::fd::AsyncFD;
use crate::fifo::Fifo;
use crate::sys::Interest;

/// A list that is out.
pub(super) struct Serving {
    pub(super) fd: AsyncFD,
    /// How the registration ended meanwhile, if it did.
    pub(super) gone: Option<Gone>,
    /// How many wait behind the callback that is being called.
    behind: usize,
}

impl Registry {
    /// Whether an entry of a list that is out was given up meanwhile.
    pub(crate) fn is_withdrawn(&self, waiting: &Waiting) -> bool {
        let withdrawn = self.withdrawn.borrow();
        !withdrawn.is_empty() && waiting.id().is_some_and(|id| withdrawn.contains(&id))
    }

    /// Takes the whole list of a ready side out to serve it, if it is of those `asked` for. If not, answers whether
    /// anybody wants events of this side.
    pub(crate) fn take_out(&self, fd: AsyncFD, side: Side, asked: Interest) -> Result<Fifo<Waiting>, bool> {
        let taken = self.with(fd, |slot| {
            let line = slot.line(side);
            line.believed = true;
            if line.list.is_empty() || !asked.contains(side.interest()) {
                return Err(!line.list.is_empty());
            }
            line.out += 1;
            line.unasked = false;
            Ok(mem::take(&mut line.list))
        });
        let list = taken.unwrap_or(Err(false))?;
        self.serving.borrow_mut().push(Serving { fd, gone: None, behind: 0 });
        Ok(list)
    }

    /// Whether entries of lists that are out were given up.
    pub(crate) fn has_withdrawn(&self) -> bool {
        !self.withdrawn.borrow().is_empty()
    }

    /// A callback of the list that was taken out last is about to be called, with so many behind it.
    pub(crate) fn note_behind(&self, behind: usize) {
        if let Some(serving) = self.serving.borrow_mut().last_mut() {
            serving.behind = behind;
        }
    }

    /// How many wait on a descriptor; the callback that is being called, if it is one of its own, does not.
    pub(crate) fn waiting(&self, fd: AsyncFD) -> Result<usize> {
        let listed = self.with(fd, |slot| slot.read.list.len() + slot.write.list.len())?;
        let serving = self.serving.borrow();
        let out: usize = serving.iter().filter(|serving| serving.fd == fd).map(|serving| serving.behind).sum();
        Ok(listed + out)
    }

    /// How the registration ended whose list was taken out last, if it did.
    pub(crate) fn gone(&self) -> Option<Gone> {
        self.serving.borrow().last().and_then(|serving| serving.gone)
    }

    /// Puts what is left of a list back in front of newcomers; gives it back if the registration has ended.
    pub(crate) fn put_back(&self, fd: AsyncFD, side: Side, kept: Fifo<Waiting>) -> Fifo<Waiting> {
        let mut serving = self.serving.borrow_mut();
        serving.pop();
        if serving.is_empty() {
            self.withdrawn.borrow_mut().clear();
        }
        drop(serving);
        let mut kept = Some(kept);
        let _gone = self.with(fd, |slot| {
            let line = slot.line(side);
            line.out -= 1;
            line.trusted = false;
            line.list.prepend(kept.take().unwrap_or_default());
        });
        kept.unwrap_or_default()
    }
}
