//! Addresses and kinds of sockets: Nim's names and constants over the platform's numbers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::{BitOr, Sub};
use std::path::{Path, PathBuf};

/// A port number; any `u16` is taken for one.
///
/// # Nim
///
/// `Port`, a `distinct uint16`.
///
/// ```
/// use asyncdispatch::Port;
///
/// assert_eq!(Port::from(80), Port(80));
/// assert_eq!(Port(80).to_string(), "80");
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
    ($(#[$doc:meta])* $name:ident { $($(#[$alias:meta])* $constant:ident = $value:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(i32);

        impl $name {
            $(
                #[doc = concat!("The platform's `", stringify!($constant), "`.")]
                pub const $constant: $name = $name($value);
            )*

            /// Wraps a number of the platform's.
            pub const fn from_raw(raw: i32) -> $name {
                $name(raw)
            }

            /// The platform's number.
            pub const fn raw(self) -> i32 {
                self.0
            }
        }
    };
}
pub(crate) use numbers;

numbers!(
    /// The address family of a socket, Nim's `Domain`.
    ///
    /// ```
    /// use asyncdispatch::Domain;
    ///
    /// assert_ne!(Domain::AF_INET, Domain::AF_INET6);
    /// assert_eq!(Domain::from_raw(Domain::AF_UNIX.raw()), Domain::AF_UNIX);
    /// ```
    Domain {
        AF_INET = libc::AF_INET,
        AF_INET6 = libc::AF_INET6,
        AF_UNIX = libc::AF_UNIX,
        AF_UNSPEC = libc::AF_UNSPEC,
    }
);

numbers!(
    /// The type of a socket, Nim's `SockType`.
    ///
    /// Those with other numbers are made by [`from_raw`](SockType::from_raw).
    SockType {
        SOCK_STREAM = libc::SOCK_STREAM,
        SOCK_DGRAM = libc::SOCK_DGRAM,
        SOCK_RAW = libc::SOCK_RAW,
        SOCK_SEQPACKET = libc::SOCK_SEQPACKET,
    }
);

numbers!(
    /// The protocol of a socket, Nim's `Protocol`.
    ///
    /// Those with other numbers are made by [`from_raw`](Protocol::from_raw).
    Protocol {
        IPPROTO_TCP = libc::IPPROTO_TCP,
        IPPROTO_UDP = libc::IPPROTO_UDP,
        IPPROTO_IP = libc::IPPROTO_IP,
        IPPROTO_ICMP = libc::IPPROTO_ICMP,
        IPPROTO_RAW = libc::IPPROTO_RAW,
    }
);

/// Flags of socket operations, Nim's `set[SocketFlag]`; the default is `SAFE_DISCONN`.
///
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
    /// No flag: a disconnection is an error.
    pub const NONE: SocketFlags = SocketFlags(0);
    /// A disconnection (ECONNRESET, EPIPE, ENETRESET) is the end of the stream, not an error.
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
    /// `other <= flags`.
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

/// An address of any family, Nim's `SockAddr` and `SockLen`.
///
/// Whatever can be turned into it is taken by [`send_to`](crate::send_to) and others: a `std::net::SocketAddr`, a pair
/// of IP address and port, a path.
///
/// ```
/// use asyncdispatch::SockAddr;
///
/// let inet = SockAddr::from(([127, 0, 0, 1].into(), 80));
/// assert_eq!(inet.to_string(), "127.0.0.1:80");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SockAddr {
    /// IPv4 or IPv6.
    Inet(SocketAddr),
    /// A Unix socket in the file system.
    Unix(PathBuf),
    /// A Unix socket without a name.
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
