//! `accept` and `accept_addr`.

use std::rc::Rc;

use super::{other, start};
use crate::address::{SockAddr, SocketFlags};
use crate::call_soon::{Entry, Run};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Outcome, is_disconnection};
use crate::registry::Side;

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
}

struct AcceptSoon(NimFuture<AsyncFD>, Result<AsyncFD>);

impl Run for AcceptSoon {
    fn run(self: Box<Self>) -> Result<()> {
        self.0.settle(self.1);
        Ok(())
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
    /// # Nim
    ///
    /// `accept` with all its arguments.
    #[track_caller]
    pub fn accept_with(self, flags: SocketFlags, inheritable: bool) -> NimFuture<AsyncFD> {
        start(self, Side::Read, NimFuture::named("accept"), |future| {
            other(Accept {
                flags,
                inheritable,
                future,
                hand_on: |core, future, result| {
                    let soon = AcceptSoon(future.clone(), result.map(|(_, client)| client));
                    core.soon.push(core, Entry::Link(Box::new(soon)));
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
    /// - [`TooManyDescriptors`](crate::ErrorKind::TooManyDescriptors): the client cannot be registered; it is closed.
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
    /// # Nim
    ///
    /// `acceptAddr` with all its arguments.
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

/// Accepts one connection. See [`AsyncFD::accept`].
#[track_caller]
pub fn accept(socket: AsyncFD) -> NimFuture<AsyncFD> {
    socket.accept()
}

/// Accepts one connection, with flags. See [`AsyncFD::accept_with`].
#[doc(alias = "accept")]
#[track_caller]
pub fn accept_with(socket: AsyncFD, flags: SocketFlags, inheritable: bool) -> NimFuture<AsyncFD> {
    socket.accept_with(flags, inheritable)
}

/// Accepts one connection and answers its address. See [`AsyncFD::accept_addr`].
#[doc(alias = "acceptAddr")]
#[track_caller]
pub fn accept_addr(socket: AsyncFD) -> NimFuture<(String, AsyncFD)> {
    socket.accept_addr()
}

/// Accepts one connection and answers its address, with flags. See [`AsyncFD::accept_addr_with`].
#[doc(alias = "acceptAddr")]
#[track_caller]
pub fn accept_addr_with(socket: AsyncFD, flags: SocketFlags, inheritable: bool) -> NimFuture<(String, AsyncFD)> {
    socket.accept_addr_with(flags, inheritable)
}
