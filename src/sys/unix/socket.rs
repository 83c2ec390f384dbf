//! Socket calls. None of them blocks: either the flag says so, or the caller made the descriptor non-blocking.

use std::ffi::OsString;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use rustix::buffer::spare_capacity;
use rustix::net::sockopt::{socket_error, socket_type};
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix, getsockname, recv, recvfrom, send, sendto};

#[cfg(not(any(target_vendor = "apple", asyncdispatch_no_accept4)))]
use rustix::net::SocketFlags as Kernel;
#[cfg(any(target_vendor = "apple", asyncdispatch_no_accept4))]
use std::os::fd::AsFd;

use crate::address::SockAddr;

fn receive_flags(peek: bool) -> RecvFlags {
    if peek { RecvFlags::DONTWAIT | RecvFlags::PEEK } else { RecvFlags::DONTWAIT }
}

#[cfg(not(target_vendor = "apple"))]
pub(super) const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// The sockets themselves are told not to raise SIGPIPE: see [`never_signals`].
#[cfg(target_vendor = "apple")]
pub(super) const SEND: SendFlags = SendFlags::DONTWAIT;

/// Asks that writing to a socket whose other side is gone raises no SIGPIPE, where the call itself cannot ask for it.
pub(super) fn never_signals(fd: BorrowedFd<'_>) {
    #[cfg(target_vendor = "apple")]
    let _not_a_socket = socket2::SockRef::from(&fd).set_nosigpipe(true);
    #[cfg(not(target_vendor = "apple"))]
    let _asked_by_each_call = fd;
}

/// How much of `size` bytes one call may move: all of them.
#[cfg(not(asyncdispatch_short_io))]
pub(super) fn at_once(_: BorrowedFd<'_>, size: usize) -> usize {
    size
}

/// One byte of a stream, for tests; a datagram is never cut.
#[cfg(asyncdispatch_short_io)]
pub(super) fn at_once(fd: BorrowedFd<'_>, size: usize) -> usize {
    if socket_type(fd).is_ok_and(|kind| kind == rustix::net::SocketType::STREAM) { size.min(1) } else { size }
}

/// One `recv` into `buffer`.
pub(crate) fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8], peek: bool) -> io::Result<usize> {
    let size = at_once(fd, buffer.len());
    Ok(recv(fd, &mut buffer[..size], receive_flags(peek))?.1)
}

/// One `recv` into the spare capacity of `buffer`.
pub(crate) fn receive_into(fd: BorrowedFd<'_>, buffer: &mut Vec<u8>, peek: bool) -> io::Result<usize> {
    if buffer.spare_capacity_mut().is_empty() {
        return receive(fd, &mut [], peek);
    }
    Ok(recv(fd, spare_capacity(buffer), receive_flags(peek))?.1)
}

/// One `recvfrom`; what a datagram has beyond `buffer` is cut off.
pub(crate) fn receive_from(fd: BorrowedFd<'_>, buffer: &mut [u8], peek: bool) -> io::Result<(usize, SockAddr)> {
    let (_, size, from) = recvfrom(fd, buffer, receive_flags(peek))?;
    Ok((size, address(from)))
}

/// One `send`, without SIGPIPE.
pub(crate) fn transmit(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    Ok(send(fd, &data[..at_once(fd, data.len())], SEND)?)
}

/// One `sendto`, without SIGPIPE.
pub(crate) fn transmit_to(fd: BorrowedFd<'_>, data: &[u8], to: &SockAddr) -> io::Result<usize> {
    match to {
        SockAddr::Inet(address) => Ok(sendto(fd, data, SEND, address)?),
        SockAddr::Unix(path) => Ok(sendto(fd, data, SEND, &SocketAddrUnix::new(path.as_path())?)?),
        SockAddr::Unnamed => Err(unnamed()),
    }
}

/// One `accept`: the client is non-blocking, and close-on-exec unless `inheritable`.
pub(crate) fn accept(fd: BorrowedFd<'_>, inheritable: bool) -> io::Result<(OwnedFd, SockAddr)> {
    let (client, from) = accept_with_flags(fd, inheritable)?;
    Ok((client, address(from)))
}

#[cfg(not(any(target_vendor = "apple", asyncdispatch_no_accept4)))]
fn accept_with_flags(fd: BorrowedFd<'_>, inheritable: bool) -> io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    let flags = if inheritable { Kernel::NONBLOCK } else { Kernel::NONBLOCK | Kernel::CLOEXEC };
    Ok(rustix::net::acceptfrom_with(fd, flags)?)
}

/// There is no `accept4`.
#[cfg(any(target_vendor = "apple", asyncdispatch_no_accept4))]
fn accept_with_flags(fd: BorrowedFd<'_>, inheritable: bool) -> io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    let (client, from) = rustix::net::acceptfrom(fd)?;
    super::set_nonblocking(client.as_fd())?;
    super::set_close_on_exec(client.as_fd(), !inheritable)?;
    Ok((client, from))
}

/// Starts to connect; `EINPROGRESS` is an error like any other.
pub(crate) fn connect(fd: BorrowedFd<'_>, to: &SockAddr) -> io::Result<()> {
    match to {
        SockAddr::Inet(address) => Ok(rustix::net::connect(fd, address)?),
        SockAddr::Unix(path) => Ok(rustix::net::connect(fd, &SocketAddrUnix::new(path.as_path())?)?),
        SockAddr::Unnamed => Err(unnamed()),
    }
}

/// The socket's pending error, which this clears.
pub(crate) fn take_error(fd: BorrowedFd<'_>) -> io::Result<()> {
    Ok(socket_error(fd)??)
}

/// `NotConnected` unless the socket has a peer.
pub(crate) fn check_connected(fd: BorrowedFd<'_>) -> io::Result<()> {
    rustix::net::getpeername(fd)?;
    Ok(())
}

/// The address family of a socket.
pub(crate) fn domain_of(fd: BorrowedFd<'_>) -> io::Result<i32> {
    Ok(i32::from(getsockname(fd)?.address_family().as_raw()))
}

/// What a socket is, in the system's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketKind {
    pub(crate) domain: i32,
    pub(crate) kind: i32,
    /// `None` where the system cannot tell.
    pub(crate) listens: Option<bool>,
}

/// `ENOTSOCK` for other descriptors.
pub(crate) fn socket_kind(fd: BorrowedFd<'_>) -> io::Result<SocketKind> {
    let kind = socket_type(fd)?.as_raw() as i32;
    #[cfg(not(target_vendor = "apple"))]
    let listens = Some(rustix::net::sockopt::socket_acceptconn(fd)?);
    #[cfg(target_vendor = "apple")]
    let listens = None;
    Ok(SocketKind { domain: domain_of(fd)?, kind, listens })
}

/// A new socket: non-blocking, and close-on-exec unless `inheritable`.
pub(crate) fn socket(domain: i32, kind: i32, protocol: i32, inheritable: bool) -> io::Result<OwnedFd> {
    let socket = socket2::Socket::new_raw(domain.into(), kind.into(), Some(protocol.into()))?;
    socket.set_nonblocking(true)?;
    socket.set_cloexec(!inheritable)?;
    Ok(socket.into())
}

fn unnamed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "an unnamed socket address cannot be sent or connected to")
}

fn address(kernel: Option<SocketAddrAny>) -> SockAddr {
    let Some(kernel) = kernel else { return SockAddr::Unnamed };
    if let Ok(inet) = std::net::SocketAddr::try_from(kernel.clone()) {
        return SockAddr::Inet(inet);
    }
    match SocketAddrUnix::try_from(kernel).ok().and_then(|unix| unix.path_bytes().map(<[u8]>::to_vec)) {
        Some(path) => SockAddr::Unix(OsString::from_vec(path).into()),
        None => SockAddr::Unnamed,
    }
}
