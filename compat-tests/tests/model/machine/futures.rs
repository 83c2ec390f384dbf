//! Futures, timers without callbacks, and procs.

use std::rc::Rc;

use asyncdispatch::{Error, async_proc, new_future, sleep_async};

use super::model::{Fut, Model, Proc, Waiter};
use super::world::{Check, World, told};

const PROCS: usize = 8;
const WAITERS: usize = 8;

impl Model {
    /// Timers whose time has come finish their futures, the earliest first.
    pub fn run_due(&mut self, disp: usize) {
        let now = self.disps[disp].now;
        let due = |fut: &Fut| fut.timer.filter(|timer| timer.0 == disp && timer.1 <= now);
        let mut fell_due: Vec<_> =
            self.futs.iter().enumerate().filter_map(|(at, fut)| due(fut).map(|timer| (timer, at))).collect();
        fell_due.sort_unstable();
        fell_due.into_iter().for_each(|(_, at)| self.settle(at, false));
    }

    /// A future ends: whoever waits for it is queued, in order.
    pub fn settle(&mut self, at: usize, failed: bool) {
        let fut = &mut self.futs[at];
        (fut.done, fut.failed, fut.timer) = (true, failed, None);
        for waiter in std::mem::take(&mut fut.waiters) {
            let disp = &mut self.disps[waiter.disp];
            if disp.life == waiter.life {
                disp.queue.push_back(Some(waiter.id));
            } else {
                self.alive[waiter.id] = false;
            }
        }
    }
}

impl World {
    /// A new future, or a timer, in a place whose future has ended.
    pub fn renew(&self, at: usize, ms: Option<u64>) {
        if !self.model.borrow().futs[at].done {
            return;
        }
        let real = ms.map_or_else(|| new_future("model"), sleep_async);
        let mut model = self.model.borrow_mut();
        let number = model.tick();
        let timer = ms.map(|ms| (model.current, model.disp().now + ms, number));
        let former = std::mem::replace(
            &mut model.futs[at],
            Fut { real, done: false, failed: false, waiters: Vec::new(), timer },
        );
        drop(model);
        drop(former);
    }

    pub fn add_future_callback(self: &Rc<World>, at: usize) {
        let waiting = self.model.borrow().futs[at].waiters.len();
        if waiting < WAITERS {
            let token = self.token();
            let waiter = self.waiter(token.id, false);
            self.enlist(at, waiter);
            let real = self.model.borrow().futs[at].real.clone();
            let world = Rc::clone(self);
            real.add_callback(move |_| world.on_queue(&token));
        }
    }

    fn waiter(&self, id: usize, is_proc: bool) -> Waiter {
        let mut model = self.model.borrow_mut();
        let (disp, life) = (model.current, model.disp().life);
        Waiter { id, is_proc, disp, life }
    }

    /// One who waits for a future, or is queued at once.
    fn enlist(&self, at: usize, waiter: Waiter) {
        let mut model = self.model.borrow_mut();
        if model.futs[at].done {
            model.disp().queue.push_back(Some(waiter.id));
        } else {
            model.futs[at].waiters.push(waiter);
        }
    }

    pub fn finish(&self, at: usize, fail: bool) -> Check {
        let (real, done, is_timer) = {
            let model = self.model.borrow();
            let fut = &model.futs[at];
            (fut.real.clone(), fut.done, fut.timer.is_some())
        };
        if is_timer {
            return Ok(());
        }
        if !done {
            self.model.borrow_mut().settle(at, fail);
        }
        let finished = if fail { real.try_fail("fails").is_ok() } else { real.try_complete(()).is_ok() };
        if finished == done {
            return Err(format!("a future that is done ({done}) says that it was finished ({finished})"));
        }
        Ok(())
    }

    pub fn cancel_future(&self, at: usize) -> Check {
        let (real, done) = {
            let model = self.model.borrow();
            (model.futs[at].real.clone(), model.futs[at].done)
        };
        if !done {
            self.model.borrow_mut().settle(at, true);
        }
        if real.cancel() == done {
            return Err(format!("cancel of a future that is done ({done}) answers {done}"));
        }
        Ok(())
    }

    /// Callbacks are forgotten, procs are not.
    pub fn clear_callbacks(&self, at: usize) {
        let mut model = self.model.borrow_mut();
        let (procs, callbacks): (Vec<_>, Vec<_>) =
            std::mem::take(&mut model.futs[at].waiters).into_iter().partition(|waiter| waiter.is_proc);
        callbacks.iter().for_each(|waiter| model.kill(waiter.id));
        model.futs[at].waiters = procs;
        let real = model.futs[at].real.clone();
        drop(model);
        real.clear_callbacks();
    }

    /// A proc that waits for a future.
    pub fn spawn(self: &Rc<World>, at: usize) {
        if self.model.borrow().procs.len() >= PROCS {
            return;
        }
        let token = self.token();
        let id = token.id;
        let waiter = self.waiter(id, true);
        let (real, done) = {
            let model = self.model.borrow();
            (model.futs[at].real.clone(), model.futs[at].done)
        };
        if done {
            self.model.borrow_mut().spawning = Some(id);
        } else {
            self.enlist(at, waiter);
        }
        let world = Rc::clone(self);
        let proc = async_proc(async move {
            let _done_or_failed = real.settled().await;
            world.on_resume(&token);
            Ok::<(), Error>(())
        });
        if !done {
            self.model.borrow_mut().procs.push(Proc { id, real: proc, running: false });
        }
    }

    pub fn cancel_proc(&self, at: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let at = at % PROCS;
        if at >= model.procs.len() || model.procs[at].running {
            return Ok(());
        }
        let proc = model.procs.remove(at);
        model.kill(proc.id);
        model.futs.iter_mut().for_each(|fut| fut.waiters.retain(|waiter| waiter.id != proc.id));
        let queued = model.disps.iter_mut().flat_map(|disp| &mut disp.queue);
        queued.filter(|entry| **entry == Some(proc.id)).for_each(|entry| *entry = None);
        drop(model);
        if proc.real.cancel() { Ok(()) } else { Err("a proc that waits cannot be cancelled".into()) }
    }

    /// What the futures say of themselves.
    pub fn check_futures(&self) -> Check {
        let model = self.model.borrow();
        for (at, fut) in model.futs.iter().enumerate() {
            if (fut.real.finished(), fut.real.failed()) != (fut.done, fut.failed) {
                let said = (fut.real.finished(), fut.real.failed());
                return Err(format!("future {at} is {said:?}, expected {:?}", (fut.done, fut.failed)));
            }
        }
        Ok(())
    }

    pub fn call_soon(self: &Rc<World>) -> Check {
        let token = self.token();
        self.model.borrow_mut().disp().queue.push_back(Some(token.id));
        let world = Rc::clone(self);
        asyncdispatch::call_soon(move || world.on_queue(&token));
        let queued = asyncdispatch::get_global_dispatcher().callbacks().len();
        if queued == 0 { Err(told("call_soon has queued nothing")) } else { Ok(()) }
    }
}
