//! `recv_from_into`.

use std::ops::RangeBounds;

use super::lent::start_into;
use crate::address::{SockAddr, SocketFlags};
use crate::fd::AsyncFD;
use crate::future::NimFuture;

impl AsyncFD {
    /// Receives one datagram into `buf`, which comes back with its size and its sender.
    ///
    /// What the datagram has beyond `buf` is cut off silently; the size is what was kept. A disconnection is an error
    /// here, whatever the flags. The rest is as in [`recv_into`](AsyncFD::recv_into).
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv). The buffer stays in the future: [`take_buffer`](NimFuture::take_buffer) gets it back.
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv): dropping the future cancels nothing. After [`cancel`](NimFuture::cancel) no byte is
    /// lost, nor is the buffer: [`take_buffer`](NimFuture::take_buffer).
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
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv).
    ///
    /// # Nim
    ///
    /// `recvFromInto` with all its arguments.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// let fd = register(ours)?;
    /// let (size, _, buf) = wait_for(fd.recv_from_into_with([b'.'; 8], 4..6, SocketFlags::NONE))?;
    /// assert_eq!((size, &buf), (2, b"....he..")); // the rest is cut off
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvFromInto")]
    #[track_caller]
    pub fn recv_from_into_with<B: AsMut<[u8]> + 'static>(
        self,
        buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, SockAddr, B)> {
        start_into(self, "recvFromInto", (0, SockAddr::Unnamed, buf), at, flags)
    }
}

/// Receives one datagram into `buf`, which comes back with its size and its sender.
///
/// See [`AsyncFD::recv_from_into`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv_from_into`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv_from_into`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recvFromInto(socket, data, size, saddr, saddrLen)`. The address that comes back is what [`send_to`](crate::send_to)
/// takes:
///
/// ```
/// use asyncdispatch::*;
/// # use std::net::UdpSocket;
/// # let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
/// # theirs.send_to(b"ping", ours.local_addr()?)?;
/// # let server = register(ours)?;
///
/// wait_for(async_proc(async move {
///     let (size, client, buf) = recv_from_into(server, [0; 512]).await?;
///     send_to(server, &buf[..size], client).await
/// }))?;
/// # assert_eq!(theirs.recv(&mut [0; 16])?, 4);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "recvFromInto")]
#[track_caller]
pub fn recv_from_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, SockAddr, B)> {
    socket.recv_from_into(buf)
}

/// Receives one datagram into the part `at` of `buf`, with flags.
///
/// See [`AsyncFD::recv_from_into_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv_from_into_with`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv_from_into`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recvFromInto` with its flags. A peek that asks who sends next:
///
/// ```
/// use asyncdispatch::*;
/// # use std::net::UdpSocket;
/// # let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
/// # theirs.send_to(b"ping", ours.local_addr()?)?;
/// # let server = register(ours)?;
///
/// let (_, peeked, buf) = wait_for(recv_from_into_with(server, [0; 512], ..0, SocketFlags::PEEK))?;
/// let (size, sender, _) = wait_for(recv_from_into(server, buf))?;
/// assert_eq!((size, sender), (4, peeked));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
