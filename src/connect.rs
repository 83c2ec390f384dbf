//! `connect` and `dial`: the way of a socket to one address, or to whichever of a name's addresses answers.

mod dial;
mod in_turn;

pub use dial::{dial, dial_with};

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use crate::address::{Domain, Port, SockAddr};
use crate::async_proc::async_proc;
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Operation};
use crate::origin::Origin;
use crate::registry::Side;
use crate::socket::start;
use crate::sys;

use in_turn::{connect_in_turn, of_domain, resolve};

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

    fn origin(&self) -> Origin {
        self.future.origin()
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
                Some(errno) if sys::is_under_way(errno) => Ok(false),
                _ => Err(Error::from_io_plain(error).with_detail(format!("connecting descriptor {fd} to {to}"))),
            },
        }
    }
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
    /// # Cancel safety
    ///
    /// As [`connect`](AsyncFD::connect).
    ///
    /// # Nim
    ///
    /// `connect(socket, address, port, domain)`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let socket = create_async_native_socket()?;
    /// let refused = socket.connect_with("::1", 1, Domain::AF_INET6);
    /// assert_eq!(refused.read_error()?.kind(), ErrorKind::WrongDescriptor);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "connect")]
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

/// Connects an existing socket, of IPv4, to `address`: an IP address or a name.
///
/// See [`AsyncFD::connect`]. [`dial`] makes the socket too, of the family that answers.
///
/// # Errors
///
/// Those of [`AsyncFD::connect`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::connect`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `connect(socket, address, port)`.
///
/// ```
/// use asyncdispatch::*;
///
/// async fn is_open(port: u16) -> Result<bool> {
///     let socket = create_async_native_socket()?;
///     let connected = connect(socket, "127.0.0.1", port).await;
///     close_socket(socket)?; // a failure leaves it open
///     Ok(connected.is_ok())
/// }
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = listener.local_addr()?.port();
/// assert!(wait_for(async_proc(is_open(port)))?);
/// drop(listener);
/// assert!(!wait_for(async_proc(is_open(port)))?);
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn connect(socket: AsyncFD, address: &str, port: impl Into<Port>) -> NimFuture<()> {
    socket.connect(address, port)
}

/// Connects an existing socket, of `domain`, to `address`: an IP address or a name.
///
/// See [`AsyncFD::connect_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::connect_with`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::connect`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `connect(socket, address, port, domain)`. A socket of IPv6 reaches IPv4 too:
///
/// ```
/// use asyncdispatch::*;
///
/// let (kind, protocol) = (SockType::SOCK_STREAM, Protocol::IPPROTO_TCP);
/// let socket = create_async_native_socket_with(Domain::AF_INET6, kind, protocol, false)?;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = listener.local_addr()?.port();
/// wait_for(connect_with(socket, "127.0.0.1", port, Domain::AF_INET6))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "connect")]
#[track_caller]
pub fn connect_with(socket: AsyncFD, address: &str, port: impl Into<Port>, domain: Domain) -> NimFuture<()> {
    socket.connect_with(address, port, domain)
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
