//! `recv`.

use super::start;
use crate::address::SocketFlags;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::Operation;
use crate::registry::Side;

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
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv).
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv).
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
    #[doc(alias = "recv")]
    #[track_caller]
    pub fn recv_with(self, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
        start(self, Side::Read, NimFuture::named("recv"), |future| Operation::Recv { size, flags, future })
    }
}

/// Receives up to `size` bytes; an empty result means that the other side has closed.
///
/// See [`AsyncFD::recv`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recv(socket, size)`; its result is a `string` there, a `Vec<u8>` here.
///
/// ```
/// use asyncdispatch::*;
///
/// async fn read_to_end(client: AsyncFD) -> Result<String> {
///     let mut text = Vec::new();
///     loop {
///         let data = recv(client, 4096).await?;
///         if data.is_empty() {
///             return Ok(String::from_utf8(text)?);
///         }
///         text.extend(data);
///     }
/// }
/// # use std::io::Write as _;
/// # let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// # theirs.write_all(b"hello")?;
/// # drop(theirs);
/// assert_eq!(wait_for(async_proc(read_to_end(client)))?, "hello");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn recv(socket: AsyncFD, size: usize) -> NimFuture<Vec<u8>> {
    socket.recv(size)
}

/// Receives up to `size` bytes, with flags.
///
/// See [`AsyncFD::recv_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv_with`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recv(socket, size, flags)`.
///
/// ```
/// use asyncdispatch::*;
/// # use std::io::Write as _;
/// # let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// # theirs.write_all(b"\x16\x03\x01")?;
///
/// let is_tls = async_proc(async move {
///     let first = recv_with(client, 1, SocketFlags::PEEK | SocketFlags::SAFE_DISCONN).await?;
///     Ok(first == [0x16]) // and the byte is still in the socket
/// });
/// assert!(wait_for(is_tls)?);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "recv")]
#[track_caller]
pub fn recv_with(socket: AsyncFD, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
    socket.recv_with(size, flags)
}
