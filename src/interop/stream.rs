//! A descriptor as tokio's `AsyncRead + AsyncWrite`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::current::current;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::AsyncFD;
use crate::gate::{Gate, Left};
use crate::registry::Side;
use crate::sys::{self, BorrowedFd};

/// A descriptor as tokio's `AsyncRead + AsyncWrite`; made by [`AsyncFD::stream`]. Dropping it closes nothing.
///
/// It buffers nothing: flushing does nothing, and what was not read stays in the descriptor. Vectored writes are one
/// system call. A shutdown is that of a socket's sending side; a pipe has none, and ends when its descriptor is closed.
/// The errors are those of [`read`](AsyncFD::read) and [`write`](AsyncFD::write), as `std::io::Error`.
///
/// # Nim
///
/// None.
#[derive(Debug)]
pub struct FdStream {
    reader: FdReadHalf,
    writer: FdWriteHalf,
}

/// The reading half of a [`FdStream`]; made by [`FdStream::into_split`]. Dropping it closes nothing.
///
/// # Nim
///
/// None.
#[derive(Debug)]
pub struct FdReadHalf {
    gate: Gate,
    way: Way,
}

/// The writing half of a [`FdStream`]; made by [`FdStream::into_split`].
///
/// Dropping it neither closes nor shuts anything down; tokio's halves do the latter.
///
/// # Nim
///
/// None.
#[derive(Debug)]
pub struct FdWriteHalf {
    gate: Gate,
    way: Way,
}

impl AsyncFD {
    /// A view of the descriptor for tokio's traits: for codecs, `copy`, TLS, HTTP.
    ///
    /// It reads and writes as [`read`](AsyncFD::read) and [`write`](AsyncFD::write) do, and waits in the same lists.
    /// Besides sockets it takes pipes and terminals: one that the dispatcher owns is made non-blocking, and one that
    /// it does not own and that blocks can be read only. The key stays usable, and is still to be closed.
    ///
    /// The view belongs to the dispatcher that is the thread's now, and may be polled in any task of this thread, with
    /// or without [`bind`](crate::Dispatcher::bind). A guest must be driven meanwhile.
    ///
    /// # Cancel safety
    ///
    /// As tokio's: dropping a `read` or `write` has done nothing, dropping a `read_exact` or `write_all` loses count.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// let (one, two) = std::os::unix::net::UnixStream::pair()?;
    /// let (one, two) = (register(one)?, register(two)?);
    /// let text = wait_for(async_proc(async move {
    ///     let mut sink = one.stream();
    ///     sink.write_all(b"hello").await?;
    ///     sink.shutdown().await?;
    ///     let mut text = String::new();
    ///     two.stream().read_to_string(&mut text).await?;
    ///     Ok(text)
    /// }))?;
    /// assert_eq!(text, "hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn stream(self) -> FdStream {
        let core = current().ok();
        FdStream {
            reader: FdReadHalf { gate: Gate::of(core.clone(), self, Side::Read), way: Way::Socket },
            writer: FdWriteHalf { gate: Gate::of(core, self, Side::Write), way: Way::Socket },
        }
    }
}

impl FdStream {
    /// Takes the two sides apart, so that they can be used by two tasks.
    ///
    /// Nothing is shared between them, so there is no lock and nothing is counted. `tokio::io::split` works too.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    ///
    /// let (one, two) = std::os::unix::net::UnixStream::pair()?;
    /// let (one, two) = (register(one)?, register(two)?);
    /// wait_for(async_proc(async move {
    ///     let (reader, mut writer) = one.stream().into_split();
    ///     let answers = async_proc(async move { Ok(BufReader::new(reader).lines().next_line().await?) });
    ///     writer.write_all(b"question").await?;
    ///     two.write_all(b"answer\n").await?;
    ///     assert_eq!(answers.await?.as_deref(), Some("answer"));
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn into_split(self) -> (FdReadHalf, FdWriteHalf) {
        (self.reader, self.writer)
    }
}

/// Which system calls a descriptor takes; found out by the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Socket,
    /// No socket, and does not block.
    Plain,
    /// No socket, blocks, and not ours to change.
    Blocking,
}

impl Way {
    /// What to do after `failed`, an error of a socket call.
    fn after(self, failed: Error, gate: &Gate) -> Result<Way> {
        if self != Way::Socket || failed.raw_os_error() != Some(sys::ENOTSOCK) {
            return Err(failed);
        }
        Ok(if gate.core()?.make_nonblocking(gate.fd())? { Way::Plain } else { Way::Blocking })
    }

    fn read(self, fd: BorrowedFd<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
        match self {
            Way::Socket => sys::receive_unfilled(fd, buffer),
            Way::Blocking if !sys::readable_now(fd)? => Err(io::ErrorKind::WouldBlock.into()),
            Way::Plain | Way::Blocking => sys::read_unfilled(fd, buffer),
        }
    }

    fn write(self, fd: BorrowedFd<'_>, data: Data<'_>) -> io::Result<usize> {
        match (self, data) {
            (Way::Socket, Data::Whole(data)) => sys::transmit(fd, data),
            (Way::Socket, Data::Parts(parts)) => sys::transmit_parts(fd, parts),
            (Way::Plain, Data::Whole(data)) => sys::write_plain(fd, data),
            (Way::Plain, Data::Parts(parts)) => sys::write_parts(fd, parts),
            (Way::Blocking, _) => Err(io::Error::other(Error::of(
                ErrorKind::InvalidInput,
                "the descriptor blocks and is not ours to change: set O_NONBLOCK before writing to it",
            ))),
        }
    }
}

/// What is to be written in one call.
#[derive(Clone, Copy)]
enum Data<'a> {
    Whole(&'a [u8]),
    Parts(&'a [IoSlice<'a>]),
}

impl Data<'_> {
    fn size(self) -> usize {
        match self {
            Data::Whole(data) => data.len(),
            Data::Parts(parts) => parts.iter().map(|part| part.len()).sum(),
        }
    }
}

/// Less than asked for means that there is no more to be had now; the end of a stream stays.
fn left(size: usize, asked: usize) -> Left<usize> {
    if size == 0 || size == asked { Left::More(size) } else { Left::Nothing(size) }
}

impl AsyncRead for FdReadHalf {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let FdReadHalf { gate, way } = self.get_mut();
        let asked = buf.remaining();
        loop {
            match ready!(gate.poll(cx, |fd| way.read(fd, buf).map(|size| left(size, asked)))) {
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) => *way = way.after(error, gate)?,
            }
        }
    }
}

impl FdWriteHalf {
    fn poll_data(&mut self, cx: &mut Context<'_>, data: Data<'_>) -> Poll<io::Result<usize>> {
        let FdWriteHalf { gate, way } = self;
        let asked = data.size();
        loop {
            match ready!(gate.poll(cx, |fd| way.write(fd, data).map(|size| left(size, asked)))) {
                Ok(size) => return Poll::Ready(Ok(size)),
                Err(error) => *way = way.after(error, gate)?,
            }
        }
    }
}

impl AsyncWrite for FdWriteHalf {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_data(cx, Data::Whole(data))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_data(cx, Data::Parts(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let descriptor = self.gate.core()?.descriptor(self.gate.fd())?;
        Poll::Ready(sys::finish_sending(descriptor.borrow()))
    }
}

impl AsyncRead for FdStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().reader).poll_read(cx, buf)
    }
}

impl AsyncWrite for FdStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().writer).poll_write(cx, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().writer).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().writer).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().writer).poll_shutdown(cx)
    }
}
