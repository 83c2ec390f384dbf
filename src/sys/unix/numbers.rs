//! The platform's numbers, and what they mean.

pub(crate) use libc::{
    AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, EBADF, ECONNABORTED, ENOTSOCK, IPPROTO_ICMP, IPPROTO_IP, IPPROTO_RAW,
    IPPROTO_TCP, IPPROTO_UDP, SIGCHLD, SIGINT, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM,
};

/// What the selector answers for what cannot be waited on, and what to do then.
pub(crate) const UNWAITABLE: (i32, &str) = (
    libc::EPERM,
    "regular files and directories are always ready and can't be waited for: read and write them directly, or with `tokio::fs`",
);

/// Nim's set of errors that mean "the other side is gone".
pub(crate) fn is_disconnection(errno: i32) -> bool {
    matches!(errno, libc::ECONNRESET | libc::EPIPE | libc::ENETRESET)
}

/// Whether this answer of `connect` means that the system goes on connecting.
pub(crate) fn is_under_way(errno: i32) -> bool {
    matches!(errno, libc::EINPROGRESS | libc::EINTR)
}
