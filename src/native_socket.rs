//! `create_async_native_socket`: sockets of our own.

use crate::address::{Domain, Protocol, SockType};
use crate::current::current;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::sys::{self, Descriptor};

/// Makes a TCP socket over IPv4: non-blocking, close-on-exec, registered.
///
/// The dispatcher owns it: [`close_socket`](crate::close_socket) closes it, and so does the end of the dispatcher.
///
/// # Errors
///
/// - [`Os`](crate::ErrorKind::Os): the system makes no socket, "Too many open files" for instance.
/// - [`NotDriven`](crate::ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
///
/// # Nim
///
/// `createAsyncNativeSocket`, which answers -1 where this answers an error.
///
/// ```
/// use asyncdispatch::*;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let socket = create_async_native_socket()?;
/// wait_for(socket.connect("127.0.0.1", listener.local_addr()?.port()))?;
/// socket.close_socket()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "createAsyncNativeSocket")]
pub fn create_async_native_socket() -> Result<AsyncFD> {
    create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_STREAM, Protocol::IPPROTO_TCP, false)
}

/// Makes a socket: non-blocking, close-on-exec unless `inheritable`, registered.
///
/// The defaults of [`create_async_native_socket`] are `AF_INET`, `SOCK_STREAM`, `IPPROTO_TCP` and `false`. For a Unix
/// socket the protocol is `IPPROTO_IP`, which is 0.
///
/// # Errors
///
/// As [`create_async_native_socket`]; [`Os`](crate::ErrorKind::Os) also if domain, type and protocol do not go together.
///
/// # Nim
///
/// `createAsyncNativeSocket` with its arguments.
///
/// ```
/// use asyncdispatch::*;
///
/// let (domain, kind) = (Domain::AF_INET6, SockType::SOCK_DGRAM);
/// let socket = create_async_native_socket_with(domain, kind, Protocol::IPPROTO_UDP, false)?;
/// socket.close_socket()?;
/// let refused = create_async_native_socket_with(domain, kind, Protocol::IPPROTO_TCP, false);
/// assert_eq!(refused.unwrap_err().to_string(), "Protocol not supported");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "createAsyncNativeSocket")]
pub fn create_async_native_socket_with(
    domain: Domain,
    sock_type: SockType,
    protocol: Protocol,
    inheritable: bool,
) -> Result<AsyncFD> {
    create_async_native_socket_raw(domain.raw(), sock_type.raw(), protocol.raw(), inheritable)
}

/// Makes a socket by the platform's numbers, for what has no constant here.
///
/// Otherwise as [`create_async_native_socket_with`].
///
/// # Errors
///
/// As [`create_async_native_socket_with`]. The error's [`detail`](Error::detail) names the numbers.
///
/// # Nim
///
/// `createAsyncNativeSocket` with three `cint`s.
///
/// ```
/// use asyncdispatch::*;
///
/// let local = create_async_native_socket_raw(Domain::AF_UNIX.raw(), SockType::SOCK_STREAM.raw(), 0, false)?;
/// local.close_socket()?;
/// let error = create_async_native_socket_raw(-1, -1, -1, false).unwrap_err();
/// assert_eq!(error.detail(), Some("making a socket of domain -1, type -1, protocol -1"));
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "createAsyncNativeSocket")]
pub fn create_async_native_socket_raw(
    domain: i32,
    sock_type: i32,
    protocol: i32,
    inheritable: bool,
) -> Result<AsyncFD> {
    let core = current()?;
    let socket = sys::socket(domain, sock_type, protocol, inheritable).map_err(|error| {
        Error::from_io_plain(error)
            .with_detail(format!("making a socket of domain {domain}, type {sock_type}, protocol {protocol}"))
    })?;
    core.register(Descriptor::owned(socket))
}
