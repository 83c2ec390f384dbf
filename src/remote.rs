//! From other threads: a handle by which they call into the loop.

use std::fmt;
use std::sync::Arc;

use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};
use crate::future::NimFuture;
use crate::mailbox::{Mail, Mailbox};

/// A `Send + Sync` handle of a dispatcher; made by [`Dispatcher::remote`].
///
/// It does not keep the dispatcher alive.
///
/// # Nim
///
/// Nim has none.
///
/// ```
/// use asyncdispatch::*;
///
/// let remote = get_global_dispatcher().remote();
/// std::thread::spawn(move || remote.call_soon_threadsafe(|| println!("here"))).join().unwrap()?;
/// poll()?; // prints
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone)]
pub struct Remote(Arc<Mailbox>);

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

impl Dispatcher {
    /// A handle for other threads.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = Dispatcher::new().remote(); // the dispatcher is gone
    /// assert_eq!(remote.call_soon_threadsafe(|| ()).unwrap_err().kind(), ErrorKind::DispatcherGone);
    /// ```
    pub fn remote(&self) -> Remote {
        Remote(Arc::clone(self.core().mailbox()))
    }
}

impl Remote {
    /// Calls `cb` on the dispatcher's thread, in the queue phase of a turn.
    ///
    /// It wakes a loop that waits.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if the dispatcher is closed; `cb` is dropped uncalled.
    ///
    /// # Nim
    ///
    /// Nim has none; there one uses an `AsyncEvent`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = get_global_dispatcher().remote();
    /// std::thread::spawn(move || remote.call_soon_threadsafe(|| call_soon(|| ()))).join().unwrap()?;
    /// poll()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn call_soon_threadsafe(&self, cb: impl FnOnce() + Send + 'static) -> Result<()> {
        self.0.post(Mail::Call(Box::new(cb))).map_err(|_refused| Error::dispatcher_gone())
    }

    /// Calls `f` on the dispatcher's thread, where it may start an async proc; a failure comes out of `poll`.
    ///
    /// # Errors
    ///
    /// [`DispatcherGone`](crate::ErrorKind::DispatcherGone) if the dispatcher is closed; `f` is dropped uncalled.
    ///
    /// # Nim
    ///
    /// Nim has none.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let remote = get_global_dispatcher().remote();
    /// remote.spawn(|| async_proc(async { Err::<(), _>("boom".into()) }))?;
    /// assert_eq!(poll().unwrap_err().to_string(), "boom");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn spawn<T: 'static>(&self, f: impl FnOnce() -> NimFuture<T> + Send + 'static) -> Result<()> {
        self.call_soon_threadsafe(move || f().check())
    }
}
