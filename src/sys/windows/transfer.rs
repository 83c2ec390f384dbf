//! Reads and writes for tokio's traits: into memory that nobody has initialized, of several parts in one call.

#![allow(unsafe_code)]

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::windows::io::BorrowedSocket;

use socket2::SockRef;
use tokio::io::ReadBuf;

use super::socket::receive_spare;
/// Only sockets are registered: for what is none, these fail as the others do.
pub(crate) use super::socket::transmit as write_plain;

/// How many parts one call is given at most.
const MAX_PARTS: usize = 1024;

/// One `recv` into the unfilled part of `buffer`.
pub(crate) fn receive_unfilled(socket: BorrowedSocket<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    // SAFETY: `receive_spare` hands this to the kernel, which only writes: what was initialized stays so.
    let spare = unsafe { buffer.unfilled_mut() };
    let size = receive_spare(socket, spare, false)?;
    // SAFETY: `receive_spare` answers the size of the part that the kernel has written.
    unsafe { buffer.assume_init(size) };
    buffer.advance(size);
    Ok(size)
}

pub(crate) use receive_unfilled as read_unfilled;

/// One `WSASend` of several parts.
pub(crate) fn transmit_parts(socket: BorrowedSocket<'_>, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    SockRef::from(&socket).send_vectored(&parts[..parts.len().min(MAX_PARTS)])
}

pub(crate) use transmit_parts as write_parts;

/// Tells the other side of a socket that nothing more comes.
pub(crate) fn finish_sending(socket: BorrowedSocket<'_>) -> io::Result<()> {
    SockRef::from(&socket).shutdown(Shutdown::Write)
}
