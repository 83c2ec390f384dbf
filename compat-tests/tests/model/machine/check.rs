//! What must hold after every step.

use asyncdispatch::{ErrorKind, active_descriptors, has_pending_operations};

use super::model::Ending;
use super::world::{Check, World};

impl World {
    /// Between steps: the model and the crate tell the same.
    pub fn check(&self) -> Check {
        self.model.borrow_mut().settle_operations()?;
        self.model.borrow_mut().forget_zombies();
        self.check_doomed()?;
        self.check_counts()?;
        self.check_futures()?;
        self.check_keys()?;
        self.check_tokens()
    }

    fn check_counts(&self) -> Check {
        let mut model = self.model.borrow_mut();
        let (least, most) = model.counted(model.current);
        let counted = active_descriptors();
        if counted < least || counted > most {
            return Err(format!("active_descriptors is {counted}, expected {least} to {most}"));
        }
        let (surely, possibly) = model.pending();
        let pending = has_pending_operations();
        if pending && !possibly || !pending && surely {
            return Err(format!("has_pending_operations is {pending}"));
        }
        let timers = model.timers(model.current);
        let sends = model.queued_sends(model.current);
        let disp = model.disp();
        let told = (disp.real.timers().len(), disp.real.callbacks().len());
        let queued = disp.queue.len() + sends;
        if told != (timers, queued) {
            return Err(format!("{told:?} timers and callbacks, expected {timers} and {queued}"));
        }
        Ok(())
    }

    /// Registered keys are known, and stale ones are not.
    fn check_keys(&self) -> Check {
        let model = self.model.borrow();
        for slot in model.pairs.iter().filter_map(|pair| pair.slot.as_ref()) {
            let known = |disp: usize| model.disps[disp].real.contains(slot.key);
            if !known(slot.disp) || known(1 - slot.disp) {
                return Err(format!("{:?} is not registered where it should be", slot.key));
            }
        }
        for (disp, custom) in model.disps.iter().flat_map(|disp| disp.customs.iter().map(move |c| (disp, c))) {
            if !disp.real.contains(custom.key) {
                return Err(format!("timer or event {} is not registered", custom.id));
            }
        }
        match model.stale.iter().find(|key| model.disps.iter().any(|disp| disp.real.contains(**key))) {
            Some(key) => Err(format!("{key:?} is stale and registered")),
            None => Ok(()),
        }
    }

    /// Operations whose registration has ended are failed; sends are when the queue has run.
    fn check_doomed(&self) -> Check {
        let mut model = self.model.borrow_mut();
        if !std::mem::take(&mut model.doomed).iter().all(|future| future.failed()) {
            return Err("a receive has outlived its registration".into());
        }
        let endings = std::mem::take(&mut model.ending);
        let (ended, left): (Vec<_>, Vec<_>) = endings.into_iter().partition(|ending| ending.future.finished());
        model.ending = left;
        if ended.iter().any(|ending| ending.future.failed() != ending.fails) {
            return Err("a send has not ended as it should".into());
        }
        let lost = |ending: &Ending| model.disps[ending.disp].life != ending.life;
        if model.ending.iter().any(lost) { Err("a send has outlived its dispatcher".into()) } else { Ok(()) }
    }

    /// Whoever may be called still is there, and whoever may not is dropped.
    pub fn check_tokens(&self) -> Check {
        let (model, dropped) = (self.model.borrow(), self.dropped.borrow());
        let from = self.settled.get();
        let wrong = (from..dropped.len()).find(|id| dropped[*id] == model.alive[*id]);
        let still = (from..dropped.len()).find(|id| !dropped[*id]).unwrap_or(dropped.len());
        self.settled.set(still);
        match wrong {
            Some(id) if model.alive[id] => Err(format!("callback {id} is lost")),
            Some(id) => Err(format!("callback {id} is over and was not dropped")),
            None => Ok(()),
        }
    }

    /// A key that is not of this dispatcher, or of nobody any more, is refused for everything.
    pub fn refused(&self, key: asyncdispatch::AsyncFD, what: usize) -> Check {
        let result = match what % 5 {
            0 => key.add_read(|_| true),
            1 => key.add_write(|_| true),
            2 => key.recv(1).read().map(drop),
            3 => key.unregister().map(drop),
            _ => key.close_socket(),
        };
        match result {
            Err(error) if error.kind() == ErrorKind::NotRegistered => Ok(()),
            Err(error) if error.kind() == ErrorKind::WrongDescriptor && key.is_virtual() => Ok(()),
            Err(error) => Err(format!("{key:?} is refused by {error:#}")),
            Ok(()) => Err(format!("{key:?} is not refused")),
        }
    }
}
