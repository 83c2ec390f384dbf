//! Bindings to epoll (Linux, Android): one level-triggered selector, itself watched by tokio's reactor.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll, ready};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use tokio::io::Interest as TokioInterest;
use tokio::io::unix::AsyncFd;

/// How many ready descriptors one look returns at most; Nim's number.
const BATCH: usize = 64;

const NO_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// What a descriptor is watched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest(u8);

impl Interest {
    pub(crate) const NONE: Interest = Interest(0);
    pub(crate) const READ: Interest = Interest(1);
    pub(crate) const WRITE: Interest = Interest(2);

    pub(crate) fn contains(self, other: Interest) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn with(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Interest) -> Interest {
        Interest(self.0 & !other.0)
    }

    /// The half-close flag is never asked for: alone it would wake a side that nobody waits on, again and again.
    fn flags(self) -> epoll::EventFlags {
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, self.contains(Interest::READ));
        flags.set(epoll::EventFlags::OUT, self.contains(Interest::WRITE));
        flags
    }
}

/// One ready descriptor: the token that it was added with, and what it is ready for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) token: u64,
    pub(crate) ready: Interest,
}

impl Event {
    /// An error or a hang-up alone makes both sides ready; with a readable or writable bit only that side.
    fn from_kernel(event: epoll::Event) -> Event {
        let (flags, data) = (event.flags, event.data);
        let mut ready = Interest::NONE;
        if flags.contains(epoll::EventFlags::IN) {
            ready = ready.with(Interest::READ);
        }
        if flags.contains(epoll::EventFlags::OUT) {
            ready = ready.with(Interest::WRITE);
        }
        if ready == Interest::NONE {
            ready = Interest::READ.with(Interest::WRITE);
        }
        Event { token: data.u64(), ready }
    }
}

/// The ready descriptors of one turn, in the kernel's order.
#[derive(Default)]
pub(crate) struct Batch {
    events: Vec<epoll::Event>,
    served: usize,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.served == self.events.len()
    }

    pub(crate) fn next(&mut self) -> Option<Event> {
        let event = *self.events.get(self.served)?;
        self.served += 1;
        Some(Event::from_kernel(event))
    }

    /// What has not been served.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.events[self.served..].iter().map(|event| Event::from_kernel(*event))
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.served = 0;
    }
}

/// A level-triggered epoll instance, close-on-exec.
pub(crate) struct Selector {
    epoll: OwnedFd,
    /// How many descriptors were added and not removed: without any, a look needs no system call.
    members: Cell<usize>,
}

impl Selector {
    pub(crate) fn new() -> io::Result<Selector> {
        Ok(Selector { epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?, members: Cell::new(0) })
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> Result<(), Errno> {
        epoll::add(&self.epoll, fd, epoll::EventData::new_u64(token), interest.flags())?;
        self.members.set(self.members.get() + 1);
        Ok(())
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> Result<(), Errno> {
        epoll::modify(&self.epoll, fd, epoll::EventData::new_u64(token), interest.flags())
    }

    /// Forgets a descriptor that was added, also if the kernel has forgotten it already.
    pub(crate) fn remove(&self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        self.members.set(self.members.get() - 1);
        epoll::delete(&self.epoll, fd)
    }

    /// Fills `batch` without waiting; `WouldBlock` if nothing is ready.
    fn look(&self, batch: &mut Batch) -> io::Result<()> {
        batch.clear();
        batch.events.reserve(BATCH);
        loop {
            match epoll::wait(&self.epoll, spare_capacity(&mut batch.events), Some(&NO_WAIT)) {
                Ok(0) => return Err(io::ErrorKind::WouldBlock.into()),
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsRawFd for Selector {
    fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }
}

/// The selector as tokio's reactor watches it.
///
/// tokio's belief that the selector is readable is cleared only by a look that found nothing: the edge that tokio was
/// told of stands for all descriptors at once, so it is used up only when none of them is ready.
pub(crate) struct Watched {
    outer: AsyncFd<Selector>,
}

impl Watched {
    /// Registers `selector` with the runtime that is entered.
    pub(crate) fn new(selector: Selector) -> io::Result<Watched> {
        // SAFETY: the selector owns its epoll descriptor, never replaces it, and lives as long as the `AsyncFd` that
        // it is moved into, which never hands it out.
        let outer = unsafe { AsyncFd::register_with_interest(selector, TokioInterest::READABLE) };
        Ok(Watched { outer: outer.map_err(|error| error.into_parts().1)? })
    }

    pub(crate) fn selector(&self) -> &Selector {
        self.outer.get_ref()
    }

    /// Looks at the selector without waiting. Returns whether anything is ready.
    ///
    /// tokio calls the closure only if it believes in readiness; if it does not, it may merely not have been told yet.
    pub(crate) fn look(&self, batch: &mut Batch) -> io::Result<bool> {
        if self.selector().members.get() == 0 {
            batch.clear();
            return Ok(false);
        }
        let mut looked = false;
        let found = self.outer.try_io(TokioInterest::READABLE, |selector| {
            looked = true;
            selector.look(batch)
        });
        let found = if looked { found } else { self.selector().look(batch) };
        match found {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// As [`look`](Watched::look), but registers the waker of `cx` if nothing is ready.
    pub(crate) fn poll_look(&self, cx: &mut Context<'_>, batch: &mut Batch) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.outer.poll_read_ready(cx))?;
            if let Ok(result) = guard.try_io(|outer| outer.get_ref().look(batch)) {
                return Poll::Ready(result);
            }
        }
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.selector().epoll.as_fd()
    }
}
