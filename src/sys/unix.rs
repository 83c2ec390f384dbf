//! Linux, Android, macOS and its kin, the BSDs.

mod alarm;
mod descriptor;
mod numbers;
mod process;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "unix/epoll.rs"]
mod queue;
// A token has to fit into the pointer that a kqueue keeps for us.
#[cfg(all(
    target_pointer_width = "64",
    any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd")
))]
#[path = "unix/kqueue.rs"]
mod queue;
mod selector;
mod signal;
mod socket;
mod transfer;

pub(crate) use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

pub(crate) use alarm::Alarm;
pub(crate) use descriptor::{
    Descriptor, descriptor_limit, duplicate, is_nonblocking, number_of, raw_fd, raw_of, readable_now,
    set_close_on_exec, set_nonblocking,
};
pub(crate) use numbers::{
    AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, EBADF, ECONNABORTED, ENOTSOCK, IPPROTO_ICMP, IPPROTO_IP, IPPROTO_RAW,
    IPPROTO_TCP, IPPROTO_UDP, SIGCHLD, SIGINT, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, UNWAITABLE,
    is_disconnection, is_under_way,
};
pub(crate) use process::{Process, has_ended, watch_process};
pub(crate) use queue::{Raw, event};
pub(crate) use selector::{Selector, Watched};
pub(crate) use signal::SignalStream;
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
     FreeBSD, DragonFly BSD and NetBSD (64 bits), and Windows"
);
