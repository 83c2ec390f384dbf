//! Socket operations: receive, send, create.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::{fs::OFlags, net::sockopt};
use std::{
    cell::RefCell,
    net::{TcpListener, TcpStream},
    os::unix::net::UnixDatagram,
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(recv_not_finished_on_return, "S4.1, S4.3, S1.20"),
    twin!(recv_end_of_stream, "S4.3, S4.4"),
    twin!(recv_peek, "S4.3, S4.4, S7.1"),
    twin!(recv_in_order, "S4.2, S4.3"),
    twin!(recv_after_reset, "S4.1, S4.3, S4.4, S4.5"),
    twin!(recv_errors, "S4.1"),
    twin!(recv_error_number, "S4.1", only_2_2 = "1.6 says 0"),
    twin!(recv_into_part_of_buffer, "S4.4"),
    twin!(recv_empty_datagram, "S4.3, S4.4"),
    twin!(send_not_finished_on_return, "S4.1, S4.6, S4.7"),
    twin!(send_one_more_turn, "S4.7"),
    twin!(send_large_in_order, "S4.2, S4.6"),
    twin!(send_to_gone_peer, "S4.1, S4.6"),
    twin!(send_errors, "S4.1, S4.6"),
    twin!(socket_both_directions, "S4.2, S3.9"),
    twin!(socket_echo_server, "S4.3, S4.7, S4.10, S4.13, S8.8"),
    twin!(socket_created, "S4.11, S1.19"),
];

/// The registered server's end of a TCP connection, and the client's, blocking and not registered.
fn tcp_pair() -> Result<(AsyncFD, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    server.set_nonblocking(true)?;
    Ok((register(server)?, client))
}

async fn recv_not_finished_on_return(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    w.wait_for(b.send("hello")).await?;
    let f = a.recv(100);
    echo!("on return {} counted {}", f.finished(), active_descriptors());
    f.add_callback(|f| {
        echo!("got '{}'", text(f.read()?));
        Ok(())
    });
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    a.close_socket()?;
    b.close_socket()
}

async fn recv_end_of_stream(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    w.wait_for(b.send("last words")).await?;
    b.close_socket()?;
    for size in [4, 100, 100, 1] {
        echo!("'{}'", text(w.wait_for(a.recv(size)).await?));
    }
    for _ in 1..=2 {
        let (n, _buf) = w.wait_for(a.recv_into([0; 8])).await?;
        echo!("{n}");
    }
    a.close_socket()
}

async fn recv_peek(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    w.wait_for(b.send("abcdef")).await?;
    let both = SocketFlags::SAFE_DISCONN | SocketFlags::PEEK;
    echo!("{}", text(w.wait_for(a.recv_with(3, both)).await?));
    echo!("{}", text(w.wait_for(recv_with(a, 100, both)).await?));
    let (n, buf) = w.wait_for(a.recv_into_with([0; 10], ..2, SocketFlags::PEEK)).await?;
    echo!("{n} {}{}", char::from(buf[0]), char::from(buf[1]));
    echo!("{}", text(w.wait_for(a.recv(2)).await?));
    echo!("{}", text(w.wait_for(a.recv_with(100, both)).await?));
    echo!("{}", text(w.wait_for(a.recv(100)).await?));
    let waiting = a.recv(1);
    w.poll_with(0).await?;
    echo!("empty {}", !waiting.finished());
    a.close_socket()
}

async fn recv_in_order(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let ask = |name: &'static str, size| {
        let f = a.recv(size);
        f.add_callback(move |f| {
            echo!("{name} '{}'", text(f.read()?));
            Ok(())
        });
    };
    ask("first", 2);
    ask("second", 3);
    ask("third", 10);
    ask("fourth", 10);
    w.wait_for(b.send("abcdefg")).await?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    w.wait_for(b.send("more")).await?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn recv_after_reset(w: World) -> Result<()> {
    async fn reset_socket(w: &World) -> Result<AsyncFD> {
        let (server, client) = tcp_pair()?;
        w.wait_for(server.send("never read")).await?;
        drop(client);
        Ok(server)
    }

    echo!("'{}'", text(w.wait_for(reset_socket(&w).await?.recv(10)).await?));
    let (n, buf) = w.wait_for(reset_socket(&w).await?.recv_into([0; 10])).await?;
    echo!("{n}");
    match w.wait_for(reset_socket(&w).await?.recv_with(10, SocketFlags::NONE)).await {
        Ok(data) => echo!("{}", text(data)),
        Err(e) => echo!("recv: {e}"),
    }
    match w.wait_for(reset_socket(&w).await?.recv_into_with(buf, .., SocketFlags::NONE)).await {
        Ok((n, _)) => echo!("{n}"),
        Err(e) => echo!("recvInto: {e}"),
    }
    match w.wait_for(reset_socket(&w).await?.recv_from_into(buf)).await {
        Ok((n, _, _)) => echo!("{n}"),
        Err(e) => echo!("recvFromInto: {e}"),
    }
    Ok(())
}

async fn recv_errors(w: World) -> Result<()> {
    let s = create_async_native_socket()?;
    match w.wait_for(s.recv(10)).await {
        Ok(data) => echo!("{}", text(data)),
        Err(e) => echo!("{e}"),
    }
    match w.wait_for(s.recv_into_with([0; 10], .., SocketFlags::NONE)).await {
        Ok((n, _)) => echo!("{n}"),
        Err(e) => echo!("{e}"),
    }
    let fds = pipe()?;
    let reader = register(fds.reader)?;
    put(&fds.writer, "x")?;
    let f = reader.recv(10);
    echo!("on return {}", f.failed());
    match w.wait_for(f).await {
        Ok(data) => echo!("{}", text(data)),
        Err(e) => echo!("{e}"),
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn recv_error_number(w: World) -> Result<()> {
    let s = create_async_native_socket()?;
    match w.wait_for(s.recv(10)).await {
        Ok(data) => echo!("{}", text(data)),
        Err(e) => echo!("not connected: {}", e.raw_os_error() == Some(libc::ENOTCONN)),
    }
    Ok(())
}

async fn recv_into_part_of_buffer(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let buf = vec![b'.'; 8];
    w.wait_for(b.send("abcdef")).await?;
    let f = a.recv_into_with(buf, 2..5, SocketFlags::default());
    echo!("on return {}", f.finished());
    let (n, buf) = w.wait_for(f).await?;
    echo!("{n} {}", String::from_utf8_lossy(&buf));
    let (n, buf) = w.wait_for(a.recv_into(buf)).await?;
    echo!("{n} {}", String::from_utf8_lossy(&buf));
    let nothing = a.recv_into_with(buf, 0..0, SocketFlags::default());
    w.poll_with(0).await?;
    echo!("nothing to read, finished {}", nothing.finished());
    w.wait_for(b.send("xy")).await?;
    w.poll_with(0).await?;
    let (n, buf) = nothing.take()?;
    echo!("readable, got {n}");
    let (n, buf) = w.wait_for(a.recv_into_with(buf, 6.., SocketFlags::default())).await?;
    echo!("{n} {}", String::from_utf8_lossy(&buf));
    Ok(())
}

async fn recv_empty_datagram(w: World) -> Result<()> {
    let (a, b) = UnixDatagram::pair()?;
    a.set_nonblocking(true)?;
    let a = register(a)?;
    for text in ["", "one", "", "two"] {
        b.send(text.as_bytes())?;
    }
    echo!("'{}'", text(w.wait_for(a.recv(10)).await?));
    echo!("'{}'", text(w.wait_for(a.recv(2)).await?));
    let (n, _buf) = w.wait_for(a.recv_into([0; 10])).await?;
    echo!("{n}");
    echo!("'{}'", text(w.wait_for(a.recv(10)).await?));
    Ok(())
}

async fn send_not_finished_on_return(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let f = a.send("data");
    echo!("on return {} counted {}", f.finished(), active_descriptors());
    let nothing = a.send("");
    echo!("of nothing {} counted {}", nothing.finished(), active_descriptors());
    w.poll().await?;
    echo!("polled {} counted {}", f.finished(), active_descriptors());
    echo!("{}", text(w.wait_for(b.recv(100)).await?));
    a.close_socket()?;
    let closed = a.send("");
    echo!("of nothing, closed {} {}", closed.finished(), closed.failed());
    Ok(())
}

async fn send_one_more_turn(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    a.send("data").add_callback(|_| echo!("sent"));
    a.add_write(|_| {
        echo!("next writer of the same turn");
        call_soon(|| echo!("soon"));
        true
    })?;
    w.poll().await?;
    a.close_socket()?;
    b.close_socket()
}

async fn send_large_in_order(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let sent = Rc::new(RefCell::new(String::new()));
    let send_all = |c: char| {
        let sent = sent.clone();
        a.send(vec![c as u8; 600_000]).add_callback(move |_| sent.borrow_mut().push(c));
    };
    for c in ['a', 'b', 'c'] {
        send_all(c);
    }
    w.poll().await?;
    echo!("the buffer is full, sent {} counted {}", sent.borrow().len(), active_descriptors());
    let mut got = Vec::new();
    while got.len() < 1_800_000 {
        got.extend(w.wait_for(b.recv(100_000)).await?);
    }
    while sent.borrow().len() < 3 {
        w.poll().await?;
    }
    let order: Vec<_> = sent.borrow().chars().map(|c| format!("'{c}'")).collect();
    echo!("order @[{}]", order.join(", "));
    echo!("{}", got == ["a", "b", "c"].map(|c| c.repeat(600_000)).concat().into_bytes());
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn send_to_gone_peer(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    b.close_socket()?;
    let f = a.send("lost");
    w.wait_for(&f).await?;
    echo!("with SafeDisconn, failed {}", f.failed());
    if let Err(e) = w.wait_for(a.send_with("lost", SocketFlags::NONE)).await {
        echo!("without: {e}");
    }
    let s = create_async_native_socket()?;
    w.wait_for(s.send("unconnected")).await?;
    echo!("unconnected with SafeDisconn");
    if let Err(e) = w.wait_for(send_with(s, "unconnected", SocketFlags::NONE)).await {
        echo!("without: {e}");
    }
    Ok(())
}

async fn send_errors(w: World) -> Result<()> {
    let fds = pipe()?;
    let writer = register(fds.writer)?;
    let f = writer.send("x");
    echo!("on return {}", f.finished());
    if let Err(e) = w.wait_for(f).await {
        echo!("{e}");
    }
    writer.add_write(|_| {
        echo!("writable");
        true
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    drop(fds.reader);
    Ok(())
}

async fn socket_both_directions(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    w.wait_for(b.send("in")).await?;
    let outgoing = a.send("out");
    outgoing.add_callback(|_| echo!("sent"));
    let incoming = a.recv(10);
    incoming.add_callback(|incoming| {
        echo!("received {}", text(incoming.read()?));
        Ok(())
    });
    echo!("counted {}", active_descriptors());
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    echo!("{}", text(w.wait_for(b.recv(10)).await?));
    Ok(())
}

async fn socket_echo_server(w: World) -> Result<()> {
    fn handle(client: AsyncFD) -> NimFuture<()> {
        async_proc(async move {
            loop {
                let data = client.recv(1024).await?;
                if data.is_empty() {
                    break;
                }
                client.send(data).await?;
            }
            echo!("server: client is gone");
            client.close_socket()
        })
    }
    fn serve(listener: AsyncFD) -> NimFuture<()> {
        async_proc(async move {
            loop {
                let client = listener.accept().await?;
                async_check(handle(client)); // Nim makes it non-blocking first: row 2
            }
        })
    }
    fn talk(name: &'static str, port: u16) -> NimFuture<()> {
        async_proc(async move {
            let s = dial("127.0.0.1", port).await?;
            for word in ["hello", "from", name] {
                s.send(word).await?;
                echo!("{name}: {}", text(s.recv(1024).await?));
            }
            s.close_socket()
        })
    }

    let (listener, port) = listen()?;
    async_check(serve(listener));
    for name in ["ann", "bob", "eve"] {
        w.wait_for(talk(name, port)).await?;
        w.poll().await?;
    }
    Ok(())
}

async fn socket_created(_w: World) -> Result<()> {
    fn show(name: &str, fd: AsyncFD) -> Result<()> {
        let socket_type = fd.with_fd(|fd| sockopt::socket_type(fd))?.map_err(std::io::Error::from)?;
        let local = fd.with_fd(|fd| socket2::SockRef::from(&fd).local_addr())??;
        let flags = fd.with_fd(|fd| rustix::fs::fcntl_getfl(fd))?.map_err(std::io::Error::from)?;
        echo!(
            "{name}: type {} inet {} non-blocking {} known {} counted {}",
            socket_type == rustix::net::SocketType::STREAM,
            local.is_ipv4(),
            flags.contains(OFlags::NONBLOCK),
            known(fd),
            active_descriptors()
        );
        Ok(())
    }

    show("default", create_async_native_socket()?)?;
    let datagrams =
        create_async_native_socket_with(Domain::AF_INET6, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
    show("IPv6 datagrams", datagrams)?;
    show("by numbers", create_async_native_socket_raw(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_TCP, false)?)?;
    show("local", create_async_native_socket_raw(libc::AF_UNIX, libc::SOCK_STREAM, 0, false)?)?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}
