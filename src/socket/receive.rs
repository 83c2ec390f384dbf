//! `recv`, `recv_into`, `recv_from_into` and `recv_into_raw`.

use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

use super::{other, start};
use crate::address::{SockAddr, SocketFlags};
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Operation, Outcome};
use crate::registry::Side;
use crate::sys::{self, RawBuffer};

/// A range of a buffer, resolved again at each try since `AsMut` may answer another slice every time.
#[derive(Clone, Copy)]
struct Part {
    start: Bound<usize>,
    end: Bound<usize>,
}

impl Part {
    fn of(range: impl RangeBounds<usize>) -> Part {
        Part { start: range.start_bound().cloned(), end: range.end_bound().cloned() }
    }

    fn cut(self, buffer: &mut [u8]) -> Result<&mut [u8]> {
        let size = buffer.len();
        let range = (self.start, self.end);
        buffer.get_mut(range).ok_or_else(|| {
            Error::invalid_input(format!("the range {range:?} is not within the buffer of {size} bytes"))
        })
    }
}

struct RecvInto<B> {
    buffer: Option<B>,
    part: Part,
    flags: SocketFlags,
    future: NimFuture<(usize, B)>,
}

impl<B: AsMut<[u8]> + 'static> Eager for RecvInto<B> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        let Some(buffer) = &mut self.buffer else { return true };
        let peek = self.flags.contains(SocketFlags::PEEK);
        let outcome = match self.part.cut(buffer.as_mut()) {
            Ok(part) => Outcome::of(core.with_descriptor(fd, |fd| sys::receive(fd, part, peek))),
            Err(error) => Outcome::Failed(error),
        };
        match outcome.or_disconnected(self.flags, 0) {
            Outcome::Blocked => return false,
            Outcome::Got(size) => self.future.settle(self.buffer.take().map(|buffer| (size, buffer)).ok_or_else(gone)),
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

fn gone() -> Error {
    Error::cancelled("the buffer is gone")
}

struct RecvFrom<B> {
    buffer: Option<B>,
    part: Part,
    flags: SocketFlags,
    future: NimFuture<(usize, SockAddr, B)>,
}

impl<B: AsMut<[u8]> + 'static> Eager for RecvFrom<B> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        let Some(buffer) = &mut self.buffer else { return true };
        let peek = self.flags.contains(SocketFlags::PEEK);
        let outcome = match self.part.cut(buffer.as_mut()) {
            Ok(part) => Outcome::of(core.with_descriptor(fd, |fd| sys::receive_from(fd, part, peek))),
            Err(error) => Outcome::Failed(error),
        };
        match outcome {
            Outcome::Blocked => return false,
            Outcome::Got((size, from)) => {
                self.future.settle(self.buffer.take().map(|buffer| (size, from, buffer)).ok_or_else(gone));
            }
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

impl AsyncFD {
    /// Receives up to `size` bytes; an empty result means that the other side has closed.
    ///
    /// One `recv(2)`, when the socket is readable: what is there is the result, however little. It is never made inside
    /// the call, and several are served first in, first out. A disconnection (`ECONNRESET`, `EPIPE`, `ENETRESET`) is an
    /// empty result too, see [`SocketFlags::SAFE_DISCONN`]; so is an empty datagram, and a `size` of 0, once the socket
    /// is readable. For sockets only: read a pipe by [`add_read`](AsyncFD::add_read) or
    /// [`readable`](AsyncFD::readable).
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error, `EBADF` if the socket was closed meanwhile.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): by [`cancel`](NimFuture::cancel), or unregistered meanwhile.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a buffer of `size` cannot be had.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the bytes are received, and lost with it. [`cancel`](NimFuture::cancel)
    /// takes the operation off the socket; then no byte is lost.
    ///
    /// # Nim
    ///
    /// `recv`. A key that is not registered raises there, and a size of 0 is an `IndexDefect` out of `poll`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// assert_eq!(wait_for(fd.recv(4096))?, b"hello");
    /// drop(theirs);
    /// assert!(wait_for(fd.recv(4096))?.is_empty());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn recv(self, size: usize) -> NimFuture<Vec<u8>> {
        self.recv_with(size, SocketFlags::default())
    }

    /// As [`recv`](AsyncFD::recv), with flags.
    ///
    /// Without `SAFE_DISCONN` a disconnection is an error. With `PEEK` the data stay in the socket.
    ///
    /// # Nim
    ///
    /// `recv` with its third argument.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// assert_eq!(wait_for(fd.recv_with(4, SocketFlags::PEEK))?, b"hell");
    /// assert_eq!(wait_for(fd.recv(8))?, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn recv_with(self, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
        start(self, Side::Read, NimFuture::named("recv"), |future| Operation::Recv { size, flags, future })
    }

    /// Receives into `buf`, which comes back with the number of bytes; 0 means that the other side has closed.
    ///
    /// `buf` is a `Vec<u8>`, a `Box<[u8]>`, an array, or anything else that is `AsMut<[u8]>`. Its length counts, not
    /// its capacity: a vector made by `with_capacity` receives nothing. The rest is as in [`recv`](AsyncFD::recv).
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv). The buffer is dropped then.
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv): dropping the future cancels nothing.
    ///
    /// # Nim
    ///
    /// `recvInto`, which writes to a pointer until it is finished; [`recv_into_raw`](AsyncFD::recv_into_raw) does that.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let (size, buf) = wait_for(fd.recv_into([0; 16]))?;
    /// assert_eq!(&buf[..size], b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    #[track_caller]
    pub fn recv_into<B: AsMut<[u8]> + 'static>(self, buf: B) -> NimFuture<(usize, B)> {
        self.recv_into_with(buf, .., SocketFlags::default())
    }

    /// As [`recv_into`](AsyncFD::recv_into), into the part `at` of `buf`, with flags.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv); [`InvalidInput`](crate::ErrorKind::InvalidInput) if `at` is not within `buf`;
    /// the future is finished on return then.
    ///
    /// # Nim
    ///
    /// `recvInto` with an address within a buffer.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"lo")?;
    /// let (size, buf) = wait_for(fd.recv_into_with(*b"hel..", 3.., SocketFlags::default()))?;
    /// assert_eq!((size, &buf), (2, b"hello"));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    #[track_caller]
    pub fn recv_into_with<B: AsMut<[u8]> + 'static>(
        self,
        mut buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, B)> {
        let part = Part::of(at);
        if let Err(error) = part.cut(buf.as_mut()) {
            return NimFuture::failed_with("recvInto", error);
        }
        start(self, Side::Read, NimFuture::named("recvInto"), |future| {
            other(RecvInto { buffer: Some(buf), part, flags, future })
        })
    }

    /// Receives one datagram into `buf`, which comes back with its size and its sender.
    ///
    /// What the datagram has beyond `buf` is cut off silently; the size is what was kept. A disconnection is an error
    /// here, whatever the flags. The rest is as in [`recv_into`](AsyncFD::recv_into).
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv). The buffer is dropped then.
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv): dropping the future cancels nothing.
    ///
    /// # Nim
    ///
    /// `recvFromInto`, which writes the address to a pointer.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// let fd = register(ours)?;
    /// let (size, from, buf) = wait_for(fd.recv_from_into([0; 16]))?;
    /// assert_eq!(&buf[..size], b"hello");
    /// assert_eq!(from.ip(), Some(theirs.local_addr()?));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvFromInto")]
    #[track_caller]
    pub fn recv_from_into<B: AsMut<[u8]> + 'static>(self, buf: B) -> NimFuture<(usize, SockAddr, B)> {
        self.recv_from_into_with(buf, .., SocketFlags::default())
    }

    /// As [`recv_from_into`](AsyncFD::recv_from_into), into the part `at` of `buf`, with flags.
    ///
    /// Of the flags `PEEK` counts; a disconnection is an error with `SAFE_DISCONN` too.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv); [`InvalidInput`](crate::ErrorKind::InvalidInput) if `at` is not within `buf`;
    /// the future is finished on return then.
    ///
    /// # Nim
    ///
    /// `recvFromInto` with all its arguments.
    #[doc(alias = "recvFromInto")]
    #[track_caller]
    pub fn recv_from_into_with<B: AsMut<[u8]> + 'static>(
        self,
        mut buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, SockAddr, B)> {
        let part = Part::of(at);
        if let Err(error) = part.cut(buf.as_mut()) {
            return NimFuture::failed_with("recvFromInto", error);
        }
        start(self, Side::Read, NimFuture::named("recvFromInto"), |future| {
            other(RecvFrom { buffer: Some(buf), part, flags, future })
        })
    }

    /// Receives into memory of the caller's; for ports that cannot give a buffer away.
    ///
    /// Otherwise as [`recv_into_with`](AsyncFD::recv_into_with), and finished one step of the queue later.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv).
    ///
    /// # Nim
    ///
    /// `recvInto`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let mut buf = [0; 5];
    /// // SAFETY: `buf` outlives the operation, and is not used before it is finished.
    /// let received = unsafe { fd.recv_into_raw(buf.as_mut_ptr(), buf.len(), SocketFlags::default()) };
    /// assert_eq!(wait_for(received)?, 5);
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// `buf..buf + size` is initialized, valid and not used otherwise until the future is finished or its dispatcher is
    /// gone; dropping the handle does not cancel.
    #[doc(alias = "recvInto")]
    #[allow(unsafe_code)]
    #[track_caller]
    pub unsafe fn recv_into_raw(self, buf: *mut u8, size: usize, flags: SocketFlags) -> NimFuture<usize> {
        // SAFETY: the caller's promise is that of `RawBuffer::new`.
        let buffer = unsafe { RawBuffer::new(buf, size) };
        let received = self.recv_into_with(buffer, .., flags);
        let future = NimFuture::named("recvInto");
        let outer = future.clone();
        match current() {
            Ok(core) => drop(received.add_link(&core, move |inner| outer.settle(inner.take().map(|(size, _)| size)))),
            Err(error) => future.settle(Err(error)),
        }
        future.set_source(crate::source::Source::Wrapper(Box::new(move || {
            received.cancel();
        })));
        future
    }
}

/// Receives up to `size` bytes. See [`AsyncFD::recv`].
#[track_caller]
pub fn recv(socket: AsyncFD, size: usize) -> NimFuture<Vec<u8>> {
    socket.recv(size)
}

/// Receives up to `size` bytes, with flags. See [`AsyncFD::recv_with`].
#[doc(alias = "recv")]
#[track_caller]
pub fn recv_with(socket: AsyncFD, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
    socket.recv_with(size, flags)
}

/// Receives into `buf`. See [`AsyncFD::recv_into`].
#[doc(alias = "recvInto")]
#[track_caller]
pub fn recv_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, B)> {
    socket.recv_into(buf)
}

/// Receives into a part of `buf`, with flags. See [`AsyncFD::recv_into_with`].
#[doc(alias = "recvInto")]
#[track_caller]
pub fn recv_into_with<B: AsMut<[u8]> + 'static>(
    socket: AsyncFD,
    buf: B,
    at: impl RangeBounds<usize>,
    flags: SocketFlags,
) -> NimFuture<(usize, B)> {
    socket.recv_into_with(buf, at, flags)
}

/// Receives one datagram into `buf`. See [`AsyncFD::recv_from_into`].
#[doc(alias = "recvFromInto")]
#[track_caller]
pub fn recv_from_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, SockAddr, B)> {
    socket.recv_from_into(buf)
}

/// Receives one datagram into a part of `buf`, with flags. See [`AsyncFD::recv_from_into_with`].
#[doc(alias = "recvFromInto")]
#[track_caller]
pub fn recv_from_into_with<B: AsMut<[u8]> + 'static>(
    socket: AsyncFD,
    buf: B,
    at: impl RangeBounds<usize>,
    flags: SocketFlags,
) -> NimFuture<(usize, SockAddr, B)> {
    socket.recv_from_into_with(buf, at, flags)
}
