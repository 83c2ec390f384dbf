//! What the tests' tools ask of a platform, under the same names on each: see either side.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{
    AsFd, OwnedFd, Pipe, QUIET_SIGNAL, Stream, TokioStream, allow_descriptors, await_readable, errno, pipe, raise,
    short_lived, sleeper, stream_pair,
};
#[cfg(unix)]
pub(crate) use unix::{open_descriptors, open_what_stays, read, write};
#[cfg(windows)]
pub use windows::{
    AsFd, OwnedFd, Pipe, QUIET_SIGNAL, Stream, TokioStream, allow_descriptors, await_readable, errno, pipe,
    short_lived, sleeper, stream_pair,
};
#[cfg(windows)]
pub(crate) use windows::{open_descriptors, open_what_stays, read, write};
