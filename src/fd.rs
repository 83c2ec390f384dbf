//! `AsyncFD`: the key of a registered descriptor, and what can be done with it besides input and output.

mod callbacks;
mod registering;
mod unregistering;

pub use callbacks::{Callback, add_read, add_write};
pub use registering::{contains, register, register_raw, register_shared};
pub use unregistering::{Unregister, Unregistered, close_socket, unregister};

use std::fmt;
use std::rc::Rc;

use crate::current::current;
use crate::error::Result;
use crate::sys::{self, BorrowedFd, Descriptor, RawFd};

/// The key of a descriptor, timer, signal, process or event: its number and a generation.
///
/// It is a name, not the thing: `Copy`, and dropping it closes nothing. A key whose registration has ended is refused
/// with [`NotRegistered`](crate::ErrorKind::NotRegistered), also when the system has given its number to another descriptor
/// since. The keys of another dispatcher are refused likewise.
///
/// # Nim
///
/// `AsyncFD`, a `distinct cint`. There an old number reaches whatever descriptor has it now.
///
/// ```
/// use asyncdispatch::*;
/// use std::os::unix::net::UnixStream;
///
/// let (one, two) = UnixStream::pair()?;
/// let old = register(one)?;
/// old.close_socket()?;
/// let new = register(two.try_clone()?)?;
/// assert_eq!(new.as_raw_fd(), old.as_raw_fd()); // the system uses the number again
/// assert_ne!(new, old);
/// assert_eq!(old.add_read(|_| true).unwrap_err().kind(), ErrorKind::NotRegistered);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AsyncFD {
    /// Below zero: `-1 - index` in the table of virtual keys.
    raw: i32,
    generation: u64,
}

impl AsyncFD {
    pub(crate) fn of_descriptor(raw: i32, generation: u64) -> AsyncFD {
        AsyncFD { raw, generation }
    }

    pub(crate) fn of_virtual(index: usize, generation: u64) -> AsyncFD {
        AsyncFD { raw: -1 - index as i32, generation }
    }

    /// The place in the registry, or in the table of virtual keys.
    pub(crate) fn index(self) -> usize {
        if self.raw < 0 { (-1 - self.raw) as usize } else { self.raw as usize }
    }

    pub(crate) fn generation(self) -> u64 {
        self.generation
    }

    /// What the selector reports: the place, and enough of the generation to tell a successor in the same batch.
    pub(crate) fn token(self) -> u64 {
        (u64::from(self.raw as u32) << 32) | (self.generation & 0xffff_ffff)
    }
}

impl fmt::Display for AsyncFD {
    /// The descriptor's number as Nim prints it; `virtual` for timers, signals, processes and events.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_virtual() { f.write_str("virtual") } else { self.raw.fmt(f) }
    }
}

impl fmt::Debug for AsyncFD {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AsyncFD({self}, generation {})", self.generation)
    }
}

/// Sets whether child processes inherit a descriptor. Answers whether that worked.
///
/// See [`AsyncFD::set_inheritable`]. What this crate makes is not inherited unless asked for; what is registered keeps
/// the flag that it has, and std's sockets are not inherited either.
///
/// # Nim
///
/// `setInheritable(fd, inheritable)`.
///
/// ```
/// use asyncdispatch::*;
///
/// let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
/// assert!(set_inheritable(listener, true));
/// let child = std::process::Command::new("test").args(["-e", &format!("/dev/fd/{listener}")]).status()?;
/// assert!(child.success()); // it has the descriptor, under the same number
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "setInheritable")]
pub fn set_inheritable(fd: AsyncFD, inheritable: bool) -> bool {
    fd.set_inheritable(inheritable)
}

impl AsyncFD {
    /// The descriptor's number; -1 for virtual keys. On Windows the socket, a `RawSocket`, or `INVALID_SOCKET`.
    ///
    /// The number may be another descriptor's by now if the key is stale; [`with_fd`](AsyncFD::with_fd) checks that.
    ///
    /// # Nim
    ///
    /// `fd.int`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::os::fd::AsRawFd;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let number = listener.as_raw_fd();
    /// assert_eq!(register(listener)?.as_raw_fd(), number);
    /// assert_eq!(add_timer(1000, true, |_| true)?.as_raw_fd(), -1);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn as_raw_fd(self) -> RawFd {
        sys::raw_of(self.raw.max(-1))
    }

    /// Whether this is the key of a timer, signal, process or event.
    ///
    /// Such a key can be unregistered and asked for by [`contains`], and nothing else; it is displayed as `virtual`.
    ///
    /// # Nim
    ///
    /// None: there each has a descriptor.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let timer = add_timer(1000, true, |_| true)?;
    /// assert!(timer.is_virtual());
    /// assert_eq!(timer.to_string(), "virtual");
    /// assert_eq!(timer.close_socket().unwrap_err().kind(), ErrorKind::WrongDescriptor);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn is_virtual(self) -> bool {
        self.raw < 0
    }

    /// Lends the open descriptor to `f`.
    ///
    /// For `bind`, `listen`, `shutdown`, socket options: whatever takes an `impl AsFd`. The key cannot be unregistered
    /// meanwhile; if it is closed meanwhile, the descriptor is closed when `f` has ended.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](crate::ErrorKind::NotRegistered) if the key is stale, virtual, or another dispatcher's.
    ///
    /// # Nim
    ///
    /// The number itself, `fd.cint` or `fd.SocketHandle`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let stream = std::os::unix::net::UnixStream::from(fd.with_fd(|fd| fd.try_clone_to_owned())??);
    /// stream.shutdown(std::net::Shutdown::Write)?; // of both
    /// let stale = fd;
    /// fd.close_socket()?;
    /// assert_eq!(stale.with_fd(|_| ()).unwrap_err().kind(), ErrorKind::NotRegistered);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "SocketHandle")]
    pub fn with_fd<R>(self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Result<R> {
        let descriptor: Rc<Descriptor> = current()?.descriptor(self)?;
        Ok(f(descriptor.borrow()))
    }

    /// Sets whether child processes inherit the descriptor. Answers whether that worked.
    ///
    /// `false` also for a key that is stale, virtual or another dispatcher's.
    ///
    /// # Nim
    ///
    /// `setInheritable`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let socket = create_async_native_socket()?;
    /// assert!(socket.set_inheritable(true));
    /// socket.close_socket()?;
    /// assert!(!socket.set_inheritable(true));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "setInheritable")]
    pub fn set_inheritable(self, inheritable: bool) -> bool {
        self.with_fd(|fd| sys::set_close_on_exec(fd, !inheritable).is_ok()).unwrap_or(false)
    }
}
