//! Registering descriptors, and taking them back.

use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::sync::Arc;

use super::AsyncFD;
use crate::args::sealed;
use crate::current::current;
use crate::dispatcher::Dispatcher;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Gone;
use crate::sys::Descriptor;

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

/// Hands a descriptor to the thread's dispatcher.
///
/// From now on the dispatcher owns it: [`close_socket`] closes it, and so does the end of the dispatcher.
/// [`unregister`] gives it back. Sockets, pipes and terminals can be waited on; a regular file can be registered, but
/// not waited on. Nothing is watched yet and no flag is changed; `accept` and `connect` set `O_NONBLOCK` when they use it.
///
/// # Errors
///
/// The descriptor is closed by each of them.
///
/// - [`NotDriven`](crate::ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
///
/// # Nim
///
/// `register`, which takes a number and leaves the descriptor with the caller. To do that use [`register_shared`] or
/// [`register_raw`].
///
/// ```
/// use asyncdispatch::*;
///
/// let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
/// assert!(get_global_dispatcher().contains(listener));
/// listener.close_socket()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn register(fd: impl Into<OwnedFd>) -> Result<AsyncFD> {
    let fd = fd.into();
    current()?.register(Descriptor::owned(fd))
}

/// Registers a descriptor that `owner` keeps open.
///
/// The dispatcher holds its share of `owner` until the key is unregistered or closed, or the dispatcher is gone. It
/// never closes the descriptor itself: that happens when the last share is dropped. `as_fd` is called once, here. The
/// descriptor's flags are left alone; `connect` refuses it in blocking mode.
///
/// # Errors
///
/// - [`AlreadyRegistered`](crate::ErrorKind::AlreadyRegistered): its number is registered here;
///   [`Dispatcher::find`] gives the key.
/// - [`NotDriven`](crate::ErrorKind::NotDriven): as [`register`].
///
/// # Nim
///
/// `register` of a descriptor that the program closes itself.
///
/// ```
/// use asyncdispatch::*;
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use std::sync::Arc;
///
/// let (ours, mut theirs) = UnixStream::pair()?;
/// let ours = Arc::new(ours);
/// let fd = register_shared(ours.clone())?;
/// fd.add_read({
///     let ours = ours.clone();
///     move |_| -> Result<bool> {
///         let mut byte = [0];
///         (&*ours).read_exact(&mut byte)?;
///         Ok(byte == *b"x")
///     }
/// })?;
/// theirs.write_all(b"x")?;
/// poll()?;
/// fd.close_socket()?; // the stream is still open
/// (&*ours).write_all(b"y")?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "register")]
pub fn register_shared(owner: Arc<impl AsFd + 'static>) -> Result<AsyncFD> {
    let core = current()?;
    let owner: Arc<dyn AsFd> = owner;
    core.register(Descriptor::shared(owner))
}

/// Registers a descriptor by its number; it is never closed by this crate.
///
/// For the descriptors of C libraries. [`close_socket`] only unregisters such a one, and calls or fails whoever waits.
///
/// # Errors
///
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the number is negative.
/// - [`TooManyDescriptors`](crate::ErrorKind::TooManyDescriptors): it is not below
///   [`max_descriptors`](crate::max_descriptors), so nothing can be open under it.
/// - [`AlreadyRegistered`](crate::ErrorKind::AlreadyRegistered), [`NotDriven`](crate::ErrorKind::NotDriven): as
///   [`register_shared`].
///
/// # Nim
///
/// `register`, with the difference that Nim's `closeSocket` closes the descriptor.
///
/// ```
/// use asyncdispatch::*;
/// use std::os::fd::AsRawFd;
///
/// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// // SAFETY: `ours` is dropped at the end, after the key was unregistered.
/// let fd = unsafe { register_raw(ours.as_raw_fd()) }?;
/// assert_eq!(fd.as_raw_fd(), ours.as_raw_fd());
/// assert!(matches!(fd.unregister()?, Unregistered::Borrowed));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
///
/// # Safety
///
/// `fd` stays open until the key returned is unregistered or closed with `close_socket`, or its dispatcher is gone.
#[doc(alias = "register")]
#[allow(unsafe_code)]
pub unsafe fn register_raw(fd: RawFd) -> Result<AsyncFD> {
    let core = current()?;
    core.check_number(fd)?;
    // SAFETY: the caller keeps `fd` open as long as it is registered; -1 has been refused.
    core.register(unsafe { Descriptor::promised(fd) })
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

impl Dispatcher {
    /// Hands a descriptor to this dispatcher, whichever is the thread's.
    ///
    /// See [`register`]. The key works where this dispatcher is the thread's: in its callbacks and procs.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if this dispatcher is closed; the descriptor is closed then.
    ///
    /// # Nim
    ///
    /// `register`, between two `setGlobalDispatcher`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let d = Dispatcher::new();
    /// let listener = d.register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
    /// assert!(d.contains(listener));
    /// assert!(!get_global_dispatcher().contains(listener));
    /// d.call_soon(move || listener.close_socket());
    /// d.poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn register(&self, fd: impl Into<OwnedFd>) -> Result<AsyncFD> {
        self.core().register(Descriptor::owned(fd.into()))
    }

    /// Whether `fd` is registered here; `false` for stale keys and those of other dispatchers.
    ///
    /// # Nim
    ///
    /// `contains`, or `fd in disp`. A negative number is an `IndexDefect` there.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let socket = create_async_native_socket()?;
    /// let disp = get_global_dispatcher();
    /// assert!(disp.contains(socket));
    /// socket.close_socket()?;
    /// assert!(!disp.contains(socket));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn contains(&self, fd: AsyncFD) -> bool {
        if fd.is_virtual() { self.core().customs.contains(fd) } else { self.core().fds.contains(fd) }
    }

    /// The key of a registered descriptor number.
    ///
    /// `None` if the number is not registered here; timers, signals, processes and events have none.
    ///
    /// # Nim
    ///
    /// `AsyncFD(number)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let socket = create_async_native_socket()?;
    /// assert_eq!(get_global_dispatcher().find(socket.as_raw_fd()), Some(socket));
    /// assert_eq!(get_global_dispatcher().find(-1), None);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn find(&self, raw: RawFd) -> Option<AsyncFD> {
        self.core().fds.find(raw)
    }
}

/// Whether `fd` is registered with `disp`; `false` for stale keys and those of other dispatchers.
///
/// See [`Dispatcher::contains`].
///
/// # Nim
///
/// `contains(disp, fd)`, also written `fd in disp`.
///
/// ```
/// use asyncdispatch::*;
///
/// let disp = get_global_dispatcher();
/// let timer = add_timer(1, true, |_| true)?; // a key like any other
/// assert!(contains(&disp, timer));
/// drain_with(-1)?;
/// assert!(!contains(&disp, timer));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub fn contains(disp: &Dispatcher, fd: AsyncFD) -> bool {
    disp.contains(fd)
}
