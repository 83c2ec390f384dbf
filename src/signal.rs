//! `add_signal`: a callback called when the process receives a signal.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::args::{OrRaise, Signal};
use crate::current::{current, enter};
use crate::custom::Kind;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::mailbox::Notice;
use crate::sys::SignalStream;

/// A signal's stream of tokio's, and the waker by which it reports.
pub(crate) struct Listener {
    stream: SignalStream,
    notice: Arc<Notice>,
    waker: Waker,
}

impl Listener {
    /// Listens to signal `number` for the entry `key`.
    pub(crate) fn start(core: &Rc<Core>, number: i32, key: AsyncFD) -> Result<Listener> {
        let machine = core.machine()?;
        let _entered = enter(&machine);
        let stream = SignalStream::new(number).map_err(|error| {
            Error::invalid_input(format!("signal {number} cannot be watched")).with_detail(error.to_string())
        })?;
        let notice = Notice::new(core.mailbox().clone(), key);
        let mut listener = Listener { stream, waker: Waker::from(Arc::clone(&notice)), notice };
        listener.has_arrived();
        // A foreign loop that has the selector must hear that something waits in tokio.
        core.wake_if_parked();
        Ok(listener)
    }

    /// Lets the loop look as if the signal had come.
    pub(crate) fn report(&self) {
        self.waker.wake_by_ref();
    }

    /// Whether the signal has come since the last look; several count as one. Asks to be told of the next.
    pub(crate) fn has_arrived(&mut self) -> bool {
        self.notice.clear();
        let mut cx = Context::from_waker(&self.waker);
        let mut arrived = false;
        while self.stream.poll_recv(&mut cx).is_ready() {
            arrived = true;
        }
        arrived
    }
}

/// Calls `cb` each time the process receives `signal`, until it answers `true`.
///
/// Several signals before a turn are one call. Any number of watchers may watch one signal, and each is called. The key
/// may be given to [`unregister`](crate::unregister). An error of `cb` leaves through `poll`, and the watcher stays.
/// tokio keeps its handler: a signal that was watched once never gets its default action back. Windows has two:
/// `SIGINT` (Ctrl-C) and `SIGBREAK` (Ctrl-Break).
///
/// # Errors
///
/// If the signal cannot be watched: a wrong number, SIGKILL, SIGSTOP. Without a dispatcher:
/// [`NotDriven`](crate::ErrorKind::NotDriven).
///
/// # Nim
///
/// `addSignal`. It takes any number silently there, and removal restores the default action.
///
/// ```
/// use asyncdispatch::*;
///
/// add_signal(Signal::SIGUSR1, |_| true)?;
/// std::process::Command::new("sh").args(["-c", "kill -USR1 $PPID"]).status()?;
/// drain_with(-1)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "addSignal")]
pub fn add_signal<R: OrRaise<bool>>(
    signal_number: impl Into<Signal>,
    mut cb: impl FnMut(AsyncFD) -> R + 'static,
) -> Result<AsyncFD> {
    let core = current()?;
    let number = signal_number.into().raw();
    let call = Box::new(move |key| cb(key).into_result());
    core.customs.insert(call, |key| Ok(Kind::Signal(Listener::start(&core, number, key)?)))
}
