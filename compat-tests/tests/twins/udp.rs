//! Datagrams: `send_to` and `recv_from_into`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use socket2::SockRef;
use std::net::{Shutdown, SocketAddr};

pub const TWINS: &[Twin] = &[
    twin!(udp_send_and_receive, "S4.5, S4.8"),
    twin!(udp_cut_and_empty, "S4.5"),
    twin!(udp_peek, "S4.5"),
    twin!(udp_receives_in_order, "S4.2, S4.5"),
    twin!(udp_destination_copied, "S4.8"),
    twin!(udp_errors, "S4.8, S4.5"),
    twin!(udp_ipv6, "S4.5, S4.8"),
];

fn bound(domain: Domain, address: &str) -> Result<(AsyncFD, SocketAddr)> {
    let s = create_async_native_socket_with(domain, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
    let address: SocketAddr = address.parse()?;
    let address = s.with_fd(|fd| -> std::io::Result<_> {
        let socket = SockRef::from(&fd);
        socket.bind(&address.into())?;
        socket.local_addr()
    })??;
    Ok((s, address.as_socket().ok_or("no address")?))
}

fn udp() -> Result<(AsyncFD, SocketAddr)> {
    bound(Domain::AF_INET, "127.0.0.1:0")
}

async fn udp_send_and_receive(w: World) -> Result<()> {
    let (server, server_address) = udp()?;
    let (client, client_address) = udp()?;
    let f = server.recv_from_into(vec![0; 100]);
    let g = client.send_to("question", server_address);
    echo!("on return {} {} counted {}", f.finished(), g.finished(), active_descriptors());
    w.wait_for(g).await?;
    let (n, peer, buf) = w.wait_for(f).await?;
    echo!("{} from the client {}", String::from_utf8_lossy(&buf[..n]), peer == client_address.into());
    w.wait_for(server.send_to("answer", &peer)).await?;
    echo!("{}", text(w.wait_for(client.recv(100)).await?));
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn udp_cut_and_empty(w: World) -> Result<()> {
    let (server, server_address) = udp()?;
    let (client, client_address) = udp()?;
    for text in ["a long datagram", "", "short"] {
        w.wait_for(client.send_to(text, server_address)).await?;
    }
    for _ in 1..=3 {
        let (n, peer, buf) = w.wait_for(server.recv_from_into([0; 6])).await?;
        echo!("{n} '{}' {}", String::from_utf8_lossy(&buf[..n]), peer == client_address.into());
    }
    Ok(())
}

async fn udp_peek(w: World) -> Result<()> {
    let (server, server_address) = udp()?;
    let (client, client_address) = udp()?;
    w.wait_for(client.send_to("one", server_address)).await?;
    w.wait_for(client.send_to("two", server_address)).await?;
    let both = SocketFlags::SAFE_DISCONN | SocketFlags::PEEK;
    for flags in [SocketFlags::PEEK, SocketFlags::SAFE_DISCONN, both, SocketFlags::NONE] {
        let (n, peer, buf) = w.wait_for(server.recv_from_into_with([0; 6], .., flags)).await?;
        echo!("{} {}", String::from_utf8_lossy(&buf[..n]), peer == client_address.into());
    }
    Ok(())
}

async fn udp_receives_in_order(w: World) -> Result<()> {
    let (server, server_address) = udp()?;
    let (client, _client_address) = udp()?;
    let ask = |name: &'static str| {
        let f = server.recv(100);
        f.add_callback(move |f| {
            echo!("{name} {}", text(f.read()?));
            Ok(())
        });
    };
    for name in ["first", "second", "third"] {
        ask(name);
    }
    for text in ["a", "b", "c"] {
        client.with_fd(|fd| SockRef::from(&fd).send_to(text.as_bytes(), &server_address.into()))??;
    }
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn udp_destination_copied(w: World) -> Result<()> {
    let (one, one_address) = udp()?;
    let (two, two_address) = udp()?;
    let (client, client_address) = udp()?;
    let mut dest = SockAddr::from(one_address);
    let f = client.send_to("for one", &dest);
    dest = two_address.into();
    let g = client.send_to("for two", &dest);
    dest = client_address.into();
    w.wait_for(all([f, g])).await?;
    drop(dest);
    echo!("{}", text(w.wait_for(one.recv(100)).await?));
    echo!("{}", text(w.wait_for(two.recv(100)).await?));
    Ok(())
}

async fn udp_errors(w: World) -> Result<()> {
    let (server, server_address) = udp()?;
    let (client, _client_address) = udp()?;
    if let Err(e) = w.wait_for(client.send_to("x".repeat(70_000), server_address)).await {
        echo!("{e}");
    }
    w.wait_for(client.send_to("fits", server_address)).await?;
    echo!("{}", text(w.wait_for(server.recv(100)).await?));
    let (_listener, port) = listen()?;
    let s = w.wait_for(dial("127.0.0.1", port)).await?;
    s.with_fd(|fd| SockRef::from(&fd).shutdown(Shutdown::Write))??;
    if let Err(e) = w.wait_for(s.send_to("on a stream", server_address)).await {
        echo!("{e}");
    }
    Ok(())
}

async fn udp_ipv6(w: World) -> Result<()> {
    let (server, server_address) = bound(Domain::AF_INET6, "[::1]:0")?;
    let (client, client_address) = bound(Domain::AF_INET6, "[::1]:0")?;
    w.wait_for(client.send_to("over six", server_address)).await?;
    let (n, peer, buf) = w.wait_for(server.recv_from_into([0; 100])).await?;
    let port = peer.ip().map(|a| a.port());
    echo!("{} from the client {}", String::from_utf8_lossy(&buf[..n]), port == Some(client_address.port()));
    Ok(())
}
