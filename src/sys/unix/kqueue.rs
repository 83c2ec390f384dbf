//! Bindings to kqueue (macOS and its kin, the BSDs), level-triggered: a filter a side, and an event for each.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::kqueue::{self, EventFilter, EventFlags, kevent, kqueue};
use rustix::io::{Errno, FdFlags, fcntl_setfd};

use crate::sys::ready::{Event, Interest};

const NO_WAIT: Option<Duration> = Some(Duration::ZERO);

pub(crate) type Raw = kqueue::Event;

/// A kqueue, close-on-exec.
pub(super) struct Queue(OwnedFd);

impl Queue {
    pub(super) fn new() -> io::Result<Queue> {
        let queue = kqueue()?;
        fcntl_setfd(&queue, FdFlags::CLOEXEC)?;
        Ok(Queue(queue))
    }

    pub(super) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        for filter in filters(fd, interest) {
            self.change(filter, EventFlags::ADD, token)?;
        }
        Ok(())
    }

    pub(super) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        self.add(fd, token, interest)?;
        self.delete(fd, Interest::READ.with(Interest::WRITE).without(interest))
    }

    pub(super) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.delete(fd, Interest::READ.with(Interest::WRITE))
    }

    fn delete(&self, fd: BorrowedFd<'_>, interest: Interest) -> io::Result<()> {
        for filter in filters(fd, interest) {
            match self.change(filter, EventFlags::DELETE, 0) {
                Err(Errno::NOENT) => {} // was not watched
                result => result?,
            }
        }
        Ok(())
    }

    fn change(&self, filter: EventFilter, flags: EventFlags, token: u64) -> Result<(), Errno> {
        let change = [kqueue::Event::new(filter, flags, ptr::without_provenance_mut(token as usize))];
        let none: &mut [kqueue::Event] = &mut [];
        // SAFETY: the descriptor is borrowed, so it is open now; should it be closed while it is watched, the kernel
        // takes its filters out by itself. The token is never followed as a pointer.
        unsafe { kevent(&self.0, &change, none, NO_WAIT) }?;
        Ok(())
    }

    /// Fills the spare capacity of `events` without waiting, and says how many there are.
    pub(super) fn look(&self, events: &mut Vec<Raw>) -> io::Result<usize> {
        // SAFETY: nothing is changed here; for the descriptors that are watched see `change`.
        Ok(unsafe { kevent(&self.0, &[], spare_capacity(events), NO_WAIT) }?)
    }
}

/// A timer in a kqueue.
pub(super) struct Bell {
    queue: Queue,
    token: u64,
}

impl Bell {
    pub(super) fn new(queue: &Queue, token: u64) -> io::Result<Bell> {
        Ok(Bell { queue: Queue(queue.0.try_clone()?), token })
    }

    /// Setting it forgets that it has rung. In whole milliseconds, since rustix cuts off what is less, and at most 49
    /// days; ringing early does no harm.
    pub(super) fn set(&self, after: Option<Duration>) {
        let millis = after.map(|after| u32::try_from(after.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX));
        let timer = millis.map(|millis| Duration::from_millis(millis.into()));
        let filter = EventFilter::Timer { ident: 0, timer };
        let flags = if after.is_some() { EventFlags::ADD | EventFlags::ONESHOT } else { EventFlags::DELETE };
        let _was_not_set = self.queue.change(filter, flags, self.token);
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn filters(fd: BorrowedFd<'_>, interest: Interest) -> impl Iterator<Item = EventFilter> {
    let fd = fd.as_raw_fd();
    let read = interest.contains(Interest::READ).then_some(EventFilter::Read(fd));
    let write = interest.contains(Interest::WRITE).then_some(EventFilter::Write(fd));
    read.into_iter().chain(write)
}

/// The end of a stream and errors come with the filter of each side that is watched.
pub(crate) fn event(raw: &Raw) -> Event {
    let ready = match raw.filter() {
        EventFilter::Write(_) => Interest::WRITE,
        _ => Interest::READ,
    };
    Event { token: raw.udata().addr() as u64, ready, broken: false }
}
