//! Processes: when they end.

#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::sync::Arc;

use windows_sys::Win32::Foundation::{HANDLE, WAIT_OBJECT_0};
use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_SYNCHRONIZE, WaitForSingleObject};

/// A handle that is signalled when its process has ended; or an event of another kind.
pub(crate) struct Process {
    pub(super) handle: Arc<OwnedHandle>,
    pub(super) shown: &'static str,
}

impl Process {
    /// What it is, for people.
    pub(crate) fn shown(&self) -> &'static str {
        self.shown
    }
}

/// Opens the process `pid`; one that has ended is there as long as somebody has a handle of it.
pub(crate) fn watch_process(pid: i32) -> io::Result<Option<Process>> {
    // SAFETY: the call takes numbers only; what it returns is checked below.
    let handle = unsafe { OpenProcess(PROCESS_SYNCHRONIZE, 0, pid as u32) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was opened just now, and nobody else has it.
    let handle = Arc::new(unsafe { OwnedHandle::from_raw_handle(handle) });
    Ok(Some(Process { handle, shown: "process" }))
}

/// Whether the process `pid` has ended.
pub(crate) fn has_ended(pid: i32) -> io::Result<bool> {
    Ok(watch_process(pid)?.is_some_and(|process| is_signalled(&process.handle)))
}

pub(super) fn is_signalled(handle: &OwnedHandle) -> bool {
    // SAFETY: the handle is open; the call does not wait.
    unsafe { WaitForSingleObject(handle.as_raw_handle() as HANDLE, 0) == WAIT_OBJECT_0 }
}
