//! To and from tokio's own types: descriptors that change hands, and a descriptor as a tokio stream.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::current::current;
use crate::error::{Error, ErrorKind, Exception, Result};
use crate::fd::{AsyncFD, register};
use crate::gate::Gate;
use crate::lazy::{poll_receive, poll_transmit};
use crate::registry::Side;

/// Gives the value back that could not be converted.
#[derive(Debug)]
pub struct ConvertError<T> {
    /// Why not.
    pub error: Error,
    /// What was to be converted.
    pub value: T,
}

impl<T> std::fmt::Display for ConvertError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl<T: std::fmt::Debug> std::error::Error for ConvertError<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<T: std::fmt::Debug + Send + Sync + 'static> Exception for ConvertError<T> {}

impl TryFrom<TcpStream> for AsyncFD {
    type Error = ConvertError<TcpStream>;

    /// Takes the socket out of tokio's reactor and registers it with the thread's dispatcher.
    ///
    /// # Errors
    ///
    /// The stream comes back in [`ConvertError::value`] if the thread has no dispatcher and cannot make one, as inside
    /// a foreign runtime.
    ///
    /// # Panics
    ///
    /// If the socket's number is not below [`max_descriptors`](crate::max_descriptors), or tokio does not let go of it.
    ///
    /// # Nim
    ///
    /// None.
    fn try_from(stream: TcpStream) -> Result<AsyncFD, ConvertError<TcpStream>> {
        if let Err(error) = current() {
            return Err(ConvertError { error, value: stream });
        }
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => panic!("tokio does not let go of a socket: {error}"),
        };
        match register(stream) {
            Ok(fd) => Ok(fd),
            Err(error) => panic!("a socket that tokio had cannot be registered: {error:#}"),
        }
    }
}

impl TryFrom<AsyncFD> for TcpStream {
    type Error = ConvertError<AsyncFD>;

    /// Unregisters a socket that nobody waits on and hands it to tokio's reactor.
    ///
    /// # Errors
    ///
    /// The key comes back in [`ConvertError::value`], and is still registered in the second and third case.
    ///
    /// - [`NotRegistered`](ErrorKind::NotRegistered): it is stale, virtual, or another dispatcher's.
    /// - [`InvalidInput`](ErrorKind::InvalidInput): somebody waits on it.
    /// - [`WrongDescriptor`](ErrorKind::WrongDescriptor): the dispatcher does not own it.
    /// - The system's error if tokio's reactor refuses it; it is closed then.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O enabled, as tokio does.
    ///
    /// # Nim
    ///
    /// None.
    fn try_from(fd: AsyncFD) -> Result<TcpStream, ConvertError<AsyncFD>> {
        give_to_tokio(fd).map_err(|error| ConvertError { error, value: fd })
    }
}

fn give_to_tokio(fd: AsyncFD) -> Result<TcpStream> {
    let core = current()?;
    let (idle, owned) = core.fds.with(fd, |slot| {
        let idle = Side::BOTH.into_iter().all(|side| slot.line(side).list.is_empty());
        (idle, slot.descriptor.is_owned())
    })?;
    if !idle {
        return Err(Error::of(ErrorKind::InvalidInput, format!("somebody still waits on descriptor {fd}")));
    }
    if !owned {
        return Err(Error::of(ErrorKind::WrongDescriptor, format!("descriptor {fd} is not ours to give away")));
    }
    core.make_nonblocking(fd)?;
    match fd.unregister()?.into_owned() {
        Some(socket) => Ok(TcpStream::from_std(std::net::TcpStream::from(socket))?),
        None => Err(Error::of(ErrorKind::WrongDescriptor, format!("descriptor {fd} is not ours to give away"))),
    }
}

/// A descriptor as tokio's `AsyncRead + AsyncWrite`; made by [`AsyncFD::stream`]. Dropping it closes nothing.
///
/// Flushing does nothing, and a shutdown is that of the socket's sending side. The errors are those of
/// [`read`](AsyncFD::read) and [`write`](AsyncFD::write), as `std::io::Error`.
///
/// # Nim
///
/// None.
#[derive(Debug)]
pub struct FdStream {
    fd: AsyncFD,
    reading: Gate,
    writing: Gate,
}

impl AsyncFD {
    /// A view of the socket for tokio's traits.
    ///
    /// It reads and writes as [`read`](AsyncFD::read) and [`write`](AsyncFD::write) do, and waits in the same lists.
    /// `poll_shutdown` shuts the sending side of the socket down. The key stays usable, and is still to be closed.
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
        FdStream { fd: self, reading: Gate::new(self, Side::Read), writing: Gate::new(self, Side::Write) }
    }
}

impl AsyncRead for FdStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let unfilled = buf.initialize_unfilled();
        let size = ready!(poll_receive(&mut self.get_mut().reading, cx, unfilled, false))?;
        buf.advance(size);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for FdStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        poll_transmit(&mut self.get_mut().writing, cx, data).map_err(io::Error::from)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.fd.with_fd(|fd| socket2::SockRef::from(&fd).shutdown(std::net::Shutdown::Write));
        Poll::Ready(shut.map_err(io::Error::from).and_then(|shut| shut))
    }
}
