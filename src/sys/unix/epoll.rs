//! Bindings to epoll (Linux, Android), level-triggered.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime};

use crate::sys::ready::{Event, Interest};

const NO_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

pub(crate) type Raw = epoll::Event;

/// An epoll instance, close-on-exec.
pub(super) struct Queue(OwnedFd);

impl Queue {
    pub(super) fn new() -> io::Result<Queue> {
        Ok(Queue(epoll::create(epoll::CreateFlags::CLOEXEC)?))
    }

    pub(super) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        Ok(epoll::add(&self.0, fd, epoll::EventData::new_u64(token), flags(interest))?)
    }

    pub(super) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        Ok(epoll::modify(&self.0, fd, epoll::EventData::new_u64(token), flags(interest))?)
    }

    pub(super) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.0, fd)?)
    }

    /// Fills the spare capacity of `events` without waiting, and says how many there are.
    pub(super) fn look(&self, events: &mut Vec<Raw>) -> io::Result<usize> {
        Ok(epoll::wait(&self.0, spare_capacity(events), Some(&NO_WAIT))?)
    }
}

/// A timerfd in an epoll instance.
pub(super) struct Bell(OwnedFd);

impl Bell {
    pub(super) fn new(queue: &Queue, token: u64) -> io::Result<Bell> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        queue.add(timer.as_fd(), token, Interest::READ)?;
        Ok(Bell(timer))
    }

    /// Setting it forgets that it has rung.
    pub(super) fn set(&self, after: Option<Duration>) {
        let it_value = after.map_or(NO_WAIT, |after| Timespec {
            tv_sec: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(after.subsec_nanos().max(u32::from(after.as_secs() == 0))), // all zeros: never
        });
        let setting = Itimerspec { it_interval: NO_WAIT, it_value };
        let _never_out_of_range = timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &setting);
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The half-close flag is never asked for: alone it would wake a side that nobody waits on, again and again.
fn flags(interest: Interest) -> epoll::EventFlags {
    let mut flags = epoll::EventFlags::empty();
    flags.set(epoll::EventFlags::IN, interest.contains(Interest::READ));
    flags.set(epoll::EventFlags::OUT, interest.contains(Interest::WRITE));
    flags
}

/// An error or a hang-up alone makes both sides ready; with a readable or writable bit only that side.
pub(crate) fn event(raw: &Raw) -> Event {
    let (flags, data) = (raw.flags, raw.data);
    let mut ready = Interest::NONE;
    if flags.contains(epoll::EventFlags::IN) {
        ready = ready.with(Interest::READ);
    }
    if flags.contains(epoll::EventFlags::OUT) {
        ready = ready.with(Interest::WRITE);
    }
    let broken = ready == Interest::NONE;
    if broken {
        ready = Interest::READ.with(Interest::WRITE);
    }
    Event { token: data.u64(), ready, broken }
}
