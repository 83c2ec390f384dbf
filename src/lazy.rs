//! The lazy operations: ordinary futures on borrowed buffers, methods of [`AsyncFD`].

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

/// Less than asked for means that there is no more to be had now.
fn left_of(size: usize, asked: usize) -> Left<usize> {
    if size < asked { Left::Nothing(size) } else { Left::More(size) }
}

macro_rules! lazy {
    ($(#[$doc:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $type:ty),* } -> $output:ty, $poll:expr) => {
        $(#[$doc])*
        #[must_use = "lazy: nothing happens until it is awaited"]
        #[derive(Debug)]
        pub struct $name $(<$life>)? {
            gate: Gate,
            $($field: $type,)*
        }

        impl $(<$life>)? Future for $name $(<$life>)? {
            type Output = Result<$output>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<$output>> {
                let poll: fn(&mut Self, &mut Context<'_>) -> Poll<Result<$output>> = $poll;
                poll(self.get_mut(), cx)
            }
        }
    };
}

lazy!(
    /// Receives once; made by [`AsyncFD::read`].
    Read<'a> { buffer: &'a mut [u8] } -> usize,
    |this, cx| poll_receive(&mut this.gate, cx, this.buffer, false)
);

lazy!(
    /// Receives once and leaves the data; made by [`AsyncFD::peek`].
    Peek<'a> { buffer: &'a mut [u8] } -> usize,
    |this, cx| poll_receive(&mut this.gate, cx, this.buffer, true)
);

lazy!(
    /// Receives until a buffer is full; made by [`AsyncFD::read_exact`].
    ReadExact<'a> { buffer: &'a mut [u8], done: usize } -> (),
    |this, cx| {
        while this.done < this.buffer.len() {
            match ready!(poll_receive(&mut this.gate, cx, &mut this.buffer[this.done..], false))? {
                0 => {
                    let (done, wanted) = (this.done, this.buffer.len());
                    return Poll::Ready(Err(Error::from_io_plain(io::ErrorKind::UnexpectedEof.into()).with_detail(
                        format!("the other side closed after {done} of {wanted} bytes; they are in the buffer"),
                    )));
                }
                size => this.done += size,
            }
        }
        Poll::Ready(Ok(()))
    }
);

lazy!(
    /// Receives one datagram; made by [`AsyncFD::read_from`].
    ReadFrom<'a> { buffer: &'a mut [u8] } -> (usize, SockAddr),
    |this, cx| {
        let buffer = &mut *this.buffer;
        this.gate.poll(cx, |fd| sys::receive_from(fd, buffer, false).map(Left::More))
    }
);

lazy!(
    /// Sends once; made by [`AsyncFD::write`].
    Write<'a> { data: &'a [u8] } -> usize,
    |this, cx| poll_transmit(&mut this.gate, cx, this.data)
);

lazy!(
    /// Sends all; made by [`AsyncFD::write_all`].
    WriteAll<'a> { data: &'a [u8], done: usize } -> (),
    |this, cx| {
        while this.done < this.data.len() {
            let sent = ready!(poll_transmit(&mut this.gate, cx, &this.data[this.done..]));
            let (done, wanted) = (this.done, this.data.len());
            this.done +=
                sent.map_err(|error| error.with_detail(format!("{done} of {wanted} bytes had been sent")))?;
        }
        Poll::Ready(Ok(()))
    }
);

lazy!(
    /// Sends one datagram; made by [`AsyncFD::write_to`].
    WriteTo<'a> { data: &'a [u8], to: &'a SockAddr } -> usize,
    |this, cx| {
        let (data, to) = (this.data, this.to);
        this.gate.poll(cx, |fd| sys::transmit_to(fd, data, to).map(Left::More))
    }
);

lazy!(
    /// Accepts one connection; made by [`AsyncFD::accept_client`].
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
    /// Waits until a read would not block; made by [`AsyncFD::readable`].
    Readable {} -> (),
    |this, cx| this.gate.poll_event(cx)
);

lazy!(
    /// Waits until a write would not block; made by [`AsyncFD::writable`].
    Writable {} -> (),
    |this, cx| this.gate.poll_event(cx)
);

lazy!(
    /// Connects to one address; made by [`AsyncFD::connect_to`].
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

pub(crate) fn poll_receive(
    gate: &mut Gate,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
    peek: bool,
) -> Poll<Result<usize>> {
    gate.poll(cx, |fd| {
        let size = sys::receive(fd, buffer, peek)?;
        // What a peek has seen is still there, and the end of a stream stays.
        Ok(if peek || size == 0 { Left::More(size) } else { left_of(size, buffer.len()) })
    })
}

pub(crate) fn poll_transmit(gate: &mut Gate, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize>> {
    gate.poll(cx, |fd| Ok(left_of(sys::transmit(fd, data)?, data.len())))
}

impl AsyncFD {
    /// Receives once into `buf`, up to its size; 0 means that the other side has closed.
    ///
    /// Lazy: nothing happens until it is awaited. It may receive at once then, if nobody waits before it; otherwise it
    /// waits in the same list as [`recv`](AsyncFD::recv) and callbacks. Nothing is allocated for the data. A
    /// disconnection is an error: there are no flags here.
    ///
    /// # Errors
    ///
    /// - [`NotRegistered`](crate::ErrorKind::NotRegistered): the key is stale, or another dispatcher's.
    /// - [`Os`](crate::ErrorKind::Os): the system's error.
    /// - [`Cancelled`](crate::ErrorKind::Cancelled): closed or unregistered while it waited.
    /// - [`NotDriven`](crate::ErrorKind::NotDriven): the dispatcher is a guest, and nothing drives it.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has received nothing.
    ///
    /// # Nim
    ///
    /// None; `recvInto` is the nearest, see [`recv_into`](AsyncFD::recv_into).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let received = wait_for(async_proc(async move {
    ///     let mut buf = [0; 16];
    ///     let size = fd.read(&mut buf).await?;
    ///     Ok(buf[..size].to_vec())
    /// }))?;
    /// assert_eq!(received, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn read<'a>(self, buf: &'a mut [u8]) -> Read<'a> {
        Read { gate: Gate::new(self, Side::Read), buffer: buf }
    }

    /// Receives until `buf` is full.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read). If the other side closes before, the error is one of `std::io` of kind
    /// `UnexpectedEof`; its [`detail`](crate::Error::detail) says how much is in the buffer.
    ///
    /// # Cancel safety
    ///
    /// Not safe: what was received before it is dropped is in `buf`, and how much that is cannot be told.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"hello")?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 5];
    ///     fd.read_exact(&mut buf).await?;
    ///     assert_eq!(&buf, b"hello");
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn read_exact<'a>(self, buf: &'a mut [u8]) -> ReadExact<'a> {
        ReadExact { gate: Gate::new(self, Side::Read), buffer: buf, done: 0 }
    }

    /// Receives once into `buf` and leaves the data where they are.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read).
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `recvInto` with `Peek`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"x")?;
    /// wait_for(async_proc(async move {
    ///     let mut buf = [0; 4];
    ///     assert_eq!(fd.peek(&mut buf).await?, 1);
    ///     assert_eq!(fd.read(&mut buf).await?, 1);
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn peek<'a>(self, buf: &'a mut [u8]) -> Peek<'a> {
        Peek { gate: Gate::new(self, Side::Read), buffer: buf }
    }

    /// Receives one datagram into `buf`; answers its size and its sender.
    ///
    /// What the datagram has beyond `buf` is cut off silently; the size is what was kept.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read).
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has received nothing.
    ///
    /// # Nim
    ///
    /// None; `recvFromInto` is the nearest, see [`recv_from_into`](AsyncFD::recv_from_into).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// theirs.send_to(b"hello", ours.local_addr()?)?;
    /// let (fd, sender) = (register(ours)?, theirs.local_addr()?);
    /// wait_for(async_proc(async move {
    ///     let (size, from) = fd.read_from(&mut [0; 16]).await?;
    ///     assert_eq!((size, from.ip()), (5, Some(sender)));
    ///     Ok(())
    /// }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "recvFromInto")]
    pub fn read_from<'a>(self, buf: &'a mut [u8]) -> ReadFrom<'a> {
        ReadFrom { gate: Gate::new(self, Side::Read), buffer: buf }
    }

    /// Sends once from `data`; answers how much was taken.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); a disconnection is one.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has sent nothing.
    ///
    /// # Nim
    ///
    /// None.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// assert_eq!(wait_for(async_proc(async move { fd.write(b"hello").await }))?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn write<'a>(self, data: &'a [u8]) -> Write<'a> {
        Write { gate: Gate::new(self, Side::Write), data }
    }

    /// Sends all of `data`.
    ///
    /// Lazy, and on borrowed data: nothing is copied. It may send at once when it is awaited, if nobody waits before
    /// it. Unlike [`send`](AsyncFD::send) it reports a disconnection, and others that wait on the socket may send
    /// between its parts.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read). The [`detail`](crate::Error::detail) says how many bytes had been sent.
    ///
    /// # Cancel safety
    ///
    /// Not safe: a part may have been sent, and how much cannot be told. [`write`](AsyncFD::write) in a loop is.
    ///
    /// # Nim
    ///
    /// None; `send` is the nearest, see [`send`](AsyncFD::send).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Read as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move { fd.write_all(b"hello").await }))?;
    /// let mut buf = [0; 5];
    /// theirs.read_exact(&mut buf)?;
    /// assert_eq!(&buf, b"hello");
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn write_all<'a>(self, data: &'a [u8]) -> WriteAll<'a> {
        WriteAll { gate: Gate::new(self, Side::Write), data, done: 0 }
    }

    /// Sends one datagram to `addr`.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); an unnamed address cannot be sent to.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropped before it is ready, it has sent nothing.
    ///
    /// # Nim
    ///
    /// None; `sendTo` is the nearest, see [`send_to`](AsyncFD::send_to).
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::net::UdpSocket;
    ///
    /// let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    /// let (fd, to) = (register(ours)?, SockAddr::from(theirs.local_addr()?));
    /// assert_eq!(wait_for(async_proc(async move { fd.write_to(b"hello", &to).await }))?, 5);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "sendTo")]
    pub fn write_to<'a>(self, data: &'a [u8], addr: &'a SockAddr) -> WriteTo<'a> {
        WriteTo { gate: Gate::new(self, Side::Write), data, to: addr }
    }

    /// Accepts one connection and registers it; answers its address too.
    ///
    /// The client is owned by the dispatcher, non-blocking and close-on-exec.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); also [`TooManyDescriptors`](crate::ErrorKind::TooManyDescriptors), the client is
    /// closed then.
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

    /// Waits until a read would not block.
    ///
    /// It waits for an event of the system's that comes after it was first awaited, in the same list as callbacks and
    /// operations, and makes no call. The end of the stream and errors count too, and what was ready may be gone when
    /// you read: use a non-blocking call.
    ///
    /// # Errors
    ///
    /// As [`read`](AsyncFD::read); also [`Os`](crate::ErrorKind::Os) for what cannot be waited on, such as regular
    /// files.
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `addRead` with a callback that answers `true`.
    ///
    /// ```
    /// use asyncdispatch::*;
    /// use std::io::Write as _;
    ///
    /// let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// theirs.write_all(b"x")?;
    /// wait_for(async_proc(async move { fd.readable().await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn readable(self) -> Readable {
        Readable { gate: Gate::new(self, Side::Read) }
    }

    /// Waits until a write would not block.
    ///
    /// As [`readable`](AsyncFD::readable), for the other side; an error or a hang-up alone counts too.
    ///
    /// # Errors
    ///
    /// As [`readable`](AsyncFD::readable).
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes nothing.
    ///
    /// # Nim
    ///
    /// None; `addWrite` with a callback that answers `true`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let fd = register(ours)?;
    /// wait_for(async_proc(async move { fd.writable().await }))?;
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    pub fn writable(self) -> Writable {
        Writable { gate: Gate::new(self, Side::Write) }
    }
}
