//! A handle that is no socket as a member of the selector: a thread of the system's pool waits for it and rings.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD, WT_EXECUTEONLYONCE,
};

use super::bell::Bell;
use super::process::is_signalled;

/// Rings `bell` once, when the handle is signalled; forgotten by being dropped.
///
/// # Invariant
///
/// The handle and the bell live until the system has forgotten `registered`.
pub(super) struct Wait {
    registered: HANDLE,
    handle: Arc<OwnedHandle>,
    _bell: Arc<Bell>,
}

impl Wait {
    pub(super) fn new(handle: &Arc<OwnedHandle>, bell: &Arc<Bell>) -> io::Result<Wait> {
        let (handle, bell) = (Arc::clone(handle), Arc::clone(bell));
        let mut registered = ptr::null_mut();
        // SAFETY: the type's invariant: `ring` may be called with the bell until the wait is unregistered, and the
        // handle stays open as long; both are held by the value returned, whose drop unregisters first.
        let done = unsafe {
            RegisterWaitForSingleObject(
                &mut registered,
                handle.as_raw_handle() as HANDLE,
                Some(ring),
                Arc::as_ptr(&bell).cast(),
                INFINITE,
                WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE,
            )
        };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Wait { registered, handle, _bell: bell })
    }

    pub(super) fn is_for(&self, handle: &Arc<OwnedHandle>) -> bool {
        Arc::ptr_eq(&self.handle, handle)
    }

    pub(super) fn is_over(&self) -> bool {
        is_signalled(&self.handle)
    }
}

impl Drop for Wait {
    /// Waits for a call of `ring` that is under way.
    fn drop(&mut self) {
        // SAFETY: `registered` came from the system, and is given back once.
        let _forgotten = unsafe { UnregisterWaitEx(self.registered, INVALID_HANDLE_VALUE) };
    }
}

/// # Safety
///
/// `bell` is one that lives until the call has ended.
unsafe extern "system" fn ring(bell: *mut c_void, _: bool) {
    // SAFETY: the caller's promise, which `Wait::new` makes true.
    unsafe { &*bell.cast_const().cast::<Bell>() }.ring();
}
