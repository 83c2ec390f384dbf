//! Windows: sockets, told ready by `WSAPoll` and waited for in tokio's reactor.

mod alarm;
mod bell;
mod descriptor;
mod numbers;
mod overlapped;
mod process;
mod reactor;
mod selector;
mod signal;
mod socket;
mod transfer;
mod wait;

pub(crate) use std::os::windows::io::{
    AsSocket as AsFd, BorrowedSocket as BorrowedFd, OwnedSocket as OwnedFd, RawSocket as RawFd,
};

pub(super) use super::ready::Event as Raw;
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
pub(crate) use overlapped::Overlapped;
pub(crate) use process::{Process, has_ended, watch_process};
pub(crate) use selector::{Selector, Watched};
pub(crate) use signal::SignalStream;
pub(crate) use socket::{
    SocketKind, accept, check_connected, connect, domain_of, receive, receive_from, receive_into, socket, socket_kind,
    take_error, transmit, transmit_to,
};
pub(crate) use transfer::{finish_sending, read_unfilled, receive_unfilled, transmit_parts, write_parts, write_plain};

/// What a look finds is in its form already.
pub(super) fn event(raw: &Raw) -> Raw {
    *raw
}
