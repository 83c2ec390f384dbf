//! The memory of an overlapped call that the user makes: an `OVERLAPPED`, an event, and who frees them.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, AsRawSocket, BorrowedSocket, FromRawHandle, OwnedHandle};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use windows_sys::Win32::Foundation::{ERROR_NOT_FOUND, HANDLE, NTSTATUS, RtlNtStatusToDosError, STATUS_PENDING};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::{
    CloseThreadpoolWait, CreateEventW, CreateThreadpoolWait, PTP_CALLBACK_INSTANCE, PTP_WAIT, SetThreadpoolWait,
};

use super::process::{Process, is_signalled};

/// What Nim tells its callback where nothing went wrong.
const NO_ERROR: i32 = -1;

struct Block {
    overlapped: UnsafeCell<OVERLAPPED>,
    event: Arc<OwnedHandle>,
}

impl Block {
    fn status(&self) -> NTSTATUS {
        // SAFETY: the field is always initialized; the kernel writes it whole.
        unsafe { (&raw const (*self.overlapped.get()).Internal).read_volatile() as NTSTATUS }
    }

    /// Whether the kernel may still write to it. It sets the event after it has written the outcome.
    fn is_pending(&self) -> bool {
        self.status() == STATUS_PENDING && !is_signalled(&self.event)
    }
}

/// The memory of one call. If that is not over when this is dropped, its end frees the memory.
///
/// # Invariant
///
/// `block` came from a box, and nobody but this value and the kernel refers to it.
pub(crate) struct Overlapped {
    block: NonNull<Block>,
}

impl Overlapped {
    pub(crate) fn new() -> io::Result<Overlapped> {
        // SAFETY: an event without attributes and name, set by hand; what is returned is checked below.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the event was made just now, and nobody else has it.
        let event = Arc::new(unsafe { OwnedHandle::from_raw_handle(event) });
        // With the lowest bit set no completion port of the user's is told besides.
        let told = event.as_raw_handle().map_addr(|handle| handle | 1);
        let overlapped = UnsafeCell::new(OVERLAPPED { hEvent: told, ..OVERLAPPED::default() });
        let block = NonNull::from(Box::leak(Box::new(Block { overlapped, event })));
        Ok(Overlapped { block })
    }

    fn block(&self) -> &Block {
        // SAFETY: the type's invariant; it is freed only when this value is gone.
        unsafe { self.block.as_ref() }
    }

    pub(crate) fn as_ptr(&self) -> *mut c_void {
        self.block().overlapped.get().cast()
    }

    /// What the selector watches until the call is over.
    pub(crate) fn end(&self) -> Process {
        Process { handle: Arc::clone(&self.block().event), shown: "overlapped call" }
    }

    /// How many bytes the call moved, and the system's error, as Nim's callbacks hear it.
    pub(crate) fn outcome(&self) -> (u32, i32) {
        // SAFETY: the field is always initialized; the kernel has written it before it set the event.
        let bytes = unsafe { (&raw const (*self.block().overlapped.get()).InternalHigh).read_volatile() };
        let status = self.block().status();
        // SAFETY: the call takes a number only.
        let error = if status < 0 { unsafe { RtlNtStatusToDosError(status) as i32 } } else { NO_ERROR };
        (bytes as u32, error)
    }

    /// Cancels the call on `socket`, if it was ever begun and is not over.
    pub(crate) fn cancel(&self, socket: BorrowedSocket<'_>) {
        if !self.block().is_pending() {
            return;
        }
        // SAFETY: the socket is borrowed, so it is open; the block is there.
        let done = unsafe { CancelIoEx(socket.as_raw_socket() as HANDLE, self.block().overlapped.get()) };
        let nothing_to_cancel = io::Error::last_os_error().raw_os_error() == Some(ERROR_NOT_FOUND as i32);
        if done == 0 && nothing_to_cancel {
            // The call failed before the kernel took it, but has left a mark as if it went on.
            // SAFETY: the kernel knows nothing of the block, as it has just said.
            unsafe { (&raw mut (*self.block().overlapped.get()).Internal).write_volatile(0) };
        }
    }
}

impl Drop for Overlapped {
    fn drop(&mut self) {
        let block = self.block.as_ptr();
        if !self.block().is_pending() {
            // SAFETY: it came from a box, its owner goes, and the kernel is done with it.
            return drop(unsafe { Box::from_raw(block) });
        }
        let event = self.block().event.as_raw_handle();
        // SAFETY: `free` is called once at most, after the event was set, and has what it takes: the block, which
        // nobody else frees.
        let wait = unsafe { CreateThreadpoolWait(Some(free), block.cast(), ptr::null()) };
        // Without a wait the block stays for ever: the kernel may write to it.
        if wait != 0 {
            // SAFETY: the wait was made just now; the event is open until the block is freed, which is after the wait.
            unsafe { SetThreadpoolWait(wait, event, ptr::null()) };
        }
    }
}

/// Called by a thread of the system when the event of a block is set whose owner has gone.
///
/// # Safety
///
/// `block` is a [`Block`] that came from a box, that nobody refers to any more and that the kernel is done with; `wait`
/// is a wait that will not be set again.
unsafe extern "system" fn free(_: PTP_CALLBACK_INSTANCE, block: *mut c_void, wait: PTP_WAIT, _: u32) {
    // SAFETY: as above.
    drop(unsafe { Box::from_raw(block.cast::<Block>()) });
    // SAFETY: as above; what is called by a wait may close it.
    unsafe { CloseThreadpoolWait(wait) };
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::os::windows::io::AsSocket;
    use std::sync::Weak;
    use std::thread;
    use std::time::{Duration, Instant};

    use windows_sys::Win32::Networking::WinSock::{SOCKET, WSA_IO_PENDING, WSABUF, WSAGetLastError, WSARecv};

    use super::*;

    /// What is dropped with the block.
    fn event_of(overlapped: &Overlapped) -> Weak<OwnedHandle> {
        Arc::downgrade(&overlapped.block().event)
    }

    fn is_freed_soon(event: &Weak<OwnedHandle>) -> bool {
        let begun = Instant::now();
        while event.strong_count() > 0 && begun.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(5));
        }
        event.strong_count() == 0
    }

    /// Begins a `WSARecv` into memory that is never freed.
    fn begin(socket: &TcpStream, overlapped: &Overlapped) {
        let parts = WSABUF { len: 8, buf: Box::leak(Box::new([0; 8])).as_mut_ptr() };
        let (raw, mut flags) = (socket.as_raw_socket() as SOCKET, 0);
        // SAFETY: the memory is there for ever; the overlapped is fresh, and stays until the kernel is done.
        let failed = unsafe { WSARecv(raw, &parts, 1, ptr::null_mut(), &mut flags, overlapped.as_ptr().cast(), None) };
        // SAFETY: it takes nothing.
        assert_eq!((failed, unsafe { WSAGetLastError() }), (-1, WSA_IO_PENDING));
    }

    /// Until then the kernel may write to it.
    #[test]
    fn a_block_is_freed_when_its_call_is_over_and_no_sooner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let unused = Overlapped::new().unwrap();
        let event = event_of(&unused);
        drop(unused);
        assert_eq!(event.strong_count(), 0, "one that was never used");
        let overlapped = Overlapped::new().unwrap();
        let event = event_of(&overlapped);
        begin(&near, &overlapped);
        drop(overlapped);
        thread::sleep(Duration::from_millis(50));
        assert_eq!(event.strong_count(), 1, "the call goes on");
        far.write_all(b"late").unwrap();
        assert!(is_freed_soon(&event), "it is over");
        let overlapped = Overlapped::new().unwrap();
        let event = event_of(&overlapped);
        begin(&near, &overlapped);
        overlapped.cancel(near.as_socket());
        drop(overlapped);
        assert!(is_freed_soon(&event), "it was cancelled");
        let overlapped = Overlapped::new().unwrap();
        let event = event_of(&overlapped);
        begin(&near, &overlapped);
        drop(overlapped);
        drop(near);
        assert!(is_freed_soon(&event), "the socket was closed");
    }
}
