//! `new_custom`: the end of an overlapped call that the program makes itself.

use std::ffi::c_void;
use std::fmt;
use std::rc::{Rc, Weak};

use crate::args::OrRaise;
use crate::current::current;
use crate::custom::Kind;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::process::Watch;
use crate::sys::Overlapped;

/// The `OVERLAPPED` of one call, made by [`new_custom`].
///
/// Dropping it changes nothing: what was begun goes on, and its callback is called.
pub struct CustomRef {
    overlapped: Rc<Overlapped>,
    core: Weak<Core>,
    key: AsyncFD,
    fd: AsyncFD,
}

impl CustomRef {
    /// The `OVERLAPPED`, for one overlapped call on the socket that it was made for.
    ///
    /// Cast it to the type of the bindings that you use. The memory is there until the system is done with the call,
    /// also if the dispatcher is gone by then. The event in it is not to be touched; a completion port that the socket
    /// was given to is not told of the call.
    ///
    /// # Nim
    ///
    /// `cast[POVERLAPPED](ol)`.
    pub fn as_ptr(&self) -> *mut c_void {
        self.overlapped.as_ptr()
    }

    /// Takes the callback off the loop, uncalled, and cancels the call if it has begun.
    ///
    /// This is what to do if the call failed at once with another error than `WSA_IO_PENDING`: nothing will come of it,
    /// and the loop would wait for ever. Whether the callback was still to come.
    ///
    /// # Nim
    ///
    /// `GC_unref(ol)`, for a call that failed.
    #[doc(alias = "GC_unref")]
    pub fn cancel(self) -> bool {
        let Some(core) = self.core.upgrade() else { return false };
        let waited = core.customs.unregister(&core, self.key).is_ok();
        if waited {
            let _closed_so_cancelled = core.with_descriptor(self.fd, |socket| {
                self.overlapped.cancel(socket);
                Ok(())
            });
        }
        waited
    }
}

impl fmt::Debug for CustomRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomRef").field("fd", &self.fd).finish_non_exhaustive()
    }
}

/// Makes an `OVERLAPPED` for a call on the socket `fd`, and calls `cb` in the loop, once, when the call is over.
///
/// The callback is given the socket's key, how many bytes were moved, and the system's error, or -1 if there was none.
/// A call that was over at once is no exception: the callback comes in the next turn. Closing the socket ends the call
/// with an error, mostly 995 (`ERROR_OPERATION_ABORTED`). From now on this keeps the loop alive; if the call is not made
/// after all, or fails at once, see [`CustomRef::cancel`].
///
/// # Errors
///
/// [`NotRegistered`](crate::ErrorKind::NotRegistered) if the key is stale, virtual, or another dispatcher's;
/// [`Os`](crate::ErrorKind::Os) if the system has no event left.
///
/// # Nim
///
/// `newCustom`, and the `data` of what it answers.
///
/// ```no_run
/// use asyncdispatch::*;
/// use windows_sys::Win32::Networking::WinSock::{WSA_IO_PENDING, WSABUF, WSAGetLastError, WSARecv};
///
/// let theirs = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let fd = wait_for(dial("127.0.0.1", theirs.local_addr()?.port()))?;
/// let data = Box::leak(Box::new([0; 1024])); // until the callback
/// let custom = new_custom(fd, |_, bytes, error| println!("{bytes} bytes, error {error}"))?;
/// let parts = WSABUF { len: 1024, buf: data.as_mut_ptr() };
/// let (raw, mut flags) = (fd.as_raw_fd() as usize, 0);
/// // SAFETY: the memory stays, and is not looked at before the callback.
/// let failed = unsafe {
///     WSARecv(raw, &parts, 1, std::ptr::null_mut(), &mut flags, custom.as_ptr().cast(), None) != 0
///         && WSAGetLastError() != WSA_IO_PENDING
/// };
/// if failed {
///     custom.cancel();
/// }
/// drain_with(-1)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "newCustom")]
#[doc(alias = "CompletionData")]
pub fn new_custom<R: OrRaise<()>>(fd: AsyncFD, cb: impl FnOnce(AsyncFD, u32, i32) -> R + 'static) -> Result<CustomRef> {
    let core = current()?;
    core.descriptor(fd)?;
    let machine = core.machine()?;
    let overlapped = Rc::new(Overlapped::new().map_err(Error::from_io_plain)?);
    let (ended, mut cb) = (Rc::clone(&overlapped), Some(cb));
    let call = Box::new(move |_| {
        let (bytes, error) = ended.outcome();
        cb.take().map_or(Ok(()), |cb| cb(fd, bytes, error).into_result()).map(|()| true)
    });
    let key = core.customs.insert(call, |key| {
        let process = overlapped.end();
        machine.watched().selector().add_process(&process, key.token()).map_err(Error::from_io_plain)?;
        Ok(Kind::Process(Watch::Descriptor { process, watched: true }))
    })?;
    Ok(CustomRef { overlapped, core: Rc::downgrade(&core), key, fd })
}
