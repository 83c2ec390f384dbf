//! The free functions of Nim: they act on the thread's dispatcher.

use tokio::runtime::Handle;

use super::Dispatcher;
use crate::current::{current, current_dispatcher, install};
use crate::error::{Error, Result};
use crate::sys::{self};

/// Makes a dispatcher that owns its runtime; installs nothing.
///
/// See [`Dispatcher::new`].
///
/// # Nim
///
/// `newDispatcher`.
///
/// ```
/// use asyncdispatch::*;
///
/// set_global_dispatcher(new_dispatcher())?; // a fresh loop, as a test would have it
/// assert!(!has_pending_operations());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "newDispatcher")]
pub fn new_dispatcher() -> Dispatcher {
    Dispatcher::new()
}

/// The thread's dispatcher, made on first use.
///
/// Inside a callback or an async proc it is the one that is turning.
///
/// # Panics
///
/// In a tokio runtime that is not ours, if no dispatcher is installed: use [`run_until`](crate::run_until) or
/// [`Dispatcher::bind`].
///
/// # Nim
///
/// `getGlobalDispatcher`.
///
/// ```
/// use asyncdispatch::*;
///
/// get_global_dispatcher().call_soon(|| ());
/// poll()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "getGlobalDispatcher")]
#[track_caller]
pub fn get_global_dispatcher() -> Dispatcher {
    match current_dispatcher() {
        Ok(dispatcher) => dispatcher,
        Err(error) => panic!("{error:#}"),
    }
}

/// Makes `disp` the thread's dispatcher; `None` takes the present one away.
///
/// Timers and descriptors of the former stay with it, and go on if it is set again while somebody holds a handle of it;
/// without a handle it is closed. After `None` the next use makes a fresh one.
///
/// # Errors
///
/// [`CallbacksQueued`](crate::ErrorKind::CallbacksQueued) if the present dispatcher has callbacks in its queue; nothing
/// is changed then.
///
/// # Nim
///
/// `setGlobalDispatcher`, with an `AssertionDefect` where this answers an error.
///
/// ```
/// use asyncdispatch::*;
///
/// let d = Dispatcher::new();
/// set_global_dispatcher(d.clone())?;
/// call_soon(|| ());
/// assert_eq!(d.callbacks().len(), 1);
/// assert_eq!(set_global_dispatcher(Dispatcher::new()).unwrap_err().kind(), ErrorKind::CallbacksQueued);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "setGlobalDispatcher")]
pub fn set_global_dispatcher(disp: impl Into<Option<Dispatcher>>) -> Result<()> {
    if let Some(present) = crate::current::installed()? {
        if !present.soon.is_empty() {
            return Err(Error::callbacks_queued());
        }
    }
    drop(install(disp.into()));
    Ok(())
}

/// The tokio runtime that does a dispatcher's input and output.
///
/// See [`Dispatcher::get_io_handler`]. Outside of callbacks and procs it is not entered, and tokio's own types need that
/// when they are made. Leave it again before the loop is turned: within somebody's `enter` the calls that block answer
/// [`LoopInside`](crate::ErrorKind::LoopInside).
///
/// # Errors
///
/// Those of [`Dispatcher::get_io_handler`].
///
/// # Nim
///
/// `getIoHandler`, which gives the selector; that is [`Dispatcher::get_fd`] here.
///
/// ```
/// use asyncdispatch::*;
///
/// let handle = get_io_handler(&get_global_dispatcher())?;
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// socket.set_nonblocking(true)?;
/// let socket = {
///     let _entered = handle.enter();
///     assert_eq!(poll().unwrap_err().kind(), ErrorKind::LoopInside);
///     tokio::net::UdpSocket::from_std(socket)?
/// };
/// let sent = async_proc(async move { Ok(socket.send_to(b"hello", socket.local_addr()?).await?) });
/// assert_eq!(wait_for(sent)?, 5);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "getIoHandler")]
pub fn get_io_handler(disp: &Dispatcher) -> Result<Handle> {
    disp.get_io_handler()
}

/// Whether anything is pending with the thread's dispatcher.
///
/// See [`Dispatcher::has_pending_operations`]. Where there is no dispatcher to be had: `false`.
///
/// # Nim
///
/// `hasPendingOperations`.
///
/// ```
/// use asyncdispatch::*;
///
/// call_soon(|| ());
/// assert!(has_pending_operations());
/// ```
#[doc(alias = "hasPendingOperations")]
pub fn has_pending_operations() -> bool {
    current().is_ok_and(|core| core.has_pending())
}

/// How many descriptors are waited on with the thread's dispatcher.
///
/// See [`Dispatcher::active_descriptors`]. Where there is no dispatcher to be had: 0.
///
/// # Nim
///
/// `activeDescriptors`.
///
/// ```
/// use asyncdispatch::*;
///
/// let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
/// assert_eq!(active_descriptors(), 0); // nobody waits on it yet
/// let _client = accept(listener);
/// assert_eq!(active_descriptors(), 1);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "activeDescriptors")]
pub fn active_descriptors() -> usize {
    current().map_or(0, |core| core.active_descriptors())
}

/// The largest number of descriptors that this process may have, less one.
///
/// That is the soft limit of the system (`ulimit -n`) at the moment of the call, counted as Nim does; on Windows Nim's
/// constant, 16,700,000.
///
/// # Errors
///
/// None on Linux.
///
/// # Nim
///
/// `maxDescriptors`, which raises `OSError` if the system does not tell.
///
/// ```
/// use asyncdispatch::*;
///
/// assert!(max_descriptors()? > 0);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "maxDescriptors")]
pub fn max_descriptors() -> Result<usize> {
    Ok(sys::descriptor_limit())
}

/// Tells whether the queue of the thread's dispatcher is non-empty, and wakes its loop if it waits.
///
/// See [`Dispatcher::schedule_callbacks`]. Where there is no dispatcher to be had: `false`.
///
/// # Nim
///
/// `scheduleCallbacks`, which is there for Genode only.
///
/// ```
/// use asyncdispatch::*;
///
/// // The event entry point of an embedder:
/// call_soon(|| println!("called by the turn, not by `schedule_callbacks`"));
/// if schedule_callbacks() {
///     poll_with(0)?;
/// }
/// # assert!(!has_pending_operations());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "scheduleCallbacks")]
pub fn schedule_callbacks() -> bool {
    current().is_ok_and(|core| {
        core.wake_if_parked();
        !core.soon.is_empty()
    })
}
