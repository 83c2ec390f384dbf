//! `create_async_native_socket`, `connect` and `dial`: sockets of our own, and their way to one address.

mod in_turn;

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::address::{Domain, Port, Protocol, SockAddr, SockType};
use crate::async_proc::async_proc;
use crate::connect::in_turn::{connect_in_turn, of_domain, resolve};
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::{AsyncFD, close_socket};
use crate::future::NimFuture;
use crate::operation::{Eager, Operation, Outcome};
use crate::registry::Side;
use crate::socket::start;
use crate::sys::{self, Descriptor};

/// Makes a TCP socket over IPv4: non-blocking, close-on-exec, registered.
///
/// The dispatcher owns it: [`close_socket`] closes it, and so does the end of the dispatcher.
///
/// # Errors
///
/// - [`Os`](ErrorKind::Os): the system makes no socket.
/// - [`TooManyDescriptors`](ErrorKind::TooManyDescriptors): its number is not below
///   [`max_descriptors`](crate::max_descriptors); it is closed.
/// - [`NotDriven`](ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
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
/// # Errors
///
/// As [`create_async_native_socket`]; [`Os`](ErrorKind::Os) also if domain, type and protocol do not go together.
///
/// # Nim
///
/// `createAsyncNativeSocket` with its arguments.
///
/// ```
/// use asyncdispatch::*;
///
/// let (domain, kind) = (Domain::AF_INET6, SockType::SOCK_STREAM);
/// let refused = create_async_native_socket_with(domain, kind, Protocol::IPPROTO_UDP, false);
/// assert_eq!(refused.unwrap_err().kind(), ErrorKind::Os);
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

/// Makes a socket by the platform's numbers. See [`create_async_native_socket_with`].
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

/// A connection attempt under way: the kernel reports its end as writability.
struct Connecting {
    future: NimFuture<()>,
    /// An event may be left over from before the attempt: the first that finds it unfinished is not believed.
    doubted: Cell<bool>,
}

impl Eager for Connecting {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        match core.with_descriptor(fd, sys::take_error).and_then(|()| core.with_descriptor(fd, sys::check_connected)) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected && !self.doubted.replace(true) => return false,
            Err(error) => self.future.settle(Err(Error::from_io_plain(error))),
            Ok(()) => self.future.settle(Ok(())),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

/// Connects to one address; finished on return if that could be told at once.
pub(crate) fn connect_one(fd: AsyncFD, to: &SockAddr) -> NimFuture<()> {
    let future = NimFuture::named("connect");
    let begun = current().and_then(|core| core.begin_connect(fd, to));
    match begun {
        Ok(true) => future.settle(Ok(())),
        Ok(false) => {
            return start(fd, Side::Write, future, |future| {
                Operation::Other(Box::new(Connecting { future, doubted: Cell::new(false) }))
            });
        }
        Err(error) => future.settle(Err(error)),
    }
    future
}

impl Core {
    /// Starts to connect. `false`: the kernel will tell.
    pub(crate) fn begin_connect(&self, fd: AsyncFD, to: &SockAddr) -> Result<bool> {
        if !self.make_nonblocking(fd)? {
            return Err(Error::invalid_input(format!(
                "descriptor {fd} is in blocking mode and not ours: set O_NONBLOCK on it before it is connected"
            )));
        }
        match self.with_descriptor(fd, |fd| sys::connect(fd, to)) {
            Ok(()) => Ok(true),
            Err(error) => match error.raw_os_error() {
                Some(libc::EINPROGRESS | libc::EINTR) => Ok(false),
                _ => Err(Error::from_io_plain(error).with_detail(format!("connecting descriptor {fd} to {to}"))),
            },
        }
    }

    /// Accepts one connection of a listener and registers it.
    pub(crate) fn accept(self: &Rc<Core>, fd: AsyncFD, inheritable: bool) -> Outcome<(SockAddr, AsyncFD)> {
        match self.make_nonblocking(fd) {
            Ok(true) => {}
            Ok(false) => match self.with_descriptor(fd, sys::readable_now) {
                Ok(true) => {}
                Ok(false) => return Outcome::Blocked,
                Err(error) => return Outcome::Failed(Error::from_io_plain(error)),
            },
            Err(error) => return Outcome::Failed(error),
        }
        match Outcome::of(self.with_descriptor(fd, |fd| sys::accept(fd, inheritable))) {
            Outcome::Got((client, from)) => match self.register(Descriptor::owned(client)) {
                Ok(client) => Outcome::Got((from, client)),
                Err(error) => Outcome::Failed(error),
            },
            Outcome::Blocked => Outcome::Blocked,
            Outcome::Failed(error) => Outcome::Failed(error),
        }
    }
}

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
/// - [`Resolve`](ErrorKind::Resolve): the look-up failed, or gave no address.
/// - [`Os`](ErrorKind::Os): no address could be connected to; the error of the last.
/// - [`TooManyDescriptors`](ErrorKind::TooManyDescriptors): as [`create_async_native_socket`].
/// - [`NotDriven`](ErrorKind::NotDriven): the thread runs a foreign tokio runtime, and no dispatcher is installed.
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
/// TCP makes stream sockets, UDP datagram ones, everything else raw ones.
///
/// # Errors
///
/// As [`dial`].
///
/// # Nim
///
/// `dial` with its third argument.
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

/// Connects an existing socket. See [`AsyncFD::connect`].
#[track_caller]
pub fn connect(socket: AsyncFD, address: &str, port: impl Into<Port>) -> NimFuture<()> {
    socket.connect(address, port)
}

/// Connects an existing socket of `domain`. See [`AsyncFD::connect_with`].
#[track_caller]
pub fn connect_with(socket: AsyncFD, address: &str, port: impl Into<Port>, domain: Domain) -> NimFuture<()> {
    socket.connect_with(address, port, domain)
}

impl AsyncFD {
    /// Connects the socket, of IPv4, to `address`: an IP address or a name.
    ///
    /// A name is looked up without blocking the loop; its IPv4 addresses are tried one after the other, on this same
    /// socket. There is no limit of time of its own. When it fails the socket stays open and registered. It is never
    /// finished inside the call, unless the socket is refused. For one address of any family, a Unix one too, see
    /// [`connect_to`](AsyncFD::connect_to).
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](ErrorKind::NotRegistered): the key is stale, virtual, or another dispatcher's.
    /// - [`WrongDescriptor`](ErrorKind::WrongDescriptor): the socket is not of IPv4.
    /// - [`InvalidInput`](ErrorKind::InvalidInput): it is in blocking mode and not owned by the dispatcher.
    /// - [`Resolve`](ErrorKind::Resolve): the look-up failed, or gave no address of the family.
    /// - [`Os`](ErrorKind::Os): no address could be connected to; the error of the last. `EBADF` if the socket was
    ///   closed meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing. After [`cancel`](NimFuture::cancel) the system may go on connecting: close
    /// the socket.
    ///
    /// # Nim
    ///
    /// `connect`. There a wrong family is an `AssertionDefect`, and the look-up blocks and is raised by the call.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let socket = create_async_native_socket()?;
    /// let attempt = socket.connect("127.0.0.1", listener.local_addr()?.port());
    /// assert!(!attempt.finished());
    /// wait_for(attempt)?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn connect(self, address: &str, port: impl Into<Port>) -> NimFuture<()> {
        self.connect_with(address, port, Domain::AF_INET)
    }

    /// Connects the socket, of `domain`, to `address`: an IP address or a name.
    ///
    /// A socket of IPv6 is connected to the IPv6 addresses; if there are none, to the IPv4 ones, mapped. The rest is as
    /// in [`connect`](AsyncFD::connect).
    ///
    /// # Errors
    ///
    /// As [`connect`](AsyncFD::connect); [`WrongDescriptor`](ErrorKind::WrongDescriptor) if the socket is not of
    /// `domain`.
    ///
    /// # Nim
    ///
    /// `connect` with its fourth argument.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let socket = create_async_native_socket()?;
    /// let refused = socket.connect_with("::1", 1, Domain::AF_INET6);
    /// assert_eq!(refused.read_error()?.kind(), ErrorKind::WrongDescriptor);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn connect_with(self, address: &str, port: impl Into<Port>, domain: Domain) -> NimFuture<()> {
        let (address, port) = (address.to_owned(), port.into());
        if let Err(error) = check_domain(self, domain) {
            return NimFuture::failed_with("connect", error);
        }
        async_proc(async move {
            let found = of_domain(resolve(&address, port).await?, domain);
            connect_in_turn(&address, found, |_| Ok(self)).await.map(drop)
        })
    }
}

fn check_domain(fd: AsyncFD, domain: Domain) -> Result<()> {
    let actual = fd.with_fd(sys::domain_of)?.map_err(Error::from_io_plain)?;
    if actual == domain.raw() {
        return Ok(());
    }
    Err(Error::of(
        ErrorKind::WrongDescriptor,
        format!(
            "socket {fd} is of domain {actual}, not of {domain:?}: \
             name its own domain in `connect_with`, or use `connect_to` for an address of any family"
        ),
    ))
}
