//! Socket calls. None of them blocks: every registered socket is non-blocking.

#![allow(unsafe_code)]

use std::io;
use std::mem::MaybeUninit;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, OwnedSocket};

use socket2::{SockAddr as RawAddress, SockRef, Socket};
use windows_sys::Win32::Networking::WinSock::{
    MSG_PEEK, SO_ACCEPTCONN, SO_PROTOCOL_INFOW, SOCKET, SOCKET_ERROR, SOL_SOCKET, WSAEMSGSIZE, WSAESHUTDOWN,
    WSAPROTOCOL_INFOW, getsockopt, recv, recvfrom,
};

use super::numbers::AF_INET6;
use super::set_close_on_exec;
use crate::address::SockAddr;

/// What a receive of at most `size` bytes has brought. A datagram that is longer is cut off without an error, and a
/// socket whose receiving side was shut down is at its end, both as elsewhere.
pub(super) fn received(returned: i32, size: usize) -> io::Result<usize> {
    if let Ok(size) = usize::try_from(returned) {
        return Ok(size);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(WSAEMSGSIZE) => Ok(size),
        Some(WSAESHUTDOWN) => Ok(0),
        _ => Err(error),
    }
}

/// How many bytes one call takes.
pub(super) fn call_size(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

fn receive_flags(peek: bool) -> i32 {
    if peek { MSG_PEEK } else { 0 }
}

/// One `recv` into `buffer`; the bytes from its start that are answered have been written.
pub(super) fn receive_spare(
    socket: BorrowedSocket<'_>,
    buffer: &mut [MaybeUninit<u8>],
    peek: bool,
) -> io::Result<usize> {
    let (raw, size) = (socket.as_raw_socket() as SOCKET, call_size(buffer.len()));
    // SAFETY: the buffer is at least so long, and the kernel only writes to it.
    let returned = unsafe { recv(raw, buffer.as_mut_ptr().cast(), size, receive_flags(peek)) };
    received(returned, size as usize)
}

/// One `recv` into `buffer`.
pub(crate) fn receive(socket: BorrowedSocket<'_>, buffer: &mut [u8], peek: bool) -> io::Result<usize> {
    let (raw, size) = (socket.as_raw_socket() as SOCKET, call_size(buffer.len()));
    // SAFETY: the buffer is at least so long.
    let returned = unsafe { recv(raw, buffer.as_mut_ptr(), size, receive_flags(peek)) };
    received(returned, size as usize)
}

/// One `recv` into the spare capacity of `buffer`.
pub(crate) fn receive_into(socket: BorrowedSocket<'_>, buffer: &mut Vec<u8>, peek: bool) -> io::Result<usize> {
    let size = receive_spare(socket, buffer.spare_capacity_mut(), peek)?;
    // SAFETY: so many bytes beyond the length have been written.
    unsafe { buffer.set_len(buffer.len() + size) };
    Ok(size)
}

/// One `recvfrom`; what a datagram has beyond `buffer` is cut off.
pub(crate) fn receive_from(socket: BorrowedSocket<'_>, buffer: &mut [u8], peek: bool) -> io::Result<(usize, SockAddr)> {
    let (raw, size) = (socket.as_raw_socket() as SOCKET, call_size(buffer.len()));
    // SAFETY: `recvfrom` writes an address and its length, or nothing for a stream, which leaves the zeros of an
    // address of no family; the buffer is at least so long.
    let (size, from) = unsafe {
        RawAddress::try_init(|address, length| {
            let returned = recvfrom(raw, buffer.as_mut_ptr(), size, receive_flags(peek), address.cast(), length);
            received(returned, size as usize)
        })
    }?;
    Ok((size, shown(&from)))
}

/// One `send`.
pub(crate) fn transmit(socket: BorrowedSocket<'_>, data: &[u8]) -> io::Result<usize> {
    SockRef::from(&socket).send(data)
}

/// One `sendto`.
pub(crate) fn transmit_to(socket: BorrowedSocket<'_>, data: &[u8], to: &SockAddr) -> io::Result<usize> {
    SockRef::from(&socket).send_to(data, &raw(to)?)
}

/// One `accept`: the client is inherited only if `inheritable`.
pub(crate) fn accept(socket: BorrowedSocket<'_>, inheritable: bool) -> io::Result<(OwnedSocket, SockAddr)> {
    let (client, from) = SockRef::from(&socket).accept_raw()?;
    let client = OwnedSocket::from(client);
    set_close_on_exec(client.as_socket(), !inheritable)?;
    Ok((client, shown(&from)))
}

/// Starts to connect; that it goes on is an error like any other.
pub(crate) fn connect(socket: BorrowedSocket<'_>, to: &SockAddr) -> io::Result<()> {
    SockRef::from(&socket).connect(&raw(to)?)
}

/// The socket's pending error, which this clears.
pub(crate) fn take_error(socket: BorrowedSocket<'_>) -> io::Result<()> {
    SockRef::from(&socket).take_error()?.map_or(Ok(()), Err)
}

/// `NotConnected` unless the socket has a peer.
pub(crate) fn check_connected(socket: BorrowedSocket<'_>) -> io::Result<()> {
    SockRef::from(&socket).peer_addr().map(drop)
}

/// The address family of a socket; one that is not bound yet has no name that would tell.
pub(crate) fn domain_of(socket: BorrowedSocket<'_>) -> io::Result<i32> {
    Ok(protocol_of(socket)?.iAddressFamily)
}

fn protocol_of(socket: BorrowedSocket<'_>) -> io::Result<WSAPROTOCOL_INFOW> {
    let mut protocol = MaybeUninit::zeroed();
    option(socket, SO_PROTOCOL_INFOW, &mut protocol)?;
    // SAFETY: it consists of integers, and was zeroed before the system wrote to it.
    Ok(unsafe { protocol.assume_init() })
}

fn listens(socket: BorrowedSocket<'_>) -> io::Result<bool> {
    let mut listens = MaybeUninit::new(0_i32);
    option(socket, SO_ACCEPTCONN, &mut listens)?;
    // SAFETY: it was there before the system wrote to it.
    Ok(unsafe { listens.assume_init() } != 0)
}

/// Writes an option of a socket to `value`.
fn option<T>(socket: BorrowedSocket<'_>, name: i32, value: &mut MaybeUninit<T>) -> io::Result<()> {
    let (raw, mut length) = (socket.as_raw_socket() as SOCKET, size_of::<T>() as i32);
    // SAFETY: `value` is as long as it is said to be.
    let done = unsafe { getsockopt(raw, SOL_SOCKET, name, value.as_mut_ptr().cast(), &mut length) };
    if done == SOCKET_ERROR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What a socket is, in the system's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketKind {
    pub(crate) domain: i32,
    pub(crate) kind: i32,
    /// `None` where the system cannot tell.
    pub(crate) listens: Option<bool>,
}

/// `ENOTSOCK` for other handles.
pub(crate) fn socket_kind(socket: BorrowedSocket<'_>) -> io::Result<SocketKind> {
    let protocol = protocol_of(socket)?;
    let listens = listens(socket).ok();
    Ok(SocketKind { domain: protocol.iAddressFamily, kind: protocol.iSocketType, listens })
}

/// A new socket: non-blocking, and inherited only if `inheritable`. One of IPv6 reaches IPv4 too, as elsewhere.
pub(crate) fn socket(domain: i32, kind: i32, protocol: i32, inheritable: bool) -> io::Result<OwnedSocket> {
    let socket = Socket::new_raw(domain.into(), kind.into(), Some(protocol.into()))?;
    socket.set_nonblocking(true)?;
    if domain == AF_INET6 {
        let _ipv6_alone = socket.set_only_v6(false);
    }
    let socket = OwnedSocket::from(socket);
    set_close_on_exec(socket.as_socket(), !inheritable)?;
    Ok(socket)
}

fn raw(address: &SockAddr) -> io::Result<RawAddress> {
    match address {
        SockAddr::Inet(address) => Ok((*address).into()),
        SockAddr::Unix(path) => RawAddress::unix(path),
        SockAddr::Unnamed => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "an unnamed socket address cannot be sent or connected to"))
        }
    }
}

fn shown(address: &RawAddress) -> SockAddr {
    address.as_socket().map_or(SockAddr::Unnamed, SockAddr::Inet)
}
