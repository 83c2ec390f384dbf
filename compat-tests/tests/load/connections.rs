//! Connections: many at once, many in a row, slow, broken.

use std::net::SocketAddr;
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use crate::Size;
use crate::figures::{Figures, Hash};

/// Echoes for `count` clients, each to its end.
async fn serve(listener: AsyncFD, count: usize) -> Result<()> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let (client, _) = listener.accept_client().await?;
        clients.push(async_proc(echo(client)));
    }
    for client in clients {
        client.await?;
    }
    listener.close_socket()
}

/// A connection that breaks is its own affair.
async fn echo(client: AsyncFD) -> Result<()> {
    let _broken = echo_all(client).await;
    client.close_socket()
}

async fn echo_all(client: AsyncFD) -> Result<()> {
    let mut buffer = [0; 1024];
    loop {
        match client.read(&mut buffer).await? {
            0 => return Ok(()),
            size => client.write_all(&buffer[..size]).await?,
        }
    }
}

/// Sends, and expects the same back; both go into their hashes.
async fn exchange(socket: AsyncFD, data: &[u8], sent: &mut Hash, came: &mut Hash) -> Result<()> {
    let mut back = vec![0; data.len()];
    socket.write_all(data).await?;
    sent.feed(data);
    socket.read_exact(&mut back).await?;
    came.feed(&back);
    Ok(())
}

pub fn simultaneous(size: &Size) -> Result<String> {
    let (listener, port) = listen()?;
    // One at a time in the backlog, both ends in this process.
    let count = size.clients.min(max_descriptors()?.saturating_sub(64) / 2);
    let server = async_proc(serve(listener, count));
    let clients = async_proc(async move {
        let (mut sockets, mut sent, mut came) = (Vec::new(), Hash::new(), Hash::new());
        for _ in 0..count {
            sockets.push(dial("127.0.0.1", port).await?);
        }
        for round in 0..3u8 {
            for (at, socket) in sockets.iter().enumerate() {
                exchange(*socket, &[at as u8, round, 7], &mut sent, &mut came).await?;
            }
        }
        for socket in sockets {
            socket.close_socket()?;
        }
        Ok((sent, came))
    });
    let (sent, came) = wait_for(clients)?;
    wait_for(server)?;
    assert_eq!(sent, came);
    Ok(format!("{count} at once, three echoes each"))
}

pub fn short(size: &Size) -> Result<String> {
    let (listener, port) = listen()?;
    let count = size.short;
    let server = async_proc(async move {
        for _ in 0..count {
            echo(listener.accept_client().await?.0).await?;
        }
        listener.close_socket()
    });
    let clients = async_proc(async move {
        let (mut sent, mut came, mut warm) = (Hash::new(), Hash::new(), Figures::now());
        for number in 0..count {
            let socket = dial("127.0.0.1", port).await?;
            // No TIME_WAIT: the ports last.
            socket.with_fd(|fd| socket2::SockRef::from(&fd).set_linger(Some(Duration::ZERO)))??;
            exchange(socket, &number.to_le_bytes(), &mut sent, &mut came).await?;
            socket.close_socket()?;
            if number == 1000 {
                warm = Figures::now();
            }
        }
        assert_eq!(sent, came);
        Ok(warm)
    });
    let warm = wait_for(clients)?;
    wait_for(server)?;
    let after = Figures::now();
    assert!(after.resident_kib < warm.resident_kib + 4096, "memory grows: {warm} -> {after}");
    Ok(format!("{count} in a row, after the first thousand {warm} -> {after}"))
}

pub fn slow_readers(size: &Size) -> Result<String> {
    let (writer, reader) = socket_pair()?;
    let total = size.slow_bytes;
    let before = Figures::now();
    let writing = async_proc(async move {
        let mut sent = Hash::new();
        for chunk in 0..total / 65536 {
            let data: Vec<u8> = (0..65536).map(|at| (at * 7 + chunk) as u8).collect();
            sent.feed(&data);
            writer.write_all(&data).await?;
        }
        writer.close_socket()?;
        Ok(sent)
    });
    let reading = async_proc(async move {
        let (mut came, mut buffer, mut reads) = (Hash::new(), vec![0; 10_000], 0);
        loop {
            let size = reader.read(&mut buffer).await?;
            if size == 0 {
                break;
            }
            came.feed(&buffer[..size]);
            reads += 1;
            if reads % 100 == 0 {
                sleep_async(1).await?;
            }
        }
        reader.close_socket()?;
        Ok(came)
    });
    let came = wait_for(reading)?;
    assert_eq!(came, wait_for(writing)?);
    let after = Figures::now();
    assert!(after.resident_kib < before.resident_kib + 4096, "memory grows: {before} -> {after}");
    Ok(format!("{} MiB to a reader that sleeps", total >> 20))
}

pub fn resets(size: &Size) -> Result<String> {
    let (listener, port) = listen()?;
    let count = size.resets;
    let server = async_proc(serve(listener, 2 * count));
    let clients = async_proc(async move {
        for _ in 0..count {
            reset(port).await?;
            half_close(port).await?;
        }
        Ok(())
    });
    wait_for(clients)?;
    wait_for(server)?;
    Ok(format!("{count} resets in mid-transfer, each beside a half-closed connection that is served to its end"))
}

/// Leaves by RST, with data on its way in both directions.
async fn reset(port: u16) -> Result<()> {
    let socket = dial("127.0.0.1", port).await?;
    socket.write_all(&[1; 20_000]).await?;
    socket.with_fd(|fd| socket2::SockRef::from(&fd).set_linger(Some(Duration::ZERO)))??;
    socket.close_socket()
}

async fn half_close(port: u16) -> Result<()> {
    let stream = std::net::TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
    let socket = register(stream)?;
    socket.write_all(&[2; 5000]).await?;
    socket.with_fd(|fd| socket2::SockRef::from(&fd).shutdown(std::net::Shutdown::Write))??;
    let (mut came, mut buffer) = (0, [0; 1000]);
    loop {
        match socket.read(&mut buffer).await? {
            0 => break,
            size => came += size,
        }
    }
    assert_eq!(came, 5000);
    socket.close_socket()
}
