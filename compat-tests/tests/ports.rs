//! The eighteen ports of typical Nim programs, as their authors would write them (`api/src/main.rs` of the design), and run.

// Ported are programs with signals, children of a shell and socket pairs.
#![cfg(unix)]
#![allow(clippy::all)]

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    os::unix::net::UnixStream,
    rc::Rc,
    sync::mpsc,
    time::Duration,
};

fn listener() -> Result<(AsyncFD, std::net::SocketAddr)> {
    let l = std::net::TcpListener::bind("127.0.0.1:0")?;
    let addr = l.local_addr()?;
    Ok((register(l)?, addr))
}
// 1, 2
fn handle_client(c: AsyncFD) -> NimFuture<()> {
    async_proc(async move {
        loop {
            let data = c.recv(1024).await?;
            if data.is_empty() {
                break;
            }
            c.send(data).await?;
        }
        c.close_socket()
    })
}
async fn handle_lazy(c: AsyncFD) -> Result<()> {
    let mut buf = [0; 1024];
    loop {
        let n = c.read(&mut buf).await?;
        if n == 0 {
            break;
        }
        c.write_all(&buf[..n]).await?;
    }
    close_socket(c)
}
fn serve(l: AsyncFD, n: u32) -> NimFuture<()> {
    async_proc(async move {
        for i in 0..n {
            let (address, client) = l.accept_addr().await?;
            assert_eq!(address, "127.0.0.1");
            if i % 2 == 0 { async_check(handle_client(client)) } else { async_check(async_proc(handle_lazy(client))) }
        }
        Ok(())
    })
}
#[test]
fn p01_p02_a_server_with_a_task_per_client() {
    guarded(|| {
        use std::io::{Read, Write};
        let (l, addr) = listener()?;
        let served = serve(l, 4);
        let clients: Vec<_> = (0..4)
            .map(|i| {
                std::thread::spawn(move || -> std::io::Result<String> {
                    let mut s = std::net::TcpStream::connect(addr)?;
                    s.set_read_timeout(Some(patience()))?;
                    s.write_all(format!("hello {i}").as_bytes())?;
                    s.shutdown(std::net::Shutdown::Write)?;
                    let mut text = String::new();
                    s.read_to_string(&mut text)?;
                    Ok(text)
                })
            })
            .collect();
        wait_for(served)?;
        close_socket(l)?;
        drain_with(5000)?;
        for (i, c) in clients.into_iter().enumerate() {
            assert_eq!(c.join().unwrap()?, format!("hello {i}"))
        }
        assert!(!has_pending_operations());
        assert_eq!(active_descriptors(), 0);
        Ok(())
    })
}
// 3
fn s03(c: AsyncFD) -> NimFuture<Vec<u8>> {
    async_proc(async move {
        let (mut buf, mut got, mut n) = (vec![0; 4], Vec::new(), 0);
        while got.len() < 8 {
            (n, buf) = c.recv_into(buf).await?;
            got.extend_from_slice(&buf[..n]);
        }
        assert_eq!(n, 4);
        let (m, boxed) = recv_into(c, vec![0u8; 10].into_boxed_slice()).await?;
        assert_eq!(&boxed[..m], b"0123456789");
        let (j, bm) =
            recv_into_with(c, bytes::BytesMut::zeroed(9), 2..5, SocketFlags::PEEK | SocketFlags::SAFE_DISCONN).await?;
        assert_eq!((j, &bm[..]), (3, &b"\0\0abc\0\0\0\0"[..]));
        let (k, arr) = recv_into(c, [0u8; 16]).await?;
        assert_eq!(&arr[..k], b"abcdef");
        Ok(got)
    })
}
#[test]
fn p03_recv_into() {
    guarded(|| {
        use std::io::Write;
        let (c, mut peer) = pair()?;
        peer.write_all(b"abcdefgh0123456789abcdef")?;
        assert_eq!(wait_for(s03(c))?, b"abcdefgh");
        close_socket(c)
    })
}
// send with everything
fn sends(c: AsyncFD) -> NimFuture<()> {
    async_proc(async move {
        let line = String::from("x");
        let v = vec![1u8];
        let slice: &[u8] = &v[..1];
        send(c, "literal").await?;
        send(c, &line).await?;
        send(c, &*line).await?;
        send(c, format!("{line}\r\n")).await?;
        send(c, slice).await?;
        send(c, &v).await?;
        send(c, b"PONG\r\n").await?;
        send(c, bytes::Bytes::from_static(b"x")).await?;
        send(c, &v[..1]).await?;
        send(c, line).await?;
        send(c, v).await?;
        send(c, [1, 2, 3]).await?;
        send_with(c, "x", SocketFlags::NONE).await
    })
}
#[test]
fn p03_sends_of_everything() {
    guarded(|| {
        use std::io::Read;
        let (c, mut peer) = pair()?;
        wait_for(sends(c))?;
        close_socket(c)?;
        let mut all = Vec::new();
        peer.read_to_end(&mut all)?;
        assert_eq!(all, b"literalxxx\r\n\x01\x01PONG\r\nx\x01x\x01\x01\x02\x03x");
        Ok(())
    })
}
// 4
fn udp_echo(srv: AsyncFD) -> NimFuture<()> {
    async_proc(async move {
        let mut buf = vec![0; 65535];
        loop {
            let (n, from, b) = srv.recv_from_into(buf).await?;
            srv.send_to(&b[..n], &from).await?;
            buf = b;
        }
    })
}
fn udp_client(dest: std::net::SocketAddr) -> Result<String> {
    let c = create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
    c.with_fd(|fd| assert!(std::os::fd::AsRawFd::as_raw_fd(&fd) == c.as_raw_fd()))?;
    wait_for(c.send_to("ping", dest))?;
    let (n, from, buf) = wait_for(c.recv_from_into(vec![0; 100]))?;
    assert_eq!(from.ip(), Some(dest));
    close_socket(c)?;
    Ok(String::from_utf8_lossy(&buf[..n]).into_owned())
}
#[test]
fn p04_udp_echo() {
    guarded(|| {
        let s = std::net::UdpSocket::bind("127.0.0.1:0")?;
        let addr = s.local_addr()?;
        let srv = register(s)?;
        let echo = udp_echo(srv);
        assert_eq!(udp_client(addr)?, "ping");
        assert!(echo.cancel());
        close_socket(srv)?;
        drain()?;
        assert_eq!(echo.read_error()?.kind(), ErrorKind::Cancelled);
        Ok(())
    })
}
// 5
fn s05(c: AsyncFD) -> NimFuture<String> {
    async_proc(async move {
        let f = c.recv(10);
        let mut said = String::new();
        if !f.with_timeout(20).await? {
            said += "5 timeout "
        }
        if !with_timeout(&f, Duration::from_secs(5)).await? {
            f.cancel();
        }
        said += &String::from_utf8_lossy(&f.await?);
        Ok(said)
    })
}
#[test]
fn p05_with_timeout() {
    guarded(|| {
        use std::io::Write;
        let (c, mut peer) = pair()?;
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            peer.write_all(b"late").unwrap();
            peer
        });
        assert_eq!(wait_for(s05(c))?, "5 timeout late");
        drop(writer.join());
        close_socket(c)?;
        assert!(!has_pending_operations(), "the losing timers are gone: {}", get_global_dispatcher().pending());
        Ok(())
    })
}
// 6
fn s06(called: Rc<Cell<bool>>) -> Result<()> {
    let f = sleep_async(1);
    f.set_callback(move |g| called.set(g.finished()));
    f.add_callback(|g| {
        g.read()?;
        if !g.failed() {
            Err("callback raises")?
        }
        Ok(())
    });
    wait_for(f)
}
#[test]
fn p06_callbacks_of_a_future() {
    guarded(|| {
        let called = Rc::new(Cell::new(false));
        let e = s06(called.clone()).unwrap_err();
        assert_eq!((e.kind(), e.to_string().as_str()), (ErrorKind::Raised, "callback raises"));
        assert!(called.get());
        Ok(())
    })
}
// 7: a C library; the step function re-arms itself
mod lib7 {
    use std::{
        cell::Cell,
        os::fd::{AsRawFd, OwnedFd},
    };
    pub struct Conn {
        pub fd: OwnedFd,
        pub step: Cell<usize>,
        pub steps: [i32; 4],
    }
    impl Conn {
        pub fn poll(&self) -> i32 {
            self.steps[self.step.replace(self.step.get() + 1)]
        }
        pub fn socket(&self) -> i32 {
            self.fd.as_raw_fd()
        }
        pub fn err(&self) -> std::io::Error {
            std::io::Error::other("no such database")
        }
    }
}
fn connect_pq(conn: Rc<lib7::Conn>) -> Result<NimFuture<i32>> {
    let ret = new_future("connectPq");
    // SAFETY: libpq keeps the socket open until PQfinish, and we unregister before each call that may replace it.
    let fd = unsafe { register_raw(conn.socket()) }?;
    fn go(conn: Rc<lib7::Conn>, fd: AsyncFD, ret: NimFuture<i32>) -> Result<()> {
        match conn.poll() {
            1 => fd.add_write(move |fd| {
                go(conn.clone(), fd, ret.clone())?;
                Ok(true)
            }),
            2 => fd.add_read(move |fd| go(conn.clone(), fd, ret.clone()).map(|()| true)),
            3 => {
                let _ = fd.unregister()?;
                ret.complete(3);
                Ok(())
            }
            _ => {
                let _ = unregister(fd)?;
                ret.fail(conn.err());
                Ok(())
            }
        }
    }
    go(conn, fd, ret.clone())?;
    Ok(ret)
}
#[test]
fn p07_a_c_library_that_hands_out_a_descriptor() {
    guarded(|| {
        use std::io::Write;
        for (steps, result) in [([1, 2, 1, 3], Ok(3)), ([1, 2, 2, 0], Err("no such database"))] {
            let (ours, mut theirs) = UnixStream::pair()?;
            theirs.write_all(b"x")?;
            let conn = Rc::new(lib7::Conn { fd: ours.into(), step: Cell::new(0), steps });
            let got = wait_for(connect_pq(conn.clone())?);
            assert_eq!(got.as_ref().map_err(|e| e.to_string()), result.as_ref().map_err(|e| e.to_string()));
            assert_eq!(conn.step.get(), 4);
            assert_eq!(active_descriptors(), 0);
            rustix::io::fcntl_getfd(&conn.fd).expect("still open: it is the library's");
        }
        Ok(())
    })
}
// 8, 14
fn s08() -> Result<i32> {
    let count = Rc::new(RefCell::new(0));
    let c = count.clone();
    let mut n = 0;
    add_timer(1, false, move |_| {
        n += 1;
        *c.borrow_mut() = n;
        n >= 5
    })?;
    add_timer(0.5, true, |_| true)?;
    add_timer(Duration::from_millis(3), true, |fd: AsyncFD| {
        assert!(fd.is_virtual());
        return true;
    })?;
    let ms: u64 = 7;
    let key = add_timer(ms, false, |_| false)?;
    let _ = unregister(key)?;
    while has_pending_operations() {
        poll()?;
        if has_pending_operations() {
            poll_with(100)?
        }
        if has_pending_operations() {
            poll_with(-1)?
        }
        if has_pending_operations() {
            poll_with(Millis::FOREVER)?
        }
    }
    Ok(count.take())
}
#[test]
fn p08_p14_timers_and_a_loop_by_hand() {
    guarded(|| {
        assert_eq!(s08()?, 5);
        Ok(())
    })
}
// 9
fn s09() -> Result<u32> {
    let ev = new_async_event();
    let n = Rc::new(Cell::new(0));
    let m = n.clone();
    add_event(&ev, move |_| {
        m.set(m.get() + 1);
        true
    })?;
    std::thread::spawn({
        let ev = ev.clone();
        move || ev.trigger()
    });
    poll_with(10_000)?;
    add_event(&ev, |_| false)?;
    unregister(&ev)?;
    ev.close();
    close(&ev);
    Ok(n.get())
}
#[test]
fn p09_an_event_from_a_thread() {
    guarded(|| {
        assert_eq!(s09()?, 1);
        assert!(!has_pending_operations());
        Ok(())
    })
}
// 10, 11
fn s10(log: Rc<RefCell<Vec<String>>>) -> Result<()> {
    let (a, b, c, d) = (log.clone(), log.clone(), log.clone(), log.clone());
    add_signal(libc::SIGTERM, move |_| {
        a.borrow_mut().push("SIGTERM".into());
        true
    })?;
    add_signal(Signal::SIGINT, move |_| {
        b.borrow_mut().push("SIGINT".into());
        true
    })?;
    add_signal(15, move |_| {
        c.borrow_mut().push("15".into());
        true
    })?;
    let mut child = std::process::Command::new("sh").args(["-c", "exit 3"]).spawn()?;
    add_process(&child, |_| true)?;
    add_process(child.id(), move |_| {
        d.borrow_mut().push(format!("{}", child.wait()?));
        Ok(true)
    })?;
    // SAFETY: a signal to ourselves, whose handlers have just been installed.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGTERM);
        libc::kill(libc::getpid(), libc::SIGINT)
    };
    run_forever()
}
#[test]
fn p10_p11_signals_and_processes() {
    guarded(|| {
        let log = Rc::new(RefCell::new(Vec::new()));
        let e = s10(log.clone()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::NothingPending, "{e:#}");
        let mut log = log.take();
        log.sort();
        assert_eq!(log, ["15", "SIGINT", "SIGTERM", "exit status: 3"]);
        Ok(())
    })
}
// 12
fn s12() -> Result<String> {
    let s = new_future_stream("s12");
    let producer = {
        let s = s.clone();
        async_proc(async move {
            for i in 1..=3 {
                s.write(i.to_string()).await?;
                sleep_async(1).await?;
            }
            s.complete();
            Ok(())
        })
    };
    async_check(producer);
    let t = FutureStream::<i64>::bounded(8);
    let consumer = {
        let t = t.clone();
        async_proc(async move {
            let mut sum = 0;
            while let Some(v) = t.read().await? {
                sum += v
            }
            Ok(sum)
        })
    };
    async_check(t.write(1));
    t.complete();
    let sum: i64 = wait_for(consumer)?;
    assert_eq!(sum, 1);
    wait_for(read_all(&s))
}
#[test]
fn p12_streams() {
    guarded(|| {
        assert_eq!(s12()?, "123");
        Ok(())
    })
}
// 13
fn s13(log: Rc<RefCell<Vec<&'static str>>>) -> Result<()> {
    let l = log.clone();
    call_soon(move || {
        wait_for(sleep_async(2))?;
        log.borrow_mut().push("nested");
        Ok(())
    });
    call_soon(move || l.borrow_mut().push("plain"));
    poll()
}
#[test]
fn p13_wait_for_inside_a_callback() {
    guarded(|| {
        let log = Rc::new(RefCell::new(Vec::new()));
        s13(log.clone())?;
        assert_eq!(*log.borrow(), ["plain", "nested"]);
        Ok(())
    })
}
// 15
fn failing() -> NimFuture<()> {
    async_proc(async { Err(std::io::Error::other("boom"))? })
}
fn s15() -> NimFuture<[String; 2]> {
    async_proc(async {
        let f = failing();
        f.settled().await;
        let mut said = <[String; 2]>::default();
        if f.failed() {
            said[0] = f.read_error()?.to_string()
        }
        if let Err(e) = (&f).await {
            said[1] = e.to_string()
        }
        Ok(said)
    })
}
#[test]
fn p15_a_failure_that_was_looked_at() {
    guarded(|| {
        assert_eq!(wait_for(s15())?, ["boom", "boom"]);
        Ok(())
    })
}
// 16
fn v(ms: i32, x: i32) -> NimFuture<i32> {
    async_proc(async move {
        sleep_async(ms).await?;
        Ok(x)
    })
}
fn s16() -> NimFuture<i32> {
    async_proc(async {
        let r = all([v(3, 1), v(1, 2)]).await?;
        assert_eq!(r, [1, 2]);
        let futs: Vec<_> = (0..3).map(|i| v(i, i)).collect();
        let s: i32 = all(&futs).await?.iter().sum();
        let s2 = all(futs).await?;
        assert_eq!((s, s2), (3, vec![0, 1, 2]));
        all(vec![sleep_async(1), sleep_async(2.5)]).await?;
        let (a, b) = (v(1, 1), v(2, 2));
        a.and(&b).await?;
        and(&a, &b).await?;
        or(&a, &sleep_async(1)).await?;
        let sum = a.read()? + b.read()?;
        let both = (&a).await? + (&a).await? + a.await?;
        Ok(sum + both)
    })
}
#[test]
fn p16_all_and_or() {
    guarded(|| {
        let f = s16();
        assert_eq!((wait_for(&f)?, wait_for(f)?), (6, 6));
        drain() // the sleep that lost
    })
}
// 17
#[derive(Default)]
struct Server {
    users: RefCell<Vec<String>>,
}
impl Server {
    fn join(self: &Rc<Self>, name: &str) -> NimFuture<()> {
        let (s, name) = (self.clone(), name.to_owned());
        async_proc(async move {
            sleep_async(1).await?;
            s.users.borrow_mut().push(name);
            Ok(())
        })
    }
}
#[test]
fn p17_methods_of_a_ref_object() {
    guarded(|| {
        let s = Rc::new(Server::default());
        async_check(s.join("a"));
        async_check(s.join("b"));
        drain()?;
        assert_eq!(*s.users.borrow(), ["a", "b"]);
        assert_eq!(Rc::strong_count(&s), 1);
        Ok(())
    })
}
// 18
#[derive(Debug)]
struct RedisError {
    code: i32,
}
impl std::fmt::Display for RedisError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WRONGTYPE")
    }
}
impl std::error::Error for RedisError {}
impl Exception for RedisError {}
fn cmd() -> NimFuture<()> {
    async_proc(async {
        sleep_async(1).await?;
        Err(RedisError { code: 7 })?
    })
}
fn s18() -> NimFuture<String> {
    async_proc(async {
        let said = match cmd().await {
            Err(e) if e.is::<RedisError>() => format!("{e} {}", e.downcast_ref::<RedisError>().unwrap().code),
            other => {
                other?;
                String::new()
            }
        };
        let n: u16 = "12".parse()?;
        let t = std::str::from_utf8(b"x")?;
        let f = new_future::<u8>("x");
        f.fail(RedisError { code: 1 });
        f.try_fail("text").unwrap_err();
        assert_eq!((n, t), (12, "x"));
        Ok(said)
    })
}
#[test]
fn p18_own_exceptions() {
    guarded(|| {
        assert_eq!(wait_for(s18())?, "WRONGTYPE 7");
        Ok(())
    })
}
// std errors of users keep two parameters, and our Error goes into std consumers
fn two_params(s: &str) -> Result<i32, std::num::ParseIntError> {
    s.parse()
}
fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    poll()?;
    Ok(())
}
fn to_io() -> std::io::Result<()> {
    poll()?;
    Ok(())
}
#[test]
fn errors_of_users() {
    guarded(|| {
        assert_eq!(two_params("5"), Ok(5));
        assert_eq!(boxed().unwrap_err().downcast_ref::<Error>().unwrap().kind(), ErrorKind::NothingPending);
        let e = to_io().unwrap_err();
        assert_eq!(Error::from(e).kind(), ErrorKind::NothingPending, "through io::Error and back");
        Ok(())
    })
}
// guest mode
async fn guest() -> Result<()> {
    let n = run_until(async { v(1, 2).await }).await??; // the proc starts at its call, so the call stands inside
    assert_eq!(n, 2);
    let d = Dispatcher::guest();
    d.run_until(async { sleep_async(1).await }).await??;
    let five = run(async {
        sleep_async(1).await?;
        std::fs::read("/dev/null")?;
        Ok(5)
    })
    .await?;
    assert_eq!(five, 5);
    {
        let mut late = std::pin::pin!(d.drive());
        tokio::select! { r = &mut late => r?, () = tokio::time::sleep(Duration::from_millis(50)) => {} }
    }
    d.bind(async { drop(sleep_async(5)) }).await;
    let mut turns = 0;
    while d.has_pending_operations() {
        d.turn().await?;
        if d.has_pending_operations() {
            d.turn_with(-1).await?
        }
        d.drained(200).await?;
        turns += 1;
    }
    assert!(turns >= 1);
    let l = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let stream = tokio::net::TcpStream::connect(l.local_addr()?).await?;
    d.bind(async {
        let fd = AsyncFD::try_from(stream)?;
        let _back: tokio::net::TcpStream = fd.try_into()?;
        Ok(())
    })
    .await
}
#[test]
fn guest_in_a_runtime_of_the_caller() {
    guarded(|| tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(guest()));
    guarded(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(guest()));
}
fn dispatchers() -> Result<()> {
    let disp = new_dispatcher();
    set_global_dispatcher(disp.clone())?;
    set_global_dispatcher(None)?;
    let socket = create_async_native_socket()?;
    assert_eq!((get_global_dispatcher().timers().len(), contains(&disp, socket)), (0, false));
    socket.close_socket()?;
    let cb: Callback = Box::new(|_| true);
    let end = register(UnixStream::pair()?.0)?;
    add_read(end, cb)?;
    drain()?;
    close_socket(end)?;
    drain_with(2000)?;
    drain_with(1.5)?;
    schedule_callbacks();
    let r = disp.remote();
    let (s, heard) = mpsc::channel();
    std::thread::spawn(move || r.call_soon_threadsafe(move || s.send("here").unwrap())).join().unwrap()?;
    disp.poll()?;
    assert_eq!(heard.try_recv(), Ok("here"));
    Ok(())
}
#[test]
fn several_dispatchers() {
    guarded(dispatchers)
}
fn clients(port: u16, dead: u16) -> NimFuture<String> {
    async_proc(async move {
        let sock = create_async_native_socket()?;
        sock.connect("localhost", Port(port)).await?;
        sock.close_socket()?;
        let sock = create_async_native_socket()?;
        sock.connect("127.0.0.1", port).await?;
        sock.close_socket()?;
        let p: u16 = port;
        let s = dial("localhost", p).await?;
        let u = dial_with("127.0.0.1", dead, Protocol::IPPROTO_UDP).await?;
        u.close_socket()?;
        s.send("GET / HTTP/1.0\r\n\r\n").await?;
        let text = String::from_utf8_lossy(&s.recv(4096).await?).into_owned();
        s.close_socket()?;
        Ok(text)
    })
}
#[test]
fn clients_by_connect_and_dial() {
    guarded(|| {
        let (l, addr) = listener()?;
        async_check(async_proc(async move {
            for i in 0..3 {
                let c = l.accept().await?;
                if i == 2 {
                    assert_eq!(c.recv(100).await?, b"GET / HTTP/1.0\r\n\r\n");
                    c.send("HTTP/1.0 200 OK\r\n\r\nhi").await?;
                }
                c.close_socket()?;
            }
            l.close_socket()
        }));
        assert_eq!(wait_for(clients(addr.port(), 9))?, "HTTP/1.0 200 OK\r\n\r\nhi");
        drain()?;
        assert!(!has_pending_operations());
        Ok(())
    })
}
