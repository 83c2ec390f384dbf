//! Child processes: when they end, without reaping them.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// A process that the selector can watch.
pub(crate) struct Process(pub(super) OwnedFd);

impl Process {
    /// What it is, for people.
    pub(crate) fn shown(&self) -> &'static str {
        "process"
    }
}

/// Opens a descriptor that becomes readable when process `pid` ends; its exit status is left to whoever waits for it.
///
/// `None` where the system has none: then it has to be asked by [`has_ended`] after each SIGCHLD.
#[cfg(all(target_os = "linux", not(asyncdispatch_no_pidfd)))]
pub(crate) fn watch_process(pid: i32) -> io::Result<Option<Process>> {
    use rustix::io::Errno;
    use rustix::process::{PidfdFlags, pidfd_open};

    let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) => Ok(Some(Process(process))),
        Err(Errno::NOSYS) => Ok(None), // before Linux 5.3
        Err(error) => Err(error.into()),
    }
}

#[cfg(any(not(target_os = "linux"), asyncdispatch_no_pidfd))]
pub(crate) fn watch_process(_: i32) -> io::Result<Option<Process>> {
    Ok(None)
}

/// Whether the child `pid` has ended; an error if it is not a child of this process, or was waited for.
pub(crate) fn has_ended(pid: i32) -> io::Result<bool> {
    let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), options)?.is_some())
}
