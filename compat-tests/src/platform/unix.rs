//! Descriptors, socket pairs and pipes.

use asyncdispatch::{Result, Signal, add_signal};
use std::{
    io,
    process::{Child, Command},
    thread,
};

pub use std::os::fd::{AsFd, OwnedFd};
/// One end of a connection within this process.
pub use std::os::unix::net::UnixStream as Stream;
pub use tokio::net::UnixStream as TokioStream;

/// A child that sleeps until it is killed.
pub fn sleeper() -> io::Result<Child> {
    Command::new("sleep").arg("1000").spawn()
}

/// A child that ends soon, with status 3.
pub fn short_lived() -> io::Result<Child> {
    Command::new("sh").args(["-c", "sleep 0.05; exit 3"]).spawn()
}

/// A signal that nobody sends.
pub const QUIET_SIGNAL: Signal = Signal::SIGUSR2;

pub fn stream_pair() -> io::Result<(Stream, Stream)> {
    Stream::pair()
}

/// A pipe whose ends are not registered yet; both non-blocking.
pub struct Pipe {
    pub reader: OwnedFd,
    pub writer: OwnedFd,
}

pub fn pipe() -> Result<Pipe> {
    let (reader, writer) = rustix::pipe::pipe().map_err(io::Error::from)?;
    for end in [&reader, &writer] {
        rustix::io::ioctl_fionbio(end, true).map_err(io::Error::from)?;
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC).map_err(io::Error::from)?;
    }
    Ok(Pipe { reader, writer })
}

pub(crate) fn read(fd: impl AsFd, buf: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(fd, buf)?)
}

pub(crate) fn write(fd: impl AsFd, data: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::write(fd, data)?)
}

/// Waits (blocking) until `fd` is readable, without any dispatcher: bytes of another process or thread have arrived.
pub fn await_readable(fd: impl AsFd) -> Result<()> {
    let mut fds = [rustix::event::PollFd::new(&fd, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut fds, None).map_err(io::Error::from)?;
    Ok(())
}

/// Sends this process a signal; Nim: `kill(getpid(), …)`. It is this thread that takes it, before this returns: another one,
/// of which Nim's programs have none, may take it later.
pub fn raise(signal: rustix::process::Signal) -> Result<()> {
    // SAFETY: takes a number only.
    match unsafe { libc::raise(signal.as_raw()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error().into()),
    }
}

/// How many this process has open, where that can be known.
pub(crate) fn open_descriptors() -> Option<usize> {
    cfg!(target_os = "linux").then(|| std::fs::read_dir("/proc/self/fd").expect("Linux").count())
}

/// tokio's signal pipe lives as long as the process.
pub(crate) fn open_what_stays() {
    let made = thread::spawn(|| add_signal(QUIET_SIGNAL, |_| true).map(drop));
    made.join().expect("no panic").expect("a signal can be watched");
}

/// Lets this process have `count` descriptors more than a few; to be called before there is a dispatcher.
pub fn allow_descriptors(count: u64) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = count + 256;
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        setrlimit(Resource::Nofile, limit).expect("a soft limit below the hard one");
    }
}

/// What the system answers.
pub mod errno {
    pub use libc::{
        EADDRINUSE, EBADF, ECONNABORTED, ECONNREFUSED, EMFILE, EMSGSIZE, ENOTCONN, ENOTSOCK, EPIPE as ESHUTDOWN,
    };
}
