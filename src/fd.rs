//! `AsyncFD`: the key of a registered descriptor, and what can be done with it besides input and output.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::sync::Arc;

use crate::args::{OrRaise, sealed};
use crate::current::current;
use crate::dispatcher::Dispatcher;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Gone, Side, Waiting};
use crate::sys::{self, Descriptor};

/// The key of a descriptor, timer, signal, process or event: its number and a generation.
///
/// It is a name, not the thing: `Copy`, and dropping it closes nothing. A key whose registration has ended is refused
/// with [`NotRegistered`](ErrorKind::NotRegistered), also when the system has given its number to another descriptor
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
/// let number = old.as_raw_fd();
/// old.close_socket()?;
/// assert!(!get_global_dispatcher().contains(old));
/// assert_eq!(old.close_socket().unwrap_err().kind(), ErrorKind::NotRegistered);
/// # let _ = (number, two);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AsyncFD {
    /// Below zero: `-1 - index` in the table of virtual keys.
    raw: i32,
    generation: u64,
}

impl AsyncFD {
    pub(crate) fn of_descriptor(raw: RawFd, generation: u64) -> AsyncFD {
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

/// Nim's `Callback`, for storing one; `add_read` and the others take any closure.
///
/// ```
/// use asyncdispatch::*;
///
/// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
/// let stored: Callback = Box::new(|fd| !fd.is_virtual());
/// register(ours)?.add_write(stored)?;
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
pub type Callback = Box<dyn FnMut(AsyncFD) -> bool>;

/// What `unregister` gives back.
///
/// Keep it, or let it close the descriptor.
///
/// # Nim
///
/// None: `unregister` answers nothing and leaves the descriptor open.
#[must_use = "dropping this closes the descriptor; Nim's `unregister` leaves it open"]
#[derive(Debug)]
pub enum Unregistered {
    /// The descriptor was the registry's; it is the caller's now, and closed when dropped.
    Owned(OwnedFd),
    /// The descriptor belongs to somebody else and stays open.
    Borrowed,
    /// A timer, signal or process: there is no descriptor.
    Virtual,
}

impl Unregistered {
    /// The descriptor, if the registry owned it.
    pub fn into_owned(self) -> Option<OwnedFd> {
        match self {
            Unregistered::Owned(fd) => Some(fd),
            Unregistered::Borrowed | Unregistered::Virtual => None,
        }
    }
}

/// What [`unregister`] takes: an [`AsyncFD`] or an [`&AsyncEvent`](crate::AsyncEvent).
pub trait Unregister: sealed::Sealed {
    /// What comes back.
    type Output;

    /// Takes the registration back.
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
/// - [`TooManyDescriptors`](ErrorKind::TooManyDescriptors): its number is not below
///   [`max_descriptors`](crate::max_descriptors).
/// - [`NotDriven`](ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
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
/// - [`AlreadyRegistered`](ErrorKind::AlreadyRegistered): its number is registered here;
///   [`Dispatcher::find`] gives the key.
/// - [`TooManyDescriptors`](ErrorKind::TooManyDescriptors), [`NotDriven`](ErrorKind::NotDriven): as [`register`].
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
/// - [`InvalidInput`](ErrorKind::InvalidInput): the number is negative.
/// - [`AlreadyRegistered`](ErrorKind::AlreadyRegistered), [`TooManyDescriptors`](ErrorKind::TooManyDescriptors),
///   [`NotDriven`](ErrorKind::NotDriven): as [`register_shared`].
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
#[allow(unsafe_code)]
pub unsafe fn register_raw(fd: RawFd) -> Result<AsyncFD> {
    let core = current()?;
    core.check_number(fd)?;
    // SAFETY: the caller keeps `fd` open as long as it is registered; -1 has been refused.
    core.register(unsafe { Descriptor::promised(fd) })
}

/// Takes a registration back.
///
/// For a key see [`AsyncFD::unregister`], for an event [`AsyncEvent::unregister`](crate::AsyncEvent::unregister).
///
/// # Nim
///
/// `unregister`, of descriptors and of events.
pub fn unregister<K: Unregister>(key: K) -> Result<K::Output> {
    key.unregister()
}

/// Closes and unregisters a socket. See [`AsyncFD::close_socket`].
#[doc(alias = "closeSocket")]
pub fn close_socket(socket: AsyncFD) -> Result<()> {
    socket.close_socket()
}

/// Sets whether child processes inherit a descriptor. See [`AsyncFD::set_inheritable`].
#[doc(alias = "setInheritable")]
pub fn set_inheritable(fd: AsyncFD, inheritable: bool) -> bool {
    fd.set_inheritable(inheritable)
}

/// Calls `cb` when `fd` is readable, until it answers `true`. See [`AsyncFD::add_read`].
#[doc(alias = "addRead")]
pub fn add_read<R: OrRaise<bool>>(fd: AsyncFD, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
    fd.add_read(cb)
}

/// Calls `cb` when `fd` is writable, until it answers `true`. See [`AsyncFD::add_write`].
#[doc(alias = "addWrite")]
pub fn add_write<R: OrRaise<bool>>(fd: AsyncFD, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
    fd.add_write(cb)
}

impl AsyncFD {
    /// The descriptor's number; -1 for virtual keys.
    ///
    /// The number may be another descriptor's by now if the key is stale; [`with_fd`](AsyncFD::with_fd) checks that.
    ///
    /// # Nim
    ///
    /// `fd.int`.
    pub fn as_raw_fd(self) -> RawFd {
        self.raw.max(-1)
    }

    /// Whether this is the key of a timer, signal, process or event.
    ///
    /// Such a key can be unregistered, and nothing else.
    ///
    /// # Nim
    ///
    /// None: there each has a descriptor.
    pub fn is_virtual(self) -> bool {
        self.raw < 0
    }

    /// Lends the open descriptor to `f`.
    ///
    /// For `bind`, `listen`, `shutdown`, socket options. The key cannot be unregistered meanwhile.
    ///
    /// # Errors
    ///
    /// [`NotRegistered`](ErrorKind::NotRegistered) if the key is stale, virtual, or another dispatcher's.
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
    /// let copy = fd.with_fd(|fd| fd.try_clone_to_owned())??;
    /// # drop(copy);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn with_fd<R>(self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Result<R> {
        let descriptor: Rc<Descriptor> = current()?.descriptor(self)?;
        Ok(f(descriptor.borrow()))
    }

    /// Takes the registration back.
    ///
    /// A descriptor that the dispatcher owned comes back in [`Unregistered::Owned`]. Callbacks that wait on it are
    /// dropped uncalled; operations fail with [`Cancelled`](ErrorKind::Cancelled). Within one of the descriptor's own
    /// callbacks those after it in the same list are still called, as long as they answer `true`.
    ///
    /// # Errors
    ///
    /// - [`NotRegistered`](ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`InvalidInput`](ErrorKind::InvalidInput): called inside [`with_fd`](AsyncFD::with_fd) of the same descriptor.
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
    /// with [`Cancelled`](ErrorKind::Cancelled) when it is polled.
    ///
    /// # Errors
    ///
    /// The descriptor is closed and everybody called also by the last two; the first error is the one that is answered.
    ///
    /// - [`NotRegistered`](ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`WrongDescriptor`](ErrorKind::WrongDescriptor): the key of a timer, signal, process or event.
    /// - [`StillWaiting`](ErrorKind::StillWaiting): a callback answered `false`.
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

    /// Calls `cb` when the descriptor is readable, until it answers `true`.
    ///
    /// `true` means *done, forget me*, `false` means *keep me*. It is level-triggered: a callback that reads nothing
    /// and answers `false` is called in the next turn again. Callbacks and operations of one side are served in the
    /// order of their adding; the first that is not done ends the round for those after it. One that is added by a
    /// callback waits for the next turn. An error or a hang-up alone calls both sides, so that the call that follows
    /// may still find nothing to read.
    ///
    /// The callback may answer `Result<bool>`: an `Err` leaves through [`poll`](crate::poll) and ends this callback;
    /// those after it stay.
    ///
    /// # Errors
    ///
    /// Nothing is left behind by any of them.
    ///
    /// - [`NotRegistered`](ErrorKind::NotRegistered): the key is stale, virtual, or another dispatcher's.
    /// - [`Os`](ErrorKind::Os): the descriptor cannot be waited on: `EPERM` for regular files.
    ///
    /// # Nim
    ///
    /// `addRead`. Raises `ValueError` and `IOSelectorsException` where this answers the errors above, and keeps the
    /// callback in the second case.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::{cell::Cell, io::Write as _, rc::Rc};
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let calls = Rc::new(Cell::new(0));
    /// fd.add_read({
    ///     let calls = calls.clone();
    ///     move |_| {
    ///         calls.set(calls.get() + 1);
    ///         calls.get() == 2
    ///     }
    /// })?;
    /// theirs.write_all(b"x")?;
    /// poll()?;
    /// poll()?;
    /// assert_eq!(calls.get(), 2);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addRead")]
    pub fn add_read<R: OrRaise<bool>>(self, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
        self.add_callback(Side::Read, cb)
    }

    /// Calls `cb` when the descriptor is writable, until it answers `true`.
    ///
    /// A socket is writable nearly always: add the callback when there is something to write, and answer `true` when
    /// all is out. For everything else see [`add_read`](AsyncFD::add_read).
    ///
    /// # Errors
    ///
    /// As [`add_read`](AsyncFD::add_read).
    ///
    /// # Nim
    ///
    /// `addWrite`, with the differences of [`add_read`](AsyncFD::add_read).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// let called = Rc::new(Cell::new(false));
    /// fd.add_write({
    ///     let called = called.clone();
    ///     move |_| {
    ///         called.set(true);
    ///         true
    ///     }
    /// })?;
    /// poll()?;
    /// assert!(called.get());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "addWrite")]
    pub fn add_write<R: OrRaise<bool>>(self, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
        self.add_callback(Side::Write, cb)
    }

    fn add_callback<R: OrRaise<bool>>(self, side: Side, mut cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
        let core = current()?;
        core.append(self, side, Waiting::Callback(Box::new(move |fd| cb(fd).into_result())))
    }
}

impl Dispatcher {
    /// Hands a descriptor to this dispatcher. See [`register`].
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

/// Whether `fd` is registered with `disp`. See [`Dispatcher::contains`].
pub fn contains(disp: &Dispatcher, fd: AsyncFD) -> bool {
    disp.contains(fd)
}
