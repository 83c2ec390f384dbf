//! The TCP echo of `echo_server` with `add_read` and `add_write` callbacks alone, as C programmers write it.
//!
//! `cargo run --release --example echo_callbacks -- [ADDR] [BUFFER_BYTES]` (127.0.0.1:7007 and 16384)

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, Result, add_read, add_timer, add_write, close_socket, register, run_forever};
use socket2::{Domain, SockRef, Socket, Type};

/// What has been read into `buffer`, and the part of it still to be sent.
struct Connection {
    buffer: Vec<u8>,
    unsent: Range<usize>,
}

type Shared = Rc<RefCell<Connection>>;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let addr: SocketAddr = args.next().as_deref().unwrap_or("127.0.0.1:7007").parse()?;
    let size: usize = args.next().as_deref().unwrap_or("16384").parse()?;
    let listener = listen(addr)?;
    add_read(listener, move |fd| on_connection(fd, size.max(1)))?;
    run_forever()
}

fn listen(addr: SocketAddr) -> Result<AsyncFD> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(4096)?;
    let bound = socket.local_addr()?.as_socket().unwrap_or(addr);
    println!("listening on {bound}");
    std::io::stdout().flush()?;
    register(socket)
}

/// Accepts all who wait. A callback that answers `true` is taken off.
fn on_connection(listener: AsyncFD, size: usize) -> Result<bool> {
    loop {
        match listener.with_fd(|fd| SockRef::from(&fd).accept())? {
            Ok((socket, _)) => {
                socket.set_nonblocking(true)?;
                socket.set_tcp_nodelay(true).ok();
                let connection = Connection { buffer: vec![0; size], unsent: 0..0 };
                match register(socket) {
                    Ok(client) => listen_to(client, Rc::new(RefCell::new(connection)))?,
                    Err(error) => return come_back_later(listener, size, &error),
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            Err(error) => return come_back_later(listener, size, &error),
        }
    }
}

/// Out of descriptors or of memory: some connections have to end first.
fn come_back_later(listener: AsyncFD, size: usize, error: &dyn std::error::Error) -> Result<bool> {
    eprintln!("accept: {error}");
    add_timer(50, true, move |_| {
        add_read(listener, move |fd| on_connection(fd, size))?;
        Ok(true)
    })?;
    Ok(true)
}

fn listen_to(client: AsyncFD, connection: Shared) -> Result<()> {
    add_read(client, move |fd| on_data(fd, &connection))
}

/// Reads once and sends it back. Nothing more is read before all of it is sent.
fn on_data(client: AsyncFD, connection: &Shared) -> Result<bool> {
    let received = client.with_fd(|fd| (&*SockRef::from(&fd)).read(&mut connection.borrow_mut().buffer))?;
    match received {
        Ok(0) => return close(client),
        Ok(size) => connection.borrow_mut().unsent = 0..size,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(false),
        Err(_) => return close(client),
    }
    match send(client, connection)? {
        Ok(true) => Ok(false),
        Ok(false) => {
            let connection = connection.clone();
            add_write(client, move |fd| on_room(fd, &connection))?;
            Ok(true)
        }
        Err(_) => close(client),
    }
}

/// There is room to send again.
fn on_room(client: AsyncFD, connection: &Shared) -> Result<bool> {
    match send(client, connection)? {
        Ok(false) => Ok(false),
        Ok(true) => {
            listen_to(client, connection.clone())?;
            Ok(true)
        }
        Err(_) => close(client),
    }
}

/// Sends what can be sent; answers whether that was all.
fn send(client: AsyncFD, connection: &Shared) -> Result<io::Result<bool>> {
    let Connection { buffer, unsent } = &mut *connection.borrow_mut();
    client.with_fd(|fd| {
        while unsent.start < unsent.end {
            match (&*SockRef::from(&fd)).write(&buffer[unsent.clone()]) {
                Ok(size) => unsent.start += size,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    })
}

fn close(client: AsyncFD) -> Result<bool> {
    close_socket(client)?;
    Ok(true)
}
