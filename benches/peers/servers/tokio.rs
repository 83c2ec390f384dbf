//! Raw tokio on one thread, as its experts write it.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::Builder;

use super::{Traffic, bind, listen};

pub fn serve(traffic: Traffic, buffer: usize) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match traffic {
            Traffic::Udp => tokio::spawn(datagrams(buffer)).await?,
            _ => tokio::spawn(accept(traffic, buffer)).await?,
        }
    })
}

async fn accept(traffic: Traffic, buffer: usize) -> io::Result<()> {
    let listener = TcpListener::from_std(listen()?)?;
    loop {
        let (client, _) = listener.accept().await?;
        tokio::spawn(connection(client, traffic, buffer));
    }
}

async fn connection(mut client: TcpStream, traffic: Traffic, buffer: usize) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = vec![0; buffer];
    loop {
        let size = client.read(&mut buffer).await?;
        if size == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..size]).await?;
        if traffic == Traffic::Once {
            return Ok(());
        }
    }
}

async fn datagrams(buffer: usize) -> io::Result<()> {
    let socket = UdpSocket::from_std(bind()?)?;
    let mut buffer = vec![0; buffer];
    loop {
        let (size, from) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..size], from).await?;
    }
}
