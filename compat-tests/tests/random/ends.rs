//! The ends of pipes and socket pairs that a program has opened.

use crate::{
    interpret::Case,
    program::{Kind, Op, Statement},
};
use asyncdispatch::*;
use asyncdispatch_compat_tests::pipe;
use rustix::{io::Errno, net::Shutdown};
use std::{
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    rc::Rc,
};

/// Said where [`Case::may_wait`] refuses.
pub const HELD_FOR_ORDER: &str = "held, it might be served in another order";

/// Where the descriptor of an end is. The key stays when it is stale.
#[derive(Default)]
enum Place {
    Registered(AsyncFD),
    Loose(OwnedFd, AsyncFD),
    #[default]
    Closed,
}

#[derive(Default)]
pub struct End {
    place: Place,
    pub registration: usize,
    /// How many callbacks and operations wait on each side.
    pub waiting: [usize; 2],
    pub operations: usize,
    /// Whether a side has been empty again since the registration: the kernel may still watch for it.
    served: bool,
    /// Whether a callback has raised, after which the end is still counted and watched.
    pub raised: bool,
    letters: usize,
}

impl End {
    pub fn is_closed(&self) -> bool {
        matches!(self.place, Place::Closed)
    }

    pub fn is_registered(&self) -> bool {
        matches!(self.place, Place::Registered(_))
    }

    fn is_loose(&self) -> bool {
        matches!(self.place, Place::Loose(..))
    }

    pub fn key(&self) -> Option<AsyncFD> {
        match self.place {
            Place::Registered(key) | Place::Loose(_, key) => Some(key),
            Place::Closed => None,
        }
    }

    /// Another life begins: nobody waits on it.
    fn turn_into(&mut self, place: Place) -> Place {
        self.waiting = [0, 0];
        self.operations = 0;
        self.served = false;
        self.raised = false;
        self.registration += 1;
        std::mem::replace(&mut self.place, place)
    }

    /// Somebody waits no more.
    pub fn leave(&mut self, side: usize) {
        self.waiting[side] -= 1;
        self.served |= self.waiting[side] == 0;
    }

    fn is_waited(&self) -> bool {
        self.waiting != [0, 0] || self.raised
    }

    /// What the next `size` bytes are, which are then used up.
    pub fn next_letters(&mut self, size: usize) -> String {
        let data = self.letters(size);
        self.letters += size;
        data
    }

    fn letters(&self, size: usize) -> String {
        (self.letters..self.letters + size).map(|i| char::from(b'a' + (i % 26) as u8)).collect()
    }

    /// Calls `f` with the descriptor, unless it is closed.
    fn with<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> R) -> Option<R> {
        match &self.place {
            Place::Registered(key) => key.with_fd(f).ok(),
            Place::Loose(fd, _) => Some(f(fd.as_fd())),
            Place::Closed => None,
        }
    }

    fn take(&self, size: usize) -> String {
        let mut buffer = vec![0; size];
        match self.with(|fd| rustix::io::read(fd, &mut buffer)) {
            None => "gone".to_owned(),
            Some(Ok(0)) => "end".to_owned(),
            Some(Ok(n)) => format!("'{}'", String::from_utf8_lossy(&buffer[..n])),
            Some(Err(e)) => name_of(e),
        }
    }

    fn give(&mut self, size: usize) -> String {
        let data = self.letters(size);
        match self.with(|fd| rustix::io::write(fd, data.as_bytes())) {
            None => "gone".to_owned(),
            Some(Ok(n)) => format!("'{}'", self.next_letters(n)),
            Some(Err(e)) => name_of(e),
        }
    }

    fn fill(&self) -> String {
        loop {
            match self.with(|fd| rustix::io::write(fd, &[b'.'; 4096])) {
                None => return "gone".to_owned(),
                Some(Ok(_)) => {}
                Some(Err(Errno::AGAIN)) => return "full".to_owned(),
                Some(Err(e)) => return name_of(e),
            }
        }
    }

    fn drain(&self) -> String {
        loop {
            match self.with(|fd| rustix::io::read(fd, &mut [0; 4096])) {
                None => return "gone".to_owned(),
                Some(Ok(0)) => return "end".to_owned(),
                Some(Ok(_)) => {}
                Some(Err(Errno::AGAIN)) => return "empty".to_owned(),
                Some(Err(e)) => return name_of(e),
            }
        }
    }
}

fn name_of(errno: Errno) -> String {
    match errno {
        Errno::AGAIN => "would block".to_owned(),
        Errno::PIPE => "broken pipe".to_owned(),
        Errno::CONNRESET => "reset".to_owned(),
        Errno::BADF => "wrong end".to_owned(),
        other => format!("error {}", other.raw_os_error()),
    }
}

fn open(kind: Kind) -> Result<[OwnedFd; 2]> {
    if kind == Kind::Pipe {
        let pipe = pipe()?;
        return Ok([pipe.reader, pipe.writer]);
    }
    let (a, b) = UnixStream::pair()?;
    a.set_nonblocking(true)?;
    b.set_nonblocking(true)?;
    Ok([a.into(), b.into()])
}

impl Case {
    pub fn open_all(&self) -> Result<()> {
        (0..self.program.opens.len()).try_for_each(|i| self.open_ends(i))
    }

    fn open_ends(&self, i: usize) -> Result<()> {
        for (fd, d) in open(self.program.opens[i])?.into_iter().zip(2 * i..) {
            let key = register(fd)?;
            let end = &mut self.ends.borrow_mut()[d];
            end.letters = 0;
            end.turn_into(Place::Registered(key));
        }
        Ok(())
    }

    /// Whether a callback or an operation waits on any end.
    pub fn is_waited(&self) -> bool {
        self.ends.borrow().iter().any(End::is_waited)
    }

    /// Whether the order in which descriptors are served does not depend on what the kernel watched before.
    pub fn may_wait(&self, d: usize, side: usize) -> bool {
        let ends = self.ends.borrow();
        let end = &ends[d];
        let plain = !end.served && end.operations == 0 && end.waiting[1 - side] == 0;
        let mut others = ends.iter().enumerate().filter(|(i, other)| *i != d && other.is_waited());
        let in_order = others.all(|(_, other)| plain && !other.served && other.waiting.contains(&0));
        in_order && !end.is_closed() && !self.is_signaled(None)
    }

    pub fn perform_transfer(self: &Rc<Case>, s: &Statement) -> Result<()> {
        let (d, size) = (s.args[0], s.args.get(1).copied().unwrap_or_default());
        match s.op {
            Op::Readable => return self.add_side(d, 0, s.args[1], s.args[2]),
            Op::Writable => return self.add_side(d, 1, s.args[1], s.args[2]),
            Op::Put => self.say(format!("put {}", self.ends.borrow_mut()[d].give(size))),
            Op::Get => self.say(format!("get {}", self.ends.borrow()[d].take(size))),
            Op::Fill => self.say(format!("fill {}", self.ends.borrow()[d].fill())),
            _ => self.say(format!("drain {}", self.ends.borrow()[d].drain())),
        }
        Ok(())
    }

    fn add_side(self: &Rc<Case>, d: usize, side: usize, k: usize, size: usize) -> Result<()> {
        let (key, registration) = (self.ends.borrow()[d].key(), self.ends.borrow()[d].registration);
        let Some(key) = key.filter(|_| self.may_wait(d, side)) else {
            self.say(HELD_FOR_ORDER);
            return Ok(());
        };
        let (case, mut calls) = (self.clone(), 0);
        let call = move |_: AsyncFD| {
            calls += 1;
            case.serve(Served { d, side, k, size, registration, calls })
        };
        if side == 0 {
            key.add_read(call)?
        } else {
            key.add_write(call)?
        }
        self.ends.borrow_mut()[d].waiting[side] += 1;
        Ok(())
    }

    fn serve(self: &Rc<Case>, call: Served) -> Result<bool> {
        let Served { d, side, k, size, registration, calls } = call;
        let closed_before = self.ends.borrow()[d].is_closed();
        let moved = match (size, side) {
            (0, _) => String::new(),
            (_, 0) => format!(" {}", self.ends.borrow()[d].take(size)),
            _ => format!(" {}", self.ends.borrow_mut()[d].give(size)),
        };
        self.say(format!("{} {d}{moved}", ["readable", "writable"][side]));
        self.run_serving(k, "descriptor");
        let same = self.ends.borrow()[d].registration == registration;
        if self.raises(k) && same && self.ends.borrow()[d].waiting[side] == 1 {
            self.ends.borrow_mut()[d].leave(side);
            self.ends.borrow_mut()[d].raised = true;
            return Err(format!("raised by {k}").into());
        }
        let done = closed_before || !self.has_fuel() || self.answer(k, calls);
        if done && same {
            self.ends.borrow_mut()[d].leave(side);
        }
        self.say(format!("answers {done}"));
        Ok(done)
    }

    pub fn perform_descriptor(self: &Rc<Case>, s: &Statement) -> Result<()> {
        let d = s.args[0];
        match s.op {
            Op::Register => self.register(d),
            Op::Unregister => self.unregister(d),
            Op::Close => self.close(d),
            Op::Reopen => self.reopen(d),
            _ => {
                let shut = self.ends.borrow()[d].with(|fd| rustix::net::shutdown(fd, Shutdown::Write));
                if shut.is_some_and(|shut| shut.is_ok()) {
                    self.say("shut");
                }
                Ok(())
            }
        }
    }

    /// Not while descriptors are served: the events looked up before would be for the new registration in Nim (row 7).
    fn register(&self, d: usize) -> Result<()> {
        if self.is_serving() || !self.ends.borrow()[d].is_loose() {
            self.say("held, descriptors are served or registered");
            return Ok(());
        }
        let place = self.ends.borrow_mut()[d].turn_into(Place::Closed);
        if let Place::Loose(fd, _) = place {
            let key = register(fd)?;
            self.ends.borrow_mut()[d].turn_into(Place::Registered(key));
        }
        self.say(format!("register in {}", self.context.get()));
        Ok(())
    }

    fn unregister(&self, d: usize) -> Result<()> {
        let (key, operations) = (self.ends.borrow()[d].key(), self.ends.borrow()[d].operations);
        let Some(key) = key.filter(|_| operations == 0) else {
            self.say(if operations > 0 { "held, operations wait" } else { "gone" });
            return Ok(());
        };
        let fd = unregister(key)?.into_owned().ok_or("it was registered as owned")?;
        self.ends.borrow_mut()[d].turn_into(Place::Loose(fd, key));
        self.say(format!("unregister in {}", self.context.get()));
        Ok(())
    }

    fn close(&self, d: usize) -> Result<()> {
        let (key, registered) = (self.ends.borrow()[d].key(), self.ends.borrow()[d].is_registered());
        let Some(key) = key else {
            self.say("gone");
            return Ok(());
        };
        // In the callback of its own list, operations behind it would never finish in Nim (row 9).
        if self.is_serving() && self.ends.borrow()[d].operations > 0 {
            self.say("held, operations wait");
            return Ok(());
        }
        if registered {
            self.say(format!("close in {}", self.context.get()));
            let _registered = self.ends.borrow_mut()[d].turn_into(Place::Closed);
        }
        close_socket(key)
    }

    fn reopen(&self, d: usize) -> Result<()> {
        let both_closed = self.ends.borrow()[d / 2 * 2..][..2].iter().all(End::is_closed);
        if both_closed && !self.is_serving() {
            return self.open_ends(d / 2);
        }
        self.say("held, descriptors are served or open");
        Ok(())
    }
}

/// One call of a callback on a descriptor.
struct Served {
    d: usize,
    side: usize,
    k: usize,
    size: usize,
    registration: usize,
    calls: usize,
}
