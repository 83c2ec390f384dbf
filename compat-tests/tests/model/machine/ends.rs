//! The end of a dispatcher, and of everything.

use std::mem;

use asyncdispatch::{AsyncFD, Dispatcher, set_global_dispatcher};

use super::model::{Disp, Model, Waiter};
use super::world::{Check, World, told};

const STALE: usize = 16;

impl Model {
    pub fn note_stale(&mut self, key: AsyncFD) {
        if self.stale.len() == STALE {
            self.stale.remove(0);
        }
        self.stale.push(key);
    }
}

impl World {
    /// The model's half of the end of a dispatcher: another one takes its place.
    pub fn forget_disp(&self, which: usize, new: Disp) -> Check<Dispatcher> {
        let mut model = self.model.borrow_mut();
        model.settle_operations()?;
        let life = model.disps[which].life;
        for at in 0..model.pairs.len() {
            if let Some(slot) = model.pairs[at].slot.take_if(|slot| slot.disp == which) {
                model.pairs[at].end();
                model.note_stale(slot.key);
                slot.sides.into_iter().for_each(|side| model.orphan(side.list, which));
            }
        }
        let former = mem::replace(&mut model.disps[which], new);
        for custom in former.customs {
            model.kill(custom.id);
            model.note_stale(custom.key);
            if let super::model::Source::Event(event) = custom.source {
                model.events[event].disp = None;
            }
        }
        former.queue.into_iter().flatten().for_each(|id| model.kill(id));
        model.end_procs(which, life);
        let mut timers: Vec<_> = (0..model.futs.len()).filter_map(|at| Some((model.futs[at].timer?, at))).collect();
        timers.sort_unstable();
        timers.iter().filter(|(timer, _)| timer.0 == which).for_each(|(_, at)| model.settle(*at, true));
        Ok(former.real)
    }

    /// Everything ends, and nothing is left.
    pub fn end(&self) -> Check {
        self.model.borrow_mut().settle_operations()?;
        for which in 0..2 {
            let new = self.new_disp();
            let real = new.real.clone();
            let former = self.forget_disp(which, new)?;
            former.close();
            if self.model.borrow().current == which {
                set_global_dispatcher(real).map_err(told)?;
            }
        }
        self.check().map_err(|wrong| format!("at the end: {wrong}"))?;
        let mut model = self.model.borrow_mut();
        let futs = mem::take(&mut model.futs);
        let waiters: Vec<Waiter> = futs.iter().flat_map(|fut| fut.waiters.iter().copied()).collect();
        waiters.iter().for_each(|waiter| model.kill(waiter.id));
        let (disps, pairs) = (mem::take(&mut model.disps), mem::take(&mut model.pairs));
        let procs = mem::take(&mut model.procs);
        drop(model);
        set_global_dispatcher(None).map_err(told)?;
        drop((futs, procs, disps, pairs));
        self.check_tokens().map_err(|wrong| format!("when all is dropped: {wrong}"))
    }
}

impl Model {
    /// Procs end with their dispatcher.
    fn end_procs(&mut self, which: usize, life: u64) {
        let ours = |waiter: &Waiter| waiter.is_proc && waiter.disp == which && waiter.life == life;
        let ended: Vec<_> =
            self.futs.iter().flat_map(|fut| fut.waiters.iter().filter(|w| ours(w)).map(|w| w.id)).collect();
        self.futs.iter_mut().for_each(|fut| fut.waiters.retain(|waiter| !ours(waiter)));
        ended.into_iter().for_each(|id| self.kill(id));
        let alive = &self.alive;
        self.procs.retain(|proc| alive[proc.id]);
    }
}
