//! Owning mode: the calls that block, each a loop around one turn.

use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use crate::args::IntoMillis;
use crate::current::{Installed, current_dispatcher, enter};
use crate::dispatcher::{Core, Dispatcher, check_owning};
use crate::error::{Error, Result};
use crate::future::Awaitable;
use crate::machine::Machine;
use crate::turn::{Plan, Turn};

/// Nim's default for `poll` and `drain`.
const DEFAULT_MS: i32 = 500;

/// One turn of the loop; the phases are those of the docs of `turn.rs`.
fn run_once(core: &Rc<Core>, machine: &Rc<Machine>, limit: Option<Duration>) -> Result<()> {
    if core.is_closed() {
        return Err(Error::dispatcher_gone());
    }
    if core.is_idle() {
        return Err(Error::nothing_pending());
    }
    let mut turn = Turn::begin(core, machine, limit)?; // 1
    match turn.plan() {
        Plan::GoOn => {}
        Plan::Visit => {
            machine.visit()?;
            turn.look_again()?;
        }
        Plan::Wait(until) => machine.block_on(poll_fn(|cx| turn.poll_wait(cx, until)))??, // 2: the only line that waits
    }
    turn.finish() // 3, 4, 5
}

impl Dispatcher {
    /// Calls `turns` with this dispatcher as the thread's own and its runtime entered.
    fn blocking<T>(&self, turns: impl FnOnce(&Rc<Core>, &Rc<Machine>) -> Result<T>) -> Result<T> {
        let core = self.core();
        check_owning(core)?;
        let machine = core.machine()?;
        let _installed = Installed::new(self);
        let _entered = enter(&machine);
        turns(core, &machine)
    }

    /// Turns this dispatcher once, waiting for at most 500 ms. See [`poll`].
    pub fn poll(&self) -> Result<()> {
        self.poll_with(DEFAULT_MS)
    }

    /// Turns this dispatcher once. See [`poll_with`].
    pub fn poll_with(&self, timeout: impl IntoMillis) -> Result<()> {
        let limit = timeout.into_millis().limit()?;
        self.blocking(|core, machine| run_once(core, machine, limit))
    }

    /// Turns this dispatcher until nothing is pending, for at most 500 ms. See [`drain`].
    pub fn drain(&self) -> Result<()> {
        self.drain_with(DEFAULT_MS)
    }

    /// Turns this dispatcher until nothing is pending or the time is up. See [`drain_with`].
    pub fn drain_with(&self, timeout: impl IntoMillis) -> Result<()> {
        let limit = timeout.into_millis().limit()?;
        self.blocking(|core, machine| {
            let end = limit.map(|limit| core.now() + limit);
            while !core.is_idle() {
                let left = end.map(|end| end.saturating_duration_since(core.now()));
                run_once(core, machine, left)?;
                if end.is_some_and(|end| core.now() >= end) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Turns this dispatcher until a callback raises or nothing is pending. See [`run_forever`].
    #[doc(alias = "runForever")]
    pub fn run_forever(&self) -> Result<()> {
        self.blocking(|core, machine| {
            loop {
                run_once(core, machine, None)?;
            }
        })
    }

    /// Turns this dispatcher until `fut` is finished, and reads it. See [`wait_for`].
    #[doc(alias = "waitFor")]
    pub fn wait_for<F: Awaitable>(&self, fut: F) -> Result<F::Value> {
        if !fut.is_finished() {
            self.blocking(|core, machine| {
                while !fut.is_finished() {
                    run_once(core, machine, None)?;
                }
                Ok(())
            })?;
        }
        fut.value()
    }
}

/// Turns the thread's dispatcher once, waiting for at most 500 ms.
pub fn poll() -> Result<()> {
    current_dispatcher()?.poll()
}

/// Turns the thread's dispatcher once, waiting for at most `timeout` milliseconds; -1 means no limit.
#[doc(alias = "poll")]
pub fn poll_with(timeout: impl IntoMillis) -> Result<()> {
    current_dispatcher()?.poll_with(timeout)
}

/// Turns the thread's dispatcher until nothing is pending, for at most 500 ms.
pub fn drain() -> Result<()> {
    current_dispatcher()?.drain()
}

/// Turns the thread's dispatcher until nothing is pending or `timeout` milliseconds are over; -1 means no limit.
#[doc(alias = "drain")]
pub fn drain_with(timeout: impl IntoMillis) -> Result<()> {
    current_dispatcher()?.drain_with(timeout)
}

/// Turns the thread's dispatcher for ever: until a callback raises, or nothing is pending.
#[doc(alias = "runForever")]
pub fn run_forever() -> Result<()> {
    current_dispatcher()?.run_forever()
}

/// Turns the thread's dispatcher until `fut` is finished, and reads it.
#[doc(alias = "waitFor")]
pub fn wait_for<F: Awaitable>(fut: F) -> Result<F::Value> {
    current_dispatcher()?.wait_for(fut)
}
