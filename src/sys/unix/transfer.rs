//! Reads and writes for tokio's traits: into memory that nobody has initialized, of several parts in one call, and on
//! descriptors that are no sockets.

#![allow(unsafe_code)]

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use rustix::io::{read, write, writev};
use rustix::net::{RecvFlags, SendAncillaryBuffer, Shutdown, recv, sendmsg, shutdown};
use tokio::io::ReadBuf;

use super::socket::{SEND, at_once};

/// How many parts the kernel takes in one call.
const MAX_PARTS: usize = 1024;

/// One `recv` into the unfilled part of `buffer`.
pub(crate) fn receive_unfilled(fd: BorrowedFd<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    fill(buffer, |spare| {
        let size = at_once(fd, spare.len());
        Ok(recv(fd, &mut spare[..size], RecvFlags::DONTWAIT)?.0.0.len())
    })
}

/// One `read` into the unfilled part of `buffer`. Blocks if the descriptor does.
pub(crate) fn read_unfilled(fd: BorrowedFd<'_>, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
    fill(buffer, |spare| Ok(read(fd, spare)?.0.len()))
}

/// `call` answers how many bytes from the start of its argument the kernel has written.
fn fill(buffer: &mut ReadBuf<'_>, call: impl FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<usize>) -> io::Result<usize> {
    // SAFETY: both callers hand this to the kernel, which only writes: what was initialized stays so.
    let spare = unsafe { buffer.unfilled_mut() };
    let size = call(spare)?;
    // SAFETY: both callers answer the size of the part that the kernel has written.
    unsafe { buffer.assume_init(size) };
    buffer.advance(size);
    Ok(size)
}

/// One `sendmsg` of several parts, without SIGPIPE.
pub(crate) fn transmit_parts(fd: BorrowedFd<'_>, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    Ok(sendmsg(fd, at_most(parts), &mut SendAncillaryBuffer::default(), SEND)?)
}

/// One `write`. Blocks if the descriptor does.
pub(crate) fn write_plain(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    Ok(write(fd, data)?)
}

/// One `writev`. Blocks if the descriptor does.
pub(crate) fn write_parts(fd: BorrowedFd<'_>, parts: &[IoSlice<'_>]) -> io::Result<usize> {
    Ok(writev(fd, at_most(parts))?)
}

fn at_most<'a, 'b>(parts: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    &parts[..parts.len().min(MAX_PARTS)]
}

/// Tells the other side of a socket that nothing more comes; a descriptor that is no socket has no such call.
pub(crate) fn finish_sending(fd: BorrowedFd<'_>) -> io::Result<()> {
    match shutdown(fd, Shutdown::Write) {
        Err(rustix::io::Errno::NOTSOCK) => Ok(()),
        done => Ok(done?),
    }
}
