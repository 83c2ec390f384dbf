//! Bad input: each is a clear error value or a documented panic at the caller; nothing else is lost and nothing leaks.
//!
//! `BAD_INPUT.md` is the table of it; the last test compares the table with this file. Each test runs on a thread of its
//! own, in time, and must leave no descriptor, no operation and no future behind.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future as _;
use std::io::{Read as _, Write as _};
#[cfg(unix)]
use std::net::TcpStream;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

/// A counter that a callback and the test share.
fn counter() -> (Rc<Cell<u32>>, Rc<Cell<u32>>) {
    let n = Rc::new(Cell::new(0));
    (n.clone(), n)
}

#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, text: &str) {
    match result {
        Ok(_) => panic!("accepted, not refused with {kind:?}"),
        Err(e) => assert_eq!((e.kind(), e.to_string().as_str()), (kind, text), "{e:#}"),
    }
}

#[track_caller]
fn os<T>(result: Result<T>, errno: i32) {
    match result {
        Ok(_) => panic!("accepted, not refused with errno {errno}"),
        Err(e) => assert_eq!((e.kind(), e.raw_os_error()), (ErrorKind::Os, Some(errno)), "{e:#}"),
    }
}

fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it should panic");
    payload.downcast_ref::<String>().cloned().or_else(|| payload.downcast_ref::<&str>().map(|s| s.to_string())).unwrap()
}

/// The loop still serves: a timer, a callback, a descriptor.
#[track_caller]
fn all_well() -> Result<()> {
    let (a, mut peer) = pair()?;
    peer.write_all(b"ok")?;
    let f = a.recv(2);
    let (n, m) = counter();
    call_soon(move || m.set(1));
    wait_for(sleep_async(1))?;
    assert_eq!(wait_for(f)?, b"ok");
    assert_eq!(n.get(), 1);
    close_socket(a)
}

// ---------------------------------------------------------------------------- descriptors

fn every_use_is_refused(fd: AsyncFD) -> Result<()> {
    const NO: &str = "File descriptor not registered.";
    use ErrorKind::NotRegistered;
    refused(add_read(fd, |_| true), NotRegistered, NO);
    refused(add_write(fd, |_| true), NotRegistered, NO);
    refused(wait_for(fd.recv(1)), NotRegistered, NO);
    refused(wait_for(fd.recv_into([0; 4])), NotRegistered, NO);
    refused(wait_for(fd.recv_from_into([0; 4])), NotRegistered, NO);
    refused(wait_for(fd.send("x")), NotRegistered, NO);
    refused(wait_for(fd.send_to("x", SocketAddr::from(([127, 0, 0, 1], 9)))), NotRegistered, NO);
    refused(wait_for(fd.accept()), NotRegistered, NO);
    refused(wait_for(fd.accept_addr()), NotRegistered, NO);
    refused(wait_for(async_proc(async move { fd.read(&mut [0; 4]).await })), NotRegistered, NO);
    refused(wait_for(async_proc(async move { fd.write_all(&[0; 4]).await })), NotRegistered, NO);
    refused(wait_for(async_proc(async move { fd.readable().await })), NotRegistered, NO);
    assert_eq!(fd.with_fd(|_| ()).unwrap_err().kind(), NotRegistered);
    assert_eq!(wait_for(fd.connect("127.0.0.1", 9)).unwrap_err().kind(), NotRegistered);
    assert_eq!(unregister(fd).unwrap_err().kind(), NotRegistered);
    assert_eq!(close_socket(fd).unwrap_err().kind(), NotRegistered);
    assert!(!set_inheritable(fd, true));
    assert!(!get_global_dispatcher().contains(fd));
    Ok(())
}

#[test]
fn closed_descriptor() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        close_socket(fd)?;
        every_use_is_refused(fd)?;
        all_well()
    })
}

#[test]
fn unregistered_descriptor() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        let _owned = unregister(fd)?;
        every_use_is_refused(fd)?;
        all_well()
    })
}

#[test]
fn stale_descriptor_whose_number_is_used_again() {
    guarded(|| {
        let (old, _peer) = pair()?;
        let owned = unregister(old)?.into_owned().unwrap();
        let new = register(owned)?;
        assert_eq!(old.as_raw_fd(), new.as_raw_fd());
        every_use_is_refused(old)?;
        assert!(get_global_dispatcher().contains(new), "the new one is untouched");
        close_socket(new)?;
        all_well()
    })
}

#[cfg(unix)] // of Windows: `tests/windows.rs`
#[test]
fn regular_file() {
    guarded(|| {
        let fd = register(std::fs::File::open("/proc/self/exe")?)?;
        let e = add_read(fd, |_| true).unwrap_err();
        assert_eq!(e.raw_os_error(), Some(libc::EPERM));
        assert!(format!("{e:#}").contains("regular files and directories are always ready"), "{e:#}");
        refused(Err::<(), _>(e), ErrorKind::Os, "Operation not permitted (code: 1)");
        os(wait_for(fd.recv(1)), libc::EPERM);
        assert!(!has_pending_operations(), "a failed add_read leaves nothing behind");
        close_socket(fd)?;
        all_well()
    })
}

#[cfg(unix)] // numbers of Windows: `tests/windows.rs`
#[test]
fn raw_numbers() {
    guarded(|| {
        let raw = |n| {
            // SAFETY: none of these numbers is open, or the owner outlives the key.
            unsafe { register_raw(n) }
        };
        for n in [-1, -2, i32::MIN] {
            refused(raw(n), ErrorKind::InvalidInput, &format!("{n} is not the number of a descriptor"));
        }
        for n in [i32::try_from(max_descriptors()?).unwrap_or(i32::MAX), i32::MAX] {
            refused(raw(n), ErrorKind::TooManyDescriptors, "Maximum number of descriptors is exhausted!");
        }
        use std::os::fd::AsRawFd as _;
        let (ours, _theirs) = stream_pair()?;
        let fd = raw(ours.as_raw_fd())?;
        refused(raw(ours.as_raw_fd()), ErrorKind::AlreadyRegistered, &format!("Descriptor {fd} already registered"));
        close_socket(fd)?;
        rustix::io::fcntl_getfd(&ours).expect("never closed by us");
        // Nobody has this one open.
        let gone = {
            let (a, _b) = stream_pair()?;
            rustix::io::fcntl_dupfd_cloexec(&a, 900).map_err(std::io::Error::from)?.as_raw_fd()
        };
        let first_wait = raw(gone).and_then(|fd| {
            let added = add_read(fd, |_| true);
            let _ = unregister(fd)?;
            added
        });
        refused(first_wait, ErrorKind::Os, "Bad file descriptor (code: 9)");
        all_well()
    })
}

#[test]
fn blocking_descriptor_does_not_freeze() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        #[cfg(unix)] // elsewhere it cannot be seen
        assert!(!fd.with_fd(|fd| rustix::fs::fcntl_getfl(fd).unwrap().contains(rustix::fs::OFlags::NONBLOCK))?);
        let f = fd.recv(4);
        let lazy = async_proc(async move {
            let mut b = [0; 4];
            let n = fd.read(&mut b).await?;
            Ok(b[..n].to_vec())
        });
        wait_for(sleep_async(20))?;
        peer.write_all(b"abcd")?;
        assert_eq!(wait_for(f)?, b"abcd");
        peer.write_all(b"ef")?;
        assert_eq!(wait_for(lazy)?, b"ef");
        let big = fd.send(vec![0; 8 << 20]);
        wait_for(sleep_async(20))?;
        assert!(!big.finished());
        let t = std::thread::spawn(move || {
            let mut v = Vec::new();
            peer.read_to_end(&mut v)
        });
        wait_for(big)?;
        close_socket(fd)?;
        assert_eq!(t.join().unwrap()?, 8 << 20);
        all_well()
    })
}

#[test]
fn key_of_another_dispatcher_or_thread() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        std::thread::spawn(move || every_use_is_refused(fd)).join().unwrap()?;
        let first = get_global_dispatcher();
        set_global_dispatcher(new_dispatcher())?;
        every_use_is_refused(fd)?;
        set_global_dispatcher(first)?;
        close_socket(fd)?;
        all_well()
    })
}

#[test]
fn virtual_key_used_as_a_descriptor() {
    guarded(|| {
        let key = add_timer(10_000, true, |_| true)?;
        let text = "close_socket takes sockets: this is the key of a timer, signal, process or event; use `unregister`";
        refused(close_socket(key), ErrorKind::WrongDescriptor, text);
        refused(wait_for(key.recv(1)), ErrorKind::NotRegistered, "File descriptor not registered.");
        refused(add_read(key, |_| true), ErrorKind::NotRegistered, "File descriptor not registered.");
        assert_eq!(key.as_raw_fd(), !0, "-1, in the system's width");
        let _ = unregister(key)?;
        refused(unregister(key), ErrorKind::NotRegistered, "File descriptor not registered.");
        all_well()
    })
}

// ---------------------------------------------------------------------------- futures

#[test]
fn completing_twice_panics_at_the_caller() {
    guarded(|| {
        let f = new_future::<u8>("twice");
        f.complete(1);
        for text in [panic_of(|| f.complete(2)), panic_of(|| f.fail("late"))] {
            assert!(text.starts_with("An attempt was made to complete a Future more than once."), "{text}");
            assert!(text.contains("twice") && text.contains(file!()), "{text}");
        }
        assert_eq!((f.try_complete(3), f.try_fail("x").unwrap_err().to_string()), (Err(3), "x".into()));
        assert_eq!(f.read()?, 1, "the first value stays");
        let g = new_future::<u8>("failed");
        g.fail("no");
        panic_of(|| g.complete(2));
        all_well()
    })
}

#[test]
fn reading_too_early_or_too_late() {
    guarded(|| {
        let f = new_future::<u8>("early");
        refused(f.read(), ErrorKind::StillInProgress, "Future still in progress.");
        refused(f.take(), ErrorKind::StillInProgress, "Future still in progress.");
        refused(f.read_error(), ErrorKind::NoError, "No error in future.");
        f.complete(1);
        refused(f.read_error(), ErrorKind::NoError, "No error in future.");
        assert_eq!(f.take()?, 1);
        refused(f.read(), ErrorKind::Taken, "Value of future already taken.");
        all_well()
    })
}

#[test]
fn waiting_for_nothing() {
    guarded(|| {
        const NO: &str = "No handles or timers registered in dispatcher.";
        refused(poll(), ErrorKind::NothingPending, NO);
        refused(run_forever(), ErrorKind::NothingPending, NO);
        refused(wait_for(new_future::<u8>("never")), ErrorKind::NothingPending, NO);
        drain()?;
        all_well()
    })
}

// ---------------------------------------------------------------------------- the network

#[cfg(unix)] // the texts are the system's
#[test]
fn wrong_domain() {
    guarded(|| {
        let s = create_async_native_socket()?;
        let e = wait_for(s.connect_with("127.0.0.1", 9, Domain::AF_INET6)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::WrongDescriptor, "{e:#}");
        assert!(e.to_string().contains("name its own domain in `connect_with`"), "{e:#}");
        close_socket(s)?;
        let made = create_async_native_socket_raw(9999, libc::SOCK_STREAM, 0, false);
        refused(made, ErrorKind::Os, "Address family not supported by protocol");
        let made =
            create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_STREAM, Protocol::IPPROTO_UDP, false);
        refused(made, ErrorKind::Os, "Protocol not supported");
        all_well()
    })
}

#[test]
fn port_in_use() {
    guarded(|| {
        let l = TcpListener::bind("127.0.0.1:0")?;
        let s = create_async_native_socket()?;
        let addr = socket2::SockAddr::from(l.local_addr()?);
        let bind = || s.with_fd(|fd| socket2::SockRef::from(&fd).bind(&addr)).and_then(|r| Ok(r?));
        os(bind(), errno::EADDRINUSE);
        close_socket(s)?;
        all_well()
    })
}

#[test]
fn name_that_does_not_resolve() {
    guarded(|| {
        let s = create_async_native_socket()?;
        for f in [
            s.connect("no-such-host.invalid", 80),
            async_proc(async { dial("no-such-host.invalid", 80).await.map(drop) }),
        ] {
            let e = wait_for(f).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Resolve, "{e:#}");
            assert!(e.to_string().starts_with("Additional info: "), "{e:#}");
            assert!(format!("{e:#}").contains("no-such-host.invalid"), "{e:#}");
        }
        close_socket(s)?;
        for bad in ["", "a\0b", &"x".repeat(300), "999.999.999.999"] {
            assert_eq!(wait_for(dial(bad, 80)).unwrap_err().kind(), ErrorKind::Resolve, "{bad:?}");
        }
        all_well()
    })
}

#[test]
fn refused_connection() {
    guarded(|| {
        let port = { TcpListener::bind("127.0.0.1:0")?.local_addr()?.port() };
        let s = create_async_native_socket()?;
        os(wait_for(s.connect("127.0.0.1", port)), errno::ECONNREFUSED);
        os(wait_for(dial("127.0.0.1", port)), errno::ECONNREFUSED);
        close_socket(s)?;
        let s = create_async_native_socket()?;
        os(
            wait_for(async_proc(async move { s.connect_to(SocketAddr::from(([127, 0, 0, 1], port))).await })),
            errno::ECONNREFUSED,
        );
        close_socket(s)?;
        all_well()
    })
}

#[cfg(unix)] // wine reads a reset as an end
#[test]
fn reset_connection() {
    guarded(|| {
        for (flags, quiet) in [(SocketFlags::SAFE_DISCONN, true), (SocketFlags::NONE, false)] {
            let l = TcpListener::bind("127.0.0.1:0")?;
            let c = TcpStream::connect(l.local_addr()?)?;
            let (s, _) = l.accept()?;
            let c = register(c)?;
            let f = c.recv_with(10, flags);
            socket2::SockRef::from(&s).set_linger(Some(Duration::ZERO))?;
            drop(s);
            if quiet {
                assert_eq!(wait_for(f)?, b"")
            } else {
                os(wait_for(f), libc::ECONNRESET)
            }
            close_socket(c)?;
        }
        all_well()
    })
}

#[cfg(unix)] // there is none elsewhere
#[test]
fn writing_to_a_closed_peer_is_no_sigpipe() {
    guarded(|| {
        let (s, peer) = pair()?;
        drop(peer);
        os(wait_for(s.send_with("x", SocketFlags::NONE)), libc::EPIPE);
        wait_for(s.send_with("x", SocketFlags::SAFE_DISCONN))?;
        os(wait_for(async_proc(async move { s.write_all(b"x").await })), libc::EPIPE);
        close_socket(s)?;
        all_well()
    })
}

#[test]
fn datagram_too_big() {
    guarded(|| {
        let server = UdpSocket::bind("127.0.0.1:0")?;
        let dest = server.local_addr()?;
        let s = create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
        os(wait_for(s.send_to(vec![0; 70_000], dest)), errno::EMSGSIZE);
        wait_for(s.send_to("small", dest))?;
        assert_eq!(server.recv(&mut [0; 10])?, 5);
        close_socket(s)?;
        all_well()
    })
}

#[test]
fn size_zero() {
    guarded(|| {
        let (s, mut peer) = pair()?;
        peer.write_all(b"abc")?;
        assert_eq!(wait_for(s.recv(0))?, b"");
        assert_eq!(wait_for(s.recv_into(Vec::new()))?, (0, vec![]));
        assert_eq!(wait_for(async_proc(async move { s.read(&mut []).await }))?, 0);
        wait_for(s.send(""))?;
        wait_for(async_proc(async move { s.write_all(b"").await }))?;
        assert_eq!(wait_for(s.recv(3))?, b"abc", "nothing was taken");
        close_socket(s)?;
        all_well()
    })
}

#[test]
fn range_outside_of_the_buffer() {
    guarded(|| {
        let (s, mut peer) = pair()?;
        #[allow(clippy::reversed_empty_ranges)]
        for range in [2..9, 9..12, 3..1] {
            let f = s.recv_into_with(vec![0; 4], range.clone(), SocketFlags::NONE);
            assert!(f.failed(), "{range:?}: not refused at the call");
            let e = wait_for(f).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::InvalidInput, "{range:?}: {e:#}");
            assert!(e.to_string().ends_with("is not within the buffer of 4 bytes"), "{e:#}");
        }
        peer.write_all(b"abc")?;
        assert_eq!(wait_for(s.recv(3))?, b"abc", "nothing was taken");
        close_socket(s)?;
        all_well()
    })
}

#[test]
fn more_bytes_than_there_is_memory() {
    guarded(|| {
        let (s, mut peer) = pair()?;
        peer.write_all(b"abc")?;
        // With 32 bits half of the addresses may well be had.
        let too_many = if cfg!(target_pointer_width = "64") { isize::MAX as usize } else { isize::MAX as usize + 1 };
        for size in [too_many, usize::MAX] {
            let e = wait_for(s.recv(size)).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::InvalidInput, "{e:#}");
            assert!(e.to_string().starts_with(&format!("recv cannot get a buffer of {size} bytes")), "{e:#}");
        }
        assert_eq!(wait_for(s.recv(3))?, b"abc", "nothing was taken");
        close_socket(s)?;
        all_well()
    })
}

// ---------------------------------------------------------------------------- timers, signals, processes, events

#[test]
fn timer_of_zero_or_less_or_not_a_number() {
    guarded(|| {
        use ErrorKind::InvalidInput;
        const TOO_EARLY: &str = "a timer needs more than 0 milliseconds; `call_soon` is the next turn";
        const NO_NUMBER: &str = "the number of milliseconds is not a number, or more than a century";
        refused(add_timer(0, true, |_| true), InvalidInput, TOO_EARLY);
        refused(add_timer(-1, false, |_| true), InvalidInput, TOO_EARLY);
        refused(add_timer(Duration::ZERO, true, |_| true), InvalidInput, TOO_EARLY);
        refused(add_timer(f64::NAN, true, |_| true), InvalidInput, NO_NUMBER);
        refused(add_timer(f64::INFINITY, true, |_| true), InvalidInput, NO_NUMBER);
        for f in [sleep_async(f64::NAN), sleep_async(f64::INFINITY), sleep_async(f32::MAX)] {
            refused(wait_for(f), InvalidInput, NO_NUMBER);
        }
        refused(poll_with(-2), InvalidInput, "Cannot select with a negative value, got: -2");
        refused(poll_with(f64::NAN), InvalidInput, NO_NUMBER);
        refused(drain_with(-7), InvalidInput, "Cannot select with a negative value, got: -7");
        refused(wait_for(sleep_async(5).with_timeout(f64::NAN)), InvalidInput, NO_NUMBER);
        wait_for(sleep_async(0))?;
        wait_for(sleep_async(i64::MIN))?;
        let far = sleep_async(i64::MAX);
        assert!(!far.failed() || far.read_error()?.kind() == ErrorKind::InvalidInput);
        far.cancel();
        drain_with(100)?;
        all_well()
    })
}

#[cfg(unix)] // signals of Windows: `tests/windows.rs`
#[test]
fn unknown_signal() {
    guarded(|| {
        for n in [-1, 0, libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV, 65, 9999] {
            refused(add_signal(n, |_| true), ErrorKind::InvalidInput, &format!("signal {n} cannot be watched"));
        }
        all_well()
    })
}

#[cfg(unix)] // processes of Windows: `tests/windows.rs`
#[test]
fn unknown_pid() {
    guarded(|| {
        let mut child = std::process::Command::new("true").spawn()?;
        let gone = child.id();
        child.wait()?;
        refused(add_process(gone, |_| true), ErrorKind::Os, "No such process");
        refused(add_process(i32::MAX, |_| true), ErrorKind::Os, "No such process");
        refused(add_process(0, |_| true), ErrorKind::InvalidInput, "0 is not the number of a process");
        refused(add_process(-5, |_| true), ErrorKind::InvalidInput, "-5 is not the number of a process");
        let text = format!("{} is not the number of a process", u32::MAX);
        refused(add_process(u32::MAX, |_| true), ErrorKind::InvalidInput, &text);
        all_well()
    })
}

#[test]
fn event_twice_or_not_at_all() {
    guarded(|| {
        let ev = new_async_event();
        refused(unregister(&ev), ErrorKind::NotRegistered, "Event is not registered in the queue!");
        add_event(&ev, |_| false)?;
        refused(add_event(&ev, |_| false), ErrorKind::AlreadyRegistered, "Event is already registered in the queue!");
        ev.close();
        ev.trigger();
        ev.close();
        all_well()
    })
}

// ---------------------------------------------------------------------------- closing inside callbacks

#[test]
fn closing_inside_ones_own_callback() {
    guarded(|| {
        for unregister_only in [false, true] {
            for answer in [false, true] {
                let (s, mut peer) = pair()?;
                peer.write_all(b"x")?;
                let (n, m) = counter();
                add_read(s, move |fd| {
                    m.set(m.get() + 1);
                    if m.get() == 1 {
                        if unregister_only { drop(fd.unregister().unwrap()) } else { fd.close_socket().unwrap() }
                    }
                    answer
                })?;
                poll()?;
                assert_eq!(n.get(), 1, "unregister: {unregister_only}, answer: {answer}");
                assert!(!get_global_dispatcher().contains(s));
                assert!(!has_pending_operations());
            }
        }
        all_well()
    })
}

#[test]
fn closing_inside_anothers_callback() {
    guarded(|| {
        let (a, mut pa) = pair()?;
        let (b, mut pb) = pair()?;
        for p in [&mut pa, &mut pb] {
            p.write_all(b"x")?
        }
        let called = Rc::new(RefCell::new(Vec::new()));
        for (me, other) in [(a, b), (b, a)] {
            let c = called.clone();
            add_read(me, move |_| {
                c.borrow_mut().push(me);
                drop(other.close_socket());
                true
            })?;
        }
        let f = b.recv(1);
        poll()?;
        let called = called.take();
        assert!(called == [a, b] || called == [b, a], "each once, whichever comes first: {called:?}");
        assert!(!contains(&get_global_dispatcher(), a) && !contains(&get_global_dispatcher(), b));
        os(wait_for(f), errno::EBADF);
        all_well()
    })
}

// ---------------------------------------------------------------------------- panics

#[test]
fn panic_in_a_raw_callback() {
    guarded(|| {
        let (a, mut pa) = pair()?;
        let (b, mut pb) = pair()?;
        for p in [&mut pa, &mut pb] {
            p.write_all(b"x")?
        }
        let (n, m) = counter();
        add_read(a, |_| -> bool { panic!("raw callback") })?;
        add_read(b, move |_| {
            m.set(m.get() + 1);
            true
        })?;
        let soon = m_call();
        assert_eq!(panic_of(|| drop(poll())), "raw callback");
        for _ in 0..3 {
            if n.get() == 0 || soon.get() == 0 {
                drop(catch_unwind(AssertUnwindSafe(|| poll_with(0))));
            }
        }
        assert_eq!((n.get(), soon.get()), (1, 1), "nothing else is lost");
        for fd in [a, b] {
            close_socket(fd).ok();
        }
        all_well()
    })
}

fn m_call() -> Rc<Cell<u32>> {
    let (n, m) = counter();
    call_soon(move || m.set(m.get() + 1));
    n
}

#[test]
fn panic_in_call_soon() {
    guarded(|| {
        call_soon(|| -> () { panic!("soon") });
        let later = m_call();
        assert_eq!(panic_of(|| drop(poll())), "soon");
        assert_eq!(later.get(), 0);
        poll()?;
        assert_eq!(later.get(), 1);
        all_well()
    })
}

#[test]
fn panic_in_a_timer() {
    guarded(|| {
        let (n, m) = counter();
        add_timer(1, false, move |_| {
            m.set(m.get() + 1);
            if m.get() == 1 {
                panic!("timer")
            }
            m.get() == 3
        })?;
        assert_eq!(panic_of(|| drop(drain())), "timer");
        drain()?;
        assert_eq!(n.get(), 3, "a repeating timer stays alive");
        all_well()
    })
}

#[test]
fn panic_in_an_async_proc() {
    guarded(|| {
        let f = async_proc::<()>(async {
            sleep_async(1).await?;
            panic!("in a proc")
        });
        let later = sleep_async(5);
        assert_eq!(panic_of(|| drop(drain())), "in a proc");
        refused(f.read(), ErrorKind::Panicked, "in a proc");
        wait_for(later)?;
        // Before its first wait a proc runs inside the call; its panic leaves through `poll` all the same.
        let f = async_proc::<()>(async { panic!("at once") });
        refused(f.read(), ErrorKind::Panicked, "at once");
        assert_eq!(panic_of(|| drop(poll())), "at once");
        all_well()
    })
}

#[test]
fn panic_in_a_futures_callback() {
    guarded(|| {
        let f = new_future::<u8>("f");
        let (n, m) = counter();
        f.add_callback(|_| -> () { panic!("future callback") });
        f.add_callback(move |f| m.set(f.read().unwrap().into()));
        f.complete(7);
        assert_eq!(panic_of(|| drop(poll())), "future callback");
        poll()?;
        assert_eq!(n.get(), 7);
        all_well()
    })
}

#[test]
fn error_in_every_kind_of_callback() {
    guarded(|| {
        let (a, mut pa) = pair()?;
        pa.write_all(b"x")?;
        add_read(a, |_| Err::<bool, _>("raw".into()))?;
        refused(poll(), ErrorKind::Raised, "raw");
        close_socket(a).ok();
        call_soon(|| Err::<(), _>("soon".into()));
        refused(poll(), ErrorKind::Raised, "soon");
        let ev = new_async_event();
        add_event(&ev, |_| Err::<bool, _>("event".into()))?;
        ev.trigger();
        refused(poll(), ErrorKind::Raised, "event");
        ev.close();
        all_well()
    })
}

// ---------------------------------------------------------------------------- ends

#[test]
fn dispatcher_dropped_with_everything_pending() {
    guarded(|| {
        let token = Rc::new(());
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let mut peers = Vec::new();
        let (a, peer) = pair()?;
        peers.push(peer);
        let t = || {
            let t = token.clone();
            move || drop(t.clone())
        };
        let (t1, t2, t3, t4, t5, t6) = (t(), t(), t(), t(), t(), t());
        let f = a.recv(10);
        add_write(a, move |_| {
            t1();
            false
        })?;
        add_timer(100_000, false, move |_| {
            t2();
            false
        })?;
        add_signal(QUIET_SIGNAL, move |_| {
            t3();
            false
        })?;
        add_event(&new_async_event(), move |_| {
            t4();
            false
        })?;
        call_soon(t5);
        let g = async_proc(async move {
            t6();
            sleep_async(100_000).await
        });
        let h = g.clone();
        d.close();
        assert!(f.failed() && g.failed());
        for error in [f.read_error()?, h.read_error()?] {
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Cancelled, "Operation cancelled."));
        }
        assert_eq!(Rc::strong_count(&token), 1, "user values are dropped");
        assert_eq!(peers[0].read(&mut [0])?, 0, "descriptors are closed");
        refused(d.poll(), ErrorKind::DispatcherGone, "The dispatcher is gone.");
        drop(d);
        set_global_dispatcher(new_dispatcher())?;
        all_well()
    })
}

#[test]
fn forgotten_futures_and_guards() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        std::mem::forget(a.recv(1));
        let f = a.recv(1);
        call_soon(move || std::mem::forget(sleep_async(1)));
        // A lazy operation that has waited, then is forgotten on the heap: it is overtaken.
        let mut lazy = Box::pin(async move { a.read(&mut [0; 1]).await });
        let task = async_proc(async move {
            std::future::poll_fn(|cx| {
                assert!(lazy.as_mut().poll(cx).is_pending());
                std::task::Poll::Ready(())
            })
            .await;
            std::mem::forget(lazy);
            Ok(())
        });
        wait_for(task)?;
        let g = a.recv(1);
        peer.write_all(b"123")?;
        assert_eq!(wait_for(f)?, b"2", "the forgotten receive goes on, as in Nim");
        assert_eq!(wait_for(g)?, b"3");
        close_socket(a)?;
        drain()?;
        all_well()
    })
}

#[test]
fn set_global_dispatcher_with_callbacks_queued() {
    guarded(|| {
        let n = m_call();
        let text = "The thread's dispatcher still has callbacks queued.";
        refused(set_global_dispatcher(new_dispatcher()), ErrorKind::CallbacksQueued, text);
        poll()?;
        assert_eq!(n.get(), 1);
        all_well()
    })
}

#[test]
fn blocking_calls_inside_a_foreign_runtime() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            const NO: &str = "No dispatcher is driven here.";
            for result in [poll(), drain(), run_forever(), wait_for(sleep_async(1))] {
                assert!(format!("{:#}", result.as_ref().unwrap_err()).contains("run_until"), "it names the cure");
                refused(result, ErrorKind::NotDriven, NO);
            }
            refused(create_async_native_socket(), ErrorKind::NotDriven, NO);
            assert!(panic_of(|| call_soon(|| ())).starts_with(NO));
        });
        // With a dispatcher of the thread's own: it is there, but cannot block.
        let f = sleep_async(1);
        runtime.block_on(async {
            let text = "A loop that blocks can't run inside a tokio runtime.";
            for result in [poll(), drain(), run_forever(), wait_for(&f)] {
                assert!(format!("{:#}", result.as_ref().unwrap_err()).contains("run_until"), "it names the cure");
                refused(result, ErrorKind::LoopInside, text);
            }
        });
        wait_for(f)?;
        drop(runtime);
        all_well()
    })
}

#[test]
fn ended_stream() {
    guarded(|| {
        let s = new_future_stream::<u8>("s");
        s.complete();
        refused(
            wait_for(s.write(1)),
            ErrorKind::StreamFinished,
            "FutureStream is finished and so no longer accepts new data.",
        );
        assert_eq!(wait_for(s.read())?, None);
        let s = new_future_stream::<u8>("s");
        s.fail("broken");
        refused(wait_for(s.read()), ErrorKind::Raised, "broken");
        assert!(panic_of(|| s.complete()).contains("Trying to complete failed stream"));
        panic_of(|| s.fail("again"));
        all_well()
    })
}

// ---------------------------------------------------------------------------- the table

const TABLE: &str = include_str!("../BAD_INPUT.md");
const TESTS: &str = include_str!("bad_input.rs");

/// What stands between marks.
fn quoted(cell: &str, mark: char) -> impl Iterator<Item = &str> {
    cell.split(mark).skip(1).step_by(2)
}

/// Every row names tests that exist, every test is in a row, and what a row quotes stands in its tests.
#[test]
fn the_table_is_true() {
    let parts = TESTS.split("#[test]\nfn ");
    let helpers = parts.clone().next().unwrap_or_default();
    let mut tests: BTreeMap<_, _> = parts.skip(1).filter_map(|source| source.split_once('(')).collect();
    tests.remove("the_table_is_true");
    let mut named = BTreeSet::new();
    let rows: Vec<Vec<_>> = TABLE.lines().filter(|l| l.starts_with("| ")).map(|l| l.split(" | ").collect()).collect();
    for row in &rows[1..] {
        let [_, kind, text, names] = row[..] else { panic!("not four cells: {row:?}") };
        let names: Vec<_> = quoted(names, '`').collect();
        assert!(!names.is_empty(), "no test: {row:?}");
        let sources: Vec<_> = names.iter().map(|n| *tests.get(n).unwrap_or_else(|| panic!("no test {n}"))).collect();
        for piece in quoted(kind, '`').chain(quoted(text, '"').flat_map(|text| text.split('…'))) {
            let found = sources.iter().chain([&helpers]).any(|source| source.contains(piece));
            assert!(found, "{piece:?} is not in the tests of {row:?}");
        }
        named.extend(names);
    }
    assert_eq!(named, tests.into_keys().collect(), "the tests of the rows, and all tests");
}
