//! The events of a program.

use crate::{
    interpret::Case,
    program::{Op, Statement},
};
use asyncdispatch::*;
use std::{cell::Cell, rc::Rc};

#[derive(Default)]
pub struct Event {
    event: AsyncEvent,
    registration: usize,
    /// The turns in which it was last triggered and served.
    triggered: Option<usize>,
    served: usize,
    /// The turn in which another's callback has unregistered it: added again in that turn, Nim would call the new
    /// callback for the old trigger (row 7).
    removed: Option<usize>,
}

impl Case {
    /// Whether an event other than `but` may be set and not yet served.
    pub fn is_signaled(&self, but: Option<usize>) -> bool {
        let signaled = |event: &Event| event.triggered.is_some_and(|turn| turn >= event.served);
        self.events.borrow().iter().enumerate().any(|(i, event)| Some(i) != but && signaled(event))
    }

    pub fn perform_event(self: &Rc<Case>, s: &Statement) -> Result<()> {
        let e = s.args[0];
        let event = self.events.borrow()[e].event.clone();
        match s.op {
            Op::Event => return self.add_event(e, s.args[1]),
            Op::Trigger if self.is_waited() => self.say("held, descriptors may be ready too"),
            Op::Trigger => {
                self.events.borrow_mut()[e].triggered = Some(self.turn.get());
                event.trigger();
                self.say(format!("trigger in {}", self.context.get()));
            }
            _ => {
                unregister(&event)?;
                if self.is_serving() && self.served_event.get() != Some(e) {
                    self.events.borrow_mut()[e].removed = Some(self.turn.get());
                }
                self.say(format!("unevent in {}", self.context.get()));
            }
        }
        Ok(())
    }

    fn add_event(self: &Rc<Case>, e: usize, k: usize) -> Result<()> {
        if self.is_serving() && self.events.borrow()[e].removed == Some(self.turn.get()) {
            self.say("held, it was unregistered in this turn");
            return Ok(());
        }
        let event = self.events.borrow()[e].event.clone();
        let registration = Rc::new(Cell::new(0));
        let (case, mut calls, mine) = (self.clone(), 0, registration.clone());
        add_event(&event, move |_| {
            calls += 1;
            case.serve_event(e, k, calls, mine.get())
        })?;
        let event = &mut self.events.borrow_mut()[e];
        event.registration += 1;
        registration.set(event.registration);
        Ok(())
    }

    fn serve_event(self: &Rc<Case>, e: usize, k: usize, calls: usize, registration: usize) -> Result<bool> {
        self.events.borrow_mut()[e].served = self.turn.get();
        self.say(format!("event {e}"));
        let outer = self.served_event.replace(Some(e));
        self.run_serving(k, "event");
        self.served_event.set(outer);
        let same = self.events.borrow()[e].registration == registration;
        if self.raises(k) && same && !self.is_signaled(Some(e)) {
            return Err(format!("raised by {k}").into());
        }
        let done = !same || !self.has_fuel() || self.answer(k, calls);
        self.say(format!("answers {done}"));
        Ok(done)
    }
}
