//! `add_process`: a callback called when a process ends.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::args::{OrRaise, Pid};
use crate::current::current;
use crate::custom::Kind;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::signal::Listener;
use crate::sys::{self, Process, Selector};

/// How the end of a process is heard of.
pub(crate) enum Watch {
    /// A descriptor of the kernel's that becomes readable then, watched by the selector.
    Descriptor { process: Process, watched: bool },
    /// Where there is no such descriptor: the signal that some child has ended, and which child to ask for.
    Children { pid: i32, ended: Listener },
}

impl Watch {
    fn start(core: &Rc<Core>, pid: i32, key: AsyncFD) -> Result<Watch> {
        let refused =
            |error: io::Error| Error::from_io_plain(error).with_detail(format!("process {pid} cannot be watched"));
        let machine = core.machine()?;
        let Some(process) = sys::watch_process(pid).map_err(refused)? else {
            let ended = Listener::start(core, sys::SIGCHLD, key)?;
            if sys::has_ended(pid).map_err(refused)? {
                ended.report();
            }
            return Ok(Watch::Children { pid, ended });
        };
        let added = machine.watched().selector().add_process(&process, key.token());
        added.map_err(|error| Error::selector(error.raw_os_error().unwrap_or_default()))?;
        Ok(Watch::Descriptor { process, watched: true })
    }

    /// Takes the process out of the selector.
    pub(crate) fn stop(&mut self, selector: &Selector) {
        if let Watch::Descriptor { process, watched } = self {
            if mem::take(watched) {
                let _forgotten = selector.remove_process(process);
            }
        }
    }

    /// Whether the process has ended, now that something was heard of it. A child that was waited for has.
    pub(crate) fn has_ended(&mut self) -> bool {
        match self {
            Watch::Descriptor { .. } => true,
            Watch::Children { pid, ended } => {
                ended.has_arrived();
                sys::has_ended(*pid).unwrap_or(true)
            }
        }
    }

    /// What it is, for people.
    pub(crate) fn shown(&self) -> &'static str {
        match self {
            Watch::Descriptor { process, .. } => process.shown(),
            Watch::Children { .. } => "process",
        }
    }

    /// Whether only tokio's own reactor can bring the news.
    pub(crate) fn is_signalled(&self) -> bool {
        matches!(self, Watch::Children { .. })
    }
}

/// Calls `cb` once, when the process `pid` ends.
///
/// Any process, a child or not; only children where the system has no descriptors of processes (macOS, the BSDs, Linux
/// before 5.3). It ends with its call, whatever `cb` answers, and does not reap: a child has to be
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
    let call = Box::new(move |key| cb(key).into_result());
    core.customs.insert(call, |key| Ok(Kind::Process(Watch::start(&core, pid, key)?)))
}
