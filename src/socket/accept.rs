//! `accept` and `accept_addr`.

use std::rc::Rc;

use super::{other, start};
use crate::address::{SockAddr, SocketFlags};
use crate::call_soon::Entry;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Outcome, is_disconnection};
use crate::origin::Origin;
use crate::registry::Side;
use crate::sys::{self, Descriptor};

type HandOn<T> = fn(&Rc<Core>, &NimFuture<T>, Result<(SockAddr, AsyncFD)>);

struct Accept<T> {
    flags: SocketFlags,
    inheritable: bool,
    future: NimFuture<T>,
    /// How the result is handed on: at once, or one queue turn later as Nim's `accept` does.
    hand_on: HandOn<T>,
}

impl<T: 'static> Eager for Accept<T> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        match core.accept(fd, self.inheritable) {
            Outcome::Blocked => return false,
            Outcome::Failed(error) if self.flags.contains(SocketFlags::SAFE_DISCONN) && is_disconnection(&error) => {
                return false;
            }
            Outcome::Failed(error) => (self.hand_on)(core, &self.future, Err(error)),
            Outcome::Got((from, client)) => (self.hand_on)(core, &self.future, Ok((from, client))),
        }
        true
    }

    fn fail(&self, core: &Rc<Core>, error: Error) {
        (self.hand_on)(core, &self.future, Err(error));
    }

    fn origin(&self) -> Origin {
        self.future.origin()
    }
}

impl Core {
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

impl AsyncFD {
    /// Accepts one connection and registers it.
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr), without the address, and finished one step of the queue later.
    ///
    /// # Errors
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Cancel safety
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Nim
    ///
    /// `accept`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// let listener = register(listener)?;
    /// let _client = std::net::TcpStream::connect(address)?;
    /// let accepted = wait_for(listener.accept())?;
    /// accepted.close_socket()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn accept(self) -> NimFuture<AsyncFD> {
        self.accept_with(SocketFlags::default(), false)
    }

    /// As [`accept`](AsyncFD::accept), with flags; `inheritable` clients stay open in child processes.
    ///
    /// Without `SAFE_DISCONN` a disconnection that the system reports instead of a client is an error. `PEEK` has no
    /// meaning.
    ///
    /// # Errors
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Cancel safety
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Nim
    ///
    /// `accept` with all its arguments.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
    /// let waiting = listener.accept_with(SocketFlags::SAFE_DISCONN, false);
    /// listener.close_socket()?; // that is no disconnection
    /// assert_eq!(wait_for(waiting).unwrap_err().to_string(), "Bad file descriptor");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "accept")]
    #[track_caller]
    pub fn accept_with(self, flags: SocketFlags, inheritable: bool) -> NimFuture<AsyncFD> {
        start(self, Side::Read, NimFuture::named("accept"), |future| {
            other(Accept {
                flags,
                inheritable,
                future,
                hand_on: |core, future, result| {
                    future.set_over();
                    core.soon.push(core, Entry::finish(future.clone(), result.map(|(_, client)| client)));
                },
            })
        })
    }

    /// Accepts one connection; answers the text of its address too.
    ///
    /// The client is registered, owned by the dispatcher, non-blocking and close-on-exec. Its address is an IPv4 or
    /// IPv6 one without the port (IPv4 also where IPv6 only maps it), or `unix`. Any number of accepts may wait on one
    /// listener: each gets a connection, in their order. If the system reports a disconnection (`ECONNRESET`, `EPIPE`,
    /// `ENETRESET`) instead of a client, it goes on waiting.
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): "Invalid argument" if the socket does not listen, "Too many open files", `EBADF`
    ///   if it was closed meanwhile.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): by [`cancel`](NimFuture::cancel), or unregistered meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the client is accepted, and stays registered with nobody to close it.
    /// [`cancel`](NimFuture::cancel) leaves the connection to the next accept.
    ///
    /// # Nim
    ///
    /// `acceptAddr`. There the client is in blocking mode, and a second accept on one listener is an `AssertionDefect`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// let listener = register(listener)?;
    /// let _client = std::net::TcpStream::connect(address)?;
    /// let (from, accepted) = wait_for(listener.accept_addr())?;
    /// assert_eq!(from, "127.0.0.1");
    /// accepted.close_socket()?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "acceptAddr")]
    #[track_caller]
    pub fn accept_addr(self) -> NimFuture<(String, AsyncFD)> {
        self.accept_addr_with(SocketFlags::default(), false)
    }

    /// As [`accept_addr`](AsyncFD::accept_addr), with flags; `inheritable` clients stay open in child processes.
    ///
    /// Without `SAFE_DISCONN` a disconnection that the system reports instead of a client is an error. `PEEK` has no
    /// meaning.
    ///
    /// # Errors
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Cancel safety
    ///
    /// As [`accept_addr`](AsyncFD::accept_addr).
    ///
    /// # Nim
    ///
    /// `acceptAddr` with all its arguments.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let deaf = create_async_native_socket()?; // it does not listen
    /// let error = wait_for(deaf.accept_addr_with(SocketFlags::NONE, false)).unwrap_err();
    /// assert_eq!(error.to_string(), "Invalid argument");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "acceptAddr")]
    #[track_caller]
    pub fn accept_addr_with(self, flags: SocketFlags, inheritable: bool) -> NimFuture<(String, AsyncFD)> {
        start(self, Side::Read, NimFuture::named("acceptAddr"), |future| {
            other(Accept {
                flags,
                inheritable,
                future,
                hand_on: |_, future, result| {
                    future.settle(result.map(|(from, client)| (from.address_text(), client)));
                },
            })
        })
    }
}

/// Accepts one connection and registers it.
///
/// See [`AsyncFD::accept`].
///
/// # Errors
///
/// Those of [`AsyncFD::accept_addr`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::accept_addr`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `accept(socket)`. A server with a proc for each client:
///
/// ```
/// use asyncdispatch::*;
///
/// async fn serve(listener: AsyncFD) -> Result<()> {
///     loop {
///         let client = accept(listener).await?;
///         async_check(async_proc(async move {
///             send(client, "hello").await?;
///             close_socket(client)
///         }));
///     }
/// }
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let address = listener.local_addr()?;
/// # let listener = register(listener)?;
/// async_check(async_proc(serve(listener)));
/// # wait_for(async_proc(async move {
/// #     let client = dial("127.0.0.1", address.port()).await?;
/// #     assert_eq!(client.recv(16).await?, b"hello");
/// #     Ok(())
/// # }))?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[track_caller]
pub fn accept(socket: AsyncFD) -> NimFuture<AsyncFD> {
    socket.accept()
}

/// Accepts one connection, with flags; an `inheritable` client stays open in child processes.
///
/// See [`AsyncFD::accept_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::accept_addr`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::accept_addr`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `accept(socket, flags, inheritable)`. For a child process that talks to the client itself:
///
/// ```
/// use asyncdispatch::*;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let _theirs = std::net::TcpStream::connect(listener.local_addr()?)?;
/// # let listener = register(listener)?;
///
/// let client = wait_for(accept_with(listener, SocketFlags::default(), true))?;
/// let child = std::process::Command::new("test").args(["-e", &format!("/dev/fd/{client}")]).status()?;
/// assert!(child.success()); // it has the descriptor, under the same number
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "accept")]
#[track_caller]
pub fn accept_with(socket: AsyncFD, flags: SocketFlags, inheritable: bool) -> NimFuture<AsyncFD> {
    socket.accept_with(flags, inheritable)
}

/// Accepts one connection; answers the text of its address too.
///
/// See [`AsyncFD::accept_addr`].
///
/// # Errors
///
/// Those of [`AsyncFD::accept_addr`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::accept_addr`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `acceptAddr(socket)`; the pair is a named tuple `(address, client)` there.
///
/// ```
/// use asyncdispatch::*;
/// # let listener = std::net::TcpListener::bind("[::1]:0")?;
/// # let _theirs = std::net::TcpStream::connect(listener.local_addr()?)?;
/// # let listener = register(listener)?;
///
/// let (address, client) = wait_for(accept_addr(listener))?;
/// println!("{address} on descriptor {client}");
/// # assert_eq!(address, "::1");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "acceptAddr")]
#[track_caller]
pub fn accept_addr(socket: AsyncFD) -> NimFuture<(String, AsyncFD)> {
    socket.accept_addr()
}

/// Accepts one connection, with flags; answers the text of its address too.
///
/// See [`AsyncFD::accept_addr_with`].
///
/// # Errors
///
/// Those of [`AsyncFD::accept_addr`], in the future.
///
/// # Cancel safety
///
/// As [`AsyncFD::accept_addr`]: dropping the future cancels nothing.
///
/// # Nim
///
/// `acceptAddr(socket, flags, inheritable)`.
///
/// ```
/// use asyncdispatch::*;
/// # let path = std::env::temp_dir().join(format!("accept_addr_with-{}", std::process::id()));
/// # let listener = std::os::unix::net::UnixListener::bind(&path)?;
/// # let _theirs = std::os::unix::net::UnixStream::connect(&path)?;
/// # std::fs::remove_file(path)?;
/// # let local_listener = register(listener)?;
///
/// let (address, _client) = wait_for(accept_addr_with(local_listener, SocketFlags::NONE, false))?;
/// assert_eq!(address, "unix");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[doc(alias = "acceptAddr")]
#[track_caller]
pub fn accept_addr_with(socket: AsyncFD, flags: SocketFlags, inheritable: bool) -> NimFuture<(String, AsyncFD)> {
    socket.accept_addr_with(flags, inheritable)
}
