//! Every example and every sentence of the reference's cheat sheet (the Russian handbook), ported and asserted; `dial`
//! by names of several addresses is in `dial.rs`.
//!
//! Each test runs on a thread of its own with a fresh dispatcher, in time, and must leave no descriptor, no operation
//! and no future behind. The last tests do the same as a guest of each kind of tokio runtime.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::cell::{Cell, RefCell};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
#[cfg(unix)]
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

fn listener() -> Result<(AsyncFD, SocketAddr)> {
    let l = TcpListener::bind("127.0.0.1:0")?;
    let addr = l.local_addr()?;
    Ok((register(l)?, addr))
}

/// A counter that a callback and the test share.
fn counter() -> (Rc<Cell<u32>>, Rc<Cell<u32>>) {
    let n = Rc::new(Cell::new(0));
    (n.clone(), n)
}

// ---------------------------------------------------------------------------- the dispatcher

#[test]
fn new_get_and_set_global_dispatcher() {
    guarded(|| {
        let d = new_dispatcher();
        set_global_dispatcher(d.clone())?;
        let p = get_global_dispatcher();
        assert_eq!(p.timers().len(), 0);
        drop(sleep_async(1));
        assert_eq!((p.timers().len(), d.timers().len()), (1, 1), "the same one");
        poll()?;
        assert_eq!(p.timers().len(), 0);
        Ok(())
    })
}

#[test]
fn get_io_handler_gives_the_runtime() {
    guarded(|| {
        let handle = get_io_handler(&get_global_dispatcher())?;
        assert_eq!(handle.runtime_flavor(), tokio::runtime::RuntimeFlavor::CurrentThread);
        Ok(())
    })
}

#[test]
fn register_unregister_contains() {
    guarded(|| {
        let sock = create_async_native_socket()?;
        assert!(get_global_dispatcher().contains(sock));
        let owned = unregister(sock)?.into_owned().expect("it was owned");
        assert!(!get_global_dispatcher().contains(sock));
        owned.try_clone().expect("unregister leaves it open");
        let again = register(owned)?;
        assert!(contains(&get_global_dispatcher(), again));
        assert!(!contains(&get_global_dispatcher(), sock), "another generation");
        close_socket(again)
    })
}

#[test]
fn has_pending_operations_and_poll() {
    guarded(|| {
        assert!(!has_pending_operations());
        let (n, m) = counter();
        call_soon(move || m.set(m.get() + 1));
        assert!(has_pending_operations());
        let f = sleep_async(20);
        let mut turns = 0;
        while has_pending_operations() {
            poll_with(100)?;
            turns += 1;
        }
        assert!(f.finished());
        assert_eq!(n.get(), 1);
        assert!((2..10).contains(&turns), "{turns}");
        let (socket, mut peer) = pair()?;
        assert!(!has_pending_operations(), "nobody waits for it");
        let f = socket.recv(1);
        assert!(has_pending_operations());
        peer.write_all(b"x")?;
        assert_eq!(wait_for(f)?, b"x");
        close_socket(socket)?;
        let e = poll().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::NothingPending);
        assert_eq!(e.to_string(), "No handles or timers registered in dispatcher.");
        Ok(())
    })
}

#[test]
fn close_socket_closes_and_unregisters() {
    guarded(|| {
        let (s, mut peer) = pair()?;
        close_socket(s)?;
        assert!(!get_global_dispatcher().contains(s));
        assert_eq!(peer.read(&mut [0; 4])?, 0, "the peer sees the end");
        Ok(())
    })
}

#[test]
fn call_soon_is_not_called_at_once() {
    guarded(|| {
        let (n, m) = counter();
        call_soon(move || m.set(1));
        assert_eq!(n.get(), 0);
        poll()?;
        assert_eq!(n.get(), 1);
        Ok(())
    })
}

#[test]
fn active_and_max_descriptors() {
    guarded(|| {
        assert_eq!(active_descriptors(), 0);
        let (a, _p) = pair()?;
        let (b, _q) = pair()?;
        assert_eq!(active_descriptors(), 0, "as in Nim, those count on which somebody waits");
        add_read(a, |_| true)?;
        let f = b.recv(1);
        assert_eq!(active_descriptors(), 2);
        close_socket(a)?;
        close_socket(b)?;
        assert_eq!(active_descriptors(), 0);
        drain()?;
        assert!(f.failed());
        #[cfg(unix)]
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.expect("a limit");
        #[cfg(unix)]
        assert_eq!(max_descriptors()? as u64, limit - 1, "as in Nim: the largest number");
        Ok(())
    })
}

/// Windows keeps the flag with the handle, where std does not read it.
#[cfg(unix)]
#[test]
fn set_inheritable_switches_close_on_exec() {
    guarded(|| {
        let s = create_async_native_socket()?;
        let inherits = || s.with_fd(|fd| !rustix::io::fcntl_getfd(fd).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
        assert!(!inherits()?);
        assert!(set_inheritable(s, true));
        assert!(inherits()?);
        assert!(s.set_inheritable(false));
        assert!(!inherits()?);
        close_socket(s)?;
        assert!(!s.set_inheritable(false), "a closed one");
        let s = create_async_native_socket_with(Domain::AF_INET6, SockType::SOCK_STREAM, Protocol::IPPROTO_TCP, true)?;
        assert!(s.with_fd(|fd| !rustix::io::fcntl_getfd(fd).unwrap().contains(rustix::io::FdFlags::CLOEXEC))?);
        close_socket(s)
    })
}

// ---------------------------------------------------------------------------- receiving and sending

#[test]
fn recv_data_and_the_end() {
    guarded(|| {
        let (socket, mut peer) = pair()?;
        peer.write_all(b"some data")?;
        let handler = |socket: AsyncFD| async_proc(async move { socket.recv(1024).await });
        assert_eq!(wait_for(handler(socket))?, b"some data");
        peer.write_all(b"0123456789")?;
        assert_eq!(wait_for(socket.recv(4))?, b"0123", "up to size");
        assert_eq!(wait_for(socket.recv_with(4, SocketFlags::SAFE_DISCONN | SocketFlags::PEEK))?, b"4567");
        assert_eq!(wait_for(recv(socket, 100))?, b"456789");
        drop(peer);
        assert_eq!(wait_for(handler(socket))?, b"", "the other side has gone");
        close_socket(socket)
    })
}

#[test]
fn recv_into_a_buffer() {
    guarded(|| {
        let (socket, mut peer) = pair()?;
        peer.write_all(b"abc")?;
        let handler = async_proc(async move {
            let (bytes_read, mut buf) = socket.recv_into(vec![0; 4096]).await?;
            buf.truncate(bytes_read);
            Ok(buf)
        });
        assert_eq!(wait_for(handler)?, b"abc");
        drop(peer);
        assert_eq!(wait_for(recv_into(socket, [0; 8]))?.0, 0);
        close_socket(socket)
    })
}

#[test]
fn recv_into_raw_memory() {
    guarded(|| {
        let (socket, mut peer) = pair()?;
        peer.write_all(b"abc")?;
        let mut buf = [0; 16];
        // SAFETY: `buf` outlives the wait, and nobody touches it meanwhile.
        let n = wait_for(unsafe { socket.recv_into_raw(buf.as_mut_ptr(), buf.len(), SocketFlags::default()) })?;
        assert_eq!(&buf[..n], b"abc");
        close_socket(socket)
    })
}

#[test]
fn recv_from_into_and_send_to() {
    guarded(|| {
        let s = UdpSocket::bind("127.0.0.1:0")?;
        let dest = s.local_addr()?;
        let server = register(s)?;
        let udp_handler = async_proc(async move {
            let (size, sender, buf) = server.recv_from_into(vec![0; 65535]).await?;
            server.send_to(&buf[..size], &sender).await?;
            Ok((size, sender))
        });
        let client =
            create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
        wait_for(async_proc(async move { client.send_to("ping", dest).await }))?;
        let (size, sender) = wait_for(udp_handler)?;
        assert_eq!(size, 4);
        let own = client.with_fd(|fd| socket2::SockRef::from(&fd).local_addr())??.as_socket().unwrap();
        assert_eq!(sender.ip().unwrap().port(), own.port());
        let (n, from, buf) = wait_for(recv_from_into(client, [0; 10]))?;
        assert_eq!((n, from, &buf[..4]), (4, SockAddr::from(dest), &b"ping"[..]));
        close_socket(client)?;
        close_socket(server)
    })
}

#[test]
fn send_from_a_buffer_and_a_string() {
    guarded(|| {
        let (socket, mut peer) = pair()?;
        wait_for(async_proc(async move {
            let data = vec![b'H', b'e', b'l', b'l', b'o'];
            socket.send(&data[..]).await?;
            drop(data);
            socket.send("Привет, мир!\n").await
        }))?;
        close_socket(socket)?;
        let mut text = String::new();
        peer.read_to_string(&mut text)?;
        assert_eq!(text, "HelloПривет, мир!\n");
        Ok(())
    })
}

#[test]
fn send_is_done_when_all_is_sent() {
    guarded(|| {
        let (socket, mut peer) = pair()?;
        let f = socket.send(vec![7; 4 << 20]);
        poll_with(50)?;
        assert!(!f.finished(), "more than the buffers hold");
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).map(|_| all)
        });
        wait_for(f)?;
        close_socket(socket)?;
        assert_eq!(reader.join().unwrap()?.len(), 4 << 20);
        Ok(())
    })
}

// ---------------------------------------------------------------------------- connecting and accepting

/// A blocking HTTP/1.0 server for one request, made with std.
fn http_server() -> Result<(u16, std::thread::JoinHandle<std::io::Result<String>>)> {
    let l = TcpListener::bind("127.0.0.1:0")?;
    let port = l.local_addr()?.port();
    let thread = std::thread::spawn(move || {
        let (mut s, _) = l.accept()?;
        s.set_read_timeout(Some(patience()))?;
        let mut request = [0; 18];
        s.read_exact(&mut request)?;
        s.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello")?;
        Ok(String::from_utf8_lossy(&request).into_owned())
    });
    Ok((port, thread))
}

#[test]
fn connect_and_talk_http() {
    guarded(|| {
        let (port, server) = http_server()?;
        let main = async_proc(async move {
            let sock = create_async_native_socket()?;
            sock.connect("127.0.0.1", Port(port)).await?;
            sock.send("GET / HTTP/1.0\r\n\r\n").await?;
            let resp = sock.recv(4096).await?;
            sock.close_socket()?;
            Ok(String::from_utf8_lossy(&resp).into_owned())
        });
        assert_eq!(wait_for(main)?, "HTTP/1.0 200 OK\r\n\r\nhello");
        assert_eq!(server.join().unwrap()?, "GET / HTTP/1.0\r\n\r\n");
        Ok(())
    })
}

#[test]
fn dial_and_talk_http() {
    guarded(|| {
        let (port, server) = http_server()?;
        let main = async_proc(async move {
            let sock = dial("localhost", Port(port)).await?;
            sock.send("GET / HTTP/1.0\r\n\r\n").await?;
            let resp = sock.recv(4096).await?;
            sock.close_socket()?;
            Ok(resp)
        });
        assert_eq!(wait_for(main)?, b"HTTP/1.0 200 OK\r\n\r\nhello");
        server.join().unwrap()?;
        Ok(())
    })
}

#[test]
fn accept_addr_with_a_task_per_client() {
    guarded(|| {
        fn handle_client(client: AsyncFD) -> NimFuture<()> {
            async_proc(async move {
                let line = client.recv(100).await?;
                client.send(line).await?;
                client.close_socket()
            })
        }
        let (listener, addr) = listener()?;
        let seen = Rc::new(RefCell::new(Vec::new()));
        let s = seen.clone();
        let server = async_proc(async move {
            loop {
                let (address, client) = listener.accept_addr().await?;
                s.borrow_mut().push(address);
                async_check(handle_client(client));
            }
        });
        async_check(async_proc({
            let server: NimFuture<()> = server.clone();
            async move {
                match server.await {
                    Err(e) if e.kind() == ErrorKind::Cancelled => Ok(()),
                    other => other,
                }
            }
        }));
        let client = |i: u8| {
            async_proc(async move {
                let c = dial("127.0.0.1", addr.port()).await?;
                c.send([i]).await?;
                let back = c.recv(10).await?;
                c.close_socket()?;
                Ok(back)
            })
        };
        let all: Vec<_> = wait_for(all((0..5).map(client)))?;
        assert_eq!(all, [[0], [1], [2], [3], [4]]);
        assert_eq!(*seen.borrow(), ["127.0.0.1"; 5]);
        server.cancel();
        close_socket(listener)?;
        drain()
    })
}

#[test]
fn accept_without_the_address() {
    guarded(|| {
        let (listener, addr) = listener()?;
        let server = async_proc(async move {
            let client = listener.accept().await?;
            assert!(get_global_dispatcher().contains(client), "registered by itself");
            client.send("Добро пожаловать!\n").await?;
            client.close_socket()
        });
        let mut c = TcpStream::connect(addr)?;
        c.set_read_timeout(Some(patience()))?;
        wait_for(server)?;
        let mut text = String::new();
        c.read_to_string(&mut text)?;
        assert_eq!(text, "Добро пожаловать!\n");
        close_socket(listener)
    })
}

#[cfg(unix)]
#[test]
fn create_async_native_socket_in_all_forms() {
    guarded(|| {
        let a = create_async_native_socket()?;
        let b = create_async_native_socket_with(Domain::AF_UNIX, SockType::SOCK_STREAM, Protocol::IPPROTO_IP, false)?;
        let c = create_async_native_socket_raw(libc::AF_INET, libc::SOCK_DGRAM, 0, false)?;
        for s in [a, b, c] {
            assert!(get_global_dispatcher().contains(s));
            let flags = s.with_fd(|fd| rustix::fs::fcntl_getfl(fd).unwrap())?;
            assert!(flags.contains(rustix::fs::OFlags::NONBLOCK));
            close_socket(s)?;
        }
        Ok(())
    })
}

// ---------------------------------------------------------------------------- timers

#[test]
fn sleep_async_of_int_and_float() {
    guarded(|| {
        let start = Instant::now();
        wait_for(async_proc(async {
            sleep_async(30).await?;
            sleep_async(15.5).await
        }))?;
        assert!(start.elapsed() >= Duration::from_micros(45_500), "{:?}", start.elapsed());
        wait_for(sleep_async(0))?;
        wait_for(sleep_async(-5))?;
        wait_for(sleep_async(Duration::from_millis(1)))
    })
}

#[test]
fn with_timeout_both_ways() {
    guarded(|| {
        let long = sleep_async(5000);
        let l = long.clone();
        let completed = wait_for(async_proc(async move { l.with_timeout(10).await }))?;
        assert!(!completed);
        assert!(!long.finished(), "it goes on");
        assert!(long.cancel());
        assert!(wait_for(with_timeout(&sleep_async(5), 5000))?);
        assert_eq!(get_global_dispatcher().timers().len(), 0, "the loser is freed");
        Ok(())
    })
}

#[test]
fn add_timer_stops_after_five_ticks() {
    guarded(|| {
        let (count, c) = counter();
        add_timer(5, false, move |_| {
            c.set(c.get() + 1);
            c.get() >= 5
        })?;
        assert_eq!(run_forever().unwrap_err().kind(), ErrorKind::NothingPending);
        assert_eq!(count.get(), 5);
        let (count, c) = counter();
        add_timer(5, true, move |_| {
            c.set(c.get() + 1);
            false
        })?;
        drain_with(60)?;
        assert_eq!(count.get(), 1, "oneshot");
        Ok(())
    })
}

// ---------------------------------------------------------------------------- events, processes, signals

#[test]
fn new_async_event_add_trigger_poll() {
    guarded(|| {
        let ev = new_async_event();
        assert!(!has_pending_operations(), "not registered by itself");
        let (n, m) = counter();
        add_event(&ev, move |_| {
            m.set(m.get() + 1);
            true
        })?;
        assert!(has_pending_operations());
        ev.trigger();
        poll()?;
        assert_eq!(n.get(), 1);
        assert!(!has_pending_operations(), "true removes it");
        ev.close();
        Ok(())
    })
}

#[test]
fn trigger_from_another_thread_and_unregister() {
    guarded(|| {
        let ev = AsyncEvent::new();
        let (n, m) = counter();
        add_event(&ev, move |_| {
            m.set(m.get() + 1);
            false
        })?;
        for i in 1..=3 {
            let e = ev.clone();
            let t = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(10));
                e.trigger()
            });
            poll_with(10_000)?;
            assert_eq!(n.get(), i);
            t.join().unwrap();
        }
        assert!(has_pending_operations());
        unregister(&ev)?;
        assert!(!has_pending_operations());
        close(&ev);
        Ok(())
    })
}

#[test]
fn add_process_hears_of_the_end() {
    guarded(|| {
        let mut child = short_lived()?;
        let (n, m) = counter();
        add_process(&child, move |_| {
            m.set(m.get() + 1);
            true
        })?;
        poll_with(10_000)?;
        while n.get() == 0 {
            poll_with(10_000)?
        }
        assert_eq!(child.wait()?.code(), Some(3), "the status is not stolen");
        Ok(())
    })
}

/// Windows has no way to send oneself a signal that std or tokio would know.
#[cfg(unix)]
#[test]
fn add_signal_sigterm() {
    guarded(|| {
        let (n, m) = counter();
        add_signal(libc::SIGTERM, move |_| {
            m.set(m.get() + 1);
            true
        })?;
        // SAFETY: the handler is installed.
        unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
        while n.get() == 0 {
            poll_with(10_000)?
        }
        assert_eq!(n.get(), 1);
        Ok(())
    })
}

#[test]
fn add_read_and_add_write() {
    guarded(|| {
        let (my_fd, mut peer) = pair()?;
        let log = Rc::new(RefCell::new(Vec::new()));
        let (r, w) = (log.clone(), log.clone());
        add_read(my_fd, move |fd| {
            assert_eq!(fd, my_fd);
            r.borrow_mut().push("read");
            true
        })?;
        add_write(my_fd, move |_| {
            w.borrow_mut().push("write");
            true
        })?;
        poll()?;
        assert_eq!(*log.borrow(), ["write"]);
        peer.write_all(b"x")?;
        poll()?;
        assert_eq!(*log.borrow(), ["write", "read"]);
        // Both have stopped watching.
        peer.write_all(b"x")?;
        assert!(!has_pending_operations());
        wait_for(sleep_async(10))?;
        assert_eq!(log.borrow().len(), 2);
        close_socket(my_fd)
    })
}

// ---------------------------------------------------------------------------- the loop

#[test]
fn drain_handles_all() {
    guarded(|| {
        let (n, m) = counter();
        for ms in [1, 10, 20] {
            let m = m.clone();
            sleep_async(ms).add_callback(move |_| m.set(m.get() + 1));
        }
        drain_with(2000)?;
        assert_eq!(n.get(), 3);
        let f = sleep_async(5000);
        let start = Instant::now();
        drain_with(30)?;
        assert!((25..1000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        assert!(f.cancel());
        drain()
    })
}

#[test]
fn run_forever_serves_until_an_error() {
    guarded(|| {
        let (n, m) = counter();
        add_timer(1, false, move |_| {
            m.set(m.get() + 1);
            if m.get() == 3 { Err("enough".into()) } else { Result::Ok(false) }
        })?;
        assert_eq!(run_forever().unwrap_err().to_string(), "enough");
        assert_eq!(n.get(), 3);
        Dispatcher::close(&get_global_dispatcher());
        Ok(())
    })
}

#[test]
fn wait_for_from_sync_code() {
    guarded(|| {
        fn fetch_page() -> NimFuture<String> {
            async_proc(async {
                sleep_async(10).await?;
                Ok("страница".to_owned())
            })
        }
        assert_eq!(wait_for(fetch_page())?, "страница");
        Ok(())
    })
}

#[test]
fn await_in_an_async_proc() {
    guarded(|| {
        let inner = || {
            async_proc(async {
                sleep_async(1).await?;
                Ok(20)
            })
        };
        let outer = async_proc(async move { Ok(inner().await? + inner().await? + 1) });
        assert_eq!(wait_for(outer)?, 41);
        Ok(())
    })
}

#[test]
fn async_check_raises_in_the_loop() {
    guarded(|| {
        async_check(async_proc(async {
            sleep_async(1).await?;
            Err("nobody waits")?
        }));
        let e = drain().unwrap_err();
        assert!(e.to_string().starts_with("nobody waits"), "{e}");
        Ok(())
    })
}

#[test]
fn exceptions_come_through_await() {
    guarded(|| {
        let inner = || {
            async_proc(async {
                sleep_async(1).await?;
                Err::<(), _>(std::io::Error::other("boom"))?;
                Ok(1)
            })
        };
        let caught = async_proc(async move {
            match inner().await {
                Ok(_) => Ok("no error".to_owned()),
                Err(e) => Ok(format!("caught {e}")),
            }
        });
        assert_eq!(wait_for(caught)?, "caught boom");
        let e = wait_for(async_proc(async move { inner().await })).unwrap_err();
        assert!(e.is::<std::io::Error>());
        Ok(())
    })
}

#[test]
fn read_all_of_a_stream() {
    guarded(|| {
        let stream = new_future_stream::<String>("main");
        let s = stream.clone();
        async_check(async_proc(async move {
            for part in ["all ", "of ", "it"] {
                s.write(part.to_owned()).await?;
                sleep_async(1).await?;
            }
            s.complete();
            Ok(())
        }));
        assert_eq!(wait_for(read_all(&stream))?, "all of it");
        drain()
    })
}

#[test]
fn schedule_callbacks_tells_and_calls_nothing() {
    guarded(|| {
        assert!(!schedule_callbacks());
        let (n, m) = counter();
        call_soon(move || m.set(1));
        assert!(schedule_callbacks());
        assert_eq!(n.get(), 0);
        poll()?;
        assert_eq!(n.get(), 1);
        Ok(())
    })
}

/// The fourth limitation: never discard a future. The compiler says so, and clippy in CI would if it did not.
#[expect(unused_must_use)]
fn discard() {
    sleep_async(0);
}

/// The fourth limitation: a discarded future's error is lost; the third: `waitFor` inside an async proc, which works here.
#[test]
fn limitations() {
    guarded(|| {
        discard();
        drain()?;
        drop(async_proc::<()>(async {
            sleep_async(1).await?;
            Err("unseen")?
        }));
        drain()?;
        let nested = async_proc(async {
            sleep_async(1).await?;
            wait_for(sleep_async(1))?;
            Ok(1)
        });
        assert_eq!(wait_for(nested)?, 1);
        Ok(())
    })
}

// ---------------------------------------------------------------------------- as a guest

/// Sleep, TCP echo in both forms, `call_soon`, and a tokio task beside it.
async fn smoke() -> Result<()> {
    let beside = tokio::spawn(async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        7
    });
    let done = run(async {
        sleep_async(1).await?;
        let (l, addr) = listener()?;
        async_check(async_proc(async move {
            for lazy in [false, true] {
                let (_, c) = l.accept_addr().await?;
                if lazy {
                    let mut buf = [0; 64];
                    loop {
                        let n = c.read(&mut buf).await?;
                        if n == 0 {
                            break;
                        }
                        c.write_all(&buf[..n]).await?;
                    }
                } else {
                    loop {
                        let data = c.recv(64).await?;
                        if data.is_empty() {
                            break;
                        }
                        c.send(data).await?;
                    }
                }
                c.close_socket()?;
            }
            l.close_socket()
        }));
        for eager in [true, false] {
            let c = dial("127.0.0.1", addr.port()).await?;
            for i in 0..200u8 {
                if eager {
                    c.send([i, 1]).await?;
                    assert_eq!(c.recv(2).await?, [i, 1]);
                } else {
                    let mut buf = [0; 2];
                    c.write_all(&[i, 2]).await?;
                    c.read_exact(&mut buf).await?;
                    assert_eq!(buf, [i, 2]);
                }
            }
            c.close_socket()?;
        }
        let called = NimFuture::new();
        let f = called.clone();
        call_soon(move || f.complete(5));
        assert_eq!(called.await?, 5);
        let e = poll().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::LoopInside, "{e:#}");
        let e = wait_for(sleep_async(1)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::LoopInside, "{e:#}");
        let heard = tokio::spawn(async {
            tokio::task::yield_now().await;
            9
        })
        .await?;
        Ok(heard)
    })
    .await?;
    assert_eq!(done, 9);
    assert_eq!(beside.await?, 7);
    Ok(())
}

use tokio::runtime::{Builder, LocalOptions};

#[test]
fn guest_of_a_current_thread_runtime() {
    guarded(|| Builder::new_current_thread().enable_all().build()?.block_on(smoke()));
}

#[test]
fn guest_of_a_local_set() {
    guarded(|| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let set = tokio::task::LocalSet::new();
        set.block_on(&runtime, async { tokio::task::spawn_local(smoke()).await? })?;
        set.block_on(&runtime, smoke())
    });
}

#[test]
fn guest_of_a_local_runtime() {
    guarded(|| {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        runtime.block_on(async { tokio::task::spawn_local(smoke()).await? })?;
        runtime.block_on(smoke())
    });
}

#[test]
fn guest_of_a_multi_thread_runtime() {
    guarded(|| Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(smoke()));
}

#[cfg(unix)]
#[test]
fn raw_fd_number_is_shown() {
    guarded(|| {
        let (s, _peer) = pair()?;
        assert_eq!(s.with_fd(|fd| fd.as_raw_fd())?, s.as_raw_fd());
        assert_eq!(s.to_string(), s.as_raw_fd().to_string());
        close_socket(s)
    })
}
