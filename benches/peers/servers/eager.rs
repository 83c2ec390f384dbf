//! Ours, Nim's form: eager operations on owned buffers.

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
        let client = listener.accept().await?;
        async_check(async_proc(connection(client, traffic, buffer)));
    }
}

async fn connection(client: AsyncFD, traffic: Traffic, buffer: usize) -> Result<()> {
    client.with_fd(|fd| SockRef::from(&fd).set_tcp_nodelay(true))??;
    loop {
        let data = client.recv(buffer).await?;
        if data.is_empty() {
            break;
        }
        client.send(data).await?;
        if traffic == Traffic::Once {
            break;
        }
    }
    client.close_socket()
}

async fn datagrams(socket: AsyncFD, buffer: usize) -> Result<()> {
    let mut buffer = vec![0; buffer];
    loop {
        let (size, from, back) = socket.recv_from_into(buffer).await?;
        buffer = back;
        socket.send_to(buffer[..size].to_vec(), from).await?;
    }
}
