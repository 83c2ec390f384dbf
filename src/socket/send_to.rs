//! `send_to`.

use super::start;
use crate::address::{SockAddr, SocketFlags};
use crate::args::SendBuf;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Operation, Outcome};
use crate::registry::Side;
use crate::sys::{self, BorrowedFd};

/// A datagram on its way.
pub(crate) struct SendTo {
    data: bytes::Bytes,
    to: SockAddr,
    future: NimFuture<()>,
}

impl SendTo {
    pub(crate) fn call(&self, fd: BorrowedFd<'_>) -> Outcome<usize> {
        Outcome::of(sys::transmit_to(fd, &self.data, &self.to))
    }

    pub(crate) fn future(&self) -> &NimFuture<()> {
        &self.future
    }
}

impl AsyncFD {
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
    /// # Cancel safety
    ///
    /// As [`send_to`](AsyncFD::send_to).
    ///
    /// # Nim
    ///
    /// `sendTo` with its flags, which have no meaning there either.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let fd = register(std::net::UdpSocket::bind("127.0.0.1:0")?)?;
    /// let (too_long, discard) = (vec![0; 70_000], (std::net::Ipv4Addr::LOCALHOST.into(), 9));
    /// let error = wait_for(fd.send_to_with(too_long, discard, SocketFlags::SAFE_DISCONN)).unwrap_err();
    /// assert_eq!(error.to_string(), "Message too long");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "sendTo")]
    #[track_caller]
    pub fn send_to_with(
        self,
        data: impl Into<SendBuf>,
        addr: impl Into<SockAddr>,
        _flags: SocketFlags,
    ) -> NimFuture<()> {
        let (data, to) = (data.into().into_bytes(), addr.into());
        start(self, Side::Write, NimFuture::named("sendTo"), |future| {
            Operation::SendTo(Box::new(SendTo { data, to, future }))
        })
    }
}

/// Sends one datagram to `addr`.
///
/// See [`AsyncFD::send_to`].
///
/// # Errors
///
/// Those of [`AsyncFD::send_to`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::send_to`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `sendTo(socket, data, size, saddr, saddrLen)`. With a socket made as in Nim:
///
/// ```
/// use asyncdispatch::*;
///
/// let (kind, protocol) = (SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP);
/// let socket = create_async_native_socket_with(Domain::AF_INET, kind, protocol, false)?;
/// # let theirs = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// # let port = theirs.local_addr()?.port();
/// let address: std::net::IpAddr = "127.0.0.1".parse()?;
/// wait_for(send_to(socket, "ping", (address, port)))?;
/// # assert_eq!(theirs.recv(&mut [0; 16])?, 4);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "sendTo")]
#[track_caller]
pub fn send_to(socket: AsyncFD, data: impl Into<SendBuf>, addr: impl Into<SockAddr>) -> NimFuture<()> {
    socket.send_to(data, addr)
}

/// Sends one datagram to `addr`, with flags, of which none has a meaning here.
///
/// See [`AsyncFD::send_to_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::send_to`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::send_to`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `sendTo` with its flags. A Unix socket is addressed by its path:
///
/// ```
/// use asyncdispatch::*;
/// use std::os::unix::net::UnixDatagram;
///
/// let path = std::env::temp_dir().join(format!("send_to_with-{}", std::process::id()));
/// let theirs = UnixDatagram::bind(&path)?;
/// let socket = register(UnixDatagram::unbound()?)?;
/// wait_for(send_to_with(socket, "ping", path.as_path(), SocketFlags::NONE))?;
/// assert_eq!(theirs.recv(&mut [0; 16])?, 4);
/// std::fs::remove_file(path)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
