//! The errors that are injected.

pub struct Errno {
    pub name: &'static str,
    pub number: i32,
}

const fn errno(name: &'static str, number: i32) -> Errno {
    Errno { name, number }
}

pub const ERRNOS: &[Errno] = &[
    errno("EINTR", libc::EINTR),
    errno("EAGAIN", libc::EAGAIN),
    errno("EMFILE", libc::EMFILE),
    errno("ENFILE", libc::ENFILE),
    errno("ENOMEM", libc::ENOMEM),
    errno("ENOBUFS", libc::ENOBUFS),
    errno("ECONNABORTED", libc::ECONNABORTED),
    errno("ECONNRESET", libc::ECONNRESET),
    errno("EPIPE", libc::EPIPE),
    errno("ETIMEDOUT", libc::ETIMEDOUT),
    errno("EBADF", libc::EBADF),
];
