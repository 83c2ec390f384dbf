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
pub type Callback = Box<dyn FnMut(AsyncFD) -> bool>;

/// What `unregister` gives back.
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
pub fn register(fd: impl Into<OwnedFd>) -> Result<AsyncFD> {
    let fd = fd.into();
    current()?.register(Descriptor::owned(fd))
}

/// Registers a descriptor that `owner` keeps open.
pub fn register_shared(owner: Arc<impl AsFd + 'static>) -> Result<AsyncFD> {
    let core = current()?;
    let owner: Arc<dyn AsFd> = owner;
    core.register(Descriptor::shared(owner))
}

/// Registers a descriptor by its number; it is never closed by this crate.
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
    pub fn as_raw_fd(self) -> RawFd {
        self.raw.max(-1)
    }

    /// Whether this is the key of a timer, signal, process or event.
    pub fn is_virtual(self) -> bool {
        self.raw < 0
    }

    /// Lends the open descriptor to `f`.
    pub fn with_fd<R>(self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Result<R> {
        let descriptor: Rc<Descriptor> = current()?.descriptor(self)?;
        Ok(f(descriptor.borrow()))
    }

    /// Takes the registration back.
    pub fn unregister(self) -> Result<Unregistered> {
        Unregister::unregister(self)
    }

    /// Unregisters a descriptor, closes it, and calls or fails whoever still waits on it.
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
    #[doc(alias = "setInheritable")]
    pub fn set_inheritable(self, inheritable: bool) -> bool {
        self.with_fd(|fd| sys::set_close_on_exec(fd, !inheritable).is_ok()).unwrap_or(false)
    }

    /// Calls `cb` when the descriptor is readable, until it answers `true`.
    #[doc(alias = "addRead")]
    pub fn add_read<R: OrRaise<bool>>(self, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
        self.add_callback(Side::Read, cb)
    }

    /// Calls `cb` when the descriptor is writable, until it answers `true`.
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
    pub fn contains(&self, fd: AsyncFD) -> bool {
        if fd.is_virtual() { self.core().customs.contains(fd) } else { self.core().fds.contains(fd) }
    }

    /// The key of a registered descriptor number.
    pub fn find(&self, raw: RawFd) -> Option<AsyncFD> {
        self.core().fds.find(raw)
    }
}

/// Whether `fd` is registered with `disp`. See [`Dispatcher::contains`].
pub fn contains(disp: &Dispatcher, fd: AsyncFD) -> bool {
    disp.contains(fd)
}
