//! `recv_into`, and `recv_into_raw` for memory that is not given away.

use std::ops::RangeBounds;

use super::lent::start_into;
use crate::address::SocketFlags;
use crate::current::current;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::sys::RawBuffer;

impl AsyncFD {
    /// Receives into `buf`, which comes back with the number of bytes; 0 means that the other side has closed.
    ///
    /// `buf` is a `Vec<u8>`, a `Box<[u8]>`, an array, or anything else that is `AsMut<[u8]>`. Its length counts, not
    /// its capacity: a vector made by `with_capacity` receives nothing. The rest is as in [`recv`](AsyncFD::recv).
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
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv).
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
        buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, B)> {
        start_into(self, "recvInto", (0, buf), at, flags)
    }

    /// Receives into memory of the caller's; for ports that cannot give a buffer away.
    ///
    /// Otherwise as [`recv_into_with`](AsyncFD::recv_into_with), and finished one step of the queue later.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the memory is used until it is finished. After
    /// [`cancel`](NimFuture::cancel) it is not used any more.
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

/// Receives into `buf`, which comes back with the number of bytes; 0 means that the other side has closed.
///
/// See [`AsyncFD::recv_into`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv_into`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv_into`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recvInto(socket, buf, size)`. To use one buffer again and again, take it back each time:
///
/// ```
/// use asyncdispatch::*;
///
/// async fn count(client: AsyncFD) -> Result<usize> {
///     let (mut buf, mut total) = (vec![0; 4], 0);
///     loop {
///         let (size, back) = recv_into(client, buf).await?;
///         if size == 0 {
///             return Ok(total);
///         }
///         (buf, total) = (back, total + size);
///     }
/// }
/// # use std::io::Write as _;
/// # let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// # theirs.write_all(b"hello")?;
/// # drop(theirs);
/// assert_eq!(wait_for(async_proc(count(client)))?, 5);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "recvInto")]
#[track_caller]
pub fn recv_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, B)> {
    socket.recv_into(buf)
}

/// Receives into the part `at` of `buf`, with flags.
///
/// See [`AsyncFD::recv_into_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::recv_into_with`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::recv_into`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `recvInto(socket, addr buf[at], size, flags)`. Until a header of fixed size is complete:
///
/// ```
/// use asyncdispatch::*;
///
/// async fn header(client: AsyncFD) -> Result<[u8; 8]> {
///     let (mut buf, mut have) = ([0; 8], 0);
///     while have < buf.len() {
///         let (size, back) = recv_into_with(client, buf, have.., SocketFlags::NONE).await?;
///         if size == 0 {
///             return Err("the header is cut off".into());
///         }
///         (buf, have) = (back, have + size);
///     }
///     Ok(buf)
/// }
/// # use std::io::Write as _;
/// # let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
/// # theirs.write_all(b"12345678 the rest")?;
/// assert_eq!(&wait_for(async_proc(header(client)))?, b"12345678");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
