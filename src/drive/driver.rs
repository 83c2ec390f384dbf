//! One who drives the loop, and its turns.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::coop::has_budget_remaining;
use tokio::time::Instant;

use crate::current::{Driven, Installed, enter};
use crate::dispatcher::Dispatcher;
use crate::error::{Error, Result};
use crate::machine::poll_unconstrained;
use crate::turn::{Plan, Turn};

/// Where a turn stands between two polls.
pub(super) enum Stage {
    Between,
    /// tokio is being let run.
    Visiting(Turn, Pin<Box<dyn Future<Output = ()>>>),
    /// Phase 2.
    Waiting(Turn, Option<Instant>),
}

/// Makes turns of a guest's loop.
pub(super) struct Driver {
    pub(super) dispatcher: Dispatcher,
    id: u64,
    stage: Stage,
    /// Wakes all drives of the dispatcher: what the loop waits with.
    waker: Waker,
}

impl Driver {
    pub(super) fn new(dispatcher: &Dispatcher) -> Driver {
        let drives = &dispatcher.core().drives;
        Driver {
            dispatcher: dispatcher.clone(),
            id: drives.join(),
            stage: Stage::Between,
            waker: Waker::from(Arc::clone(drives)),
        }
    }

    /// Calls `work` as the loop's turn is taken: dispatcher installed, runtime entered, blocking refused.
    pub(super) fn inside<T>(
        &mut self,
        cx: &mut Context<'_>,
        work: impl FnOnce(&mut Driver, &mut Context<'_>) -> T,
    ) -> Result<T> {
        let core = self.dispatcher.core();
        if core.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        if !core.is_guest() {
            return Err(Error::loop_inside(
                "this dispatcher owns its runtime: use `poll`, `drain`, `run_forever` or `wait_for`, \
                 or make a `Dispatcher::guest()`",
            ));
        }
        let machine = core.machine()?;
        core.drives.polled(self.id, cx);
        let _installed = Installed::new(&self.dispatcher);
        let _driven = Driven::new();
        let _entered = enter(&machine);
        Ok(work(self, cx))
    }

    /// Makes one turn.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>, limit: Option<Duration>) -> Poll<Result<()>> {
        loop {
            match mem::replace(&mut self.stage, Stage::Between) {
                Stage::Between => {
                    let core = self.dispatcher.core();
                    let machine = core.machine()?;
                    let turn = Turn::begin(core, &machine, limit)?;
                    match turn.plan() {
                        Plan::GoOn if has_budget_remaining() => return finish(turn, cx),
                        Plan::GoOn | Plan::Visit => {
                            self.stage = Stage::Visiting(turn, Box::pin(tokio::task::yield_now()))
                        }
                        Plan::Wait(until) => self.stage = Stage::Waiting(turn, until),
                    }
                }
                Stage::Visiting(mut turn, mut visit) => {
                    if visit.as_mut().poll(cx).is_pending() {
                        self.stage = Stage::Visiting(turn, visit);
                        return Poll::Pending;
                    }
                    turn.look_again()?;
                    return finish(turn, cx);
                }
                Stage::Waiting(mut turn, until) => {
                    return match turn.poll_wait(&mut Context::from_waker(&self.waker), until) {
                        Poll::Pending => {
                            self.stage = Stage::Waiting(turn, until);
                            Poll::Pending
                        }
                        Poll::Ready(waited) => {
                            waited.map_or_else(|error| Poll::Ready(Err(error)), |()| finish(turn, cx))
                        }
                    };
                }
            }
        }
    }
}

/// Phases 3 to 5, outside of tokio's budget: a proc that found it used up would be resumed in vain until the queue's
/// limit.
fn finish(turn: Turn, cx: &mut Context<'_>) -> Poll<Result<()>> {
    let mut turn = Some(turn);
    poll_unconstrained(cx, |_| Poll::Ready(turn.take().map_or(Ok(()), Turn::finish)))
}

impl Drop for Driver {
    /// What this one was waiting for is the others' now.
    fn drop(&mut self) {
        self.dispatcher.core().drives.remove(self.id);
    }
}
