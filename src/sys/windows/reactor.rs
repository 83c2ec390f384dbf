//! What tokio's reactor knows of a member.
//!
//! tokio has no `AsyncFd` here, only types of its own, so a member lends it a duplicate of its socket as one of those:
//! a `TcpStream`, which does not mind what it is given as long as nothing is read or written through it. tokio tells of
//! edges; when it has told of one, it is made to forget that by a call that claims to have found nothing. After that the
//! system tells anew, at once if there is anything.

use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpStream as StdStream;
use std::os::windows::io::BorrowedSocket;
use std::pin::pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::Interest as TokioInterest;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::coop::unconstrained;

use super::super::ready::Interest;

/// A socket in tokio's reactor.
pub(super) struct Enrolled {
    /// `None` only if tokio has refused to take it once more.
    stream: Option<TcpStream>,
    runtime: Handle,
}

/// What came of asking to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Armed {
    /// The waker is woken when something happens.
    Waiting,
    /// tokio insists that something has happened.
    Insists,
}

impl Enrolled {
    pub(super) fn new(socket: BorrowedSocket<'_>, runtime: &Handle) -> io::Result<Enrolled> {
        let why = |error| SockRef::from(&socket).r#type().err().unwrap_or(error); // no socket at all, perhaps
        let stream = StdStream::from(socket.try_clone_to_owned().map_err(why)?);
        let mut enrolled = Enrolled { stream: None, runtime: runtime.clone() };
        enrolled.enter(stream)?;
        Ok(enrolled)
    }

    fn enter(&mut self, stream: StdStream) -> io::Result<()> {
        let _entered = self.runtime.enter();
        self.stream = Some(TcpStream::from_std(stream)?);
        Ok(())
    }

    /// Asks that the waker of `cx` is woken when something happens on `side`; what has been told before is forgotten.
    ///
    /// tokio never forgets that a side is closed. A connection may have failed before the one that is tried now, so in
    /// this case the socket is entered anew.
    pub(super) fn arm(&mut self, side: Interest, cx: &mut Context<'_>) -> io::Result<Armed> {
        let mut armed = Armed::Waiting;
        loop {
            let Some(stream) = &self.stream else { return Ok(armed) };
            if poll_ready(stream, side, cx)?.is_pending() {
                return Ok(armed);
            }
            forget(stream, side);
            if poll_ready(stream, side, cx)?.is_pending() {
                return Ok(armed);
            }
            armed = Armed::Insists;
            if let Some(stream) = self.stream.take() {
                self.enter(stream.into_std()?)?;
            }
        }
    }
}

/// Outside of tokio's budget: the dispatcher has bounds of its own.
fn poll_ready(stream: &TcpStream, side: Interest, cx: &mut Context<'_>) -> io::Result<Poll<()>> {
    let ready = pin!(unconstrained(poll_fn(|cx| match side {
        Interest::READ => stream.poll_read_ready(cx),
        _ => stream.poll_write_ready(cx),
    })));
    match ready.poll(cx) {
        Poll::Ready(result) => result.map(Poll::Ready),
        Poll::Pending => Ok(Poll::Pending),
    }
}

fn forget(stream: &TcpStream, side: Interest) {
    let side = if side == Interest::READ { TokioInterest::READABLE } else { TokioInterest::WRITABLE };
    let _always_would_block = stream.try_io(side, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
}
