//! Ours, raw callbacks: `add_read` and `add_write` alone.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::rc::Rc;

use asyncdispatch::{AsyncFD, Result, add_read, add_write, close_socket, register};
use rustix::io::{Errno, read, write};
use rustix::net::{SocketFlags, accept_with, sockopt};

use super::listen;

/// What was received last, and which part of it is still to be sent.
struct Connection {
    buffer: Vec<u8>,
    unsent: Range<usize>,
}

pub fn start(buffer: usize) -> Result<()> {
    add_read(register(listen()?)?, move |listener| accept(listener, buffer))
}

fn accept(listener: AsyncFD, buffer: usize) -> Result<bool> {
    loop {
        match listener.with_fd(|fd| accept_with(fd, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC))? {
            Ok(socket) => {
                sockopt::set_tcp_nodelay(&socket, true).map_err(io::Error::from)?;
                let connection = Rc::new(RefCell::new(Connection { buffer: vec![0; buffer], unsent: 0..0 }));
                add_read(register(socket)?, move |fd| on_data(fd, &connection))?;
            }
            Err(Errno::AGAIN) => return Ok(false),
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
}

/// Receives once and sends it back; nothing more is received before all of it is sent.
fn on_data(client: AsyncFD, connection: &Rc<RefCell<Connection>>) -> Result<bool> {
    let received = client.with_fd(|fd| read(fd, &mut *connection.borrow_mut().buffer))?;
    match received {
        Ok(0) => return close_socket(client).map(|()| true),
        Ok(size) => connection.borrow_mut().unsent = 0..size,
        Err(Errno::AGAIN) => return Ok(false),
        Err(error) => return Err(io::Error::from(error).into()),
    }
    if send(client, connection)? {
        return Ok(false);
    }
    let connection = Rc::clone(connection);
    add_write(client, move |fd| on_room(fd, &connection))?;
    Ok(true)
}

fn on_room(client: AsyncFD, connection: &Rc<RefCell<Connection>>) -> Result<bool> {
    if !send(client, connection)? {
        return Ok(false);
    }
    let connection = Rc::clone(connection);
    add_read(client, move |fd| on_data(fd, &connection))?;
    Ok(true)
}

/// Sends what can be sent; answers whether that was all.
fn send(client: AsyncFD, connection: &Rc<RefCell<Connection>>) -> Result<bool> {
    let Connection { buffer, unsent } = &mut *connection.borrow_mut();
    client.with_fd(|fd| {
        while unsent.start < unsent.end {
            match write(fd, &buffer[unsent.clone()]) {
                Ok(size) => unsent.start += size,
                Err(Errno::AGAIN) => return Ok(false),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        Ok(true)
    })?
}
