//! Descriptors to watch, bytes to move, time to pass.

use crate::guard::patience;
use crate::platform::{self, AsFd, OwnedFd, Stream, pipe, stream_pair};
use asyncdispatch::{AsyncFD, Result, contains, get_global_dispatcher, register};
use std::{
    any::Any,
    future::Future,
    io,
    net::TcpListener,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    time::{Duration, Instant},
};

/// A pipe whose reading end is registered.
pub fn new_pipe() -> Result<(AsyncFD, OwnedFd)> {
    let p = pipe()?;
    Ok((register(p.reader)?, p.writer))
}

/// Two connected, non-blocking, registered stream sockets.
pub fn socket_pair() -> Result<(AsyncFD, AsyncFD)> {
    let (a, b) = stream_pair()?;
    a.set_nonblocking(true)?;
    b.set_nonblocking(true)?;
    Ok((register(a)?, register(b)?))
}

/// A registered stream socket and its other end, which is blocking but never for long.
pub fn pair() -> Result<(AsyncFD, Stream)> {
    let (ours, theirs) = stream_pair()?;
    theirs.set_read_timeout(Some(patience()))?;
    Ok((register(ours)?, theirs))
}

/// A registered listener on 127.0.0.1 and its port.
pub fn listen() -> Result<(AsyncFD, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    Ok((register(listener)?, port))
}

/// Nim's `fd in getGlobalDispatcher()`.
pub fn known(fd: AsyncFD) -> bool {
    contains(&get_global_dispatcher(), fd)
}

/// One `read` of up to `size` bytes as text; Nim: `posix.read` in a callback.
pub fn read_some(fd: AsyncFD, size: usize) -> Result<String> {
    let mut buf = vec![0; size];
    let n = fd.with_fd(|fd| platform::read(fd, &mut buf))??;
    Ok(String::from_utf8_lossy(&buf[..n]).into_owned())
}

/// What was received, as a Nim string.
pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One `write` of all of `text`; Nim: `posix.write`.
pub fn put(fd: impl AsFd, text: &str) -> Result<()> {
    let n = platform::write(fd, text.as_bytes())?;
    assert_eq!(n, text.len(), "a short write");
    Ok(())
}

/// [`put`] into a registered descriptor.
pub fn put_into(fd: AsyncFD, text: &str) -> Result<()> {
    fd.with_fd(|fd| put(fd, text))?
}

/// Writes until the kernel takes no more, and returns how much that was.
pub fn fill(fd: impl AsFd) -> Result<usize> {
    let mut total = 0;
    loop {
        match platform::write(&fd, &[0; 4096]) {
            Ok(n) => total += n,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(total),
            Err(e) => return Err(e.into()),
        }
    }
}

/// Nim's `os.sleep(ms)`: blocks the thread.
pub fn block(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Burns time until `ms` have passed since `start`.
pub fn spin(start: Instant, ms: u64) {
    while start.elapsed() < Duration::from_millis(ms) {
        std::hint::spin_loop();
    }
}

/// `fut`, with a panic turned into an error of the same text: Nim's `except Exception`, which catches defects too.
pub async fn caught<T>(fut: impl Future<Output = Result<T>>) -> Result<T> {
    let mut fut = pin!(fut);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| fut.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(payload) => std::task::Poll::Ready(Err(text_of(&*payload).into())),
    })
    .await
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    if let Some(s) = payload.downcast_ref::<&str>() {
        return (*s).to_owned();
    }
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without text".to_owned())
}
