//! Nim's socket operations: eager, on owned buffers, queued first in, first out on their descriptor.
//!
//! An operation starts with the call and is tried when the kernel says that the descriptor is ready, never inside the
//! call, in the same queue as callbacks of `add_read` and `add_write`.

use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

use crate::address::{SockAddr, SocketFlags};
use crate::args::SendBuf;
use crate::call_soon::{Entry, Run};
use crate::current::current;
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Operation, Outcome, is_disconnection};
use crate::registry::Side;
use crate::sys::{self, RawBuffer};

/// Queues what `operation` makes, or fails `future`.
pub(crate) fn start<T: 'static>(
    fd: AsyncFD,
    side: Side,
    future: NimFuture<T>,
    operation: impl FnOnce(NimFuture<T>) -> Operation,
) -> NimFuture<T> {
    let started = current().and_then(|core| core.start(fd, side, &future, operation(future.clone())));
    if let Err(error) = started {
        future.settle(Err(error));
    }
    future
}

fn other(eager: impl Eager + 'static) -> Operation {
    Operation::Other(Box::new(eager))
}

/// A range of a buffer, resolved again at each try since `AsMut` may answer another slice every time.
#[derive(Clone, Copy)]
struct Part {
    start: Bound<usize>,
    end: Bound<usize>,
}

impl Part {
    fn of(range: impl RangeBounds<usize>) -> Part {
        Part { start: range.start_bound().cloned(), end: range.end_bound().cloned() }
    }

    fn cut(self, buffer: &mut [u8]) -> Result<&mut [u8]> {
        let size = buffer.len();
        let range = (self.start, self.end);
        buffer.get_mut(range).ok_or_else(|| {
            Error::invalid_input(format!("the range {range:?} is not within the buffer of {size} bytes"))
        })
    }
}

struct RecvInto<B> {
    buffer: Option<B>,
    part: Part,
    flags: SocketFlags,
    future: NimFuture<(usize, B)>,
}

impl<B: AsMut<[u8]> + 'static> Eager for RecvInto<B> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        let Some(buffer) = &mut self.buffer else { return true };
        let peek = self.flags.contains(SocketFlags::PEEK);
        let outcome = match self.part.cut(buffer.as_mut()) {
            Ok(part) => Outcome::of(core.with_descriptor(fd, |fd| sys::receive(fd, part, peek))),
            Err(error) => Outcome::Failed(error),
        };
        match outcome.or_disconnected(self.flags, 0) {
            Outcome::Blocked => return false,
            Outcome::Got(size) => self.future.settle(self.buffer.take().map(|buffer| (size, buffer)).ok_or_else(gone)),
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

fn gone() -> Error {
    Error::cancelled("the buffer is gone")
}

struct RecvFrom<B> {
    buffer: Option<B>,
    part: Part,
    flags: SocketFlags,
    future: NimFuture<(usize, SockAddr, B)>,
}

impl<B: AsMut<[u8]> + 'static> Eager for RecvFrom<B> {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        let Some(buffer) = &mut self.buffer else { return true };
        let peek = self.flags.contains(SocketFlags::PEEK);
        let outcome = match self.part.cut(buffer.as_mut()) {
            Ok(part) => Outcome::of(core.with_descriptor(fd, |fd| sys::receive_from(fd, part, peek))),
            Err(error) => Outcome::Failed(error),
        };
        match outcome {
            Outcome::Blocked => return false,
            Outcome::Got((size, from)) => {
                self.future.settle(self.buffer.take().map(|buffer| (size, from, buffer)).ok_or_else(gone));
            }
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

struct SendTo {
    data: bytes::Bytes,
    to: SockAddr,
    future: NimFuture<()>,
}

impl Eager for SendTo {
    fn attempt(&mut self, core: &Rc<Core>, fd: AsyncFD) -> bool {
        match Outcome::of(core.with_descriptor(fd, |fd| sys::transmit_to(fd, &self.data, &self.to))) {
            Outcome::Blocked => return false,
            Outcome::Got(_) => self.future.settle(Ok(())),
            Outcome::Failed(error) => self.future.settle(Err(error)),
        }
        true
    }

    fn fail(&self, _: &Rc<Core>, error: Error) {
        self.future.settle(Err(error));
    }
}

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
    /// Receives up to `size` bytes; an empty result means that the other side has closed.
    ///
    /// One `recv(2)`, when the socket is readable: what is there is the result, however little. It is never made inside
    /// the call, and several are served first in, first out. A disconnection (`ECONNRESET`, `EPIPE`, `ENETRESET`) is an
    /// empty result too, see [`SocketFlags::SAFE_DISCONN`]; so is an empty datagram, and a `size` of 0, once the socket
    /// is readable. For sockets only: read a pipe by [`add_read`](AsyncFD::add_read) or
    /// [`readable`](AsyncFD::readable).
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error, `EBADF` if the socket was closed meanwhile.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): by [`cancel`](NimFuture::cancel), or unregistered meanwhile.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a buffer of `size` cannot be had.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: the bytes are received, and lost with it. [`cancel`](NimFuture::cancel)
    /// takes the operation off the socket; then no byte is lost.
    ///
    /// # Nim
    ///
    /// `recv`. A key that is not registered raises there, and a size of 0 is an `IndexDefect` out of `poll`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// assert_eq!(wait_for(fd.recv(4096))?, b"hello");
    /// drop(theirs);
    /// assert!(wait_for(fd.recv(4096))?.is_empty());
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn recv(self, size: usize) -> NimFuture<Vec<u8>> {
        self.recv_with(size, SocketFlags::default())
    }

    /// As [`recv`](AsyncFD::recv), with flags.
    ///
    /// Without `SAFE_DISCONN` a disconnection is an error. With `PEEK` the data stay in the socket.
    ///
    /// # Nim
    ///
    /// `recv` with its third argument.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// assert_eq!(wait_for(fd.recv_with(4, SocketFlags::PEEK))?, b"hell");
    /// assert_eq!(wait_for(fd.recv(8))?, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn recv_with(self, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
        start(self, Side::Read, NimFuture::named("recv"), |future| Operation::Recv { size, flags, future })
    }

    /// Receives into `buf`, which comes back with the number of bytes; 0 means that the other side has closed.
    ///
    /// `buf` is a `Vec<u8>`, a `Box<[u8]>`, an array, or anything else that is `AsMut<[u8]>`. Its length counts, not
    /// its capacity: a vector made by `with_capacity` receives nothing. The rest is as in [`recv`](AsyncFD::recv).
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv). The buffer is dropped then.
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv): dropping the future cancels nothing.
    ///
    /// # Nim
    ///
    /// `recvInto`, which writes to a pointer until it is finished; [`recv_into_raw`](AsyncFD::recv_into_raw) does that.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let (size, buf) = wait_for(fd.recv_into([0; 16]))?;
    /// assert_eq!(&buf[..size], b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    #[track_caller]
    pub fn recv_into<B: AsMut<[u8]> + 'static>(self, buf: B) -> NimFuture<(usize, B)> {
        self.recv_into_with(buf, .., SocketFlags::default())
    }

    /// As [`recv_into`](AsyncFD::recv_into), into the part `at` of `buf`, with flags.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv); [`InvalidInput`](crate::ErrorKind::InvalidInput) if `at` is not within `buf`;
    /// the future is finished on return then.
    ///
    /// # Nim
    ///
    /// `recvInto` with an address within a buffer.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"lo")?;
    /// let (size, buf) = wait_for(fd.recv_into_with(*b"hel..", 3.., SocketFlags::default()))?;
    /// assert_eq!((size, &buf), (2, b"hello"));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvInto")]
    #[track_caller]
    pub fn recv_into_with<B: AsMut<[u8]> + 'static>(
        self,
        mut buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, B)> {
        let part = Part::of(at);
        if let Err(error) = part.cut(buf.as_mut()) {
            return NimFuture::failed_with("recvInto", error);
        }
        start(self, Side::Read, NimFuture::named("recvInto"), |future| {
            other(RecvInto { buffer: Some(buf), part, flags, future })
        })
    }

    /// Receives one datagram into `buf`, which comes back with its size and its sender.
    ///
    /// What the datagram has beyond `buf` is cut off silently; the size is what was kept. A disconnection is an error
    /// here, whatever the flags. The rest is as in [`recv_into`](AsyncFD::recv_into).
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv). The buffer is dropped then.
    ///
    /// # Cancel safety
    ///
    /// As [`recv`](AsyncFD::recv): dropping the future cancels nothing.
    ///
    /// # Nim
    ///
    /// `recvFromInto`, which writes the address to a pointer.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// let fd = register(ours)?;
    /// let (size, from, buf) = wait_for(fd.recv_from_into([0; 16]))?;
    /// assert_eq!(&buf[..size], b"hello");
    /// assert_eq!(from.ip(), Some(theirs.local_addr()?));
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvFromInto")]
    #[track_caller]
    pub fn recv_from_into<B: AsMut<[u8]> + 'static>(self, buf: B) -> NimFuture<(usize, SockAddr, B)> {
        self.recv_from_into_with(buf, .., SocketFlags::default())
    }

    /// As [`recv_from_into`](AsyncFD::recv_from_into), into the part `at` of `buf`, with flags.
    ///
    /// Of the flags `PEEK` counts; a disconnection is an error with `SAFE_DISCONN` too.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv); [`InvalidInput`](crate::ErrorKind::InvalidInput) if `at` is not within `buf`;
    /// the future is finished on return then.
    ///
    /// # Nim
    ///
    /// `recvFromInto` with all its arguments.
    #[doc(alias = "recvFromInto")]
    #[track_caller]
    pub fn recv_from_into_with<B: AsMut<[u8]> + 'static>(
        self,
        mut buf: B,
        at: impl RangeBounds<usize>,
        flags: SocketFlags,
    ) -> NimFuture<(usize, SockAddr, B)> {
        let part = Part::of(at);
        if let Err(error) = part.cut(buf.as_mut()) {
            return NimFuture::failed_with("recvFromInto", error);
        }
        start(self, Side::Read, NimFuture::named("recvFromInto"), |future| {
            other(RecvFrom { buffer: Some(buf), part, flags, future })
        })
    }

    /// Sends all of `data`.
    ///
    /// One `send(2)` each time the socket is writable, until the system has taken everything; then the future finishes,
    /// one step of the queue later. That does not mean that the other side has it. Bytes of several sends never mix.
    /// Owned data move in, borrowed ones are copied, see [`SendBuf`]. Nothing to send is finished at once, and the
    /// socket not looked at. SIGPIPE is never raised.
    ///
    /// **A disconnection counts as success**, though data are lost: that is what [`SocketFlags::SAFE_DISCONN`], the
    /// default, means. Use [`send_with`](AsyncFD::send_with) to hear of it.
    ///
    /// # Errors
    ///
    /// In the future, not in the call:
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error, `EBADF` if the socket was closed meanwhile.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): by [`cancel`](NimFuture::cancel), or unregistered meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing: all is sent. [`cancel`](NimFuture::cancel) stops where it is, and the
    /// error's [`detail`](crate::Error::detail) says how many bytes went out.
    ///
    /// # Nim
    ///
    /// `send` of a string. A key that is not registered raises there.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Read as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(fd.send("hello"))?;
    /// let mut buf = [0; 5];
    /// theirs.read_exact(&mut buf)?;
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn send(self, data: impl Into<SendBuf>) -> NimFuture<()> {
        self.send_with(data, SocketFlags::default())
    }

    /// As [`send`](AsyncFD::send), with flags.
    ///
    /// With [`SocketFlags::NONE`] a disconnection is an error. `PEEK` has no meaning here.
    ///
    /// # Nim
    ///
    /// `send` with its third argument.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// drop(theirs);
    /// wait_for(fd.send("lost"))?;
    /// let error = wait_for(fd.send_with("lost", SocketFlags::NONE)).unwrap_err();
    /// assert_eq!(error.to_string(), "Broken pipe");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[track_caller]
    pub fn send_with(self, data: impl Into<SendBuf>, flags: SocketFlags) -> NimFuture<()> {
        let data = data.into().into_bytes();
        let future = NimFuture::named("send");
        if data.is_empty() {
            future.settle(Ok(()));
            return future;
        }
        start(self, Side::Write, future, |future| Operation::Send { data, sent: 0, flags, future })
    }

    /// Sends one datagram to `addr`.
    ///
    /// One `sendto(2)`, when the socket is writable. A disconnection is an error here.
    ///
    /// # Errors
    ///
    /// As [`send`](AsyncFD::send); a datagram that is too long is [`Os`](crate::ErrorKind::Os), "Message too long".
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels nothing; [`cancel`](NimFuture::cancel) sends nothing.
    ///
    /// # Nim
    ///
    /// `sendTo`, where the data must be kept until it is finished.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// let fd = register(ours)?;
    /// wait_for(fd.send_to("hello", theirs.local_addr()?))?;
    /// let mut buf = [0; 16];
    /// assert_eq!(theirs.recv(&mut buf)?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "sendTo")]
    #[track_caller]
    pub fn send_to(self, data: impl Into<SendBuf>, addr: impl Into<SockAddr>) -> NimFuture<()> {
        self.send_to_with(data, addr, SocketFlags::default())
    }

    /// As [`send_to`](AsyncFD::send_to), with flags, of which none has a meaning here.
    ///
    /// # Errors
    ///
    /// As [`send_to`](AsyncFD::send_to).
    ///
    /// # Nim
    ///
    /// `sendTo` with its flags, which have no meaning there either.
    #[doc(alias = "sendTo")]
    #[track_caller]
    pub fn send_to_with(
        self,
        data: impl Into<SendBuf>,
        addr: impl Into<SockAddr>,
        _flags: SocketFlags,
    ) -> NimFuture<()> {
        let (data, to) = (data.into().into_bytes(), addr.into());
        start(self, Side::Write, NimFuture::named("sendTo"), |future| other(SendTo { data, to, future }))
    }

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

    /// Receives into memory of the caller's; for ports that cannot give a buffer away.
    ///
    /// Otherwise as [`recv_into_with`](AsyncFD::recv_into_with), and finished one step of the queue later.
    ///
    /// # Errors
    ///
    /// As [`recv`](AsyncFD::recv).
    ///
    /// # Nim
    ///
    /// `recvInto`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let mut buf = [0; 5];
    /// // SAFETY: `buf` outlives the operation, and is not used before it is finished.
    /// let received = unsafe { fd.recv_into_raw(buf.as_mut_ptr(), buf.len(), SocketFlags::default()) };
    /// assert_eq!(wait_for(received)?, 5);
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// `buf..buf + size` is initialized, valid and not used otherwise until the future is finished or its dispatcher is
    /// gone; dropping the handle does not cancel.
    #[doc(alias = "recvInto")]
    #[allow(unsafe_code)]
    #[track_caller]
    pub unsafe fn recv_into_raw(self, buf: *mut u8, size: usize, flags: SocketFlags) -> NimFuture<usize> {
        // SAFETY: the caller's promise is that of `RawBuffer::new`.
        let buffer = unsafe { RawBuffer::new(buf, size) };
        let received = self.recv_into_with(buffer, .., flags);
        let future = NimFuture::named("recvInto");
        let outer = future.clone();
        match current() {
            Ok(core) => drop(received.add_link(&core, move |inner| outer.settle(inner.take().map(|(size, _)| size)))),
            Err(error) => future.settle(Err(error)),
        }
        future.set_source(crate::source::Source::Wrapper(Box::new(move || {
            received.cancel();
        })));
        future
    }
}

/// Receives up to `size` bytes. See [`AsyncFD::recv`].
#[track_caller]
pub fn recv(socket: AsyncFD, size: usize) -> NimFuture<Vec<u8>> {
    socket.recv(size)
}

/// Receives up to `size` bytes, with flags. See [`AsyncFD::recv_with`].
#[doc(alias = "recv")]
#[track_caller]
pub fn recv_with(socket: AsyncFD, size: usize, flags: SocketFlags) -> NimFuture<Vec<u8>> {
    socket.recv_with(size, flags)
}

/// Receives into `buf`. See [`AsyncFD::recv_into`].
#[doc(alias = "recvInto")]
#[track_caller]
pub fn recv_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, B)> {
    socket.recv_into(buf)
}

/// Receives into a part of `buf`, with flags. See [`AsyncFD::recv_into_with`].
#[doc(alias = "recvInto")]
#[track_caller]
pub fn recv_into_with<B: AsMut<[u8]> + 'static>(
    socket: AsyncFD,
    buf: B,
    at: impl RangeBounds<usize>,
    flags: SocketFlags,
) -> NimFuture<(usize, B)> {
    socket.recv_into_with(buf, at, flags)
}

/// Receives one datagram into `buf`. See [`AsyncFD::recv_from_into`].
#[doc(alias = "recvFromInto")]
#[track_caller]
pub fn recv_from_into<B: AsMut<[u8]> + 'static>(socket: AsyncFD, buf: B) -> NimFuture<(usize, SockAddr, B)> {
    socket.recv_from_into(buf)
}

/// Receives one datagram into a part of `buf`, with flags. See [`AsyncFD::recv_from_into_with`].
#[doc(alias = "recvFromInto")]
#[track_caller]
pub fn recv_from_into_with<B: AsMut<[u8]> + 'static>(
    socket: AsyncFD,
    buf: B,
    at: impl RangeBounds<usize>,
    flags: SocketFlags,
) -> NimFuture<(usize, SockAddr, B)> {
    socket.recv_from_into_with(buf, at, flags)
}

/// Sends all of `data`. See [`AsyncFD::send`].
#[track_caller]
pub fn send(socket: AsyncFD, data: impl Into<SendBuf>) -> NimFuture<()> {
    socket.send(data)
}

/// Sends all of `data`, with flags. See [`AsyncFD::send_with`].
#[doc(alias = "send")]
#[track_caller]
pub fn send_with(socket: AsyncFD, data: impl Into<SendBuf>, flags: SocketFlags) -> NimFuture<()> {
    socket.send_with(data, flags)
}

/// Sends one datagram. See [`AsyncFD::send_to`].
#[doc(alias = "sendTo")]
#[track_caller]
pub fn send_to(socket: AsyncFD, data: impl Into<SendBuf>, addr: impl Into<SockAddr>) -> NimFuture<()> {
    socket.send_to(data, addr)
}

/// Sends one datagram, with flags. See [`AsyncFD::send_to_with`].
#[doc(alias = "sendTo")]
#[track_caller]
pub fn send_to_with(
    socket: AsyncFD,
    data: impl Into<SendBuf>,
    addr: impl Into<SockAddr>,
    flags: SocketFlags,
) -> NimFuture<()> {
    socket.send_to_with(data, addr, flags)
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
