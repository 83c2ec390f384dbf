//! A socket and who owns it, its flags, limits.

#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, OwnedSocket, RawSocket};
use std::ptr;
use std::sync::Arc;

use socket2::{SockRef, Type};
use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Networking::WinSock::{
    POLLRDNORM, SIO_UDP_CONNRESET, SOCKET, SOCKET_ERROR, WSAIoctl, WSAPOLLFD, WSAPoll,
};

enum Owner {
    Ours(OwnedSocket),
    Shared { _owner: Arc<dyn AsSocket> },
    Elsewhere,
}

/// An open socket.
///
/// # Invariant
///
/// `raw` is open as long as this value lives: it is owned here, or kept open by the shared owner (whose `as_socket`
/// gave it), or by the promise of the caller of [`Descriptor::promised`].
pub(crate) struct Descriptor {
    raw: RawSocket,
    owner: Owner,
}

impl Descriptor {
    pub(crate) fn owned(socket: OwnedSocket) -> Descriptor {
        prepare(socket.as_socket());
        Descriptor { raw: socket.as_raw_socket(), owner: Owner::Ours(socket) }
    }

    /// Asks `owner` for its socket once and keeps the number.
    pub(crate) fn shared(owner: Arc<dyn AsSocket>) -> Descriptor {
        prepare(owner.as_socket());
        let raw = owner.as_socket().as_raw_socket();
        Descriptor { raw, owner: Owner::Shared { _owner: owner } }
    }

    /// # Safety
    ///
    /// `raw` stays open as long as the value returned lives, and is not `INVALID_SOCKET`.
    pub(crate) unsafe fn promised(raw: RawSocket) -> Descriptor {
        let descriptor = Descriptor { raw, owner: Owner::Elsewhere };
        prepare(descriptor.borrow());
        descriptor
    }

    /// Below zero if it is none that an `AsyncFD` can show; the kernel's handles are far smaller.
    pub(crate) fn number(&self) -> i32 {
        number_of(self.raw).unwrap_or(-1)
    }

    pub(crate) fn is_owned(&self) -> bool {
        matches!(self.owner, Owner::Ours(_))
    }

    pub(crate) fn borrow(&self) -> BorrowedSocket<'_> {
        // SAFETY: the type's invariant: the socket is open as long as `self` lives.
        unsafe { BorrowedSocket::borrow_raw(self.raw) }
    }

    pub(crate) fn into_owned(self) -> Option<OwnedSocket> {
        match self.owner {
            Owner::Ours(socket) => Some(socket),
            Owner::Shared { .. } | Owner::Elsewhere => None,
        }
    }
}

/// Makes a socket fit for the calls of this crate: there is no flag by which a single call would not wait. What is no
/// socket is found out by the first call on it.
fn prepare(socket: BorrowedSocket<'_>) {
    let _found_out_later = set_nonblocking(socket);
    if SockRef::from(&socket).r#type().is_ok_and(|kind| kind == Type::DGRAM) {
        let _as_windows_does = without_refusals(socket);
    }
}

/// Asks that an unreachable receiver of a datagram fails no later receive, as elsewhere.
fn without_refusals(socket: BorrowedSocket<'_>) -> io::Result<()> {
    let (off, mut returned) = (0_u32, 0);
    let raw = socket.as_raw_socket() as SOCKET;
    // SAFETY: the input is four bytes that live until the call ends, which it does at once: it is not overlapped.
    let done = unsafe {
        WSAIoctl(
            raw,
            SIO_UDP_CONNRESET,
            (&raw const off).cast(),
            4,
            ptr::null_mut(),
            0,
            &mut returned,
            ptr::null_mut(),
            None,
        )
    };
    if done == SOCKET_ERROR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

pub(crate) fn raw_fd(socket: &impl AsSocket) -> RawSocket {
    socket.as_socket().as_raw_socket()
}

/// A socket's number, by which registrations are found.
pub(crate) fn number_of(raw: RawSocket) -> Option<i32> {
    i32::try_from(raw).ok()
}

/// The socket of a number; `INVALID_SOCKET` for -1.
pub(crate) fn raw_of(number: i32) -> RawSocket {
    number as RawSocket
}

/// Nim's number: about as many handles as a process can have.
pub(crate) fn descriptor_limit() -> usize {
    16_700_000
}

/// A second handle for the same socket, inherited if the first is.
pub(crate) fn duplicate(socket: BorrowedSocket<'_>) -> io::Result<OwnedSocket> {
    let copy = socket.try_clone_to_owned()?;
    let mut flags = 0;
    // SAFETY: `flags` is a valid place to write to; a socket is a handle, and this one is open.
    if unsafe { GetHandleInformation(socket.as_raw_socket() as HANDLE, &mut flags) } == 0 {
        return Err(io::Error::last_os_error());
    }
    if flags & HANDLE_FLAG_INHERIT != 0 {
        set_close_on_exec(copy.as_socket(), false)?;
    }
    Ok(copy)
}

/// Whether child processes get it.
pub(crate) fn set_close_on_exec(socket: BorrowedSocket<'_>, on: bool) -> io::Result<()> {
    let flags = if on { 0 } else { HANDLE_FLAG_INHERIT };
    // SAFETY: a socket is a handle, and this one is open.
    match unsafe { SetHandleInformation(socket.as_raw_socket() as HANDLE, HANDLE_FLAG_INHERIT, flags) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Every registered socket is; the system would not tell.
pub(crate) fn is_nonblocking(_: BorrowedSocket<'_>) -> io::Result<bool> {
    Ok(true)
}

pub(crate) fn set_nonblocking(socket: BorrowedSocket<'_>) -> io::Result<()> {
    SockRef::from(&socket).set_nonblocking(true)
}

/// Whether `socket` can be read without waiting.
pub(crate) fn readable_now(socket: BorrowedSocket<'_>) -> io::Result<bool> {
    let mut asked = [WSAPOLLFD { fd: socket.as_raw_socket() as SOCKET, events: POLLRDNORM, revents: 0 }];
    Ok(poll_now(&mut asked)? > 0)
}

/// One `WSAPoll` that does not wait; says of how many sockets there is something to tell.
pub(super) fn poll_now(asked: &mut [WSAPOLLFD]) -> io::Result<usize> {
    let size = u32::try_from(asked.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: the array is as long as it is said to be; a socket in it that is not open is only reported as such.
    let told = unsafe { WSAPoll(asked.as_mut_ptr(), size, 0) };
    usize::try_from(told).map_err(|_| io::Error::last_os_error())
}
