//! `connect` and `dial`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::fs::OFlags;
use socket2::SockRef;
use std::{
    cell::Cell,
    net::{TcpListener, UdpSocket},
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(connect_then_talk, "S4.12, S4.1"),
    twin!(connect_refused, "S4.12"),
    twin!(connect_again_after_refused, "S4.12"),
    twin!(connect_ipv6, "S4.12"),
    twin!(connect_by_name, "S4.12"),
    twin!(connect_datagram_socket, "S4.12"),
    twin!(connect_many, "S4.12, S8.2"),
    twin!(dial_tcp, "S4.13, S1.19"),
    twin!(dial_refused, "S4.13"),
    twin!(dial_ipv6, "S4.13"),
    twin!(dial_by_name, "S4.13"),
    twin!(dial_udp, "S4.13"),
    twin!(dial_in_turn, "S4.13, S8.3"),
];

async fn connect_then_talk(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let s = create_async_native_socket()?;
    let f = connect(s, "127.0.0.1", port);
    echo!("on return {} counted {}", f.finished(), active_descriptors());
    w.wait_for(f).await?;
    echo!("connected, counted {}", active_descriptors());
    let c = w.wait_for(accept(l)).await?;
    w.wait_for(s.send("ping")).await?;
    echo!("{}", text(w.wait_for(c.recv(10)).await?));
    w.wait_for(c.send("pong")).await?;
    echo!("{}", text(w.wait_for(s.recv(10)).await?));
    Ok(())
}

async fn connect_refused(w: World) -> Result<()> {
    let (gone, closed_port) = listen()?;
    gone.close_socket()?;
    let s = create_async_native_socket()?;
    let f = connect(s, "127.0.0.1", closed_port);
    echo!("on return {}", f.finished());
    if let Err(e) = w.wait_for(f).await {
        echo!("{e}");
    }
    echo!("known {} counted {}", known(s), active_descriptors());
    Ok(())
}

async fn connect_again_after_refused(w: World) -> Result<()> {
    let (gone, closed_port) = listen()?;
    gone.close_socket()?;
    let (l, port) = listen()?;
    let s = create_async_native_socket()?;
    for p in [closed_port, port, port] {
        match w.wait_for(connect(s, "127.0.0.1", p)).await {
            Ok(()) => echo!("connected"),
            Err(e) => echo!("{e}"),
        }
    }
    echo!("{}", w.wait_for(accept_addr(l)).await?.0);
    Ok(())
}

async fn connect_ipv6(w: World) -> Result<()> {
    let six = TcpListener::bind("[::1]:0")?;
    let six_port = six.local_addr()?.port();
    let six = register(six)?;
    let (four, four_port) = listen()?;
    let stream6 =
        || create_async_native_socket_with(Domain::AF_INET6, SockType::SOCK_STREAM, Protocol::IPPROTO_TCP, false);
    let a = stream6()?;
    w.wait_for(connect_with(a, "::1", six_port, Domain::AF_INET6)).await?;
    echo!("{}", w.wait_for(accept_addr(six)).await?.0);
    let b = stream6()?;
    w.wait_for(b.connect_with("127.0.0.1", four_port, Domain::AF_INET6)).await?;
    echo!("{}", w.wait_for(accept_addr(four)).await?.0);
    Ok(())
}

async fn connect_by_name(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let s = create_async_native_socket()?;
    w.wait_for(connect(s, "localhost", port)).await?;
    echo!("{}", w.wait_for(accept_addr(l)).await?.0);
    Ok(())
}

async fn connect_datagram_socket(w: World) -> Result<()> {
    let peer = UdpSocket::bind("127.0.0.1:0")?;
    let s = create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
    let f = connect(s, "127.0.0.1", Port(peer.local_addr()?.port()));
    f.add_callback(|_| echo!("connected"));
    echo!("on return {} counted {}", f.finished(), active_descriptors());
    w.poll().await?;
    w.wait_for(s.send("datagram")).await?;
    let mut data = [0; 100];
    let (n, address) = peer.recv_from(&mut data)?;
    echo!("{} from {}", String::from_utf8_lossy(&data[..n]), address.ip());
    Ok(())
}

async fn connect_many(w: World) -> Result<()> {
    let (gone, closed_port) = listen()?;
    gone.close_socket()?;
    let (l, port) = listen()?;
    let failed = Rc::new(Cell::new(0));
    let go = |port: u16| {
        let failed = failed.clone();
        async_proc(async move {
            let s = create_async_native_socket()?;
            match connect(s, "127.0.0.1", port).await {
                Ok(()) => Ok(true),
                Err(e) => {
                    if e.to_string() == "Connection refused" {
                        failed.set(failed.get() + 1);
                    }
                    Ok(false)
                }
            }
        })
    };
    let connected = w.wait_for(all([go(port), go(closed_port), go(port), go(closed_port)])).await?;
    echo!("@{connected:?}");
    echo!("failed {} counted {}", failed.get(), active_descriptors());
    for _ in 1..=2 {
        echo!("{}", w.wait_for(accept_addr(l)).await?.0);
    }
    Ok(())
}

async fn dial_tcp(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let f = dial("127.0.0.1", port);
    echo!("on return {}", f.finished());
    let s = w.wait_for(f).await?;
    echo!("known {} counted {}", known(s), active_descriptors());
    let flags = s.with_fd(|fd| rustix::fs::fcntl_getfl(fd))?.map_err(std::io::Error::from)?;
    echo!("non-blocking {}", flags.contains(OFlags::NONBLOCK));
    let c = w.wait_for(accept(l)).await?;
    w.wait_for(s.send("hello")).await?;
    echo!("{}", text(w.wait_for(c.recv(100)).await?));
    s.close_socket()?;
    echo!("'{}'", text(w.wait_for(c.recv(100)).await?));
    Ok(())
}

async fn dial_refused(w: World) -> Result<()> {
    let (l, port) = listen()?;
    l.close_socket()?;
    let f = dial("127.0.0.1", port);
    echo!("on return {}", f.finished());
    if let Err(e) = w.wait_for(f).await {
        echo!("{e}");
    }
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn dial_ipv6(w: World) -> Result<()> {
    let listener = TcpListener::bind("[::1]:0")?;
    let port = listener.local_addr()?.port();
    let listener = register(listener)?;
    let s = w.wait_for(dial("::1", port)).await?;
    let local = s.with_fd(|fd| SockRef::from(&fd).local_addr())??;
    echo!("{}", local.is_ipv6());
    echo!("{}", w.wait_for(accept_addr(listener)).await?.0);
    Ok(())
}

async fn dial_by_name(w: World) -> Result<()> {
    let (l, port) = listen()?;
    let s = w.wait_for(dial("localhost", port)).await?;
    echo!("{}", w.wait_for(accept_addr(l)).await?.0);
    let local = s.with_fd(|fd| SockRef::from(&fd).local_addr())??;
    echo!("{} counted {}", local.is_ipv4(), active_descriptors());
    Ok(())
}

async fn dial_udp(w: World) -> Result<()> {
    let peer = UdpSocket::bind("127.0.0.1:0")?;
    let f = dial_with("127.0.0.1", peer.local_addr()?.port(), Protocol::IPPROTO_UDP);
    echo!("on return {}", f.finished());
    let s = w.wait_for(f).await?;
    w.wait_for(s.send("question")).await?;
    let mut data = [0; 100];
    let (n, address) = peer.recv_from(&mut data)?;
    echo!("{} from {}", String::from_utf8_lossy(&data[..n]), address.ip());
    peer.send_to(b"answer", address)?;
    echo!("{}", text(w.wait_for(s.recv(100)).await?));
    Ok(())
}

async fn dial_in_turn(w: World) -> Result<()> {
    let peer = UdpSocket::bind("127.0.0.1:0")?;
    call_soon(|| echo!("queued before"));
    dial_with("127.0.0.1", peer.local_addr()?.port(), Protocol::IPPROTO_UDP).add_callback(|_| echo!("dialled"));
    call_soon(|| echo!("queued after"));
    w.poll().await
}
