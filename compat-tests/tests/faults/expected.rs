//! Which scenes a call is made to fail in, and what has to come of it.

use std::fmt;

use crate::errno::Errno;
use crate::scene::Scene::{self, Callbacks, Datagrams, Dial, Eager, Lazy, Processes};

pub const FAULTS: &[(&str, &[Scene])] = &[
    ("socket", &[Dial]),
    ("connect", &[Dial]),
    ("accept4", &[Eager, Lazy]),
    ("recvfrom", &[Eager, Lazy, Dial, Datagrams]),
    ("sendto", &[Eager, Lazy, Dial, Datagrams]),
    ("epoll_ctl", &[Eager, Lazy, Callbacks, Dial, Processes]),
    // Ours; `epoll_wait` is tokio's.
    ("epoll_pwait", &[Eager, Lazy, Callbacks, Dial, Processes]),
    ("pidfd_open", &[Processes]),
    // Injected, it closes nothing, and a client of a server would wait for the end.
    ("close", &[Dial, Datagrams]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nobody hears of it.
    Retried,
    /// Exactly one caller gets this error, and nobody else anything.
    Reported(i32),
    /// With `SAFE_DISCONN`, the default of Nim's form: the other side is gone, which is the end of a stream and no
    /// reason to accept nobody else.
    Disconnected,
    /// What the kernel answers to `getpeername`: a connect that was interrupted before it began.
    NotConnected,
    /// `OwnedFd` ignores it; the descriptor, which an injected call does not close, is all that stays.
    NotClosed,
    /// The kernel was asked to watch for less: it is asked anew at the next event that nobody wants.
    Forgotten,
    /// Leaves through the loop, which goes on when it is turned again.
    Loop(i32),
}

impl Expected {
    pub fn of(call: &str, errno: &Errno, scene: Scene) -> Expected {
        match (call, errno.name) {
            ("close", _) => Expected::NotClosed,
            ("accept4" | "recvfrom" | "sendto", "EINTR" | "EAGAIN") | ("epoll_pwait", "EINTR" | "EAGAIN") => {
                Expected::Retried
            }
            ("accept4" | "recvfrom", "ECONNRESET" | "EPIPE") if scene == Eager => Expected::Disconnected,
            ("epoll_pwait", _) => Expected::Loop(errno.number),
            ("connect", "EINTR") => Expected::NotConnected,
            _ => Expected::Reported(errno.number),
        }
    }

    /// The error that leaves through the loop.
    pub fn leaves(self) -> Option<i32> {
        match self {
            Expected::Loop(number) => Some(number),
            _ => None,
        }
    }

    /// The error that one caller gets.
    pub fn reported(self) -> Option<i32> {
        match self {
            Expected::Reported(number) => Some(number),
            Expected::NotConnected => Some(libc::ENOTCONN),
            _ => None,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Expected::Retried => "tried again, nobody hears of it",
            Expected::Reported(_) => "the error of the one call, whose caller gets it",
            Expected::Disconnected => "with SAFE_DISCONN the end of the stream, or accepting goes on",
            Expected::Forgotten => "ignored when less is to be watched, and asked anew",
            Expected::NotConnected => "ENOTCONN for the one caller",
            Expected::NotClosed => "ignored",
            Expected::Loop(_) => "leaves through the loop",
        })
    }
}
