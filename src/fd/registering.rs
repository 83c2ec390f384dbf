//! Registering descriptors, and asking for them.

use std::sync::Arc;

use super::AsyncFD;
use crate::current::current;
use crate::dispatcher::Dispatcher;
use crate::error::Result;
use crate::sys::{self, AsFd, Descriptor, OwnedFd, RawFd};

/// Hands a descriptor to the thread's dispatcher.
///
/// From now on the dispatcher owns it: [`close_socket`](crate::close_socket) closes it, and so does the end of the dispatcher.
/// [`unregister`](crate::unregister) gives it back. Sockets, pipes and terminals can be waited on; a regular file can be registered, but
/// not waited on. Nothing is watched yet and no flag is changed; `accept` and `connect` set `O_NONBLOCK` when they use it.
///
/// On Windows sockets alone can be registered, by `OwnedSocket`, and they are made non-blocking at once.
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
/// descriptor's flags are left alone; `connect` refuses it in blocking mode. On Windows it is made non-blocking.
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
/// For the descriptors of C libraries. [`close_socket`](crate::close_socket) only unregisters such a one, and calls or fails whoever waits.
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
        sys::number_of(raw).and_then(|number| self.core().fds.find(number))
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
