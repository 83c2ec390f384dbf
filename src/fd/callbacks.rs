//! Callbacks on descriptors: `add_read` and `add_write`.

use super::AsyncFD;
use crate::args::OrRaise;
use crate::current::current;
use crate::error::Result;
use crate::line::Waiting;
use crate::registry::Side;

/// A callback in a box, for storing one; [`add_read`] and the others take any closure, this one too.
///
/// It receives the key on which it waits and answers whether it is done.
///
/// # Nim
///
/// `Callback`, a `proc (fd: AsyncFD): bool {.closure, gcsafe.}`.
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

/// Calls `cb` when `fd` is readable, until it answers `true`.
///
/// See [`AsyncFD::add_read`].
///
/// # Errors
///
/// Those of [`AsyncFD::add_read`], from the call.
///
/// # Nim
///
/// `addRead`. A pipe of a C library's, read until it would block:
///
/// ```
/// use asyncdispatch::*;
/// use std::io::{ErrorKind::WouldBlock, Read};
/// # use std::io::Write as _;
/// # let (mut theirs, mut ours) = std::os::unix::net::UnixStream::pair()?;
/// # ours.set_nonblocking(true)?;
/// # let fd = register(ours.try_clone()?)?;
/// # theirs.write_all(b"hello")?;
/// # drop(theirs);
///
/// add_read(fd, move |_| -> Result<bool> {
///     let mut buf = [0; 4];
///     loop {
///         match ours.read(&mut buf) {
///             Ok(0) => return Ok(true), // the end: forget me
///             Ok(size) => println!("{size} bytes"),
///             Err(error) if error.kind() == WouldBlock => return Ok(false), // call me again
///             Err(error) => return Err(error.into()), // out of `poll`
///         }
///     }
/// })?;
/// drain_with(-1)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "addRead")]
pub fn add_read<R: OrRaise<bool>>(fd: AsyncFD, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
    fd.add_read(cb)
}

/// Calls `cb` when `fd` is writable, until it answers `true`.
///
/// See [`AsyncFD::add_write`].
///
/// # Errors
///
/// Those of [`AsyncFD::add_read`], from the call.
///
/// # Nim
///
/// `addWrite`. Sending what the system takes at a time:
///
/// ```
/// use asyncdispatch::*;
/// use std::io::{ErrorKind::WouldBlock, Write};
/// # let (theirs, mut ours) = std::os::unix::net::UnixStream::pair()?;
/// # ours.set_nonblocking(true)?;
/// # let fd = register(ours.try_clone()?)?;
/// # let reader = std::thread::spawn(move || std::io::copy(&mut &theirs, &mut std::io::sink()));
///
/// let (data, mut sent) = (vec![0; 1_000_000], 0);
/// add_write(fd, move |_| -> Result<bool> {
///     match ours.write(&data[sent..]) {
///         Ok(size) => sent += size,
///         Err(error) if error.kind() == WouldBlock => {}
///         Err(error) => return Err(error.into()),
///     }
///     Ok(sent == data.len())
/// })?;
/// drain_with(-1)?;
/// # fd.close_socket()?;
/// # assert_eq!(reader.join().unwrap()?, 1_000_000);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "addWrite")]
pub fn add_write<R: OrRaise<bool>>(fd: AsyncFD, cb: impl FnMut(AsyncFD) -> R + 'static) -> Result<()> {
    fd.add_write(cb)
}

impl AsyncFD {
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
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, virtual, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the descriptor cannot be waited on: `EPERM` for regular files.
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
