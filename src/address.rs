//! Addresses and kinds of sockets: Nim's names and constants over the platform's numbers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::{BitOr, Sub};
use std::path::{Path, PathBuf};

use crate::sys;

/// A port number; any `u16` is taken for one.
///
/// # Nim
///
/// `Port`, a `distinct uint16`, which has to be written out there.
///
/// ```
/// use asyncdispatch::*;
///
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let number = listener.local_addr()?.port();
/// wait_for(dial("127.0.0.1", Port(number)))?; // as in Nim
/// wait_for(dial("127.0.0.1", number))?;
/// assert_eq!(Port(80).to_string(), "80");
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(pub u16);

impl From<u16> for Port {
    fn from(number: u16) -> Port {
        Port(number)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! numbers {
    ($(#[$doc:meta])* $name:ident { $($(#[$text:meta])* $constant:ident = $value:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(i32);

        impl $name {
            $(
                $(#[$text])*
                pub const $constant: $name = $name($value);
            )*

            /// Wraps a number of the platform's, for what has no constant here.
            ///
            #[doc = concat!("It is not checked here. See the example of [`", stringify!($name), "`].")]
            ///
            /// # Nim
            ///
            /// None: a number is taken as it is there.
            pub const fn from_raw(raw: i32) -> $name {
                $name(raw)
            }

            /// The platform's number.
            ///
            #[doc = concat!("See the example of [`", stringify!($name), "`].")]
            ///
            /// # Nim
            ///
            /// `toInt`.
            #[doc(alias = "toInt")]
            pub const fn raw(self) -> i32 {
                self.0
            }
        }
    };
}
pub(crate) use numbers;

numbers!(
    /// The address family of a socket.
    ///
    /// # Nim
    ///
    /// `Domain`, an `enum`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// fn domain_of(address: std::net::IpAddr) -> Domain {
    ///     if address.is_ipv4() { Domain::AF_INET } else { Domain::AF_INET6 }
    /// }
    /// assert_eq!(domain_of("::1".parse()?), Domain::AF_INET6);
    /// assert_eq!(Domain::from_raw(Domain::AF_UNIX.raw()), Domain::AF_UNIX);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    Domain {
        /// IPv4.
        AF_INET = sys::AF_INET,
        /// IPv6; such a socket reaches IPv4 addresses too, mapped.
        AF_INET6 = sys::AF_INET6,
        /// Sockets within one machine, addressed by a path.
        AF_UNIX = sys::AF_UNIX,
        /// Any family: for look-ups, no socket can be made of it.
        AF_UNSPEC = sys::AF_UNSPEC,
    }
);

numbers!(
    /// The type of a socket.
    ///
    /// # Nim
    ///
    /// `SockType`, an `enum`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let (local, number) = (Domain::AF_UNIX.raw(), SockType::SOCK_SEQPACKET.raw());
    /// let socket = create_async_native_socket_raw(local, number, 0, false)?;
    /// socket.close_socket()?;
    /// assert_eq!(SockType::from_raw(number), SockType::SOCK_SEQPACKET);
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    SockType {
        /// A stream of bytes: TCP.
        SOCK_STREAM = sys::SOCK_STREAM,
        /// Datagrams: UDP.
        SOCK_DGRAM = sys::SOCK_DGRAM,
        /// Packets of the protocol below; the system wants privileges for it.
        SOCK_RAW = sys::SOCK_RAW,
        /// Records in their order, over a connection.
        SOCK_SEQPACKET = sys::SOCK_SEQPACKET,
    }
);

numbers!(
    /// The protocol of a socket.
    ///
    /// # Nim
    ///
    /// `Protocol`, an `enum`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// assert_eq!(Protocol::from_raw(0), Protocol::IPPROTO_IP); // "the usual one of this type"
    /// assert_eq!(Protocol::IPPROTO_TCP.raw(), 6);
    /// ```
    Protocol {
        /// TCP, of sockets of type `SOCK_STREAM`.
        IPPROTO_TCP = sys::IPPROTO_TCP,
        /// UDP, of sockets of type `SOCK_DGRAM`.
        IPPROTO_UDP = sys::IPPROTO_UDP,
        /// The usual protocol of the socket's type; the one for Unix sockets.
        IPPROTO_IP = sys::IPPROTO_IP,
        /// ICMP, of raw sockets.
        IPPROTO_ICMP = sys::IPPROTO_ICMP,
        /// Raw IP packets.
        IPPROTO_RAW = sys::IPPROTO_RAW,
    }
);

/// Flags of socket operations; the default is `SAFE_DISCONN`.
///
/// They are united by `|` and taken away by `-`. To peek and keep the default write both flags.
///
/// # Nim
///
/// `set[SocketFlag]`: `{SocketFlag.Peek, SocketFlag.SafeDisconn}` is `SocketFlags::PEEK | SocketFlags::SAFE_DISCONN`.
/// Nim's other flags have no effect on these operations, and are not here.
///
/// ```
/// use asyncdispatch::SocketFlags;
///
/// let both = SocketFlags::PEEK | SocketFlags::SAFE_DISCONN;
/// assert!(both.contains(SocketFlags::PEEK));
/// assert_eq!(both - SocketFlags::PEEK, SocketFlags::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "SocketFlag")]
pub struct SocketFlags(u8);

impl SocketFlags {
    /// No flag, Nim's `{}`: a disconnection is an error.
    pub const NONE: SocketFlags = SocketFlags(0);
    /// A disconnection (ECONNRESET, EPIPE, ENETRESET; Windows has a few more) is the end of the stream, not an error.
    ///
    /// For `send` it is a success, though data are lost; `send_to` and `recv_from_into` ignore it.
    #[doc(alias = "SafeDisconn")]
    pub const SAFE_DISCONN: SocketFlags = SocketFlags(1);
    /// Data that are received stay in the socket.
    ///
    /// It counts in `recv`, `recv_into` and `recv_from_into`.
    #[doc(alias = "Peek")]
    pub const PEEK: SocketFlags = SocketFlags(2);

    /// Whether all flags of `other` are set.
    ///
    /// # Nim
    ///
    /// `other <= flags`, `flag in flags`.
    ///
    /// ```
    /// use asyncdispatch::SocketFlags;
    ///
    /// assert!(SocketFlags::default().contains(SocketFlags::SAFE_DISCONN));
    /// assert!(SocketFlags::PEEK.contains(SocketFlags::NONE));
    /// ```
    pub const fn contains(self, other: SocketFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Default for SocketFlags {
    fn default() -> Self {
        SocketFlags::SAFE_DISCONN
    }
}

impl BitOr for SocketFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        SocketFlags(self.0 | other.0)
    }
}

impl Sub for SocketFlags {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        SocketFlags(self.0 & !other.0)
    }
}

/// An address of any family.
///
/// Whatever can be turned into it is taken by [`send_to`](crate::send_to) and others: a `std::net::SocketAddr`, a pair
/// of IP address and port, a `&Path`.
///
/// # Nim
///
/// `SockAddr` or `Sockaddr_storage`, with its `SockLen`.
///
/// ```
/// use asyncdispatch::SockAddr;
/// use std::path::Path;
///
/// let inet = SockAddr::from(([127, 0, 0, 1].into(), 80));
/// assert_eq!(inet.to_string(), "127.0.0.1:80");
/// let local = SockAddr::from(Path::new("/run/service.sock"));
/// assert_eq!(local.to_string(), "/run/service.sock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SockAddr {
    /// IPv4 or IPv6, with the port.
    Inet(SocketAddr),
    /// A Unix socket in the file system, by its path.
    Unix(PathBuf),
    /// A Unix socket without a path: the usual client, who can be answered only over its connection; or an abstract
    /// one, which cannot be named here.
    Unnamed,
}

impl SockAddr {
    /// The address and port, if it has one.
    ///
    /// `None` for Unix sockets.
    ///
    /// # Nim
    ///
    /// `getAddrString` and the port of `fromSockAddr`.
    ///
    /// ```
    /// use asyncdispatch::SockAddr;
    ///
    /// assert_eq!(SockAddr::from(([127, 0, 0, 1].into(), 80)).ip().unwrap().port(), 80);
    /// assert_eq!(SockAddr::Unnamed.ip(), None);
    /// ```
    #[doc(alias = "getAddrString")]
    pub fn ip(&self) -> Option<SocketAddr> {
        match self {
            SockAddr::Inet(address) => Some(*address),
            SockAddr::Unix(_) | SockAddr::Unnamed => None,
        }
    }

    /// What Nim's `acceptAddr` answers: the IP address alone, IPv4 also where IPv6 only maps it, or `unix`.
    pub(crate) fn address_text(&self) -> String {
        match self {
            SockAddr::Inet(address) => address.ip().to_canonical().to_string(),
            SockAddr::Unix(_) | SockAddr::Unnamed => "unix".to_owned(),
        }
    }
}

impl From<SocketAddr> for SockAddr {
    fn from(address: SocketAddr) -> Self {
        SockAddr::Inet(address)
    }
}

impl From<(IpAddr, u16)> for SockAddr {
    fn from(address: (IpAddr, u16)) -> Self {
        SockAddr::Inet(address.into())
    }
}

impl From<&SockAddr> for SockAddr {
    fn from(address: &SockAddr) -> Self {
        address.clone()
    }
}

impl From<&Path> for SockAddr {
    fn from(path: &Path) -> Self {
        SockAddr::Unix(path.to_owned())
    }
}

impl fmt::Display for SockAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SockAddr::Inet(address) => address.fmt(f),
            SockAddr::Unix(path) => path.display().fmt(f),
            SockAddr::Unnamed => f.write_str("(unnamed)"),
        }
    }
}
