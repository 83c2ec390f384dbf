//! Async procs of a program: scripts that may also wait.

use crate::{
    ends::HELD_FOR_ORDER,
    interpret::{Case, state_of},
    program::{Op, Statement},
};
use asyncdispatch::*;
use std::rc::Rc;

impl Case {
    /// An async proc up to its first wait.
    pub fn start(self: &Rc<Case>, k: usize) -> NimFuture<usize> {
        let outer = self.context.get();
        let future = self.run_proc(k);
        self.context.set(outer);
        future
    }

    fn run_proc(self: &Rc<Case>, k: usize) -> NimFuture<usize> {
        let case = self.clone();
        async_proc(async move {
            case.say(format!("begin {k}"));
            for statement in &case.program.scripts[k].body {
                if !case.burn() {
                    break;
                }
                case.context.set("proc");
                case.step_waiting(statement).await?;
            }
            case.say(format!("end {k}"));
            if case.raises(k) { Err(format!("raised by {k}"))? } else { Ok(k) }
        })
    }

    async fn step_waiting(self: &Rc<Case>, s: &Statement) -> Result<()> {
        match s.op {
            Op::Await => self.say(format!("got {}", (&self.future(s.args[0])).await?)),
            Op::Attempt => match (&self.future(s.args[0])).await {
                Ok(value) => self.say(format!("got {value}")),
                Err(e) => self.say(format!("caught {e}")),
            },
            Op::Settle => {
                let future = self.future(s.args[0]);
                future.settled().await;
                self.say(format!("settled {}", state_of(&future)));
            }
            Op::Nap => {
                sleep_async(0).await?;
                self.say("rested");
            }
            Op::Call => self.say(format!("back with {}", self.run_proc(s.args[0]).await?)),
            Op::Recv => self.receive(s.args[0], s.args[1]).await?,
            Op::Send => self.transmit(s.args[0], s.args[1]).await?,
            _ => self.step(s),
        }
        Ok(())
    }

    fn receive(self: &Rc<Case>, d: usize, size: usize) -> NimFuture<()> {
        let case = self.clone();
        async_proc(async move {
            let Some((key, ticket)) = case.begin(d, 0) else {
                case.say(HELD_FOR_ORDER);
                return Ok(());
            };
            let received = key.recv(size).await;
            case.finish(d, 0, ticket);
            match received {
                Ok(data) => case.say(format!("received '{}'", String::from_utf8_lossy(&data))),
                Err(e) => case.say(format!("recv failed: {e}")),
            }
            Ok(())
        })
    }

    fn transmit(self: &Rc<Case>, d: usize, size: usize) -> NimFuture<()> {
        let case = self.clone();
        async_proc(async move {
            let Some((key, ticket)) = case.begin(d, 1) else {
                case.say(HELD_FOR_ORDER);
                return Ok(());
            };
            let data = case.ends.borrow_mut()[d].next_letters(size);
            let sent = key.send(data.clone()).await;
            case.finish(d, 1, ticket);
            match sent {
                Ok(()) => case.say(format!("sent '{data}'")),
                Err(e) => case.say(format!("send failed: {e}")),
            }
            Ok(())
        })
    }

    /// Counts an operation on a registered end. `None`: it may not begin.
    fn begin(&self, d: usize, side: usize) -> Option<(AsyncFD, usize)> {
        if !self.may_wait(d, side) {
            return None;
        }
        let end = &mut self.ends.borrow_mut()[d];
        if end.is_registered() {
            end.waiting[side] += 1;
            end.operations += 1;
        }
        Some((end.key()?, end.registration))
    }

    fn finish(&self, d: usize, side: usize, registration: usize) {
        let end = &mut self.ends.borrow_mut()[d];
        if end.is_registered() && end.registration == registration {
            end.leave(side);
            end.operations -= 1;
        }
    }
}
