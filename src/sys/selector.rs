//! The level-triggered selector, itself watched by tokio's reactor.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use tokio::io::Interest as TokioInterest;
use tokio::io::unix::AsyncFd;

use super::alarm::{Alarm, TOKEN};
use super::queue::{Bell, Queue, Raw, event};

/// How many ready descriptors one look returns at most; Nim's number.
const BATCH: usize = 64;

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
}

/// One ready descriptor: the token that it was added with, and what it is ready for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) token: u64,
    pub(crate) ready: Interest,
    /// An error or a hang-up alone: it is for both sides, whatever was asked for.
    pub(crate) broken: bool,
}

impl Event {
    /// Whether it is an alarm's, and no descriptor's.
    pub(crate) fn is_alarm(&self) -> bool {
        self.token == TOKEN
    }
}

/// The ready descriptors of one turn, in the kernel's order.
#[derive(Default)]
pub(crate) struct Batch {
    events: Vec<Raw>,
    served: usize,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.served == self.events.len()
    }

    pub(crate) fn next(&mut self) -> Option<Event> {
        let event = event(self.events.get(self.served)?);
        self.served += 1;
        Some(event)
    }

    /// What has not been served.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.events[self.served..].iter().map(event)
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.served = 0;
    }
}

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

    /// A new member that is ready when its moment has come.
    pub(crate) fn alarm(&self) -> io::Result<Alarm> {
        let bell = Bell::new(&self.queue, TOKEN)?;
        self.members.set(self.members.get() + 1);
        Ok(Alarm(bell))
    }

    /// As [`alarm`](Selector::alarm), for the dispatcher's own deadlines, at which nobody has to look without waiting.
    pub(crate) fn timer(&self) -> io::Result<Alarm> {
        Ok(Alarm(Bell::new(&self.queue, TOKEN)?))
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

/// What every selector has to do, whatever it is made of.
#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::*;

    const BOTH: Interest = Interest(Interest::READ.0 | Interest::WRITE.0);

    /// The tokens that a look finds, and what they are ready for, events of one token joined.
    fn look(selector: &Selector) -> Vec<(u64, Interest)> {
        let mut batch = Batch::default();
        let mut found: Vec<(u64, Interest)> = Vec::new();
        match selector.look(&mut batch) {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        while let Some(event) = batch.next() {
            match found.iter_mut().find(|(token, _)| *token == event.token) {
                Some((_, ready)) => *ready = ready.with(event.ready),
                None => found.push((event.token, event.ready)),
            }
        }
        found
    }

    fn pair() -> (UnixStream, UnixStream) {
        UnixStream::pair().expect("a socket pair")
    }

    #[test]
    fn is_level_triggered() {
        let selector = Selector::new().unwrap();
        let (mut near, mut far) = pair();
        selector.add(near.as_fd(), 7, Interest::READ).unwrap();
        assert_eq!(look(&selector), []);
        far.write_all(b"x").unwrap();
        assert_eq!(look(&selector), [(7, Interest::READ)]);
        assert_eq!(look(&selector), [(7, Interest::READ)]);
        near.read_exact(&mut [0]).unwrap();
        assert_eq!(look(&selector), []);
    }

    #[test]
    fn tells_what_was_asked_for_and_no_more() {
        let selector = Selector::new().unwrap();
        let (near, mut far) = pair();
        far.write_all(b"x").unwrap();
        selector.add(near.as_fd(), 1, Interest::WRITE).unwrap();
        assert_eq!(look(&selector), [(1, Interest::WRITE)]);
        selector.modify(near.as_fd(), 1, BOTH).unwrap();
        assert_eq!(look(&selector), [(1, BOTH)]);
        selector.modify(near.as_fd(), 1, Interest::READ).unwrap();
        assert_eq!(look(&selector), [(1, Interest::READ)]);
        selector.remove(near.as_fd()).unwrap();
        assert_eq!(look(&selector), []);
    }

    #[test]
    fn tells_of_a_hang_up_to_whoever_waits() {
        for interest in [Interest::READ, Interest::WRITE, BOTH] {
            let selector = Selector::new().unwrap();
            let (near, far) = pair();
            selector.add(near.as_fd(), 3, interest).unwrap();
            drop(far);
            let found = look(&selector);
            assert!(found.len() == 1 && found[0].1.contains(interest), "{interest:?}: {found:?}");
        }
    }

    #[test]
    fn forgets_what_was_closed() {
        let selector = Selector::new().unwrap();
        let (near, mut far) = pair();
        selector.add(near.as_fd(), 3, Interest::READ).unwrap();
        far.write_all(b"x").unwrap();
        drop(near);
        assert_eq!(look(&selector), []);
    }

    #[test]
    fn can_be_watched_by_another() {
        let (inner, outer) = (Selector::new().unwrap(), Selector::new().unwrap());
        let (near, mut far) = pair();
        inner.add(near.as_fd(), 1, Interest::READ).unwrap();
        outer.add(inner.queue.as_fd(), 2, Interest::READ).unwrap();
        assert_eq!(look(&outer), []);
        far.write_all(b"x").unwrap();
        assert_eq!(look(&outer), [(2, Interest::READ)]);
        assert_eq!(look(&inner), [(1, Interest::READ)]);
    }

    /// tokio hears of an edge once: whoever cleared its belief while anything is ready would never be told again.
    #[test]
    fn only_an_empty_look_ends_the_outer_readiness() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let watched = Watched::new(Selector::new().unwrap()).unwrap();
            let (mut near, mut far) = pair();
            watched.selector().add(near.as_fd(), 7, Interest::READ).unwrap();
            far.write_all(b"x").unwrap();
            let mut batch = Batch::default();
            std::future::poll_fn(|cx| watched.poll_look(cx, &mut batch)).await.unwrap();
            let mut looks_at_once = || {
                let looked = watched.poll_look(&mut Context::from_waker(std::task::Waker::noop()), &mut batch);
                looked.map(Result::unwrap).is_ready()
            };
            assert!(looks_at_once(), "after a look that waited");
            assert!(watched.look(&mut Batch::default()).unwrap());
            assert!(looks_at_once(), "after one that did not");
            near.read_exact(&mut [0]).unwrap();
            assert!(!looks_at_once(), "nothing is ready");
        });
    }

    #[test]
    fn an_alarm_comes_at_its_moment_or_at_once_and_stays_until_it_is_set_anew() {
        let (inner, outer) = (Selector::new().unwrap(), Selector::new().unwrap());
        outer.add(inner.queue.as_fd(), 2, Interest::READ).unwrap();
        let alarm = std::sync::Arc::new(inner.alarm().unwrap());
        assert_eq!(look(&outer), []);
        let begun = std::time::Instant::now();
        alarm.set(Some(Duration::from_micros(20_500)));
        while look(&outer).is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(begun.elapsed() >= Duration::from_micros(20_500));
        assert_eq!(look(&outer), [(2, Interest::READ)]);
        alarm.set(None);
        assert_eq!(look(&outer), []);
        alarm.set(Some(Duration::from_secs(60)));
        let waker = std::task::Waker::from(alarm.clone());
        std::thread::spawn(move || waker.wake()).join().unwrap();
        while look(&outer).is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(look(&inner), [(TOKEN, Interest::READ)]);
        alarm.set(Some(Duration::MAX));
        assert_eq!(look(&outer), []);
    }

    #[test]
    fn keeps_whole_tokens() {
        let selector = Selector::new().unwrap();
        let (near, _far) = pair();
        let token = 0x7fff_fffe_8000_0001_u64;
        selector.add(near.as_fd(), token, Interest::WRITE).unwrap();
        assert_eq!(look(&selector), [(token, Interest::WRITE)]);
    }
}
