//! Signals, through tokio's handler; and the names of those that other systems have not.

use std::io;
use std::task::{Context, Poll};

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::args::Signal;

/// Hears of each coming of one signal.
pub(crate) struct SignalStream(Stream);

impl SignalStream {
    /// In the runtime that is entered.
    pub(crate) fn new(number: i32) -> io::Result<SignalStream> {
        Ok(SignalStream(signal(SignalKind::from_raw(number))?))
    }

    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.0.poll_recv(cx)
    }
}

impl Signal {
    /// Please end: what `kill` and service managers send.
    pub const SIGTERM: Signal = Signal::from_raw(libc::SIGTERM);
    /// The terminal has gone; servers take it for "read your configuration again".
    pub const SIGHUP: Signal = Signal::from_raw(libc::SIGHUP);
    /// For the program's own use.
    pub const SIGUSR1: Signal = Signal::from_raw(libc::SIGUSR1);
    /// For the program's own use.
    pub const SIGUSR2: Signal = Signal::from_raw(libc::SIGUSR2);
    /// A child process has ended or stopped; to wait for one child use [`add_process`](crate::add_process).
    pub const SIGCHLD: Signal = Signal::from_raw(libc::SIGCHLD);
    /// Ctrl-\\ at the terminal; its default action leaves a core dump.
    pub const SIGQUIT: Signal = Signal::from_raw(libc::SIGQUIT);
}
