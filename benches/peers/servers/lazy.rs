//! Ours, Rust's form: lazy operations on a borrowed buffer.

use asyncdispatch::{AsyncFD, Result, async_check, async_proc, register};
use socket2::SockRef;

use super::{Traffic, bind, listen};

pub fn start(traffic: Traffic, buffer: usize) -> Result<()> {
    match traffic {
        Traffic::Udp => async_check(async_proc(datagrams(register(bind()?)?, buffer))),
        _ => async_check(async_proc(accept(register(listen()?)?, traffic, buffer))),
    }
    Ok(())
}

async fn accept(listener: AsyncFD, traffic: Traffic, buffer: usize) -> Result<()> {
    loop {
        let (client, _) = listener.accept_client().await?;
        async_check(async_proc(connection(client, traffic, buffer)));
    }
}

async fn connection(client: AsyncFD, traffic: Traffic, buffer: usize) -> Result<()> {
    client.with_fd(|fd| SockRef::from(&fd).set_tcp_nodelay(true))??;
    let mut buffer = vec![0; buffer];
    loop {
        let size = client.read(&mut buffer).await?;
        if size == 0 {
            break;
        }
        client.write_all(&buffer[..size]).await?;
        if traffic == Traffic::Once {
            break;
        }
    }
    client.close_socket()
}

async fn datagrams(socket: AsyncFD, buffer: usize) -> Result<()> {
    let mut buffer = vec![0; buffer];
    loop {
        let (size, from) = socket.read_from(&mut buffer).await?;
        socket.write_to(&buffer[..size], &from).await?;
    }
}
