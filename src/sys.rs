//! The contract with the platform: everything that asks the operating system, and every `unsafe` block, is below here.
//!
//! A platform provides, under these names:
//!
//! - its descriptors, `OwnedFd` `BorrowedFd` `RawFd` `AsFd`: those of `std::os::fd` on Unix, the
//!   sockets of `std::os::windows::io` on Windows; [`raw_fd`] asks for the
//!   raw one, [`raw_of`] and [`number_of`] say by which number an `AsyncFD` knows it;
//! - [`Selector`]: a level-triggered selector (`new`, `add`, `modify`, `remove`, `add_process`, `remove_process`), which
//!   answers a [`Batch`] of [`Event`]s, asked for by [`Interest`];
//! - [`Watched`]: the selector in tokio's reactor (`look`, `poll_look`);
//! - [`Descriptor`]: a descriptor and who owns it (`borrow`, `into_owned`);
//! - socket calls that never block: `receive`, `receive_from`, `transmit`, `transmit_to`, `accept`, `connect`,
//!   `take_error`, `check_connected`, `socket`, `domain_of`, `socket_kind`;
//! - transfers for tokio's traits: `receive_unfilled`, `read_unfilled`, `transmit_parts`, `write_plain`, `write_parts`,
//!   `finish_sending`;
//! - [`Alarm`]: makes a selector readable at a moment (`set`, `ring`), where it can be lent to a foreign loop, or keeps
//!   more exact time than tokio does; on Windows `Overlapped`, the memory of a call of the user's own;
//! - [`SignalStream`], [`watch_process`] and [`has_ended`];
//! - [`descriptor_limit`], [`duplicate`], [`set_close_on_exec`], [`set_nonblocking`], [`is_nonblocking`],
//!   [`readable_now`];
//! - numbers of families, types and protocols, of signals and errors, and what they mean: [`is_disconnection`],
//!   [`is_under_way`], [`UNWAITABLE`].
//!
//! Of no platform, but with `unsafe` in it: [`Once`], a closure that is kept in its place.

#[cfg(test)]
mod contract;
mod once;
mod raw_buffer;
mod ready;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

pub(crate) use once::Once;
pub(crate) use platform::{
    AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, Alarm, AsFd, BorrowedFd, Descriptor, EBADF, ECONNABORTED, ENOTSOCK,
    IPPROTO_ICMP, IPPROTO_IP, IPPROTO_RAW, IPPROTO_TCP, IPPROTO_UDP, OwnedFd, Process, RawFd, SIGCHLD, SIGINT,
    SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, Selector, SignalStream, SocketKind, UNWAITABLE, Watched, accept,
    check_connected, connect, descriptor_limit, domain_of, duplicate, finish_sending, has_ended, is_disconnection,
    is_nonblocking, is_under_way, number_of, raw_fd, raw_of, read_unfilled, readable_now, receive, receive_from,
    receive_into, receive_unfilled, set_close_on_exec, set_nonblocking, socket, socket_kind, take_error, transmit,
    transmit_parts, transmit_to, watch_process, write_parts, write_plain,
};
pub(crate) use raw_buffer::RawBuffer;
pub(crate) use ready::{BATCH, Batch, Event, Interest};
#[cfg(windows)]
pub(crate) use windows::Overlapped;

#[cfg(not(any(unix, windows)))]
compile_error!("asyncdispatch has no selector for this platform: there is one for Unix systems and for Windows");
