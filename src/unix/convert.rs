//! Sockets within one machine that change hands.

use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::interop::convert::{ConvertError, Wanted, arrive, check_arriving, hand_over, sockets, take_socket};
use crate::sys;

const UNIX: &[i32] = &[sys::AF_UNIX];

sockets!(UnixStream in std::os::unix::net, UNIX, sys::SOCK_STREAM, false);
sockets!(UnixListener in std::os::unix::net, UNIX, sys::SOCK_STREAM, true);
sockets!(UnixDatagram in std::os::unix::net, UNIX, sys::SOCK_DGRAM, false);
