//! What a cancelled proc was waiting for is cancelled with it, unless somebody else can hear of its end.
//!
//! A proc is cancelled by dropping its body. Whatever held the futures that it awaited, a `join!` or a set of futures,
//! drops their handles then: so it is the handles that notice. The last one hands in what stands behind the future, and
//! that is cancelled when the body is gone. A list, not a recursion: a long chain of procs that await each other would
//! overflow the stack.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::iter;
use std::mem::{self, ManuallyDrop};

use crate::current::task_key;
use crate::source::Source;
use crate::to_the_end::to_the_end;

thread_local! {
    /// The task that was being polled when a body began to be dropped: what other tasks drop meanwhile, in a turn that
    /// the drop of a user's value makes, is not the body's.
    static DROPPING: Cell<Option<usize>> = const { Cell::new(None) };
    /// Empty between cancellations; never dropped, so that it is there also while the thread's other locals go.
    static LEFT: ManuallyDrop<RefCell<VecDeque<Source>>> =
        const { ManuallyDrop::new(RefCell::new(VecDeque::new())) };
}

/// Whether the handles that are dropped now are those of a cancelled proc.
pub(crate) fn is_cancelling() -> bool {
    DROPPING.get().is_some_and(|key| key == task_key())
}

/// Takes what nobody can hear of any more.
pub(crate) fn leave(source: Source) {
    LEFT.with(|left| left.borrow_mut().push_back(source));
}

/// Puts back what was there before, also when a panic goes on.
struct Restore {
    dropping: Option<usize>,
    left: VecDeque<Source>,
}

impl Drop for Restore {
    fn drop(&mut self) {
        DROPPING.set(self.dropping);
        LEFT.with(|left| left.replace(mem::take(&mut self.left)));
    }
}

/// Calls `work`, which drops the body of a cancelled proc, then cancels what that leaves.
///
/// Inside of itself it only calls `work`: the outer one goes on with what is left. A panic leaves when all is done.
pub(crate) fn cancelling(work: impl FnOnce()) {
    let key = Some(task_key());
    if DROPPING.get() == key {
        return work();
    }
    let _restore = Restore { dropping: DROPPING.replace(key), left: LEFT.with(|left| left.take()) };
    let mut work = Some(work);
    let left = iter::from_fn(|| LEFT.with(|left| left.borrow_mut().pop_front()));
    to_the_end(iter::once(None).chain(left.map(Some)), |source| match source {
        None => work.take().into_iter().for_each(|work| work()),
        Some(source) => drop(source.cancel("with the proc that was awaiting it")),
    });
}
