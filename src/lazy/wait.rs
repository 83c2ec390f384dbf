//! Waiting for readiness.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;
use crate::fd::AsyncFD;
use crate::gate::Gate;
use crate::registry::Side;

lazy!(
    /// Waits until a read would not block; made by [`AsyncFD::readable`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Read;
    /// use std::os::fd::AsFd;
    /// use std::process::{Command, Stdio};
    ///
    /// let mut child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let mut output = child.stdout.take().unwrap(); // a pipe: `recv` is for sockets only
    /// let fd = register(output.as_fd().try_clone_to_owned()?)?;
    /// let first = async_proc(async move {
    ///     fd.readable().await?;
    ///     Ok(output.read(&mut [0; 16])?)
    /// });
    /// assert_eq!(wait_for(first)?, 6);
    /// child.wait()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Readable {} -> (),
    |this, cx| this.gate.poll_event(cx)
);

lazy!(
    /// Waits until a write would not block; made by [`AsyncFD::writable`].
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
    /// drop(theirs); // a hang-up counts
    /// let waiting = async_proc(async move { fd.writable().await });
    /// assert!(wait_for(waiting.with_timeout(60_000))?);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Writable {} -> (),
    |this, cx| this.gate.poll_event(cx)
);

impl AsyncFD {
    /// Waits until a read would not block.
    ///
    /// It waits for an event of the system's that comes after it was first awaited, in the same list as callbacks and
    /// operations, and makes no call. The end of the stream and errors count too, and what was ready may be gone when
    /// you read: use a non-blocking call.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); also [`Os`](crate::ErrorKind::Os) for what cannot be waited on, such as regular
    /// files.
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `addRead` with a callback that answers `true`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"x")?;
    /// wait_for(async_proc(async move { fd.readable().await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addRead")]
    pub fn readable(self) -> Readable {
        Readable { gate: Gate::new(self, Side::Read) }
    }

    /// Waits until a write would not block.
    ///
    /// As [`readable`](AsyncFD::readable), for the other side; an error or a hang-up alone counts too.
    ///
    /// # Errors
    ///
    /// As [`readable`](AsyncFD::readable).
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `addWrite` with a callback that answers `true`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move { fd.writable().await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addWrite")]
    pub fn writable(self) -> Writable {
        Writable { gate: Gate::new(self, Side::Write) }
    }
}
