//! The level-triggered selector, itself watched by tokio's reactor.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use tokio::io::Interest as TokioInterest;
use tokio::io::unix::AsyncFd;

use super::alarm::Alarm;
use super::process::Process;
use super::queue::{Bell, Queue};
use crate::sys::ready::{ALARM, BATCH, Batch, Interest};

/// A level-triggered selector, close-on-exec.
pub(crate) struct Selector {
    queue: Queue,
    /// How many descriptors were added and not removed: without any, a look needs no system call.
    members: Cell<usize>,
}

impl Selector {
    pub(crate) fn new() -> io::Result<Selector> {
        Ok(Selector { queue: Queue::new()?, members: Cell::new(0) })
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        self.queue.add(fd, token, interest)?;
        self.members.set(self.members.get() + 1);
        Ok(())
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        self.queue.modify(fd, token, interest)
    }

    /// Forgets a descriptor that was added, also if the kernel has forgotten it already.
    pub(crate) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.members.set(self.members.get() - 1);
        self.queue.remove(fd)
    }

    /// A new member that is readable when its process has ended.
    pub(crate) fn add_process(&self, process: &Process, token: u64) -> io::Result<()> {
        self.add(process.0.as_fd(), token, Interest::READ)
    }

    pub(crate) fn remove_process(&self, process: &Process) -> io::Result<()> {
        self.remove(process.0.as_fd())
    }

    /// A new member that is ready when its moment has come.
    pub(crate) fn alarm(&self) -> io::Result<Alarm> {
        let bell = Bell::new(&self.queue, ALARM)?;
        self.members.set(self.members.get() + 1);
        Ok(Alarm(bell))
    }

    /// As [`alarm`](Selector::alarm), for the dispatcher's own deadlines, at which nobody has to look without waiting.
    pub(crate) fn timer(&self) -> io::Result<Alarm> {
        Ok(Alarm(Bell::new(&self.queue, ALARM)?))
    }

    /// Fills `batch` without waiting; `WouldBlock` if nothing is ready.
    fn look(&self, batch: &mut Batch) -> io::Result<()> {
        batch.clear();
        batch.events.reserve(BATCH);
        loop {
            match self.queue.look(&mut batch.events) {
                Ok(0) => return Err(io::ErrorKind::WouldBlock.into()),
                Ok(_) => return Ok(()),
                // Only an empty look is an empty look: whoever clears readiness relies on it.
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl AsRawFd for Selector {
    fn as_raw_fd(&self) -> RawFd {
        self.queue.as_fd().as_raw_fd()
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
        // SAFETY: the selector owns its descriptor, never replaces it, and lives as long as the `AsyncFd` that
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
        self.selector().queue.as_fd()
    }
}

/// What only these selectors do: they can be watched by others.
#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::*;

    /// Whether a look finds the one token, or nothing.
    fn finds(selector: &Selector, token: u64) -> bool {
        let mut batch = Batch::default();
        match selector.look(&mut batch) {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        let found: Vec<_> = std::iter::from_fn(|| batch.next()).map(|event| (event.token, event.ready)).collect();
        assert!(found.is_empty() || found == [(token, Interest::READ)], "{found:?}");
        !found.is_empty()
    }

    #[test]
    fn can_be_watched_by_another() {
        let (inner, outer) = (Selector::new().unwrap(), Selector::new().unwrap());
        let (near, mut far) = UnixStream::pair().expect("a socket pair");
        inner.add(near.as_fd(), 1, Interest::READ).unwrap();
        outer.add(inner.queue.as_fd(), 2, Interest::READ).unwrap();
        assert!(!finds(&outer, 2));
        far.write_all(b"x").unwrap();
        assert!(finds(&outer, 2));
        assert!(finds(&inner, 1));
    }

    #[test]
    fn an_alarm_comes_at_its_moment_or_at_once_and_stays_until_it_is_set_anew() {
        let (inner, outer) = (Selector::new().unwrap(), Selector::new().unwrap());
        outer.add(inner.queue.as_fd(), 2, Interest::READ).unwrap();
        let alarm = std::sync::Arc::new(inner.alarm().unwrap());
        assert!(!finds(&outer, 2));
        let begun = std::time::Instant::now();
        alarm.set(Some(Duration::from_micros(20_500)));
        while !finds(&outer, 2) {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(begun.elapsed() >= Duration::from_micros(20_500));
        assert!(finds(&outer, 2));
        alarm.set(None);
        assert!(!finds(&outer, 2));
        alarm.set(Some(Duration::from_secs(60)));
        let waker = std::task::Waker::from(alarm.clone());
        std::thread::spawn(move || waker.wake()).join().unwrap();
        while !finds(&outer, 2) {
            std::thread::yield_now();
        }
        assert!(finds(&inner, ALARM));
        alarm.set(Some(Duration::MAX));
        assert!(!finds(&outer, 2));
    }
}
