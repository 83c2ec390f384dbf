//! The platform's numbers, and what they mean.

use windows_sys::Win32::Foundation::ERROR_NETNAME_DELETED;
use windows_sys::Win32::Networking::WinSock::{
    self, WSAEBADF, WSAECONNABORTED, WSAECONNRESET, WSAEDISCON, WSAENETRESET, WSAENOTSOCK, WSAESHUTDOWN, WSAEWOULDBLOCK,
};
pub(crate) use windows_sys::Win32::Networking::WinSock::{
    IPPROTO_ICMP, IPPROTO_IP, IPPROTO_RAW, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM,
};

pub(crate) const AF_INET: i32 = WinSock::AF_INET as i32;
pub(crate) const AF_INET6: i32 = WinSock::AF_INET6 as i32;
pub(crate) const AF_UNIX: i32 = WinSock::AF_UNIX as i32;
pub(crate) const AF_UNSPEC: i32 = WinSock::AF_UNSPEC as i32;

pub(crate) const EBADF: i32 = WSAEBADF;
pub(crate) const ECONNABORTED: i32 = WSAECONNABORTED;
pub(crate) const ENOTSOCK: i32 = WSAENOTSOCK;

/// The number that C libraries give it here too.
pub(crate) const SIGINT: i32 = 2;

/// No signal tells of children.
pub(crate) const SIGCHLD: i32 = 0;

/// What the selector answers for what cannot be waited on, and what to do then.
pub(crate) const UNWAITABLE: (i32, &str) = (
    WSAENOTSOCK,
    "only sockets can be waited for on Windows: use `tokio::fs`, `tokio::net::windows` or `spawn_blocking`",
);

/// Nim's set of errors that mean "the other side is gone", and the one of a socket whose sending side was shut down.
pub(crate) fn is_disconnection(code: i32) -> bool {
    const DELETED: i32 = ERROR_NETNAME_DELETED as i32;
    matches!(code, WSAECONNRESET | WSAECONNABORTED | WSAENETRESET | WSAEDISCON | WSAESHUTDOWN | DELETED)
}

/// Whether this answer of `connect` means that the system goes on connecting.
pub(crate) fn is_under_way(code: i32) -> bool {
    code == WSAEWOULDBLOCK
}
