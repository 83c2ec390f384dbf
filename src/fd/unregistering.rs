//! Taking registrations back, and closing descriptors.

use super::AsyncFD;
use crate::args::sealed;
use crate::current::current;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Gone;
use crate::sys::OwnedFd;

/// What [`AsyncFD::unregister`] gives back.
///
/// Keep the descriptor that is in it, or let it be closed when this is dropped. The compiler warns if it is ignored.
///
/// # Nim
///
/// None: `unregister` answers nothing there. It leaves a descriptor of the program's open, and closes that of a timer,
/// signal or process.
///
/// ```
/// use asyncdispatch::*;
///
/// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// match register(ours)?.unregister()? {
///     Unregistered::Owned(fd) => println!("{fd:?} is mine again"),
///     Unregistered::Borrowed => println!("its owner has it"),
///     Unregistered::Virtual => println!("that was a timer, signal, process or event"),
/// }
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[must_use = "dropping this closes the descriptor; Nim's `unregister` leaves it open"]
#[derive(Debug)]
pub enum Unregistered {
    /// The descriptor was the registry's; it is the caller's now, and closed when dropped.
    Owned(OwnedFd),
    /// The descriptor belongs to somebody else and stays open.
    Borrowed,
    /// The key was of a timer, signal, process or event: there is no descriptor.
    Virtual,
}

impl Unregistered {
    /// The descriptor, if the dispatcher owned it.
    ///
    /// # Nim
    ///
    /// None: who registered a descriptor has it all the time.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::TcpListener;
    ///
    /// let fd = register(TcpListener::bind("127.0.0.1:0")?)?;
    /// let listener = fd.unregister()?.into_owned().map(TcpListener::from);
    /// assert!(listener.is_some());
    /// let timer = add_timer(1000, true, |_| true)?;
    /// assert!(timer.unregister()?.into_owned().is_none());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn into_owned(self) -> Option<OwnedFd> {
        match self {
            Unregistered::Owned(fd) => Some(fd),
            Unregistered::Borrowed | Unregistered::Virtual => None,
        }
    }
}

/// What the function [`unregister`] takes: an [`AsyncFD`] or an [`&AsyncEvent`](crate::AsyncEvent).
///
/// Both have a method of the same name, so that nobody need import this. It cannot be implemented for other types.
///
/// # Nim
///
/// The two procs `unregister`.
///
/// ```
/// use asyncdispatch::*;
///
/// fn forget<K: Unregister>(keys: Vec<K>) -> Result<()> {
///     keys.into_iter().try_for_each(|key| unregister(key).map(drop))
/// }
/// let timers = vec![add_timer(1000, true, |_| true)?, add_timer(2000, true, |_| true)?];
/// forget(timers)?;
/// assert!(!has_pending_operations());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub trait Unregister: sealed::Sealed {
    /// What comes back: [`Unregistered`] for a key, nothing for an event.
    type Output;

    /// Takes the registration back.
    ///
    /// # Errors
    ///
    /// Those of [`AsyncFD::unregister`] and [`AsyncEvent::unregister`](crate::AsyncEvent::unregister).
    ///
    /// # Nim
    ///
    /// `unregister`. Called by way of the function of that name.
    fn unregister(self) -> Result<Self::Output>;
}

impl sealed::Sealed for AsyncFD {}

impl Unregister for AsyncFD {
    type Output = Unregistered;

    fn unregister(self) -> Result<Unregistered> {
        let core = current()?;
        if self.is_virtual() {
            core.customs.unregister(&core, self)?;
            return Ok(Unregistered::Virtual);
        }
        if !core.fds.contains(self) {
            return Err(Error::not_in_selector(self));
        }
        match core.remove_descriptor(self, Gone::Unregistered)?.into_owned() {
            Some(fd) => Ok(Unregistered::Owned(fd)),
            None => Ok(Unregistered::Borrowed),
        }
    }
}

/// Takes a registration back, of a descriptor, timer, signal, process or event.
///
/// For a key see [`AsyncFD::unregister`], for an event [`AsyncEvent::unregister`](crate::AsyncEvent::unregister).
///
/// # Errors
///
/// [`NotRegistered`](crate::ErrorKind::NotRegistered), and for a descriptor the others of [`AsyncFD::unregister`].
///
/// # Nim
///
/// `unregister(fd)` and `unregister(ev)`. A timer that is ended before its time:
///
/// ```
/// use asyncdispatch::*;
///
/// let watchdog = add_timer(60_000, true, |_| -> bool { unreachable!() })?;
/// call_soon(move || unregister(watchdog).map(drop));
/// drain_with(-1)?; // it does not last a minute
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn unregister<K: Unregister>(key: K) -> Result<K::Output> {
    key.unregister()
}

/// Unregisters a socket, closes it, and calls or fails whoever still waits on it.
///
/// See [`AsyncFD::close_socket`].
///
/// # Errors
///
/// Those of [`AsyncFD::close_socket`].
///
/// # Panics
///
/// As [`AsyncFD::close_socket`].
///
/// # Nim
///
/// `closeSocket`. A raw callback is called a last time, with a key that is dead by then:
///
/// ```
/// use asyncdispatch::*;
/// # let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// # let client = register(ours)?;
///
/// add_read(client, |fd| {
///     let closed = !contains(&get_global_dispatcher(), fd);
///     closed // `false` would be the error `StillWaiting`
/// })?;
/// close_socket(client)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "closeSocket")]
pub fn close_socket(socket: AsyncFD) -> Result<()> {
    socket.close_socket()
}

impl AsyncFD {
    /// Takes the registration back.
    ///
    /// A descriptor that the dispatcher owned comes back in [`Unregistered::Owned`]. Callbacks that wait on it are
    /// dropped uncalled; operations fail with [`Cancelled`](crate::ErrorKind::Cancelled). Within one of the descriptor's own
    /// callbacks those after it in the same list are still called, as long as they answer `true`.
    ///
    /// # Errors
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): called inside [`with_fd`](AsyncFD::with_fd) of the same descriptor.
    ///
    /// # Nim
    ///
    /// `unregister`, where futures that wait are never finished. A number that is not registered is an
    /// `AssertionDefect`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::os::unix::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let waiting = fd.recv(1);
    /// let ours = UnixStream::from(fd.unregister()?.into_owned().unwrap());
    /// assert_eq!(waiting.read_error()?.kind(), ErrorKind::Cancelled);
    /// # drop((ours, theirs));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn unregister(self) -> Result<Unregistered> {
        Unregister::unregister(self)
    }

    /// Unregisters a descriptor, closes it, and calls or fails whoever still waits on it.
    ///
    /// It is closed if the dispatcher owned it. Then, readers first, every waiting callback is called once, with the
    /// key that is no longer registered, and every waiting operation fails with the system's `EBADF`: most inside this
    /// call, `send` and `accept` one step of the queue later. One that is lazy, such as [`read`](AsyncFD::read), fails
    /// with [`Cancelled`](crate::ErrorKind::Cancelled) when it is polled.
    ///
    /// # Errors
    ///
    /// The descriptor is closed and everybody called also by the last two; the first error is the one that is answered.
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`WrongDescriptor`](crate::ErrorKind::WrongDescriptor): the key of a timer, signal, process or event.
    /// - [`StillWaiting`](crate::ErrorKind::StillWaiting): a callback answered `false`.
    /// - What a callback raised.
    ///
    /// # Panics
    ///
    /// If a callback does; when all are called.
    ///
    /// # Nim
    ///
    /// `closeSocket`. There the callbacks after one that answers `false` are not called, and a waiting `connect`
    /// raises.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let waiting = fd.recv(1);
    /// fd.close_socket()?;
    /// assert_eq!(waiting.read_error()?.to_string(), "Bad file descriptor");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "closeSocket")]
    pub fn close_socket(self) -> Result<()> {
        let core = current()?;
        if self.is_virtual() {
            return Err(Error::of(
                ErrorKind::WrongDescriptor,
                "close_socket takes sockets: this is the key of a timer, signal, process or event; use `unregister`",
            ));
        }
        core.close_descriptor(self)
    }
}
