//! Nim's eager operations as they wait on a descriptor: what is tried when the kernel has named it.
//!
//! An enum, not a boxed closure each: receiving and sending are the hot path. Operations over the user's own buffer
//! types, and the rare ones, share the boxed variant.

use std::io;
use std::rc::Rc;

use bytes::Bytes;

use crate::address::SocketFlags;
use crate::call_soon::Entry;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::origin::Origin;
use crate::socket::SendTo;
use crate::sys::{self, BorrowedFd};

/// What came of one try.
pub(crate) enum Attempt {
    Done,
    Again(Operation),
}

/// See the module's docs.
pub(crate) enum Operation {
    Recv { size: usize, flags: SocketFlags, future: NimFuture<Vec<u8>> },
    Send { data: Bytes, sent: usize, flags: SocketFlags, future: NimFuture<()> },
    SendTo(Box<SendTo>),
    Other(Box<dyn Eager>),
}

/// An operation that is not worth a variant.
pub(crate) trait Eager {
    /// Tries once. `true`: the future is finished, or soon will be.
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool;
    fn fail(&self, core: &Rc<Core>, error: Error);
    /// The name and the place of its future.
    fn origin(&self) -> Origin;
}

/// What one system call answered.
pub(crate) enum Outcome<T> {
    Blocked,
    Got(T),
    Failed(Error),
}

impl<T> Outcome<T> {
    /// Makes an outcome of a system call's result; an interrupted call counts as one that would have blocked.
    pub(crate) fn of(result: io::Result<T>) -> Outcome<T> {
        match result {
            Ok(value) => Outcome::Got(value),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Outcome::Blocked
            }
            Err(error) => Outcome::Failed(Error::from_io_plain(error)),
        }
    }

    /// Nothing if it would have blocked.
    fn into_result(self) -> Option<Result<T>> {
        match self {
            Outcome::Blocked => None,
            Outcome::Got(value) => Some(Ok(value)),
            Outcome::Failed(error) => Some(Err(error)),
        }
    }

    /// With `SAFE_DISCONN`, a disconnection is `end` instead of an error.
    pub(crate) fn or_disconnected(self, flags: SocketFlags, end: T) -> Outcome<T> {
        match self {
            Outcome::Failed(error) if flags.contains(SocketFlags::SAFE_DISCONN) && is_disconnection(&error) => {
                Outcome::Got(end)
            }
            other => other,
        }
    }
}

/// Nim's set of errors that mean "the other side is gone".
pub(crate) fn is_disconnection(error: &Error) -> bool {
    error.raw_os_error().is_some_and(sys::is_disconnection)
}

impl Operation {
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Operation::Recv { future, .. } => future.origin(),
            Operation::Send { future, .. } => future.origin(),
            Operation::SendTo(send) => send.future().origin(),
            Operation::Other(other) => other.origin(),
        }
    }

    /// Whether it sends, in one call that never blocks.
    pub(crate) fn is_send(&self) -> bool {
        matches!(self, Operation::Send { .. } | Operation::SendTo(_))
    }

    /// Tries once; the descriptor has been named by the kernel in this turn, or is trusted.
    pub(crate) fn attempt(mut self, core: &Rc<Core>, fd: AsyncFD) -> Attempt {
        if let Operation::Other(mut other) = self {
            return if other.attempt(core, fd) { Attempt::Done } else { Attempt::Again(Operation::Other(other)) };
        }
        let called = core.fds.with(fd, |slot| self.call(core, slot.descriptor.borrow()));
        match called.unwrap_or_else(|_| Some(Err(Error::os(sys::EBADF)))) {
            None => Attempt::Again(self),
            Some(result) => {
                self.end(core, result);
                Attempt::Done
            }
        }
    }

    /// Makes the system call of a plain receive or send; no user code. The result, once there is one: what came, nothing
    /// for a send.
    pub(crate) fn call(&mut self, core: &Core, fd: BorrowedFd<'_>) -> Option<Result<Vec<u8>>> {
        match self {
            Operation::Recv { size, flags, .. } => recv(core, fd, *size, *flags).into_result(),
            Operation::Send { data, sent, flags, .. } => {
                let left = data.len() - *sent;
                match Outcome::of(sys::transmit(fd, &data[*sent..])).or_disconnected(*flags, left) {
                    Outcome::Got(size) => {
                        *sent += size;
                        (size >= left).then(|| Ok(Vec::new()))
                    }
                    Outcome::Blocked => None,
                    Outcome::Failed(error) => Some(Err(error.with_bytes_sent(*sent, data.len()))),
                }
            }
            Operation::SendTo(send) => send.call(fd).into_result().map(|sent| sent.map(|_size| Vec::new())),
            Operation::Other(_) => None,
        }
    }

    /// Finishes the future of a plain receive or send.
    pub(crate) fn end(self, core: &Rc<Core>, result: Result<Vec<u8>>) {
        match self {
            Operation::Recv { future, .. } => future.settle(result),
            Operation::Send { future, .. } => finish_soon(core, future, result.map(drop)),
            Operation::SendTo(send) => send.future().settle(result.map(drop)),
            Operation::Other(_) => {}
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self, Operation::Other(_))
    }

    /// Fails the operation's future, in the way in which it would have finished.
    pub(crate) fn fail(self, core: &Rc<Core>, error: Error) {
        let error = self.after(error);
        match self {
            Operation::Recv { future, .. } => future.settle(Err(error)),
            Operation::Send { future, .. } => finish_soon(core, future, Err(error)),
            Operation::SendTo(send) => send.future().settle(Err(error)),
            Operation::Other(other) => other.fail(core, error),
        }
    }

    /// Says in `error` how far the operation had come.
    pub(crate) fn after(&self, error: Error) -> Error {
        match self {
            Operation::Send { data, sent, .. } => error.with_bytes_sent(*sent, data.len()),
            Operation::Recv { .. } | Operation::SendTo(_) | Operation::Other(_) => error,
        }
    }
}

/// Nim's `send` of a string wraps another future, and so finishes one queue turn later.
fn finish_soon(core: &Rc<Core>, future: NimFuture<()>, result: Result<()>) {
    future.set_over();
    core.soon.push(core, Entry::finish(future, result));
}

/// Up to this size a receive goes through a buffer of the dispatcher's, so that what is handed out is as long as what
/// came.
const SMALL: usize = 16 * 1024;

/// Beyond this much unused capacity a received buffer is cut to its size.
const SPARE: usize = 1024;

/// One `recv` into a fresh buffer. A size that cannot be had is an error, not an abort.
fn recv(core: &Core, fd: BorrowedFd<'_>, size: usize, flags: SocketFlags) -> Outcome<Vec<u8>> {
    let peek = flags.contains(SocketFlags::PEEK);
    let received = if size <= SMALL { recv_small(core, fd, size, peek) } else { recv_large(fd, size, peek) };
    received.or_disconnected(flags, Vec::new())
}

fn recv_small(core: &Core, fd: BorrowedFd<'_>, size: usize, peek: bool) -> Outcome<Vec<u8>> {
    let mut scratch = core.scratch.take();
    if scratch.len() < size {
        scratch.resize(size, 0);
    }
    let result = sys::receive(fd, &mut scratch[..size], peek);
    let outcome = Outcome::of(result.map(|size| scratch[..size].to_vec()));
    core.scratch.set(scratch);
    outcome
}

fn recv_large(fd: BorrowedFd<'_>, size: usize, peek: bool) -> Outcome<Vec<u8>> {
    let mut data = Vec::new();
    if let Err(error) = data.try_reserve_exact(size) {
        return Outcome::Failed(Error::invalid_input(format!("recv cannot get a buffer of {size} bytes: {error}")));
    }
    let result = sys::receive_into(fd, &mut data, peek);
    if data.capacity() - data.len() > SPARE {
        data.shrink_to_fit();
    }
    Outcome::of(result.map(|_| data))
}
