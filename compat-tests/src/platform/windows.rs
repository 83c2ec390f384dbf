//! Everything is a TCP socket on the loopback: the dispatcher knows no other kind here.

use asyncdispatch::{Result, Signal};
use socket2::SockRef;
use std::{
    io::{self, Read as _, Write as _},
    mem::MaybeUninit,
    net::{Shutdown, TcpListener},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// One end of a connection within this process.
pub use std::net::TcpStream as Stream;
pub use std::os::windows::io::{AsSocket as AsFd, OwnedSocket as OwnedFd};
pub use tokio::net::TcpStream as TokioStream;

/// A child that sleeps until it is killed.
pub fn sleeper() -> io::Result<Child> {
    Command::new("cmd").args(["/c", "pause"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()
}

/// A child that ends soon, with status 3.
pub fn short_lived() -> io::Result<Child> {
    Command::new("cmd").args(["/c", "exit 3"]).spawn()
}

/// A signal that nobody sends.
pub const QUIET_SIGNAL: Signal = Signal::SIGBREAK;

pub fn stream_pair() -> io::Result<(Stream, Stream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = Stream::connect(listener.local_addr()?)?;
    let far = listener.accept()?.0;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    Ok((near, far))
}

/// A connection one way, whose ends are not registered yet; both non-blocking.
pub struct Pipe {
    pub reader: OwnedFd,
    pub writer: OwnedFd,
}

pub fn pipe() -> Result<Pipe> {
    let (reader, writer) = stream_pair()?;
    reader.shutdown(Shutdown::Write)?;
    reader.set_nonblocking(true)?;
    writer.set_nonblocking(true)?;
    Ok(Pipe { reader: reader.into(), writer: writer.into() })
}

pub(crate) fn read(fd: impl AsFd, buf: &mut [u8]) -> io::Result<usize> {
    (&*SockRef::from(&fd.as_socket())).read(buf)
}

pub(crate) fn write(fd: impl AsFd, data: &[u8]) -> io::Result<usize> {
    (&*SockRef::from(&fd.as_socket())).write(data)
}

/// Waits (blocking) until `fd` is readable, without any dispatcher: bytes of another process or thread have arrived.
pub fn await_readable(fd: impl AsFd) -> Result<()> {
    let fd = fd.as_socket();
    loop {
        match SockRef::from(&fd).peek(&mut [MaybeUninit::uninit()]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
            ready => return Ok(ready.map(drop)?),
        }
    }
}

/// Handles are not counted: tokio and the C library keep some for later.
pub(crate) fn open_descriptors() -> Option<usize> {
    None
}

pub(crate) fn open_what_stays() {}

/// There is no limit to raise.
pub fn allow_descriptors(_: u64) {}

/// What the system answers: the numbers of Winsock.
pub mod errno {
    pub const EADDRINUSE: i32 = 10_048;
    pub const EBADF: i32 = 10_009;
    pub const ECONNABORTED: i32 = 10_053;
    pub const ECONNREFUSED: i32 = 10_061;
    pub const EMFILE: i32 = 10_024;
    pub const EMSGSIZE: i32 = 10_040;
    pub const ENOTCONN: i32 = 10_057;
    pub const ENOTSOCK: i32 = 10_038;
    /// Where others say that a pipe is broken.
    pub const ESHUTDOWN: i32 = 10_058;
}
