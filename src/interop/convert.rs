//! Descriptors that change hands: to and from the types of tokio, std and socket2.

use std::fmt;
use std::rc::Rc;

use tokio::runtime::Handle;

use crate::current::{current, enter};
use crate::dispatcher::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::fd::AsyncFD;
use crate::registry::Gone;
use crate::sys::{self, AsFd, Descriptor, OwnedFd, SocketKind};

/// Why a descriptor could not change hands, with the value that was to be converted.
///
/// An [`AsyncFD`] is made of, and turned into, by `try_from` and `try_into`:
///
/// | | |
/// |---|---|
/// | `tokio::net` | `TcpStream` `TcpListener` `UdpSocket` `UnixStream` `UnixListener` `UnixDatagram` |
/// | `std::net`, `std::os::unix::net` | the same six |
/// | `socket2` | `Socket`, of any kind |
/// | `std::os::fd` | `OwnedFd`, of any kind, socket or not |
///
/// Ownership moves, and sockets are made non-blocking first, in both directions; an `OwnedFd`, which others may share,
/// keeps its flags. Neither side buffers anything. If somebody waits on the descriptor, nothing is converted, so that
/// nothing is lost; on every error the value comes back as it was, a key still registered.
///
/// A key is refused with
///
/// - [`NotRegistered`](ErrorKind::NotRegistered): it is stale, virtual, or another dispatcher's;
/// - [`StillWaiting`](ErrorKind::StillWaiting): callbacks or operations wait on it;
/// - [`WrongDescriptor`](ErrorKind::WrongDescriptor): it is something else than the type says, such as a listener that
///   is to be a stream; or the dispatcher does not own it, since it was registered by
///   [`register_shared`](crate::register_shared) or [`register_raw`](crate::register_raw);
/// - [`InvalidInput`](ErrorKind::InvalidInput): this is inside [`with_fd`](AsyncFD::with_fd) of the same descriptor;
/// - [`Os`](ErrorKind::Os) and [`Raised`](ErrorKind::Raised): tokio's reactor refuses it, as after its runtime's end.
///
/// A tokio type belongs to the runtime that is entered, as with `from_std`; where none is, to the dispatcher's own. It
/// gets a descriptor number of its own.
///
/// In the other direction a value is refused where there is no dispatcher ([`NotDriven`](ErrorKind::NotDriven)), and if
/// its number is not below [`max_descriptors`](crate::max_descriptors)
/// ([`TooManyDescriptors`](ErrorKind::TooManyDescriptors)).
///
/// `?` raises the error and drops the value, which closes it if it is not a key.
///
/// # Nim
///
/// None.
///
/// ```
/// use asyncdispatch::*;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::UnixStream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// run(async {
///     let (ours, mut theirs) = UnixStream::pair()?;
///     let fd = AsyncFD::try_from(ours)?;
///     let waiting = fd.recv(16);
///     let refused = UnixStream::try_from(fd).unwrap_err();
///     assert_eq!((refused.error.kind(), refused.value), (ErrorKind::StillWaiting, fd));
///
///     theirs.write_all(b"hello").await?;
///     assert_eq!(waiting.await?, b"hello");
///     let mut ours = UnixStream::try_from(fd)?; // nobody waits any more
///     theirs.write_all(b"again").await?;
///     assert_eq!(ours.read(&mut [0; 16]).await?, 5);
///     Ok(())
/// })
/// .await
/// # }
/// ```
#[derive(Debug)]
pub struct ConvertError<T> {
    /// Why not.
    pub error: Error,
    /// What was to be converted.
    pub value: T,
}

impl<T> fmt::Display for ConvertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T: fmt::Debug> std::error::Error for ConvertError<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl<T> From<ConvertError<T>> for Error {
    /// Drops the value.
    fn from(refused: ConvertError<T>) -> Error {
        refused.error
    }
}

/// What a type's descriptors have to be.
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    pub(crate) domains: &'static [i32],
    pub(crate) kind: i32,
    pub(crate) listens: bool,
}

const INET: &[i32] = &[sys::AF_INET, sys::AF_INET6];

impl Wanted {
    pub(crate) fn check(&self, fd: AsyncFD, found: SocketKind) -> Result<()> {
        if self.domains.contains(&found.domain)
            && self.kind == found.kind
            && found.listens.is_none_or(|listens| listens == self.listens)
        {
            return Ok(());
        }
        let domain = match found.domain {
            sys::AF_INET | sys::AF_INET6 => "an Internet".to_owned(),
            sys::AF_UNIX => "a Unix".to_owned(),
            other => format!("a domain {other}"),
        };
        let kind = match found.kind {
            sys::SOCK_STREAM if found.listens == Some(true) => "listener".to_owned(),
            sys::SOCK_STREAM => "stream".to_owned(),
            sys::SOCK_DGRAM => "datagram".to_owned(),
            other => format!("type {other}"),
        };
        let name = self.name;
        Err(Error::of(ErrorKind::WrongDescriptor, format!("descriptor {fd} is {domain} {kind} socket, not a {name}")))
    }
}

/// What a socket is, or that it is none.
fn socket_kind(core: &Core, fd: AsyncFD) -> Result<SocketKind> {
    let descriptor = core.descriptor(fd)?;
    sys::socket_kind(descriptor.borrow()).map_err(|error| match error.raw_os_error() {
        Some(sys::ENOTSOCK) => Error::of(ErrorKind::WrongDescriptor, format!("descriptor {fd} is not a socket")),
        _ => Error::from_io_plain(error),
    })
}

/// Whether a descriptor may leave the registry.
fn check_leaving(core: &Core, fd: AsyncFD) -> Result<()> {
    let waiting = core.fds.waiting(fd)?;
    if waiting > 0 {
        return Err(Error::still_waited_on(fd, waiting));
    }
    let (owned, lent) =
        core.fds.with(fd, |slot| (slot.descriptor.is_owned(), Rc::strong_count(&slot.descriptor) > 1))?;
    if !owned {
        return Err(not_owned(fd));
    }
    if lent {
        return Err(Error::invalid_input(format!("descriptor {fd} is lent by `with_fd`: convert it after that")));
    }
    Ok(())
}

fn not_owned(fd: AsyncFD) -> Error {
    Error::of(ErrorKind::WrongDescriptor, format!("descriptor {fd} is not the dispatcher's to give away"))
        .with_detail("clone it within `with_fd`, or convert what owns it")
}

/// Takes a descriptor out of the registry.
fn take(core: &Rc<Core>, fd: AsyncFD) -> Result<OwnedFd> {
    let removed = core.remove_descriptor(fd, Gone::Unregistered)?;
    removed.into_owned().ok_or_else(|| not_owned(fd))
}

/// Takes a socket out of the registry that nobody waits on.
pub(crate) fn take_socket(fd: AsyncFD, check: impl FnOnce(SocketKind) -> Result<()>) -> Result<OwnedFd> {
    let core = current()?;
    check_leaving(&core, fd)?;
    check(socket_kind(&core, fd)?)?;
    core.make_nonblocking(fd)?;
    take(&core, fd)
}

fn take_any(fd: AsyncFD) -> Result<OwnedFd> {
    let core = current()?;
    check_leaving(&core, fd)?;
    take(&core, fd)
}

/// Gives a copy of the descriptor to tokio, and takes the registered one out when tokio has it: tokio closes what it
/// refuses.
pub(crate) fn hand_over<S: From<OwnedFd>, T>(
    fd: AsyncFD,
    wanted: &Wanted,
    from_std: impl FnOnce(S) -> std::io::Result<T>,
) -> Result<T> {
    let core = current()?;
    check_leaving(&core, fd)?;
    wanted.check(fd, socket_kind(&core, fd)?)?;
    core.make_nonblocking(fd)?;
    let copy = core.with_descriptor(fd, sys::duplicate).map_err(Error::from_io_plain)?;
    let machine = core.machine()?;
    let _entered = if Handle::try_current().is_err() { enter(&machine) } else { None };
    let theirs = from_std(S::from(copy)).map_err(Error::from_io_plain)?;
    drop(take(&core, fd)?);
    Ok(theirs)
}

/// Whether `value` can be registered: after this, `register` refuses nothing.
pub(crate) fn check_arriving(value: &impl AsFd) -> Result<Rc<Core>> {
    let core = current()?;
    core.check_number(sys::raw_fd(value))?;
    Ok(core)
}

pub(crate) fn arrive(core: &Rc<Core>, fd: impl Into<OwnedFd>) -> AsyncFD {
    match core.register(Descriptor::owned(fd.into())) {
        Ok(fd) => fd,
        Err(error) => panic!("a descriptor that was checked cannot be registered: {error:#}"),
    }
}

macro_rules! takes {
    ($type:ty, $(#[$doc:meta])* |$core:ident, $value:ident| $convert:expr) => {
        impl TryFrom<$type> for AsyncFD {
            type Error = ConvertError<$type>;

            $(#[$doc])*
            /// See [`ConvertError`].
            fn try_from($value: $type) -> Result<AsyncFD, ConvertError<$type>> {
                match check_arriving(&$value) {
                    Ok($core) => $convert,
                    Err(error) => Err(ConvertError { error, value: $value }),
                }
            }
        }
    };
}

macro_rules! becomes {
    ($type:ty, $(#[$doc:meta])* |$fd:ident| $convert:expr) => {
        impl TryFrom<AsyncFD> for $type {
            type Error = ConvertError<AsyncFD>;

            $(#[$doc])*
            /// See [`ConvertError`].
            fn try_from($fd: AsyncFD) -> Result<$type, ConvertError<AsyncFD>> {
                $convert.map_err(|error| ConvertError { error, value: $fd })
            }
        }
    };
}

macro_rules! sockets {
    ($name:ident in $std:path, $domains:expr, $kind:expr, $listens:expr) => {
        const _: () = {
            use $std as std_net;

            const WANTED: Wanted =
                Wanted { name: stringify!($name), domains: $domains, kind: $kind, listens: $listens };

            $crate::interop::convert::takes!(
                tokio::net::$name,
                /// Takes the socket out of tokio's reactor and registers it with the thread's dispatcher.
                |core, value| match value.into_std() {
                    Ok(value) => Ok(arrive(&core, value)),
                    Err(error) => panic!("tokio does not let go of a socket: {error}"),
                }
            );
            $crate::interop::convert::takes!(
                std_net::$name,
                /// Makes the socket non-blocking and registers it with the thread's dispatcher.
                |core, value| match value.set_nonblocking(true) {
                    Ok(()) => Ok(arrive(&core, value)),
                    Err(error) => Err(ConvertError { error: Error::from_io_plain(error), value }),
                }
            );
            $crate::interop::convert::becomes!(
                tokio::net::$name,
                /// Unregisters a socket that nobody waits on and hands it to tokio's reactor.
                ///
                /// # Panics
                ///
                /// In a tokio runtime without I/O, as tokio does; the key stays registered.
                |fd| hand_over(fd, &WANTED, tokio::net::$name::from_std)
            );
            $crate::interop::convert::becomes!(
                std_net::$name,
                /// Unregisters a socket that nobody waits on; it is non-blocking.
                |fd| take_socket(fd, |found| WANTED.check(fd, found)).map(std_net::$name::from)
            );
        };
    };
}

pub(crate) use {becomes, sockets, takes};

self::sockets!(TcpStream in std::net, INET, sys::SOCK_STREAM, false);
self::sockets!(TcpListener in std::net, INET, sys::SOCK_STREAM, true);
self::sockets!(UdpSocket in std::net, INET, sys::SOCK_DGRAM, false);

takes!(
    socket2::Socket,
    /// Makes the socket non-blocking and registers it with the thread's dispatcher.
    |core, value| match value.set_nonblocking(true) {
        Ok(()) => Ok(arrive(&core, value)),
        Err(error) => Err(ConvertError { error: Error::from_io_plain(error), value }),
    }
);
becomes!(
    socket2::Socket,
    /// Unregisters a socket that nobody waits on; it is non-blocking.
    |fd| take_socket(fd, |_| Ok(())).map(socket2::Socket::from)
);
takes!(
    OwnedFd,
    /// Registers the descriptor as [`register`](crate::register) does; its flags are left alone.
    |core, value| Ok(arrive(&core, value))
);
becomes!(
    OwnedFd,
    /// Unregisters a descriptor that nobody waits on; its flags are left alone.
    |fd| take_any(fd)
);
