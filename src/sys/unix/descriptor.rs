//! A descriptor and who owns it, its flags, limits.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use rustix::process::{Resource, getrlimit};

use super::socket::never_signals;

enum Owner {
    Ours(OwnedFd),
    Shared { _owner: Arc<dyn AsFd> },
    Elsewhere,
}

/// An open descriptor.
///
/// # Invariant
///
/// `raw` is open as long as this value lives: it is owned here, or kept open by the shared owner (whose `as_fd` gave
/// the number), or by the promise of the caller of [`Descriptor::promised`].
pub(crate) struct Descriptor {
    raw: RawFd,
    owner: Owner,
}

impl Descriptor {
    pub(crate) fn owned(fd: OwnedFd) -> Descriptor {
        never_signals(fd.as_fd());
        Descriptor { raw: fd.as_raw_fd(), owner: Owner::Ours(fd) }
    }

    /// Asks `owner` for its descriptor once and keeps the number.
    pub(crate) fn shared(owner: Arc<dyn AsFd>) -> Descriptor {
        never_signals(owner.as_fd());
        let raw = owner.as_fd().as_raw_fd();
        Descriptor { raw, owner: Owner::Shared { _owner: owner } }
    }

    /// # Safety
    ///
    /// `raw` stays open as long as the value returned lives, and is not -1.
    pub(crate) unsafe fn promised(raw: RawFd) -> Descriptor {
        let descriptor = Descriptor { raw, owner: Owner::Elsewhere };
        never_signals(descriptor.borrow());
        descriptor
    }

    pub(crate) fn number(&self) -> i32 {
        self.raw
    }

    pub(crate) fn is_owned(&self) -> bool {
        matches!(self.owner, Owner::Ours(_))
    }

    pub(crate) fn borrow(&self) -> BorrowedFd<'_> {
        // SAFETY: the type's invariant: the descriptor is open as long as `self` lives.
        unsafe { BorrowedFd::borrow_raw(self.raw) }
    }

    pub(crate) fn into_owned(self) -> Option<OwnedFd> {
        match self.owner {
            Owner::Ours(fd) => Some(fd),
            Owner::Shared { .. } | Owner::Elsewhere => None,
        }
    }
}

pub(crate) fn raw_fd(fd: &impl AsFd) -> RawFd {
    fd.as_fd().as_raw_fd()
}

/// A descriptor's number, by which registrations are found.
pub(crate) fn number_of(raw: RawFd) -> Option<i32> {
    Some(raw)
}

/// The descriptor of a number.
pub(crate) fn raw_of(number: i32) -> RawFd {
    number
}

/// The soft limit of open descriptors less one, as Nim counts; without a limit the largest number there is.
pub(crate) fn descriptor_limit() -> usize {
    match getrlimit(Resource::Nofile).current {
        Some(limit) => usize::try_from(limit.saturating_sub(1)).unwrap_or(usize::MAX),
        None => i32::MAX as usize,
    }
}

/// A second descriptor for the same open file, close-on-exec if the first is.
pub(crate) fn duplicate(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let copy = fd.try_clone_to_owned()?;
    if !fcntl_getfd(fd)?.contains(FdFlags::CLOEXEC) {
        set_close_on_exec(copy.as_fd(), false)?;
    }
    Ok(copy)
}

pub(crate) fn set_close_on_exec(fd: BorrowedFd<'_>, on: bool) -> io::Result<()> {
    let mut flags = fcntl_getfd(fd)?;
    flags.set(FdFlags::CLOEXEC, on);
    Ok(fcntl_setfd(fd, flags)?)
}

pub(crate) fn is_nonblocking(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(fcntl_getfl(fd)?.contains(OFlags::NONBLOCK))
}

pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    let flags = fcntl_getfl(fd)?;
    if flags.contains(OFlags::NONBLOCK) {
        return Ok(());
    }
    Ok(fcntl_setfl(fd, flags | OFlags::NONBLOCK)?)
}

/// Whether `fd` can be read without waiting: the guard before a call on a blocking descriptor that is not ours.
pub(crate) fn readable_now(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let mut fds = [PollFd::from_borrowed_fd(fd, PollFlags::IN)];
    Ok(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? > 0)
}
