//! The table of registered descriptors: who waits on each side, what the kernel watches, what counts.
//!
//! Nim's selector is level-triggered, and so is ours. Three things are kept apart that are one in Nim:
//!
//! - *counted* is what `active_descriptors` tells, by Nim's rules: from the first waiter of an idle descriptor to the
//!   end of the turn in which both lists are empty;
//! - *asked* is, for each side, what Nim's selector would have been asked for: events of other sides are unwanted;
//! - *watched* is what the kernel has been asked for. It is widened when somebody waits, and narrowed only when an
//!   event comes that nobody wants, so that a request does not cost four `epoll_ctl`.
//!
//! No function in this file calls user code while the table is borrowed.

mod serving;
mod shown;
mod told;
mod trusted;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::line::{Line, Waiting};
use crate::sys::{Descriptor, Interest, Selector};

use serving::Serving;
pub(crate) use told::Told;

/// One counter for the whole process: a key of another dispatcher never matches.
static GENERATION: AtomicU64 = AtomicU64::new(1);

pub(crate) fn next_generation() -> u64 {
    GENERATION.fetch_add(1, Ordering::Relaxed)
}

/// Which of a descriptor's two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

impl Side {
    pub(crate) const BOTH: [Side; 2] = [Side::Read, Side::Write];

    pub(crate) fn other(self) -> Side {
        match self {
            Side::Read => Side::Write,
            Side::Write => Side::Read,
        }
    }

    pub(crate) fn interest(self) -> Interest {
        match self {
            Side::Read => Interest::READ,
            Side::Write => Interest::WRITE,
        }
    }
}

/// How a registration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    Unregistered,
    Closed,
}

/// One registered descriptor.
pub(crate) struct Slot {
    generation: u64,
    pub(crate) descriptor: Rc<Descriptor>,
    read: Line,
    write: Line,
    watched: Interest,
    in_kernel: bool,
    counted: bool,
    /// Known to be non-blocking: found so or made so.
    pub(crate) nonblocking: bool,
}

impl Slot {
    pub(crate) fn line(&mut self, side: Side) -> &mut Line {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    fn key(&self) -> AsyncFD {
        AsyncFD::of_descriptor(self.descriptor.number(), self.generation)
    }

    fn is_idle(&self) -> bool {
        self.read.list.is_empty() && self.write.list.is_empty()
    }

    /// The interest of a side that was forgotten: whoever begins to wait on the other one has it asked for again.
    #[inline]
    pub(crate) fn forgotten(&mut self, side: Side) -> Interest {
        let line = self.line(side);
        if line.is_forgotten() && !line.unasked { side.interest() } else { Interest::NONE }
    }

    pub(crate) fn is_watched(&self, interest: Interest) -> bool {
        self.in_kernel && self.watched.contains(interest)
    }

    /// Asks the kernel for `more` besides what it watches already.
    pub(crate) fn watch(&mut self, selector: &Selector, more: Interest) -> Result<()> {
        if self.is_watched(more) {
            return Ok(());
        }
        let wanted = self.watched.with(more);
        let (fd, token) = (self.descriptor.borrow(), self.key().token());
        let asked = if self.in_kernel { selector.modify(fd, token, wanted) } else { selector.add(fd, token, wanted) };
        asked.map_err(|error| {
            let error = Error::selector(error.raw_os_error().unwrap_or_default());
            let why = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            error.with_detail(format!("descriptor {}{why}", self.key()))
        })?;
        self.in_kernel = true;
        self.watched = wanted;
        Ok(())
    }

    /// Takes interest off. With none left the descriptor is taken out, since hang-ups are reported without interest.
    /// The kernel refuses only for descriptors that were closed behind our back, which it has forgotten by itself.
    /// Returns whether something was taken off.
    pub(crate) fn unwatch(&mut self, selector: &Selector, less: Interest) -> bool {
        let wanted = self.watched.without(less);
        if !self.in_kernel || wanted == self.watched {
            return false;
        }
        let fd = self.descriptor.borrow();
        if wanted == Interest::NONE {
            let _forgotten = selector.remove(fd);
            self.in_kernel = false;
        } else if selector.modify(fd, self.key().token(), wanted).is_err() {
            return false; // it goes on telling, and is asked anew then
        }
        self.watched = wanted;
        true
    }
}

#[inline]
fn slot_of(slots: &mut [Option<Box<Slot>>], fd: AsyncFD) -> Result<&mut Slot> {
    match slots.get_mut(fd.index()) {
        Some(Some(slot)) if !fd.is_virtual() && slot.generation == fd.generation() => Ok(slot),
        _ => Err(Error::not_registered(format_args!("{fd:?}"))),
    }
}

/// The place in the table that a token of the selector names; none for a virtual key's.
fn place_of(token: u64) -> usize {
    (token >> 32) as usize
}

/// See the module's docs.
#[derive(Default)]
pub(crate) struct Registry {
    slots: RefCell<Vec<Option<Box<Slot>>>>,
    counted: Cell<usize>,
    operations: Cell<u64>,
    /// How many batches of events have begun to be served.
    rounds: Cell<u64>,
    /// Entries that were given up while their list was out.
    withdrawn: RefCell<Vec<u64>>,
    /// Lists that are out to be served, innermost last.
    serving: RefCell<Vec<Serving>>,
    /// Descriptors with a send that has not asked the kernel; see `registry/trusted.rs`.
    unasked: RefCell<VecDeque<AsyncFD>>,
}

impl Registry {
    /// What `active_descriptors` counts here.
    pub(crate) fn counted(&self) -> usize {
        self.counted.get()
    }

    pub(crate) fn next_operation(&self) -> u64 {
        self.operations.set(self.operations.get() + 1);
        self.operations.get()
    }

    /// Begins to serve a batch of events, and numbers it.
    pub(crate) fn next_round(&self) -> u64 {
        self.rounds.set(self.rounds.get() + 1);
        self.rounds.get()
    }

    /// Calls `f`, which must not call user code, with the slot of a key that is registered.
    #[inline]
    pub(crate) fn with<R>(&self, fd: AsyncFD, f: impl FnOnce(&mut Slot) -> R) -> Result<R> {
        slot_of(&mut self.slots.borrow_mut(), fd).map(f)
    }

    pub(crate) fn contains(&self, fd: AsyncFD) -> bool {
        self.with(fd, |_| ()).is_ok()
    }

    /// Whether `ready` tells of a side that Nim would have asked for: somebody waits on it, or one who did has raised,
    /// which is set right at the end of the descriptor's turn.
    pub(crate) fn is_awaited(&self, fd: AsyncFD, ready: Interest) -> bool {
        let awaited =
            |slot: &mut Slot| Side::BOTH.iter().any(|side| ready.contains(side.interest()) && slot.line(*side).asked);
        self.with(fd, awaited).unwrap_or(false)
    }

    pub(crate) fn find(&self, number: i32) -> Option<AsyncFD> {
        let slots = self.slots.borrow();
        slots.get(usize::try_from(number).ok()?)?.as_ref().map(|slot| slot.key())
    }

    /// The key that a token of the selector stands for, if it is still registered.
    pub(crate) fn key_of(&self, token: u64) -> Option<AsyncFD> {
        let slots = self.slots.borrow();
        slots.get(place_of(token))?.as_ref().map(|slot| slot.key()).filter(|key| key.token() == token)
    }

    /// Puts a descriptor into its place, which must be free.
    pub(crate) fn insert(&self, descriptor: Descriptor) -> AsyncFD {
        let slot = Box::new(Slot {
            generation: next_generation(),
            descriptor: Rc::new(descriptor),
            read: Line { believed: true, ..Line::default() },
            write: Line { believed: true, ..Line::default() },
            watched: Interest::NONE,
            in_kernel: false,
            counted: false,
            nonblocking: false,
        });
        let key = slot.key();
        let mut slots = self.slots.borrow_mut();
        if slots.len() <= key.index() {
            slots.resize_with(key.index() + 1, || None);
        }
        slots[key.index()] = Some(slot);
        key
    }

    /// Takes a registration out: of the kernel, of the count and of the table.
    pub(crate) fn remove(&self, fd: AsyncFD, selector: Option<&Selector>, how: Gone) -> Result<Box<Slot>> {
        self.with(fd, |slot| {
            if let Some(selector) = selector {
                slot.unwatch(selector, slot.watched);
            }
            self.count(slot, false);
        })?;
        for serving in self.serving.borrow_mut().iter_mut().filter(|serving| serving.fd == fd) {
            serving.gone = Some(how);
        }
        let slot = self.slots.borrow_mut()[fd.index()].take();
        slot.ok_or_else(|| Error::not_registered(format_args!("{fd:?}")))
    }

    fn count(&self, slot: &mut Slot, counted: bool) {
        if slot.counted != counted {
            slot.counted = counted;
            self.counted.set(if counted { self.counted.get() + 1 } else { self.counted.get() - 1 });
        }
    }

    /// Appends an entry, for which the kernel is asked if need be; answers whether not. If it cannot be, the entry is
    /// dropped: nothing is left behind.
    pub(crate) fn append(&self, core: &Core, fd: AsyncFD, side: Side, waiting: Waiting) -> Result<bool> {
        let mut slots = self.slots.borrow_mut(); // given back before `waiting` is dropped
        let slot = slot_of(&mut slots, fd)?;
        let unasked = self.trusts(slot, side, &waiting);
        let forgotten = slot.forgotten(side.other());
        core.watch_for(slot, if unasked { forgotten } else { forgotten.with(side.interest()) })?;
        self.enlist(slot, side, waiting);
        Ok(unasked)
    }

    /// Appends an entry of a side that the kernel watches or need not be asked about, and counts it.
    #[inline]
    pub(crate) fn enlist(&self, slot: &mut Slot, side: Side, waiting: Waiting) {
        self.count(slot, true);
        let line = slot.line(side);
        line.ask(self.rounds.get());
        line.unasked &= line.list.is_empty(); // if others wait there, the kernel is asked for all of them
        line.list.push_back(waiting);
        let other = slot.line(side.other());
        other.asked = !other.list.is_empty();
    }

    /// Takes an eager or lazy entry off its list by its number. Its descriptor is no longer counted if it was the last
    /// and no turn has the list out.
    pub(crate) fn withdraw(&self, fd: AsyncFD, side: Side, id: u64) -> Option<Waiting> {
        self.with(fd, |slot| self.withdraw_from(slot, side, id)).ok().flatten()
    }

    /// As [`withdraw`](Registry::withdraw), with the descriptor at hand.
    pub(crate) fn withdraw_from(&self, slot: &mut Slot, side: Side, id: u64) -> Option<Waiting> {
        let line = slot.line(side);
        let taken = line.list.remove(|waiting| waiting.id() == Some(id));
        line.unasked &= taken.is_none();
        if taken.is_none() && line.out > 0 {
            self.withdrawn.borrow_mut().push(id);
        }
        self.note_left(slot);
        taken
    }

    #[inline]
    fn note_left(&self, slot: &mut Slot) {
        if slot.is_idle() && slot.read.out == 0 && slot.write.out == 0 {
            self.count(slot, false);
            slot.read.asked = false;
            slot.write.asked = false;
        }
    }

    /// As [`withdraw_from`](Registry::withdraw_from), for a lazy entry that was woken: mostly it is alone.
    #[inline]
    pub(crate) fn withdraw_woken(&self, slot: &mut Slot, side: Side, id: u64) {
        match slot.line(side).list.first_mut() {
            Some(Waiting::Lazy(lazy)) if lazy.id == id => slot.line(side).list.drop_first(),
            _ => return drop(self.withdraw_from(slot, side, id)),
        }
        self.note_left(slot);
    }

    /// The end of a descriptor's turn: counted are those that somebody waits on, and whoever waits is watched for.
    pub(crate) fn settle(&self, fd: AsyncFD, selector: &Selector) -> Result<()> {
        self.with(fd, |slot| {
            self.count(slot, !slot.is_idle());
            let mut wanted = Interest::NONE;
            for side in Side::BOTH {
                let line = slot.line(side);
                line.asked = !line.list.is_empty();
                if !line.unasked && line.list.iter().any(Waiting::is_watched_for) {
                    wanted = wanted.with(side.interest());
                }
            }
            if wanted == Interest::NONE { Ok(()) } else { slot.watch(selector, wanted) }
        })
        .unwrap_or(Ok(()))
    }

    /// Counts and watches for whoever is left when a descriptor's turn was cut short. As in Nim the side that `raised` goes
    /// on being asked for, unless somebody has begun to wait on the other side meanwhile; and a side that is not asked
    /// for, because its list was out then, is asked for again when the one that raised has been served.
    pub(crate) fn wait_again(&self, fd: AsyncFD, raised: Side, selector: &Selector) -> Result<()> {
        self.with(fd, |slot| {
            self.count(slot, false);
            let lingers = slot.line(raised).asked;
            for side in Side::BOTH {
                let line = slot.line(side);
                let is_asked = line.asked || !lingers;
                if (side == raised && lingers) || (is_asked && !line.list.is_empty()) {
                    line.ask(self.rounds.get());
                    self.count(slot, true);
                    slot.watch(selector, side.interest())?;
                }
            }
            Ok(())
        })?
    }

    /// All registered keys, for the teardown.
    pub(crate) fn keys(&self) -> Vec<AsyncFD> {
        self.slots.borrow().iter().flatten().map(|slot| slot.key()).collect()
    }
}
