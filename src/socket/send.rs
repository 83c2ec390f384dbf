//! `send` and `send_to`.

use std::rc::Rc;

use super::{other, start};
use crate::address::{SockAddr, SocketFlags};
use crate::args::SendBuf;
use crate::dispatcher::Core;
use crate::error::Error;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Operation, Outcome};
use crate::registry::Side;
use crate::sys::{self};

struct SendTo {
    data: bytes::Bytes,
    to: SockAddr,
    future: NimFuture<()>,
}

impl Eager for SendTo {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        match Outcome::of(core.with_descriptor(fd, |fd| sys::transmit_to(fd, &self.data, &self.to))) {
            Outcome::Blocked => return false,
            Outcome::Got(_) => self.future.settle(Ok(())),
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

impl AsyncFD {
    /// Sends all of `data`.
    ///
    /// One `send(2)` each time the socket is writable, until the system has taken everything; then the future finishes,
    /// one step of the queue later. That does not mean that the other side has it. Bytes of several sends never mix.
    /// Owned data move in, borrowed ones are copied, see [`SendBuf`]. Nothing to send is finished at once, and the
    /// socket not looked at. SIGPIPE is never raised.
    ///
    /// **A disconnection counts as success**, though data are lost: that is what [`SocketFlags::SAFE_DISCONN`], the
    /// default, means. Use [`send_with`](AsyncFD::send_with) to hear of it.
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error, `EBADF` if the socket was closed meanwhile.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): by [`cancel`](NimFuture::cancel), or unregistered meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: all is sent. [`cancel`](NimFuture::cancel) stops where it is, and the
    /// error's [`detail`](crate::Error::detail) says how many bytes went out.
    ///
    /// # Nim
    ///
    /// `send` of a string. A key that is not registered raises there.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Read as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(fd.send("hello"))?;
    /// let mut buf = [0; 5];
    /// theirs.read_exact(&mut buf)?;
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn send(self, data: impl Into<SendBuf>) -> NimFuture<()> {
        self.send_with(data, SocketFlags::default())
    }

    /// As [`send`](AsyncFD::send), with flags.
    ///
    /// With [`SocketFlags::NONE`] a disconnection is an error. `PEEK` has no meaning here.
    ///
    /// # Nim
    ///
    /// `send` with its third argument.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// drop(theirs);
    /// wait_for(fd.send("lost"))?;
    /// let error = wait_for(fd.send_with("lost", SocketFlags::NONE)).unwrap_err();
    /// assert_eq!(error.to_string(), "Broken pipe");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn send_with(self, data: impl Into<SendBuf>, flags: SocketFlags) -> NimFuture<()> {
        let data = data.into().into_bytes();
        let future = NimFuture::named("send");
        if data.is_empty() {
            future.settle(Ok(()));
            return future;
        }
        start(self, Side::Write, future, |future| Operation::Send { data, sent: 0, flags, future })
    }

    /// Sends one datagram to `addr`.
    ///
    /// One `sendto(2)`, when the socket is writable. A disconnection is an error here.
    ///
    /// # Errors
    ///
    /// As [`send`](AsyncFD::send); a datagram that is too long is [`Os`](crate::ErrorKind::Os), "Message too long".
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing; [`cancel`](NimFuture::cancel) sends nothing.
    ///
    /// # Nim
    ///
    /// `sendTo`, where the data must be kept until it is finished.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// let fd = register(ours)?;
    /// wait_for(fd.send_to("hello", theirs.local_addr()?))?;
    /// let mut buf = [0; 16];
    /// assert_eq!(theirs.recv(&mut buf)?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "sendTo")]
    #[track_caller]
    pub fn send_to(self, data: impl Into<SendBuf>, addr: impl Into<SockAddr>) -> NimFuture<()> {
        self.send_to_with(data, addr, SocketFlags::default())
    }

    /// As [`send_to`](AsyncFD::send_to), with flags, of which none has a meaning here.
    ///
    /// # Errors
    ///
    /// As [`send_to`](AsyncFD::send_to).
    ///
    /// # Nim
    ///
    /// `sendTo` with its flags, which have no meaning there either.
    #[doc(alias = "sendTo")]
    #[track_caller]
    pub fn send_to_with(
        self,
        data: impl Into<SendBuf>,
        addr: impl Into<SockAddr>,
        _flags: SocketFlags,
    ) -> NimFuture<()> {
        let (data, to) = (data.into().into_bytes(), addr.into());
        start(self, Side::Write, NimFuture::named("sendTo"), |future| other(SendTo { data, to, future }))
    }
}

/// Sends all of `data`. See [`AsyncFD::send`].
#[track_caller]
pub fn send(socket: AsyncFD, data: impl Into<SendBuf>) -> NimFuture<()> {
    socket.send(data)
}

/// Sends all of `data`, with flags. See [`AsyncFD::send_with`].
#[doc(alias = "send")]
#[track_caller]
pub fn send_with(socket: AsyncFD, data: impl Into<SendBuf>, flags: SocketFlags) -> NimFuture<()> {
    socket.send_with(data, flags)
}

/// Sends one datagram. See [`AsyncFD::send_to`].
#[doc(alias = "sendTo")]
#[track_caller]
pub fn send_to(socket: AsyncFD, data: impl Into<SendBuf>, addr: impl Into<SockAddr>) -> NimFuture<()> {
    socket.send_to(data, addr)
}

/// Sends one datagram, with flags. See [`AsyncFD::send_to_with`].
#[doc(alias = "sendTo")]
#[track_caller]
pub fn send_to_with(
    socket: AsyncFD,
    data: impl Into<SendBuf>,
    addr: impl Into<SockAddr>,
    flags: SocketFlags,
) -> NimFuture<()> {
    socket.send_to_with(data, addr, flags)
}
