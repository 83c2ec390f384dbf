//! The harness's side of the connections, in std.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::scene::{ROUNDS, UNITS};

/// Nothing here takes long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What client `unit` says in `round`.
fn words(unit: usize, round: usize) -> Vec<u8> {
    (0..1000 + unit).map(|at| (at * 7 + round * 31 + unit) as u8).collect()
}

struct Client {
    unit: usize,
    stream: TcpStream,
    broken: Option<io::Error>,
}

impl Client {
    fn connect(unit: usize, to: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { unit, stream, broken: None })
    }

    fn exchange(&mut self, round: usize) {
        if self.broken.is_none() {
            self.broken = echoed(&mut self.stream, &words(self.unit, round)).err();
        }
    }

    fn end(&mut self) {
        if self.broken.is_none() {
            self.broken = at_end(&mut self.stream).err();
        }
    }
}

fn echoed(stream: &mut TcpStream, data: &[u8]) -> io::Result<()> {
    let mut back = vec![0; data.len()];
    stream.write_all(data)?;
    stream.read_exact(&mut back)?;
    if back == data { Ok(()) } else { Err(io::Error::other("other bytes came back")) }
}

fn at_end(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    match stream.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::other("bytes after the end")),
    }
}

/// Talks with a server at `to`, and returns how many connections did not come to their end.
pub fn talk(to: SocketAddr) -> io::Result<usize> {
    let mut clients = (0..UNITS).map(|unit| Client::connect(unit, to)).collect::<io::Result<Vec<_>>>()?;
    for round in 0..ROUNDS {
        clients.iter_mut().for_each(|client| client.exchange(round));
    }
    clients.iter_mut().for_each(Client::end);
    let late =
        clients.iter().filter_map(|client| client.broken.as_ref()).find(|e| e.kind() == io::ErrorKind::WouldBlock);
    match late {
        Some(_) => Err(io::Error::other("a client waited in vain")),
        None => Ok(clients.iter().filter(|client| client.broken.is_some()).count()),
    }
}

/// Echoes for whoever connects, as long as the process lives.
pub fn echo() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || io::copy(&mut &stream, &mut &stream));
        }
    });
    Ok(addr)
}
