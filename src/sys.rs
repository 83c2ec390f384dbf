//! The contract with the platform: everything that asks the operating system, and every `unsafe` block, is below here.
//!
//! A platform provides, under these names:
//!
//! - [`Selector`]: a level-triggered selector that can be watched by another one (`new`, `add`, `modify`, `remove`,
//!   `look`), with [`Interest`] and [`Batch`] of [`Event`]s;
//! - [`Watched`]: the selector registered with tokio's reactor (`look`, `poll_look`);
//! - [`Descriptor`]: a descriptor and who owns it (`borrow`, `into_owned`), and [`RawBuffer`];
//! - socket calls that never block: `receive`, `receive_from`, `transmit`, `transmit_to`, `accept`, `connect`,
//!   `take_error`, `check_connected`, `socket`, `domain_of`, `socket_kind`;
//! - transfers for tokio's traits: `receive_unfilled`, `read_unfilled`, `transmit_parts`, `write_plain`, `write_parts`,
//!   `finish_sending`;
//! - [`Alarm`]: makes a selector readable that is lent to a foreign loop (`set`, `ring`);
//! - [`watch_process`] and [`has_ended`];
//! - [`descriptor_limit`], [`duplicate`], [`set_close_on_exec`], [`set_nonblocking`], [`is_nonblocking`],
//!   [`readable_now`].

mod alarm;
mod descriptor;
mod process;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "sys/epoll.rs"]
mod queue;
// A token has to fit into the pointer that a kqueue keeps for us.
#[cfg(all(
    target_pointer_width = "64",
    any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd")
))]
#[path = "sys/kqueue.rs"]
mod queue;
mod selector;
mod socket;
mod transfer;

pub(crate) use alarm::Alarm;
pub(crate) use descriptor::{
    Descriptor, RawBuffer, descriptor_limit, duplicate, is_nonblocking, readable_now, set_close_on_exec,
    set_nonblocking,
};
pub(crate) use process::{has_ended, watch_process};
pub(crate) use selector::{Batch, Event, Interest, Selector, Watched};
pub(crate) use socket::{
    SocketKind, accept, check_connected, connect, domain_of, receive, receive_from, receive_into, socket, socket_kind,
    take_error, transmit, transmit_to,
};
pub(crate) use transfer::{finish_sending, read_unfilled, receive_unfilled, transmit_parts, write_parts, write_plain};

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    all(
        target_pointer_width = "64",
        any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd")
    )
)))]
compile_error!(
    "asyncdispatch has no selector for this platform as yet: there is one for Linux, Android, macOS and its kin, \
     FreeBSD, DragonFly BSD and NetBSD (64 bits)"
);
