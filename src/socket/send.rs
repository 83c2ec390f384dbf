//! `send`.

use super::start;
use crate::address::SocketFlags;
use crate::args::SendBuf;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::Operation;
use crate::registry::Side;

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
    /// error's [`bytes_sent`](crate::Error::bytes_sent) tells how many bytes went out.
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
    /// # Errors
    ///
    /// As [`send`](AsyncFD::send).
    ///
    /// # Cancel safety
    ///
    /// As [`send`](AsyncFD::send).
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
    #[doc(alias = "send")]
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
}

/// Sends all of `data`.
///
/// See [`AsyncFD::send`]; mind that a disconnection counts as success there.
///
/// # Errors
///
/// Those of [`AsyncFD::send`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::send`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `send(socket, data)`, and `send(socket, buf, size)` of a slice of bytes.
///
/// ```
/// use asyncdispatch::*;
///
/// async fn respond(client: AsyncFD, body: &str) -> Result<()> {
///     send(client, format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())).await?;
///     send(client, body).await
/// }
/// # use std::io::Read as _;
/// # let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// wait_for(async_proc(respond(client, "hello")))?;
/// # client.close_socket()?;
/// # let mut got = String::new();
/// # theirs.read_to_string(&mut got)?;
/// # assert!(got.ends_with("\r\n\r\nhello"));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn send(socket: AsyncFD, data: impl Into<SendBuf>) -> NimFuture<()> {
    socket.send(data)
}

/// Sends all of `data`, with flags.
///
/// See [`AsyncFD::send_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::send_with`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::send`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `send(socket, data, flags)`; Nim's empty set `{}` is [`SocketFlags::NONE`].
///
/// ```
/// use asyncdispatch::*;
///
/// async fn says_goodbye(client: AsyncFD) -> Result<bool> {
///     Ok(send_with(client, "bye\n", SocketFlags::NONE).await.is_ok())
/// }
/// # let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// # drop(theirs);
/// assert!(!wait_for(async_proc(says_goodbye(client)))?); // it had gone
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "send")]
#[track_caller]
pub fn send_with(socket: AsyncFD, data: impl Into<SendBuf>, flags: SocketFlags) -> NimFuture<()> {
    socket.send_with(data, flags)
}
