//! The level-triggered selector: `WSAPoll` says what is ready, tokio's reactor when to ask it.
//!
//! A look asks for all members at once, so it costs more the more there are; the system has nothing level-triggered that
//! would not. What is ready comes in the order in which the members were added; beyond a batch the next look goes on
//! where this one has ended.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::windows::io::{AsRawSocket, BorrowedSocket};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use windows_sys::Win32::Networking::WinSock::{
    POLLERR, POLLHUP, POLLNVAL, POLLRDNORM, POLLWRNORM, SOCKET, WSAENOTSOCK, WSAPOLLFD,
};

use super::alarm::Alarm;
use super::bell::Bell;
use super::descriptor::poll_now;
use super::process::Process;
use super::reactor::{Armed, Enrolled};
use super::wait::Wait;
use crate::sys::ready::{BATCH, Batch, Event, Interest};

const SIDES: [Interest; 2] = [Interest::READ, Interest::WRITE];

/// See the module's docs.
pub(crate) struct Selector {
    runtime: Handle,
    bell: Arc<Bell>,
    /// The same, as the members' waker.
    waker: Waker,
    members: RefCell<Members>,
    /// Handles that are no sockets.
    waits: RefCell<Vec<(u64, Wait)>>,
    /// Where the next look begins to tell.
    next: Cell<usize>,
}

/// Both lists have the same order.
#[derive(Default)]
struct Members {
    asked: Vec<WSAPOLLFD>,
    list: Vec<Member>,
}

struct Member {
    token: u64,
    interest: Interest,
    enrolled: Enrolled,
}

impl Members {
    fn place_of(&self, socket: BorrowedSocket<'_>) -> Option<usize> {
        let socket = socket.as_raw_socket() as SOCKET;
        self.asked.iter().position(|asked| asked.fd == socket)
    }

    fn take(&mut self, place: usize) -> Member {
        self.asked.remove(place);
        self.list.remove(place)
    }
}

impl Selector {
    /// In the runtime that is entered.
    pub(crate) fn new() -> io::Result<Selector> {
        let bell = Arc::new(Bell::default());
        Ok(Selector {
            runtime: Handle::try_current().map_err(io::Error::other)?,
            waker: Waker::from(Arc::clone(&bell)),
            bell,
            members: RefCell::default(),
            waits: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// One whose number is watched already was closed, and its number given away: it is forgotten.
    pub(crate) fn add(&self, socket: BorrowedSocket<'_>, token: u64, interest: Interest) -> io::Result<()> {
        let _was_not_closed = self.remove(socket);
        let mut member = Member { token, interest: Interest::NONE, enrolled: Enrolled::new(socket, &self.runtime)? };
        self.ask(&mut member, interest)?;
        let mut members = self.members.borrow_mut();
        members.asked.push(WSAPOLLFD { fd: socket.as_raw_socket() as SOCKET, events: events(interest), revents: 0 });
        members.list.push(member);
        Ok(())
    }

    pub(crate) fn modify(&self, socket: BorrowedSocket<'_>, token: u64, interest: Interest) -> io::Result<()> {
        let mut members = self.members.borrow_mut();
        let place = members.place_of(socket).ok_or(io::ErrorKind::NotFound)?;
        members.asked[place].events = events(interest);
        members.list[place].token = token;
        self.ask(&mut members.list[place], interest)
    }

    /// Forgets a socket that was added, also if it was closed.
    pub(crate) fn remove(&self, socket: BorrowedSocket<'_>) -> io::Result<()> {
        let taken = {
            let mut members = self.members.borrow_mut();
            members.place_of(socket).map(|place| members.take(place))
        };
        taken.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Asks tokio for sides that it was not asked for before.
    fn ask(&self, member: &mut Member, interest: Interest) -> io::Result<()> {
        let more = interest.without(member.interest);
        member.interest = interest;
        for side in SIDES.into_iter().filter(|side| more.contains(*side)) {
            member.enrolled.arm(side, &mut Context::from_waker(&self.waker))?;
        }
        Ok(())
    }

    /// A new member that is readable when its process has ended.
    pub(crate) fn add_process(&self, process: &Process, token: u64) -> io::Result<()> {
        self.waits.borrow_mut().push((token, Wait::new(&process.handle, &self.bell)?));
        Ok(())
    }

    pub(crate) fn remove_process(&self, process: &Process) -> io::Result<()> {
        let taken = {
            let mut waits = self.waits.borrow_mut();
            let place = waits.iter().position(|(_, wait)| wait.is_for(&process.handle));
            place.map(|place| waits.remove(place))
        };
        taken.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// None: tokio's clock has to do.
    pub(crate) fn timer(&self) -> io::Result<Alarm> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Fills `batch` without waiting. Returns whether anything is ready.
    fn look(&self, batch: &mut Batch) -> io::Result<bool> {
        batch.clear();
        let ended = |(token, wait): &(u64, Wait)| wait.is_over().then(|| of_side(*token, Interest::READ));
        batch.events.extend(self.waits.borrow().iter().filter_map(ended).take(BATCH));
        let mut members = self.members.borrow_mut();
        if !members.list.is_empty() {
            self.ask_system(&mut members, batch)?;
            if batch.is_empty() && self.bell.has_rung() {
                self.ask_tokio(&mut members, batch)?;
            }
        }
        Ok(!batch.is_empty())
    }

    fn ask_system(&self, members: &mut Members, batch: &mut Batch) -> io::Result<()> {
        match poll_now(&mut members.asked) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(WSAENOTSOCK) => return Ok(()), // all of them were closed
            Err(error) => return Err(error),
        }
        let size = members.list.len();
        let begin = self.next.replace(0) % size;
        for place in (begin..size).chain(0..begin) {
            let (asked, member) = (&members.asked[place], &members.list[place]);
            if let Some(event) = told(asked.revents, member) {
                if batch.events.len() == BATCH {
                    self.next.set(place);
                    break;
                }
                batch.events.push(event);
            }
        }
        Ok(())
    }

    /// Asks anew to be told. What tokio insists on and `WSAPoll` does not tell is believed: a connection that failed,
    /// of which it did not tell before Windows 10 of 2020.
    fn ask_tokio(&self, members: &mut Members, batch: &mut Batch) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        for member in &mut members.list {
            let interest = member.interest;
            for side in SIDES.into_iter().filter(|side| interest.contains(*side)) {
                let insists = member.enrolled.arm(side, &mut cx)? == Armed::Insists;
                if insists && batch.events.len() < BATCH {
                    batch.events.push(of_side(member.token, side));
                }
            }
        }
        Ok(())
    }
}

fn of_side(token: u64, ready: Interest) -> Event {
    Event { token, ready, broken: false }
}

fn events(interest: Interest) -> i16 {
    let mut events = 0;
    if interest.contains(Interest::READ) {
        events |= POLLRDNORM;
    }
    if interest.contains(Interest::WRITE) {
        events |= POLLWRNORM;
    }
    events
}

/// An error alone makes both sides ready; with a readable or writable bit only that side. A hang-up is the end of what
/// can be read, and no news for those who write.
fn told(revents: i16, member: &Member) -> Option<Event> {
    if revents & POLLNVAL != 0 {
        return None; // closed behind our back
    }
    let mut ready = Interest::NONE;
    if revents & (POLLRDNORM | POLLHUP) != 0 && member.interest.contains(Interest::READ) {
        ready = ready.with(Interest::READ);
    }
    if revents & POLLWRNORM != 0 && member.interest.contains(Interest::WRITE) {
        ready = ready.with(Interest::WRITE);
    }
    let broken = ready == Interest::NONE && revents & POLLERR != 0;
    if broken {
        ready = Interest::READ.with(Interest::WRITE);
    }
    (ready != Interest::NONE).then_some(Event { token: member.token, ready, broken })
}

/// The selector as tokio's reactor watches it.
pub(crate) struct Watched(Selector);

impl Watched {
    pub(crate) fn new(selector: Selector) -> io::Result<Watched> {
        Ok(Watched(selector))
    }

    pub(crate) fn selector(&self) -> &Selector {
        &self.0
    }

    /// Looks at the selector without waiting. Returns whether anything is ready.
    pub(crate) fn look(&self, batch: &mut Batch) -> io::Result<bool> {
        self.0.look(batch)
    }

    /// As [`look`](Watched::look), but wakes the waker of `cx` later if nothing is ready.
    pub(crate) fn poll_look(&self, cx: &mut Context<'_>, batch: &mut Batch) -> Poll<io::Result<()>> {
        self.0.bell.listen(cx.waker());
        match self.0.look(batch) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
