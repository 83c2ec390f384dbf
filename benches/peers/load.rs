//! The clients: each sends a request, waits for its echo, and sends the next.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::{Errno, ioctl_fionbio, read, write};

use crate::servers::Traffic;

/// Nothing is lost on the loopback device; who is silent for so long has failed.
const SILENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A number of clients of one server.
pub struct Load {
    server: SocketAddr,
    traffic: Traffic,
    clients: Vec<Client>,
    request: Vec<u8>,
    scratch: Vec<u8>,
    selector: OwnedFd,
    /// How long to wait before a further request.
    pub pause: Duration,
}

struct Client {
    socket: OwnedFd,
    unsent: usize,
    awaited: usize,
    /// Its server has ended the connection.
    ended: bool,
    /// Whether to look for that end after each answer.
    watches_end: bool,
}

/// When no further request is sent.
#[derive(Clone, Copy)]
pub enum Until {
    Time(Duration),
    Requests(u64),
}

/// What a run has done.
pub struct Done {
    pub requests: u64,
    pub took: Duration,
}

impl Load {
    pub fn new(server: SocketAddr, traffic: Traffic, clients: usize, size: usize) -> io::Result<Load> {
        let mut load = Load {
            server,
            traffic,
            clients: Vec::new(),
            request: (0..size).map(|i| i as u8).collect(),
            scratch: vec![0; size.max(4096) * 2],
            selector: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            pause: Duration::ZERO,
        };
        load.check_echo()?;
        for index in 0..clients {
            let client = load.connect(index)?;
            load.clients.push(client);
        }
        Ok(load)
    }

    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// One blocking request, of which every byte is looked at.
    fn check_echo(&mut self) -> io::Result<()> {
        let socket = open(self.server, self.traffic)?;
        let (mut sent, mut got) = (0, Vec::new());
        while got.len() < self.request.len() {
            if sent < self.request.len() {
                sent += write(&socket, &self.request[sent..self.request.len().min(sent + 8192)])?;
            }
            match read(&socket, &mut self.scratch)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                size => got.extend_from_slice(&self.scratch[..size]),
            }
        }
        if got == self.request { Ok(()) } else { Err(io::Error::other("the echo is not what was sent")) }
    }

    fn connect(&self, index: usize) -> io::Result<Client> {
        let socket = open(self.server, self.traffic)?;
        ioctl_fionbio(&socket, true)?;
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
        epoll::add(&self.selector, socket.as_fd(), EventData::new_u64(index as u64), flags)?;
        Ok(Client { socket, unsent: 0, awaited: 0, ended: false, watches_end: self.traffic == Traffic::Once })
    }

    /// Sends requests until it is time to stop, and returns when all of them are answered.
    pub fn run(&mut self, until: Until) -> io::Result<Done> {
        let begun = Instant::now();
        let (mut started, mut requests) = (0, 0);
        let may_start = |started: u64| match until {
            Until::Time(time) => begun.elapsed() < time,
            Until::Requests(limit) => started < limit,
        };
        for index in 0..self.clients.len() {
            if may_start(started) {
                started += 1;
                self.start(index)?;
            }
        }
        let mut events = Vec::with_capacity(64);
        while requests < started {
            events.clear();
            if epoll::wait(&self.selector, spare_capacity(&mut events), Some(&SILENCE))? == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            for event in &events {
                let index = event.data.u64() as usize;
                if self.clients[index].advance(&self.request, &mut self.scratch)? && self.is_through(index) {
                    requests += 1;
                    if may_start(started) {
                        started += 1;
                        if !self.pause.is_zero() {
                            sleep(self.pause);
                        }
                        self.start(index)?;
                    }
                }
            }
        }
        Ok(Done { requests, took: begun.elapsed() })
    }

    fn is_through(&self, index: usize) -> bool {
        self.traffic != Traffic::Once || self.clients[index].ended
    }

    fn start(&mut self, index: usize) -> io::Result<()> {
        if self.clients[index].ended {
            self.clients[index] = self.connect(index)?;
        }
        let client = &mut self.clients[index];
        client.unsent = self.request.len();
        client.awaited = self.request.len();
        client.send(&self.request)
    }
}

impl Client {
    /// Receives and sends what can be; answers whether the request is answered with this.
    fn advance(&mut self, request: &[u8], scratch: &mut [u8]) -> io::Result<bool> {
        let (was_waiting, had_ended) = (self.awaited > 0, self.ended);
        self.receive(scratch)?;
        self.send(request)?;
        Ok((was_waiting || (self.ended && !had_ended)) && self.awaited == 0)
    }

    /// A short receive tells that nothing is left, the end of the connection apart.
    fn receive(&mut self, scratch: &mut [u8]) -> io::Result<()> {
        loop {
            match read(&self.socket, &mut *scratch) {
                Ok(0) => self.ended = true,
                Ok(size) if size <= self.awaited => {
                    self.awaited -= size;
                    if size == scratch.len() || self.watches_end {
                        continue;
                    }
                }
                Ok(_) => return Err(io::Error::other("more has come back than was sent")),
                Err(Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
            if self.ended && self.awaited > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            return Ok(());
        }
    }

    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        while self.unsent > 0 {
            match write(&self.socket, &request[request.len() - self.unsent..]) {
                Ok(size) => self.unsent -= size,
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// A blocking connection to a server.
pub fn open(server: SocketAddr, traffic: Traffic) -> io::Result<OwnedFd> {
    if traffic == Traffic::Udp {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.connect(server)?;
        return Ok(socket.into());
    }
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    Ok(stream.into())
}
