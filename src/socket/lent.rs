//! What `recv_into` and `recv_from_into` share: the buffer that is lent to the future.

use std::io;
use std::ops::RangeBounds;
use std::rc::Rc;

use super::part::Part;
use super::{other, start};
use crate::address::{SockAddr, SocketFlags};
use crate::dispatcher::Core;
use crate::error::Error;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Outcome};
use crate::origin::Origin;
use crate::registry::Side;
use crate::sys::{self, BorrowedFd};

/// What a receive into a lent buffer brings. It lies in the future from the start, so that the buffer is still there
/// when the receive fails or is cancelled.
pub(super) trait Received: 'static {
    /// What one system call answers.
    type Got;

    fn buffer(&mut self) -> &mut [u8];
    fn call(fd: BorrowedFd<'_>, part: &mut [u8], peek: bool) -> io::Result<Self::Got>;
    /// `SAFE_DISCONN`: a disconnection is the end, for streams.
    fn or_disconnected(outcome: Outcome<Self::Got>, flags: SocketFlags) -> Outcome<Self::Got>;
    fn set(&mut self, got: Self::Got);
}

impl<B: AsMut<[u8]> + 'static> Received for (usize, B) {
    type Got = usize;

    fn buffer(&mut self) -> &mut [u8] {
        self.1.as_mut()
    }

    fn call(fd: BorrowedFd<'_>, part: &mut [u8], peek: bool) -> io::Result<usize> {
        sys::receive(fd, part, peek)
    }

    fn or_disconnected(outcome: Outcome<usize>, flags: SocketFlags) -> Outcome<usize> {
        outcome.or_disconnected(flags, 0)
    }

    fn set(&mut self, size: usize) {
        self.0 = size;
    }
}

impl<B: AsMut<[u8]> + 'static> Received for (usize, SockAddr, B) {
    type Got = (usize, SockAddr);

    fn buffer(&mut self) -> &mut [u8] {
        self.2.as_mut()
    }

    fn call(fd: BorrowedFd<'_>, part: &mut [u8], peek: bool) -> io::Result<(usize, SockAddr)> {
        sys::receive_from(fd, part, peek)
    }

    fn or_disconnected(outcome: Outcome<(usize, SockAddr)>, _: SocketFlags) -> Outcome<(usize, SockAddr)> {
        outcome
    }

    fn set(&mut self, (size, from): (usize, SockAddr)) {
        (self.0, self.1) = (size, from);
    }
}

struct RecvInto<R> {
    part: Part,
    flags: SocketFlags,
    future: NimFuture<R>,
}

impl<R: Received> RecvInto<R> {
    fn receive(&self, core: &Core, fd: AsyncFD, received: &mut R) -> Outcome<()> {
        let part = match self.part.cut(received.buffer()) {
            // `AsMut` is user code, and may have cancelled: then no byte is taken.
            _ if self.future.finished() => return Outcome::Got(()),
            Ok(part) => part,
            Err(error) => return Outcome::Failed(error),
        };
        let peek = self.flags.contains(SocketFlags::PEEK);
        let outcome = Outcome::of(core.with_descriptor(fd, |fd| R::call(fd, part, peek)));
        match R::or_disconnected(outcome, self.flags) {
            Outcome::Blocked => Outcome::Blocked,
            Outcome::Failed(error) => Outcome::Failed(error),
            Outcome::Got(got) => {
                received.set(got);
                Outcome::Got(())
            }
        }
    }
}

impl<R: Received> Eager for RecvInto<R> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        match self.future.with_value(|received| self.receive(core, fd, received)) {
            Some(Outcome::Blocked) => return false,
            Some(Outcome::Failed(error)) => self.future.settle(Err(error)),
            Some(Outcome::Got(())) => drop(self.future.finish_in_place()),
            None => {}
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }

    fn origin(&self) -> Origin {
        self.future.origin()
    }
}

/// Starts to receive into `received`.
#[track_caller]
pub(super) fn start_into<R: Received>(
    fd: AsyncFD,
    name: &'static str,
    mut received: R,
    at: impl RangeBounds<usize>,
    flags: SocketFlags,
) -> NimFuture<R> {
    let (part, future) = (Part::of(at), NimFuture::named(name));
    let checked = part.cut(received.buffer()).map(drop);
    future.put_value(received);
    match checked {
        Ok(()) => start(fd, Side::Read, future, |future| other(RecvInto { part, flags, future })),
        Err(error) => {
            future.settle(Err(error));
            future
        }
    }
}

impl<B: 'static> NimFuture<(usize, B)> {
    /// Takes the buffer back of a [`recv_into`](crate::AsyncFD::recv_into) that has failed or was cancelled.
    ///
    /// `None` while it is pending, after success, when the buffer is part of the value, and once it was taken. It is as
    /// it was lent: neither a failed nor a cancelled receive has written to it.
    ///
    /// # Nim
    ///
    /// Nim has none: the buffer never leaves its owner there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let received = fd.recv_into(vec![0; 4096]);
    /// received.cancel();
    /// assert_eq!(received.take_buffer().unwrap().len(), 4096);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn take_buffer(&self) -> Option<B> {
        self.take_left().map(|(_, buffer)| buffer)
    }
}

impl<B: 'static> NimFuture<(usize, SockAddr, B)> {
    /// Takes the buffer back of a [`recv_from_into`](crate::AsyncFD::recv_from_into) that has failed or was cancelled.
    ///
    /// `None` while it is pending, after success, when the buffer is part of the value, and once it was taken. It is as
    /// it was lent: neither a failed nor a cancelled receive has written to it.
    ///
    /// # Nim
    ///
    /// Nim has none: the buffer never leaves its owner there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let fd = register(std::net::UdpSocket::bind("127.0.0.1:0")?)?;
    /// let received = fd.recv_from_into([0; 64]);
    /// received.cancel();
    /// assert_eq!(received.take_buffer(), Some([0; 64]));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn take_buffer(&self) -> Option<B> {
        self.take_left().map(|(_, _, buffer)| buffer)
    }
}
