//! A smaller machine beside the big one, for runs by the hundred million: one dispatcher, three socket pairs and an event,
//! which are kept from run to run. One byte is a step.
//!
//! A run takes no longer than its steps: nothing is made that the last run has left in order, and it has to leave
//! everything in order, which is checked. So what a run finds may have been begun by those before it in the process;
//! [`run`] tries it again with everything new, and says which of the two it is.

mod calls;
mod model;
mod steps;
mod world;

use std::cell::RefCell;
use std::rc::Rc;

use asyncdispatch::set_global_dispatcher;
use world::World;

thread_local! {
    static KEPT: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// Runs the steps of `bytes` on what the last run has left. Takes the thread's dispatcher.
pub fn run(bytes: &[u8]) -> Option<String> {
    let kept = KEPT.with_borrow_mut(Option::take);
    let had = kept.is_some();
    let wrong = once(kept, bytes)?;
    if !had {
        return Some(wrong);
    }
    Some(match once(None, bytes) {
        Some(again) => again,
        None => format!("{wrong} (begun by a run before this one: alone it is right)"),
    })
}

/// How many steps the thread's runs have taken, since the last violation.
pub fn steps() -> u64 {
    KEPT.with_borrow(|kept| kept.as_ref().map_or(0, |world| world.steps.get()))
}

fn once(kept: Option<Rc<World>>, bytes: &[u8]) -> Option<String> {
    let ran = kept.map_or_else(World::new, Ok).and_then(|world| {
        world.begin(bytes);
        world.run()?;
        world.end()?;
        Ok(world)
    });
    match ran {
        Ok(world) => {
            KEPT.set(Some(world));
            None
        }
        Err(wrong) => {
            let _another_may_follow = set_global_dispatcher(None);
            Some(wrong)
        }
    }
}
