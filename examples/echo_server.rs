//! The smallest good TCP echo: one async proc and one reused buffer a connection, the lazy operations.
//!
//! `cargo run --release --example echo_server -- [ADDR] [BUFFER_BYTES]` (127.0.0.1:7007 and 16384)

use std::io::Write;
use std::net::SocketAddr;

use asyncdispatch::{AsyncFD, ErrorKind, Result, async_check, async_proc, register, run_forever, sleep_async};
use socket2::{Domain, SockRef, Socket, Type};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let addr: SocketAddr = args.next().as_deref().unwrap_or("127.0.0.1:7007").parse()?;
    let size: usize = args.next().as_deref().unwrap_or("16384").parse()?;
    let listener = listen(addr)?;
    async_check(async_proc(serve(listener, size.max(1))));
    run_forever()
}

fn listen(addr: SocketAddr) -> Result<AsyncFD> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(4096)?;
    let bound = socket.local_addr()?.as_socket().unwrap_or(addr);
    println!("listening on {bound}");
    std::io::stdout().flush()?;
    register(socket)
}

async fn serve(listener: AsyncFD, size: usize) -> Result<()> {
    loop {
        match listener.accept_client().await {
            Ok((client, _)) => async_check(async_proc(connection(client, size))),
            Err(error) if !matches!(error.kind(), ErrorKind::Os | ErrorKind::TooManyDescriptors) => return Err(error),
            // Out of descriptors or of memory: some connections have to end first.
            Err(error) => {
                eprintln!("accept: {error}");
                sleep_async(50).await?;
            }
        }
    }
}

/// A connection that breaks is its own affair.
async fn connection(client: AsyncFD, size: usize) -> Result<()> {
    let _broken = echo(client, size).await;
    client.close_socket()
}

async fn echo(client: AsyncFD, size: usize) -> Result<()> {
    client.with_fd(|fd| SockRef::from(&fd).set_tcp_nodelay(true))??;
    let mut buffer = vec![0; size];
    loop {
        match client.read(&mut buffer).await? {
            0 => return Ok(()),
            n => client.write_all(&buffer[..n]).await?,
        }
    }
}
