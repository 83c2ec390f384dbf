//! Ctrl-C and Ctrl-Break, through tokio's handler.

use std::io;
use std::task::{Context, Poll};

use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

use super::SIGINT;
use crate::args::Signal;

/// As the C library of Windows numbers it.
const SIGBREAK: i32 = 21;

/// Hears of each coming of one signal.
pub(crate) enum SignalStream {
    Interrupt(CtrlC),
    Break(CtrlBreak),
}

impl SignalStream {
    pub(crate) fn new(number: i32) -> io::Result<SignalStream> {
        match number {
            SIGINT => Ok(SignalStream::Interrupt(ctrl_c()?)),
            SIGBREAK => Ok(SignalStream::Break(ctrl_break()?)),
            _ => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "Windows has SIGINT (Ctrl-C) and SIGBREAK (Ctrl-Break) only",
            )),
        }
    }

    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        match self {
            SignalStream::Interrupt(stream) => stream.poll_recv(cx),
            SignalStream::Break(stream) => stream.poll_recv(cx),
        }
    }
}

impl Signal {
    /// Ctrl-Break at the console.
    pub const SIGBREAK: Signal = Signal::from_raw(SIGBREAK);
}
