//! Timers with callbacks, and events.

use std::mem;
use std::rc::Rc;

use asyncdispatch::{AsyncEvent, AsyncFD, add_timer};

use super::model::{Custom, Event, Source};
use super::world::{Check, World, told};

const CUSTOMS: usize = 8;

impl World {
    pub fn add_timer(self: &Rc<World>, ms: u64, oneshot: bool) -> Check {
        if self.model.borrow_mut().disp().customs.len() >= CUSTOMS {
            return Ok(());
        }
        let token = self.token();
        let (id, world) = (token.id, Rc::clone(self));
        let key = add_timer(ms, oneshot, move |key| world.on_custom(&token, key)).map_err(told)?;
        let tick = self.model.borrow_mut().disp().now + ms;
        self.add_custom(id, key, Source::Timer { tick, period: (!oneshot).then_some(ms) });
        Ok(())
    }

    fn add_custom(&self, id: usize, key: AsyncFD, source: Source) {
        let mut model = self.model.borrow_mut();
        let custom = Custom {
            id,
            key,
            source,
            ready: false,
            ready_at: 0,
            running: false,
            missed: false,
            zombie: false,
            counted: true,
        };
        model.disp().customs.push(custom);
    }

    pub fn unregister_custom(&self, which: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let customs = model.disp().customs.len();
        if customs == 0 {
            return Ok(());
        }
        let (at, disp) = (which % customs, model.current);
        let custom = &model.disps[disp].customs[at];
        let (key, event) = match custom.source {
            Source::Event(event) => (custom.key, Some(model.events[event].real.clone())),
            Source::Timer { .. } => (custom.key, None),
        };
        let over = custom.zombie && custom.ready;
        model.remove_custom(disp, at);
        model.note_stale(key);
        drop(model);
        let ended = match event {
            Some(event) => event.unregister(),
            None => key.unregister().map(drop),
        };
        if over { Ok(()) } else { ended.map_err(told) }
    }

    pub fn add_event(self: &Rc<World>, event: usize) -> Check {
        let (real, added) = {
            let model = self.model.borrow();
            (model.events[event].real.clone(), model.events[event].disp.is_some())
        };
        if added || self.model.borrow_mut().disp().customs.len() >= CUSTOMS {
            return Ok(());
        }
        let token = self.token();
        let (id, world) = (token.id, Rc::clone(self));
        let key = real.add(move |key| world.on_custom(&token, key)).map_err(told)?;
        let disp = self.current();
        self.model.borrow_mut().events[event].disp = Some(disp);
        self.add_custom(id, key, Source::Event(event));
        Ok(())
    }

    pub fn trigger(&self, event: usize) {
        let mut model = self.model.borrow_mut();
        model.events[event].signaled = true;
        model.events[event].real.trigger();
    }

    /// Closes an event, and puts a new one in its place. One of another dispatcher would go with its next turn.
    pub fn end_event(&self, event: usize) -> Check {
        let mut model = self.model.borrow_mut();
        let disp = model.current;
        if model.events[event].disp.is_some_and(|added| added != disp) {
            return Ok(());
        }
        let own = |custom: &Custom| matches!(custom.source, Source::Event(own) if own == event);
        if let Some(at) = model.disps[disp].customs.iter().position(own) {
            model.remove_custom(disp, at);
        }
        let closed = mem::take(&mut model.events[event]);
        drop(model);
        closed.real.close();
        if closed.real.add(|_| true).is_ok() { Err("a closed event can be added".into()) } else { Ok(()) }
    }
}

impl Default for Event {
    fn default() -> Self {
        Event { real: AsyncEvent::new(), signaled: false, disp: None }
    }
}
