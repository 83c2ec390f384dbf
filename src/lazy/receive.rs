//! Receiving into a borrowed buffer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::left_of;
use crate::address::SockAddr;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::gate::{Gate, Left};
use crate::registry::Side;
use crate::sys;

lazy!(
    /// Receives once; made by [`AsyncFD::read`].
    ///
    /// Dropped before it is ready it has received nothing, so that it may be put under a limit of time.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::{io::Write, time::Duration};
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 16];
    ///     let late = tokio::time::timeout(Duration::from_millis(1), fd.read(&mut buf)).await;
    ///     assert!(late.is_err());
    ///     theirs.write_all(b"hello")?;
    ///     assert_eq!(fd.read(&mut buf).await?, 5);
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Read<'a> { buffer: &'a mut [u8] } -> usize,
    |this, cx| poll_receive(&mut this.gate, cx, this.buffer, false)
);

lazy!(
    /// Receives once and leaves the data; made by [`AsyncFD::peek`].
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
    /// let has_closed = async_proc(async move { Ok(fd.peek(&mut [0]).await? == 0) });
    /// assert!(wait_for(has_closed)?);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Peek<'a> { buffer: &'a mut [u8] } -> usize,
    |this, cx| poll_receive(&mut this.gate, cx, this.buffer, true)
);

lazy!(
    /// Receives until a buffer is full; made by [`AsyncFD::read_exact`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hel")?;
    /// drop(theirs);
    /// let cut_off = async_proc(async move { fd.read_exact(&mut [0; 5]).await });
    /// let error = std::io::Error::from(wait_for(cut_off).unwrap_err());
    /// assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ReadExact<'a> { buffer: &'a mut [u8], done: usize } -> (),
    |this, cx| {
        while this.done < this.buffer.len() {
            match ready!(poll_receive(&mut this.gate, cx, &mut this.buffer[this.done..], false))? {
                0 => {
                    let (done, wanted) = (this.done, this.buffer.len());
                    return Poll::Ready(Err(Error::from_io_plain(io::ErrorKind::UnexpectedEof.into()).with_detail(
                        format!("the other side closed after {done} of {wanted} bytes; they are in the buffer"),
                    )));
                }
                size => this.done += size,
            }
        }
        Poll::Ready(Ok(()))
    }
);

lazy!(
    /// Receives one datagram; made by [`AsyncFD::read_from`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// theirs.send_to(b"bye", ours.local_addr()?)?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 4];
    ///     assert_eq!(fd.read_from(&mut buf).await?.0, 4); // "hell": the o is lost
    ///     assert_eq!(fd.read_from(&mut buf).await?.0, 3); // "bye"
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ReadFrom<'a> { buffer: &'a mut [u8] } -> (usize, SockAddr),
    |this, cx| {
        let buffer = &mut *this.buffer;
        this.gate.poll(cx, |fd| sys::receive_from(fd, buffer, false).map(Left::More))
    }
);

impl ReadExact<'_> {
    /// How many bytes are in the buffer so far.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    /// use std::time::Duration;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hel")?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 5];
    ///     let mut exact = fd.read_exact(&mut buf);
    ///     assert!(tokio::time::timeout(Duration::from_millis(1), &mut exact).await.is_err());
    ///     assert_eq!(exact.bytes_received(), 3);
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn bytes_received(&self) -> usize {
        self.done
    }
}

fn poll_receive(gate: &mut Gate, cx: &mut Context<'_>, buffer: &mut [u8], peek: bool) -> Poll<Result<usize>> {
    gate.poll(cx, |fd| {
        let size = sys::receive(fd, buffer, peek)?;
        // What a peek has seen is still there, and the end of a stream stays.
        Ok(if peek || size == 0 { Left::More(size) } else { left_of(size, buffer.len()) })
    })
}

impl AsyncFD {
    /// Receives once into `buf`, up to its size; 0 means that the other side has closed.
    ///
    /// Lazy: nothing happens until it is awaited. It may receive at once then, if nobody waits before it; otherwise it
    /// waits in the same list as [`recv`](AsyncFD::recv) and callbacks. Nothing is allocated for the data. A
    /// disconnection is an error: there are no flags here.
    ///
    /// # Errors
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): closed or unregistered while it waited.
    /// - [`NotDriven`](crate::ErrorKind::NotDriven): the dispatcher is a guest, and nothing drives it.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has received nothing.
    ///
    /// # Nim
    ///
    /// None; `recvInto` is the nearest, see [`recv_into`](AsyncFD::recv_into).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let received = wait_for(async_proc(async move {
    ///     let mut buf = [0; 16];
    ///     let size = fd.read(&mut buf).await?;
    ///     Ok(buf[..size].to_vec())
    /// }))?;
    /// assert_eq!(received, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    pub fn read<'a>(self, buf: &'a mut [u8]) -> Read<'a> {
        Read { gate: Gate::new(self, Side::Read), buffer: buf }
    }

    /// Receives until `buf` is full.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read). If the other side closes before, the error is one of `std::io` of kind
    /// `UnexpectedEof`; its [`detail`](crate::Error::detail) says how much is in the buffer.
    ///
    /// # Cancel safety
    ///
    /// Not safe: what was received before it is dropped is in `buf`. Kept outside of a `select!` and awaited by `&mut`,
    /// it tells how much that is: [`ReadExact::bytes_received`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 5];
    ///     fd.read_exact(&mut buf).await?;
    ///     assert_eq!(&buf, b"hello");
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn read_exact<'a>(self, buf: &'a mut [u8]) -> ReadExact<'a> {
        ReadExact { gate: Gate::new(self, Side::Read), buffer: buf, done: 0 }
    }

    /// Receives once into `buf` and leaves the data where they are.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read).
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `recvInto` with `Peek`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"x")?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 4];
    ///     assert_eq!(fd.peek(&mut buf).await?, 1);
    ///     assert_eq!(fd.read(&mut buf).await?, 1);
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    pub fn peek<'a>(self, buf: &'a mut [u8]) -> Peek<'a> {
        Peek { gate: Gate::new(self, Side::Read), buffer: buf }
    }

    /// Receives one datagram into `buf`; answers its size and its sender.
    ///
    /// What the datagram has beyond `buf` is cut off silently; the size is what was kept.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read).
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has received nothing.
    ///
    /// # Nim
    ///
    /// None; `recvFromInto` is the nearest, see [`recv_from_into`](AsyncFD::recv_from_into).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// let (fd, sender) = (register(ours)?, theirs.local_addr()?);
    /// wait_for(async_proc(async move {
    ///     let (size, from) = fd.read_from(&mut [0; 16]).await?;
    ///     assert_eq!((size, from.ip()), (5, Some(sender)));
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvFromInto")]
    pub fn read_from<'a>(self, buf: &'a mut [u8]) -> ReadFrom<'a> {
        ReadFrom { gate: Gate::new(self, Side::Read), buffer: buf }
    }
}
