//! Socket operations.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::fs::OFlags;
use std::{
    cell::Cell,
    net::{TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(row_02_accepted_socket_blocks, "S4.9", instead = "non-blocking true\n"),
    twin!(
        row_03_two_accepts_one_connection,
        "S4.9",
        instead = "polled\nfirst true second false\npolled\nfirst true second true\n"
    ),
    twin!(row_10_close_socket_with_waiting_connect, "S5.1, S4.12", instead = "closed\nconnect: Bad file descriptor\n"),
    twin!(
        row_11_close_socket_hands_out_closed_number,
        "S5.1",
        instead = "the callback's descriptor is a new socket's: false\nregistered: false\n"
    ),
    twin!(row_30_udp_refusal_is_lost, "S3.9", instead = "Connection refused\n"),
    twin!(
        row_31_resolution_failure,
        "S4.12, S4.13",
        instead =
            "dial returned, finished false\nits future failed\nconnect returned, finished false\nits future failed\n"
    ),
    twin!(row_32_wrong_domain, "S4.12, S4.11", instead = "returned, failed true\nrefused\n"),
    twin!(row_34_recv_of_nothing, "S4.3", instead = "of nothing: ''\nbehind it: 'data'\n"),
    twin!(
        row_42_unregistered_socket,
        "S4.1, S4.6",
        instead = "recv returned, finished true\nFile descriptor not registered.\n\
                   send returned, finished true\nFile descriptor not registered.\n\
                   accept returned, finished true\nFile descriptor not registered.\n"
    ),
    twin!(
        row_43_close_socket_stops_at_false,
        "S5.1",
        instead = "reader 1\nreader 2\nreader 3\nExpecting async operations to stop when fd has closed.\n"
    ),
    twin!(row_43_close_socket_of_timer, "S5.1", instead = "refused\ncalls 1\n"),
    twin!(row_40_nothing_is_cancelled, "S4.2, S8.8", instead = "got data\n"),
];

async fn row_02_accepted_socket_blocks(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let _client = TcpStream::connect(("127.0.0.1", port))?;
    let accepted = w.wait_for(l.accept()).await?;
    let flags = accepted.with_fd(|fd| rustix::fs::fcntl_getfl(fd))?.map_err(std::io::Error::from)?;
    echo!("non-blocking {}", flags.contains(OFlags::NONBLOCK));
    Ok(())
}

async fn row_03_two_accepts_one_connection(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let f = l.accept_addr();
    let g = l.accept_addr();
    let mut clients = Vec::new();
    for _ in 1..=2 {
        clients.push(TcpStream::connect(("127.0.0.1", port))?);
        match w.poll_with(50).await {
            Ok(()) => echo!("polled"),
            Err(e) => echo!("poll raised: {e}"),
        }
        echo!("first {} second {}", f.finished(), g.finished());
    }
    Ok(())
}

async fn row_10_close_socket_with_waiting_connect(w: World) -> Result<()> {
    let (_l, port) = listen()?;
    let s = create_async_native_socket()?;
    let f = connect(s, "127.0.0.1", port);
    match s.close_socket() {
        Ok(()) => echo!("closed"),
        Err(e) => echo!("closeSocket raised: {e}"),
    }
    for _ in 1..=3 {
        if has_pending_operations() {
            w.poll_with(1).await?;
        }
    }
    if f.finished() {
        echo!("connect: {}", f.read_error()?);
    } else {
        echo!("connect: still pending");
    }
    Ok(())
}

async fn row_11_close_socket_hands_out_closed_number(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    a.add_read(|fd| {
        let stranger = create_async_native_socket()?;
        echo!("the callback's descriptor is a new socket's: {}", fd == stranger);
        echo!("registered: {}", known(fd));
        Ok(true)
    })?;
    a.close_socket()
}

async fn row_30_udp_refusal_is_lost(w: World) -> Result<()> {
    let peer = UdpSocket::bind("127.0.0.1:0")?;
    let port = peer.local_addr()?.port();
    drop(peer);
    let s = w.wait_for(dial_with("127.0.0.1", port, Protocol::IPPROTO_UDP)).await?;
    let f = s.recv(100);
    w.wait_for(s.send("anybody there?")).await?;
    for _ in 1..=5 {
        if !f.finished() {
            w.poll_with(20).await?;
        }
    }
    if f.finished() {
        echo!("{}", f.read_error()?);
    } else {
        echo!("still pending");
    }
    Ok(())
}

async fn row_31_resolution_failure(w: World) -> Result<()> {
    let name = "x".repeat(300);
    let f = dial(&name, Port(80));
    echo!("dial returned, finished {}", f.finished());
    if w.wait_for(f).await.is_err_and(|e| e.kind() == ErrorKind::Resolve) {
        echo!("its future failed");
    }
    let s = create_async_native_socket()?;
    let f = connect(s, &name, Port(80));
    echo!("connect returned, finished {}", f.finished());
    if w.wait_for(f).await.is_err_and(|e| e.kind() == ErrorKind::Resolve) {
        echo!("its future failed");
    }
    Ok(())
}

async fn row_32_wrong_domain(_w: World) -> Result<()> {
    let s = create_async_native_socket()?;
    let f = connect_with(s, "127.0.0.1", Port(9), Domain::AF_INET6);
    echo!("returned, failed {}", f.failed());
    match create_async_native_socket_raw(9999, 9999, 9999, false) {
        Ok(bad) => echo!("created {bad}"),
        Err(_) => echo!("refused"),
    }
    Ok(())
}

async fn row_34_recv_of_nothing(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    a.set_nonblocking(true)?;
    let a = register(a)?;
    let f = a.recv(0);
    let g = a.recv(10);
    put(&b, "data")?;
    for _ in 1..=2 {
        if has_pending_operations() {
            w.poll_with(10).await?;
        }
    }
    match f.finished() {
        true => echo!("of nothing: '{}'", text(f.read()?)),
        false => echo!("of nothing: still pending"),
    }
    match g.finished() {
        true => echo!("behind it: '{}'", text(g.read()?)),
        false => echo!("behind it: still pending"),
    }
    Ok(())
}

async fn row_42_unregistered_socket(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let _open = a.unregister()?;
    let f = a.recv(10);
    echo!("recv returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    let f = a.send("x");
    echo!("send returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    let f = a.accept();
    echo!("accept returned, finished {}", f.finished());
    echo!("{}", f.read_error()?);
    Ok(())
}

async fn row_43_close_socket_stops_at_false(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    for i in 1..=3 {
        a.add_read(move |_| {
            echo!("reader {i}");
            i != 1
        })?;
    }
    if let Err(e) = a.close_socket() {
        echo!("{e}");
    }
    Ok(())
}

async fn row_43_close_socket_of_timer(w: World) -> Result<()> {
    let key = Rc::new(Cell::new(None));
    let calls = Rc::new(Cell::new(0));
    add_timer(2, false, {
        let (key, calls) = (key.clone(), calls.clone());
        move |fd| {
            key.set(Some(fd));
            calls.set(calls.get() + 1);
            calls.get() == 2
        }
    })?;
    w.poll().await?;
    match key.get().ok_or("not called")?.close_socket() {
        Ok(()) => echo!("closed"),
        Err(_) => echo!("refused"),
    }
    echo!("calls {}", calls.get());
    Ok(())
}

async fn row_40_nothing_is_cancelled(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let unwanted = a.recv(10);
    unwanted.cancel();
    let wanted = a.recv(10);
    put_into(b, "data")?;
    w.poll().await?;
    match wanted.finished() {
        true => echo!("got {}", text(wanted.read()?)),
        false => echo!("still pending"),
    }
    Ok(())
}
