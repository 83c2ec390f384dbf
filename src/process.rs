//! `add_process`: a callback called when a process ends.

use std::os::fd::{AsFd, OwnedFd};

use crate::args::{OrRaise, Pid};
use crate::current::current;
use crate::custom::Kind;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::sys::{self, Interest, Selector};

/// A descriptor of the kernel's that becomes readable when the process ends, watched by the selector.
pub(crate) struct Watch {
    process: OwnedFd,
    watched: bool,
}

impl Watch {
    fn start(pid: i32, key: AsyncFD, selector: &Selector) -> Result<Watch> {
        let process = sys::watch_process(pid)
            .map_err(|error| Error::from_io_plain(error).with_detail(format!("process {pid} cannot be watched")))?;
        selector
            .add(process.as_fd(), key.token(), Interest::READ)
            .map_err(|errno| Error::selector(errno.raw_os_error()))?;
        Ok(Watch { process, watched: true })
    }

    /// Takes the process out of the selector.
    pub(crate) fn stop(&mut self, selector: &Selector) {
        if std::mem::take(&mut self.watched) {
            let _forgotten = selector.remove(self.process.as_fd());
        }
    }
}

/// Calls `cb` once, when the process `pid` ends.
///
/// Any process, a child or not. It ends with its call, whatever `cb` answers, and does not reap: a child has to be
/// waited for all the same. A child that has ended and was not waited for is reported in the next turn. The key may be
/// given to [`unregister`](crate::unregister).
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for 0 and less, [`Os`](crate::ErrorKind::Os) if there is no such
/// process. Without a dispatcher: [`NotDriven`](crate::ErrorKind::NotDriven).
///
/// # Nim
///
/// `addProcess`. An unknown or ended process never fires there, and two watched children disturb each other.
///
/// ```
/// use asyncdispatch::*;
///
/// let mut child = std::process::Command::new("true").spawn()?;
/// add_process(&child, |_| true)?;
/// drain_with(-1)?;
/// assert!(child.wait()?.success());
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "addProcess")]
pub fn add_process<R: OrRaise<bool>>(
    pid: impl Into<Pid>,
    mut cb: impl FnMut(AsyncFD) -> R + 'static,
) -> Result<AsyncFD> {
    let core = current()?;
    let pid = pid.into().get()?;
    let machine = core.machine()?;
    let call = Box::new(move |key| cb(key).into_result());
    core.customs.insert(call, |key| Ok(Kind::Process(Watch::start(pid, key, machine.watched().selector())?)))
}
