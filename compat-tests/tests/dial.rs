//! `dial` and `connect` by names that have several addresses, some of them dead.
//!
//! What a name means is the machine's affair, so that this binary brings its own resolver: the C library's function is
//! replaced by one that knows the names below and no others.

// The resolver's answers are replaced by a `getaddrinfo` of ours in front of the C library's.
#![cfg(unix)]

use std::ffi::{CStr, c_char};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use libc::{addrinfo, c_int};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SECOND_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const THIRD_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// How often the resolver was asked.
static ASKED: AtomicU32 = AtomicU32::new(0);

fn addresses(name: &[u8]) -> &'static [IpAddr] {
    match name {
        b"six-then-four.test" => &[V6, V4],
        b"four-then-six.test" => &[V4, V6],
        b"three.test" => &[V4, SECOND_V4, THIRD_V4],
        b"slow.test" => {
            std::thread::sleep(Duration::from_millis(150));
            &[V4]
        }
        _ => &[],
    }
}

/// # Safety
///
/// As that of the C library: `name` is a string, `result` takes what [`freeaddrinfo`] frees.
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    name: *const c_char,
    _service: *const c_char,
    _hints: *const addrinfo,
    result: *mut *mut addrinfo,
) -> c_int {
    ASKED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    let mut list = ptr::null_mut();
    for address in addresses(name.to_bytes()).iter().rev() {
        let address = Box::new(socket2::SockAddr::from(SocketAddr::new(*address, 0)));
        list = Box::into_raw(Box::new(addrinfo {
            ai_flags: 0,
            ai_family: address.family().into(),
            ai_socktype: libc::SOCK_STREAM,
            ai_protocol: 0,
            ai_addrlen: address.len(),
            ai_addr: address.as_ptr().cast_mut().cast(),
            ai_canonname: Box::into_raw(address).cast(), // to be freed
            ai_next: list,
        }));
    }
    // SAFETY: the caller's promise.
    unsafe { *result = list };
    if list.is_null() { libc::EAI_NONAME } else { 0 }
}

/// # Safety
///
/// `list` comes from [`getaddrinfo`].
#[unsafe(no_mangle)]
unsafe extern "C" fn freeaddrinfo(mut list: *mut addrinfo) {
    while !list.is_null() {
        // SAFETY: `getaddrinfo` made both boxes.
        let entry = unsafe { Box::from_raw(list) };
        // SAFETY: as above.
        drop(unsafe { Box::from_raw(entry.ai_canonname.cast::<socket2::SockAddr>()) });
        list = entry.ai_next;
    }
}

/// Listens on `alive`, on a port that nobody listens on at any other of our addresses: it is bound there, and refuses.
fn listen_alone(alive: IpAddr) -> Result<(TcpListener, Vec<socket2::Socket>)> {
    loop {
        let listener = TcpListener::bind((alive, 0))?;
        let port = listener.local_addr()?.port();
        let others = [V4, SECOND_V4, V6].into_iter().filter(|other| *other != alive);
        let bound: std::io::Result<Vec<_>> = others.filter_map(|other| refusing(other, port).transpose()).collect();
        match bound {
            Ok(refusing) => return Ok((listener, refusing)),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A socket that is bound and does not listen; `None` where this machine has no such address.
fn refusing(address: IpAddr, port: u16) -> std::io::Result<Option<socket2::Socket>> {
    let address = SocketAddr::new(address, port);
    let socket = match socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None) {
        Err(_no_such_family) if address.is_ipv6() => return Ok(None),
        socket => socket?,
    };
    match socket.bind(&address.into()) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => Ok(None),
        bound => bound.map(|()| Some(socket)),
    }
}

/// Listens on `alive` alone, dials `name`, and answers which address was reached.
fn reached(name: &str, alive: IpAddr) -> Result<IpAddr> {
    let (listener, _refusing) = listen_alone(alive)?;
    let port = listener.local_addr()?.port();
    let listener = register(listener)?;
    let served = listener.accept_addr();
    let dialled = wait_for(dial(name, port))?;
    let (client, accepted) = wait_for(served)?;
    assert_eq!(client.parse::<IpAddr>().map(|ip| (ip.is_ipv6(), ip.is_loopback())), Ok((alive.is_ipv6(), true)));
    let peer = dialled.with_fd(|fd| socket2::SockRef::from(&fd).peer_addr())??.as_socket().expect("an IP address");
    assert_eq!(peer.port(), port);
    [dialled, accepted, listener].into_iter().try_for_each(close_socket)?;
    Ok(peer.ip())
}

fn has_ipv6() -> bool {
    TcpListener::bind((V6, 0)).is_ok()
}

#[test]
fn the_first_address_is_dead() {
    guarded(|| {
        assert_eq!(reached("six-then-four.test", V4)?, V4);
        assert_eq!(reached("three.test", SECOND_V4)?, SECOND_V4);
        assert_eq!(reached("three.test", THIRD_V4)?, THIRD_V4, "the first two are dead");
        Ok(())
    });
}

#[test]
fn the_first_address_is_alive() {
    guarded(|| {
        assert_eq!(reached("four-then-six.test", V4)?, V4);
        assert_eq!(reached("three.test", V4)?, V4);
        Ok(())
    });
}

/// On a machine without IPv6 both addresses are dead, which is an error.
#[test]
fn the_ipv6_address_is_alive() {
    guarded(|| {
        if has_ipv6() {
            assert_eq!(reached("four-then-six.test", V6)?, V6);
            assert_eq!(reached("six-then-four.test", V6)?, V6);
        } else {
            let error = wait_for(dial("four-then-six.test", 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Os);
        }
        Ok(())
    });
}

#[test]
fn all_addresses_are_dead() {
    guarded(|| {
        let port = TcpListener::bind((V4, 0))?.local_addr()?.port();
        let error = wait_for(dial("three.test", port)).unwrap_err();
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Os, Some(libc::ECONNREFUSED)), "{error:#}");
        let error = wait_for(dial("no-such-name.test", port)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Resolve, "{error:#}");
        Ok(())
    });
}

#[test]
fn connect_takes_the_addresses_of_its_domain() {
    guarded(|| {
        let (listener, _refusing) = listen_alone(SECOND_V4)?;
        let port = listener.local_addr()?.port();
        let socket = create_async_native_socket()?;
        wait_for(socket.connect("three.test", port))?;
        let peer = socket.with_fd(|fd| socket2::SockRef::from(&fd).peer_addr())??.as_socket();
        assert_eq!(peer, Some(SocketAddr::new(SECOND_V4, port)), "the first one refuses");
        socket.close_socket()?;
        let listener = TcpListener::bind((V4, 0))?;
        let socket = create_async_native_socket()?;
        wait_for(socket.connect("six-then-four.test", listener.local_addr()?.port()))?;
        socket.close_socket()
    });
}

#[test]
fn addresses_as_numbers_are_never_looked_up() {
    guarded(|| {
        let before = ASKED.load(Ordering::SeqCst);
        for address in [V4, SECOND_V4] {
            assert_eq!(reached(&address.to_string(), address)?, address);
        }
        if has_ipv6() {
            assert_eq!(reached("::1", V6)?, V6);
        }
        assert_eq!(ASKED.load(Ordering::SeqCst), before);
        Ok(())
    });
}

#[test]
fn the_loop_turns_while_a_name_is_looked_up() {
    guarded(|| {
        let (ticks, ticked) = (Count::default(), Count::default());
        let count = ticks.clone();
        let key = add_timer(10, false, move |_| {
            count.up();
            false
        })?;
        let listener = TcpListener::bind((V4, 0))?;
        let dialled = dial("slow.test", listener.local_addr()?.port());
        let count = ticked.clone();
        call_soon(move || {
            count.up();
        });
        poll_with(0)?;
        assert!(!dialled.finished());
        assert_eq!(ticked.get(), 1);
        close_socket(wait_for(dialled)?)?;
        assert!(ticks.get() >= 3, "{} ticks of 10 ms while a name was looked up for 150 ms", ticks.get());
        unregister(key).map(drop)
    });
}
