//! A turn of the loop: what the model says before and after it.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asyncdispatch::{ErrorKind, poll_with};

use super::calls::{Planned, raised};
use super::model::{Custom, Doing, Id, Model, Source};
use super::world::{Check, World};

/// How a call of the crate ended that calls callbacks.
pub enum Ended {
    Well,
    Nothing,
    Raised(String),
    Panicked(Id),
}

/// Calls the crate, and tells how that ended; a panic that was not planned is a violation.
pub fn ended(call: impl FnOnce() -> asyncdispatch::Result<()>) -> Check<Ended> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => Ok(Ended::Well),
        Ok(Err(error)) if error.kind() == ErrorKind::NothingPending => Ok(Ended::Nothing),
        Ok(Err(error)) => Ok(Ended::Raised(error.to_string())),
        Err(payload) => match payload.downcast::<Planned>() {
            Ok(planned) => Ok(Ended::Panicked(planned.0)),
            Err(payload) => {
                let text = payload.downcast_ref::<String>().cloned();
                let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| text.to_string()));
                Err(format!("a panic: {}", text.unwrap_or_default()))
            }
        },
    }
}

impl World {
    pub fn poll(self: &Rc<World>) -> Check {
        let pending = {
            let mut model = self.model.borrow_mut();
            let pending = model.pending();
            if pending != (false, false) {
                model.begin_turn();
            }
            pending
        };
        let calls = self.calls.get();
        let ended = ended(|| poll_with(0))?;
        let mut model = self.model.borrow_mut();
        match ended {
            Ended::Nothing if pending.0 => return Err("poll says that nothing is pending".into()),
            Ended::Nothing if pending == (false, false) => return Ok(()),
            _ if pending == (false, false) => return Err("poll does not say that nothing is pending".into()),
            _ => {}
        }
        model.settle_operations()?;
        let last = model.last_raised.take();
        match ended {
            Ended::Raised(text) => {
                if last.map(raised) != Some(text.clone()) {
                    return Err(format!("poll raises {text:?}, expected {last:?}"));
                }
                model.end_turn(false)
            }
            Ended::Panicked(id) if last == Some(id) => model.end_turn(false),
            Ended::Panicked(id) => Err(format!("poll panics by {id}, expected {last:?}")),
            Ended::Nothing if self.calls.get() != calls => Err("nothing pending, but callbacks were called".into()),
            Ended::Well | Ended::Nothing => match last {
                Some(id) => Err(format!("what {id} raised has not left through poll")),
                None => model.end_turn(true),
            },
        }
    }
}

impl Model {
    /// Whether something is pending surely, and possibly.
    pub fn pending(&self) -> (bool, bool) {
        let (least, most) = self.counted(self.current);
        let other = self.timers(self.current) > 0 || !self.disps[self.current].queue.is_empty();
        // Inside of a callback a send that is doomed may not have been told yet.
        let sends = self.queued_sends(self.current) > 0;
        (least > 0 || other || (sends && self.doing.is_empty()), most > 0 || other || sends)
    }

    fn begin_turn(&mut self) {
        let began = self.tick();
        let nested = self.doing.iter().any(|doing| matches!(doing, Doing::Turn { .. }));
        self.nested = nested;
        self.run_due(self.current);
        self.note_ready_customs(began);
        for pair in &mut self.pairs {
            let ready = [pair.is_ready(0), pair.is_ready(1)];
            for (side, ready) in pair.slot.iter_mut().flat_map(|slot| &mut slot.sides).zip(ready) {
                side.was_ready = ready || (nested && side.was_ready);
                if !nested {
                    side.ready_at = if ready { began } else { 0 };
                }
            }
        }
        self.doing.push(Doing::Turn { frame: None, late: false, began });
    }

    /// Timers with callbacks whose time has come, and events that were triggered.
    fn note_ready_customs(&mut self, stamp: u64) {
        let disp = &mut self.disps[self.current];
        for custom in &mut disp.customs {
            let due = match &mut custom.source {
                Source::Event(event) => mem::take(&mut self.events[*event].signaled),
                Source::Timer { tick, .. } if *tick > disp.now => false,
                Source::Timer { tick, period } => {
                    *tick = period.map_or(u64::MAX, |period| *tick + period * ((disp.now - *tick) / period + 1));
                    true
                }
            };
            if due && custom.running {
                custom.missed = true;
            } else if due && !custom.ready {
                custom.ready = true;
                custom.ready_at = stamp;
            }
        }
    }

    /// After a turn that ended `well` nothing was passed over.
    fn end_turn(&mut self, well: bool) -> Check {
        self.end_frame();
        if well {
            self.begin_queue()?;
        }
        let Some(Doing::Turn { began, .. }) = self.doing.pop() else { return Err("a turn ends twice".into()) };
        if !well {
            return Ok(());
        }
        let queue = &mut self.disp().queue;
        queue.retain(Option::is_some);
        if let Some(id) = queue.front() {
            return Err(format!("{id:?} was left in the queue"));
        }
        if !self.doing.is_empty() {
            return Ok(());
        }
        if self.queued_sends(self.current) > 0 {
            return Err("a send was left in the queue".into());
        }
        self.check_served(began)?;
        let passed_over = |custom: &&Custom| custom.ready && !custom.zombie && custom.ready_at <= began;
        match self.disp().customs.iter().find(passed_over).map(|custom| custom.id) {
            Some(id) if !self.nested => Err(format!("timer or event {id} was passed over")),
            _ => Ok(()),
        }
    }

    /// Who was ready when the turn began, and is, has been served or changed.
    fn check_served(&mut self, began: u64) -> Check {
        let current = self.current;
        for pair in &mut self.pairs {
            let ready = [pair.is_ready(0), pair.is_ready(1)];
            let Some(slot) = pair.slot.as_mut().filter(|slot| slot.disp == current) else { continue };
            let visited = [0, 1].map(|side| ready[side] && slot.sides[side].ready_at == began);
            for (at, side) in slot.sides.iter_mut().enumerate() {
                if visited[at] && side.eclipsed.is_none() && !side.list.is_empty() && side.changed < began {
                    return Err(format!("{:?} is ready and was not served", slot.key));
                }
                side.lingers &= !visited[at] || side.changed >= began;
                side.eclipsed.take_if(|eclipsed| visited[1 - at] && *eclipsed < began);
            }
        }
        Ok(())
    }
}
