//! Two connected sockets: ours, which is registered now and then, and the peer, which the steps play.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::model::{READ, Slot};

/// Where the numbering of what is sent begins again; above is what fills the socket.
const MODULUS: u8 = 251;
const FILLING: u8 = 0xff;

pub struct Pair {
    pub slot: Option<Slot>,
    /// Ours while it is not registered.
    pub ours: Option<OwnedFd>,
    pub peer: Option<UnixStream>,
    /// Nothing has been done with it yet, so that it need not be there.
    unopened: bool,
    pub ended: bool,
    pub full: bool,
    inbound: usize,
    next_put: u8,
    next_taken: u8,
    next_sent: u8,
    /// How many bytes fill the socket.
    filled: usize,
}

fn counted(next: &mut u8) -> u8 {
    let byte = *next;
    *next = (byte + 1) % MODULUS;
    byte
}

impl Pair {
    pub fn unopened() -> Pair {
        Pair {
            slot: None,
            ours: None,
            peer: None,
            unopened: true,
            ended: false,
            full: false,
            inbound: 0,
            next_put: 0,
            next_taken: 0,
            next_sent: 0,
            filled: 0,
        }
    }

    pub fn open() -> std::io::Result<Pair> {
        let (ours, peer) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        peer.set_nonblocking(true)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&ours, 1 << 16)?;
        Ok(Pair { ours: Some(ours.into()), peer: Some(peer), unopened: false, ..Pair::unopened() })
    }

    /// Sockets cost more than the steps of a short run, most of which need few.
    pub fn open_first(&mut self) -> std::io::Result<()> {
        if self.unopened {
            *self = Pair::open()?;
        }
        Ok(())
    }

    /// Ours is closed, or will be at once.
    pub fn end(&mut self) {
        self.peer = None;
        self.full = false;
    }

    pub fn is_ready(&self, side: usize) -> bool {
        let over = self.peer.is_none();
        if side == READ { over || self.ended || self.inbound > 0 } else { over || !self.full }
    }

    /// A side that was ready may still be in a batch; one that is not now may be passed over.
    pub fn note_ready(&mut self) {
        for side in 0..2 {
            let ready = self.is_ready(side);
            if let Some(slot) = &mut self.slot {
                slot.sides[side].was_ready |= ready;
                slot.sides[side].ready_at *= u64::from(ready);
            }
        }
    }

    /// The peer sends.
    pub fn put(&mut self, size: usize) -> std::io::Result<()> {
        self.open_first()?;
        let open = !self.ended && self.inbound < 4096 && (self.slot.is_some() || self.ours.is_some());
        let Some(peer) = self.peer.as_mut().filter(|_| open) else { return Ok(()) };
        let data: Vec<_> = (0..size).map(|_| counted(&mut self.next_put)).collect();
        self.inbound += peer.write(&data)?;
        self.note_ready();
        Ok(())
    }

    /// What our side has received; `asked` is how much it would have taken.
    pub fn took(&mut self, data: &[u8], asked: usize) -> Result<(), String> {
        let expected: Vec<_> = (0..asked.min(self.inbound)).map(|_| counted(&mut self.next_taken)).collect();
        self.inbound -= expected.len();
        self.note_ready();
        if data == expected { Ok(()) } else { Err(format!("received {data:?}, expected {expected:?}")) }
    }

    pub fn numbered(&mut self, size: usize) -> Vec<u8> {
        (0..size).map(|_| counted(&mut self.next_sent)).collect()
    }

    /// What fills the socket, as far as `write` takes it.
    pub fn fill(&mut self, mut write: impl FnMut(&[u8]) -> Option<usize>) {
        self.filled = 0;
        while let Some(size) = write(&[FILLING; 1 << 14]) {
            self.filled += size;
        }
        self.full = true;
        self.note_ready();
    }

    /// The peer receives what there is.
    pub fn received(&mut self) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        match self.peer.as_mut().map(|peer| peer.read_to_end(&mut all)) {
            Some(Err(error)) if error.kind() != ErrorKind::WouldBlock => Err(format!("the peer cannot read: {error}")),
            _ => Ok(all),
        }
    }

    /// The peer receives what filled the socket.
    pub fn drain(&mut self) -> Result<(), String> {
        if self.full {
            let received = self.received()?;
            if received.len() != self.filled || received.iter().any(|byte| *byte != FILLING) {
                return Err(format!("{} bytes received of {} that filled the socket", received.len(), self.filled));
            }
            self.full = false;
            self.note_ready();
        }
        Ok(())
    }
}
