//! The addresses that a name has, and the loop that tries one after the other.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;

use super::connect_one;
use crate::address::{Domain, Port};
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::sys;

/// The addresses of `address`, in the resolver's order. A literal needs no resolver; a name does not block the loop.
pub(super) async fn resolve(address: &str, port: Port) -> Result<Vec<SocketAddr>> {
    if let Ok(ip) = address.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port.0)]);
    }
    // Another thread looks the name up, and may be done before it is asked for the first time.
    queue_step().await;
    match tokio::net::lookup_host((address, port.0)).await {
        // Windows takes it for this machine's name; elsewhere it is nobody's.
        Ok(_) if address.is_empty() => Err(Error::resolve("no name")),
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(Error::lookup(address, error)),
    }
}

/// The addresses that a socket of `domain` can be connected to; for IPv6, IPv4 ones are mapped if there are no others.
pub(super) fn of_domain(found: Vec<SocketAddr>, domain: Domain) -> Vec<SocketAddr> {
    let (v4, v6): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv4);
    match domain {
        Domain::AF_INET => v4,
        Domain::AF_INET6 if v6.is_empty() => v4.into_iter().map(mapped).collect(),
        Domain::AF_INET6 => v6,
        _ => Vec::new(),
    }
}

fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

/// Comes back in the next step of the queue: `connect` and `dial` are never finished on return.
async fn queue_step() {
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Connects and lets one step of the queue pass, however fast it went. `again`: another address was tried before.
async fn attempt(fd: AsyncFD, to: SocketAddr, again: bool) -> Result<()> {
    let attempt = connect_one(fd, &to.into());
    if attempt.finished() {
        queue_step().await;
    }
    match attempt.await {
        // What Linux answers to the next call after a failed one, without trying.
        Err(error) if again && error.raw_os_error() == Some(sys::ECONNABORTED) => connect_one(fd, &to.into()).await,
        result => result,
    }
}

/// Connects to the first address that can be; the error of the last.
pub(super) async fn connect_in_turn(
    address: &str,
    found: Vec<SocketAddr>,
    mut socket_for: impl FnMut(SocketAddr) -> Result<AsyncFD>,
) -> Result<AsyncFD> {
    let mut last = None;
    for to in found {
        let tried = match socket_for(to) {
            Ok(socket) => attempt(socket, to, last.is_some()).await.map(|()| socket),
            Err(error) => Err(error),
        };
        match tried {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::resolve(address)))
}
