//! `dial`: a socket for whichever address answers.

use std::net::SocketAddr;

use super::in_turn::{connect_in_turn, resolve};
use crate::address::{Domain, Port, Protocol, SockType};
use crate::async_proc::async_proc;
use crate::error::Result;
use crate::fd::{AsyncFD, close_socket};
use crate::future::NimFuture;
use crate::native_socket::create_async_native_socket_with;

/// The sockets that `dial` has made, one a family; those that it does not hand out are closed.
#[derive(Default)]
struct Sockets(Vec<(Domain, AsyncFD)>);

impl Sockets {
    fn of_family(&mut self, address: SocketAddr, protocol: Protocol) -> Result<AsyncFD> {
        let domain = if address.is_ipv4() { Domain::AF_INET } else { Domain::AF_INET6 };
        if let Some((_, socket)) = self.0.iter().find(|(family, _)| *family == domain) {
            return Ok(*socket);
        }
        let kind = match protocol {
            Protocol::IPPROTO_TCP => SockType::SOCK_STREAM,
            Protocol::IPPROTO_UDP => SockType::SOCK_DGRAM,
            _ => SockType::SOCK_RAW,
        };
        let socket = create_async_native_socket_with(domain, kind, protocol, false)?;
        self.0.push((domain, socket));
        Ok(socket)
    }

    fn hand_out(&mut self, socket: AsyncFD) -> AsyncFD {
        self.0.retain(|(_, other)| *other != socket);
        socket
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for (_, socket) in self.0.drain(..) {
            let _gone = close_socket(socket);
        }
    }
}

/// Connects a new socket to `address`, an IP address or a name, over TCP.
///
/// A name is looked up without blocking the loop. Its addresses are tried in the resolver's order, one after the other,
/// over one socket for each family; there is no limit of time of its own. The socket is registered and owned by the
/// dispatcher; those that are not handed out are closed.
///
/// # Errors
///
/// In the future, not in the call:
///
/// - [`Resolve`](crate::ErrorKind::Resolve): the look-up failed, or gave no address.
/// - [`Os`](crate::ErrorKind::Os): no address could be connected to; the error of the last.
/// - [`NotDriven`](crate::ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
///
/// # Cancel safety
///
/// Dropping the future cancels nothing: a socket that is connected later stays registered with nobody to close it.
/// [`cancel`](NimFuture::cancel) closes the sockets.
///
/// # Nim
///
/// `dial`, where the look-up blocks the thread, and its failure is raised by the call. There every second address of a
/// family is lost on Linux, which aborts the first `connect` after a failed one.
///
/// ```
/// use asyncdispatch::*;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let socket = wait_for(dial("127.0.0.1", listener.local_addr()?.port()))?;
/// wait_for(socket.send("hello"))?;
/// socket.close_socket()?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn dial(address: &str, port: impl Into<Port>) -> NimFuture<AsyncFD> {
    dial_with(address, port, Protocol::IPPROTO_TCP)
}

/// As [`dial`], over another protocol.
///
/// TCP makes stream sockets, UDP datagram ones, everything else raw ones, for which the system wants
/// privileges. "Connecting" a datagram socket only names its peer: nothing is sent, and whether somebody is there comes
/// out later.
///
/// # Errors
///
/// As [`dial`].
///
/// # Cancel safety
///
/// As [`dial`].
///
/// # Nim
///
/// `dial(address, port, protocol)`.
///
/// ```
/// use asyncdispatch::*;
///
/// let theirs = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let port = theirs.local_addr()?.port();
/// let socket = wait_for(dial_with("127.0.0.1", port, Protocol::IPPROTO_UDP))?;
/// wait_for(socket.send("hello"))?;
/// assert_eq!(theirs.recv(&mut [0; 16])?, 5);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "dial")]
#[track_caller]
pub fn dial_with(address: &str, port: impl Into<Port>, protocol: Protocol) -> NimFuture<AsyncFD> {
    let (address, port) = (address.to_owned(), port.into());
    async_proc(async move {
        let mut sockets = Sockets::default();
        let found = resolve(&address, port).await?;
        let socket = connect_in_turn(&address, found, |to| sockets.of_family(to, protocol)).await?;
        Ok(sockets.hand_out(socket))
    })
}
