//! Sending from a borrowed buffer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::left_of;
use crate::address::SockAddr;
use crate::error::Result;
use crate::fd::AsyncFD;
use crate::gate::{Gate, Left};
use crate::registry::Side;
use crate::sys;

lazy!(
    /// Sends once; made by [`AsyncFD::write`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let data = vec![0; 10_000_000]; // more than the system takes at once
    /// let sent = wait_for(async_proc(async move { fd.write(&data).await }))?;
    /// assert!(sent > 0 && sent < 10_000_000);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Write<'a> { data: &'a [u8] } -> usize,
    |this, cx| poll_transmit(&mut this.gate, cx, this.data)
);

lazy!(
    /// Sends all; made by [`AsyncFD::write_all`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// drop(theirs);
    /// let error = wait_for(async_proc(async move { fd.write_all(b"lost").await })).unwrap_err();
    /// assert_eq!(format!("{error:#}"), "Broken pipe (0 of 4 bytes had been sent)");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    WriteAll<'a> { data: &'a [u8], done: usize } -> (),
    |this, cx| {
        while this.done < this.data.len() {
            let sent = ready!(poll_transmit(&mut this.gate, cx, &this.data[this.done..]));
            let (done, wanted) = (this.done, this.data.len());
            this.done += sent.map_err(|error| error.with_bytes_sent(done, wanted))?;
        }
        Poll::Ready(Ok(()))
    }
);

lazy!(
    /// Sends one datagram; made by [`AsyncFD::write_to`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let fd = register(std::net::UdpSocket::bind("127.0.0.1:0")?)?;
    /// let nobody = async_proc(async move { fd.write_to(b"hello", &SockAddr::Unnamed).await });
    /// assert!(wait_for(nobody).is_err());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    WriteTo<'a> { data: &'a [u8], to: &'a SockAddr } -> usize,
    |this, cx| {
        let (data, to) = (this.data, this.to);
        this.gate.poll(cx, |fd| sys::transmit_to(fd, data, to).map(Left::More))
    }
);

impl WriteAll<'_> {
    /// How many bytes have been given to the system so far.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::time::Duration;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move {
    ///     let data = vec![0; 10_000_000]; // more than the socket takes
    ///     let mut all = fd.write_all(&data);
    ///     assert!(tokio::time::timeout(Duration::from_millis(1), &mut all).await.is_err());
    ///     assert!(0 < all.bytes_sent() && all.bytes_sent() < data.len());
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn bytes_sent(&self) -> usize {
        self.done
    }
}

fn poll_transmit(gate: &mut Gate, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize>> {
    gate.poll(cx, |fd| Ok(left_of(sys::transmit(fd, data)?, data.len())))
}

impl AsyncFD {
    /// Sends once from `data`; answers how much was taken.
    ///
    /// That may be less than all: [`write_all`](AsyncFD::write_all) goes on. Lazy, as [`read`](AsyncFD::read), and never
    /// raises SIGPIPE.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); a disconnection is one.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has sent nothing.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// assert_eq!(wait_for(async_proc(async move { fd.write(b"hello").await }))?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn write<'a>(self, data: &'a [u8]) -> Write<'a> {
        Write { gate: Gate::new(self, Side::Write), data }
    }

    /// Sends all of `data`.
    ///
    /// Lazy, and on borrowed data: nothing is copied. It may send at once when it is awaited, if nobody waits before
    /// it. Unlike [`send`](AsyncFD::send) it reports a disconnection, and others that wait on the socket may send
    /// between its parts.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read). [`Error::bytes_sent`](crate::Error::bytes_sent) tells how many bytes had been sent.
    ///
    /// # Cancel safety
    ///
    /// Not safe: a part may have been sent. Kept outside of a `select!` and awaited by `&mut`, it tells how much that is:
    /// [`WriteAll::bytes_sent`].
    ///
    /// # Nim
    ///
    /// None; `send` is the nearest, see [`send`](AsyncFD::send).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Read as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move { fd.write_all(b"hello").await }))?;
    /// let mut buf = [0; 5];
    /// theirs.read_exact(&mut buf)?;
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn write_all<'a>(self, data: &'a [u8]) -> WriteAll<'a> {
        WriteAll { gate: Gate::new(self, Side::Write), data, done: 0 }
    }

    /// Sends one datagram to `addr`.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); an unnamed address cannot be sent to.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has sent nothing.
    ///
    /// # Nim
    ///
    /// None; `sendTo` is the nearest, see [`send_to`](AsyncFD::send_to).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// let (fd, to) = (register(ours)?, SockAddr::from(theirs.local_addr()?));
    /// assert_eq!(wait_for(async_proc(async move { fd.write_to(b"hello", &to).await }))?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "sendTo")]
    pub fn write_to<'a>(self, data: &'a [u8], addr: &'a SockAddr) -> WriteTo<'a> {
        WriteTo { gate: Gate::new(self, Side::Write), data, to: addr }
    }
}
