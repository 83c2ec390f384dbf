//! Accepting and connecting.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::address::SockAddr;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::gate::{Gate, Left};
use crate::operation::Outcome;
use crate::registry::Side;
use crate::sys;

lazy!(
    /// Accepts one connection; made by [`AsyncFD::accept_client`].
    ///
    /// Dropping it accepts nothing, so that it can lose a race.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
    /// let stop = sleep_async(1);
    /// wait_for(async_proc(async move {
    ///     tokio::select! {
    ///         client = listener.accept_client() => client.map(drop),
    ///         stopped = stop => stopped,
    ///     }
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    AcceptClient {} -> (AsyncFD, SockAddr),
    |this, cx| {
        this.gate.poll_with(cx, |core, fd| match core.accept(fd, false) {
            Outcome::Got((from, client)) => Outcome::Got(Left::More((client, from))),
            Outcome::Blocked => Outcome::Blocked,
            Outcome::Failed(error) => Outcome::Failed(error),
        })
    }
);

lazy!(
    /// Connects to one address; made by [`AsyncFD::connect_to`].
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let path = std::env::temp_dir().join(format!("connect_to-{}", std::process::id()));
    /// let _listener = std::os::unix::net::UnixListener::bind(&path)?;
    /// let (local, stream) = (Domain::AF_UNIX, SockType::SOCK_STREAM);
    /// let socket = create_async_native_socket_with(local, stream, Protocol::IPPROTO_IP, false)?;
    /// let connecting = socket.connect_to(path.as_path()); // nothing has happened yet
    /// wait_for(async_proc(async { connecting.await }))?;
    /// std::fs::remove_file(path)?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ConnectTo { to: SockAddr, begun: bool } -> (),
    |this, cx| {
        if !this.begun {
            let core = crate::current::current()?;
            core.check_driven()?;
            if core.begin_connect(this.gate.fd(), &this.to)? {
                return Poll::Ready(Ok(()));
            }
            this.begun = true;
        }
        loop {
            ready!(this.gate.poll_event(cx))?;
            let fd = this.gate.fd();
            let connected = fd.with_fd(|fd| sys::take_error(fd).and_then(|()| sys::check_connected(fd)))?;
            match connected {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
                result => {
                    let to = &this.to;
                    return Poll::Ready(result.map_err(|error| {
                        Error::from_io_plain(error).with_detail(format!("connecting descriptor {fd} to {to}"))
                    }));
                }
            }
        }
    }
);

impl AsyncFD {
    /// Accepts one connection and registers it; answers its address too.
    ///
    /// The client is owned by the dispatcher, non-blocking and close-on-exec.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read): "Invalid argument" if the socket does not listen, "Too many open files".
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has accepted nothing.
    ///
    /// # Nim
    ///
    /// None; `acceptAddr` is the nearest, see [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// let listener = register(listener)?;
    /// let client = std::net::TcpStream::connect(address)?;
    /// let (_accepted, from) = wait_for(async_proc(async move { listener.accept_client().await }))?;
    /// assert_eq!(from.ip(), Some(client.local_addr()?));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "acceptAddr")]
    pub fn accept_client(self) -> AcceptClient {
        AcceptClient { gate: Gate::new(self, Side::Read) }
    }

    /// Connects the socket to one address, of any family.
    ///
    /// Lazy: the attempt begins when it is first awaited, and no name is looked up.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); also [`InvalidInput`](crate::ErrorKind::InvalidInput) if the socket is in blocking
    /// mode and not owned by the dispatcher.
    ///
    /// # Cancel safety
    ///
    /// Not safe: the system goes on connecting. Close the socket.
    ///
    /// # Nim
    ///
    /// None; `connect` is the nearest, see [`connect`](AsyncFD::connect).
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// let socket = create_async_native_socket()?;
    /// wait_for(async_proc(async move { socket.connect_to(address).await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn connect_to(self, addr: impl Into<SockAddr>) -> ConnectTo {
        ConnectTo { gate: Gate::new(self, Side::Write), to: addr.into(), begun: false }
    }
}
