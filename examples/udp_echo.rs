//! UDP echo: each datagram goes back to where it came from.
//!
//! `cargo run --release --example udp_echo -- [ADDR] [BUFFER_BYTES]` (127.0.0.1:7007 and 16384; longer ones are cut)

use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};

use asyncdispatch::{AsyncFD, Result, async_proc, register, wait_for};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let addr: SocketAddr = args.next().as_deref().unwrap_or("127.0.0.1:7007").parse()?;
    let size: usize = args.next().as_deref().unwrap_or("16384").parse()?;
    let socket = UdpSocket::bind(addr)?;
    println!("listening on {}", socket.local_addr()?);
    io::stdout().flush()?;
    wait_for(async_proc(echo(register(socket)?, size)))
}

async fn echo(socket: AsyncFD, size: usize) -> Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let (size, from) = match socket.read_from(&mut buffer).await {
            Ok(datagram) => datagram,
            // An earlier answer found nobody at home.
            Err(error) if io::Error::from(error.clone()).kind() == io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = socket.write_to(&buffer[..size], &from).await {
            eprintln!("{from}: {error}");
        }
    }
}
