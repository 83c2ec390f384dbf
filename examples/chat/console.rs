//! The operator's console, and what ends the service: both are the platform's.

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::BorrowedFd;
    use std::sync::Arc;

    use asyncdispatch::{AsyncFD, Result, Signal, register_shared};

    pub const END_SIGNALS: [Signal; 2] = [Signal::SIGINT, Signal::SIGTERM];
    pub const END_KEYS: &str = "Ctrl-C or SIGTERM";

    /// The standard input, whatever it is.
    pub fn open() -> Result<AsyncFD> {
        register_shared(Arc::new(io::stdin()))
    }

    pub fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(fd, buffer)?)
    }
}

#[cfg(windows)]
mod windows {
    use std::io::{self, Read};
    use std::os::windows::io::BorrowedSocket;

    use asyncdispatch::{AsyncFD, Result, Signal, register};
    use socket2::SockRef;

    pub const END_SIGNALS: [Signal; 2] = [Signal::SIGINT, Signal::SIGBREAK];
    pub const END_KEYS: &str = "Ctrl-C or Ctrl-Break";

    /// Only sockets can be watched here: a thread passes on what is typed.
    pub fn open() -> Result<AsyncFD> {
        let (console, mut typed) = crate::demo::pair()?;
        std::thread::spawn(move || io::copy(&mut io::stdin(), &mut typed));
        register(console)
    }

    pub fn read(socket: BorrowedSocket<'_>, buffer: &mut [u8]) -> io::Result<usize> {
        (&*SockRef::from(&socket)).read(buffer)
    }
}

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;
