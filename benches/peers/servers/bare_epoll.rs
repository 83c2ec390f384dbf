//! The floor: a loop around epoll without anything else.

use std::collections::HashMap;
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::{Errno, read, write};
use rustix::net::{SocketFlags, accept_with, sockopt};

use super::{Traffic, bind, listen};

/// The token of what takes no connection's number.
const FIRST: u64 = u64::MAX;

struct Connection {
    socket: OwnedFd,
    buffer: Vec<u8>,
    unsent: std::ops::Range<usize>,
}

pub fn serve(traffic: Traffic, buffer: usize) -> io::Result<()> {
    match traffic {
        Traffic::Udp => datagrams(bind()?, buffer),
        _ => connections(traffic == Traffic::Once, buffer),
    }
}

fn connections(once: bool, buffer: usize) -> io::Result<()> {
    let listener = listen()?;
    let selector = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&selector, &listener, EventData::new_u64(FIRST), EventFlags::IN)?;
    let mut clients = HashMap::new();
    let mut events = Vec::with_capacity(64);
    loop {
        wait(&selector, &mut events)?;
        for event in &events {
            let (token, flags) = (event.data.u64(), event.flags);
            if token == FIRST {
                let socket = accept_with(&listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
                sockopt::set_tcp_nodelay(&socket, true)?;
                let token = socket.as_raw_fd() as u64;
                epoll::add(&selector, &socket, EventData::new_u64(token), EventFlags::IN)?;
                clients.insert(token, Connection { socket, buffer: vec![0; buffer], unsent: 0..0 });
                continue;
            }
            let Some(client) = clients.get_mut(&token) else { continue };
            if !client.advance(&selector, flags, once)? {
                clients.remove(&token);
            }
        }
    }
}

impl Connection {
    /// Receives if nothing is left to send, then sends. Answers whether the connection goes on.
    fn advance(&mut self, selector: &OwnedFd, flags: EventFlags, once: bool) -> io::Result<bool> {
        let was_full = !self.unsent.is_empty();
        if !was_full && !flags.is_empty() {
            match read(&self.socket, &mut self.buffer)? {
                0 => return Ok(false),
                size => self.unsent = 0..size,
            }
        }
        while !self.unsent.is_empty() {
            match write(&self.socket, &self.buffer[self.unsent.clone()]) {
                Ok(size) => self.unsent.start += size,
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let is_full = !self.unsent.is_empty();
        if is_full != was_full {
            let interest = if is_full { EventFlags::OUT } else { EventFlags::IN };
            let token = EventData::new_u64(self.socket.as_raw_fd() as u64);
            epoll::modify(selector, self.socket.as_fd(), token, interest)?;
        }
        Ok(is_full || !once)
    }
}

/// Waits; a signal, or a tracer, may interrupt it.
fn wait(selector: &OwnedFd, events: &mut Vec<epoll::Event>) -> io::Result<()> {
    events.clear();
    match epoll::wait(selector, spare_capacity(events), None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn datagrams(socket: UdpSocket, buffer: usize) -> io::Result<()> {
    let selector = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&selector, &socket, EventData::new_u64(FIRST), EventFlags::IN)?;
    let mut buffer = vec![0; buffer];
    let mut events = Vec::with_capacity(64);
    loop {
        wait(&selector, &mut events)?;
        loop {
            match socket.recv_from(&mut buffer) {
                Ok((size, from)) => socket.send_to(&buffer[..size], from)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
        }
    }
}
