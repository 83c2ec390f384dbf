//! Futures that are gone are used again: asking the allocator for one and giving it back is most of what one costs.
//!
//! Each thread has a few shelves of them, one for each type of value that comes by, as long as there are shelves.

use std::any::{Any, TypeId};
use std::cell::{OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::Shared;

/// A power of two. Of two types that would have the same shelf only the first has one.
const SHELVES: usize = 32;

/// How many futures a shelf has room for.
const ROOM: usize = 64;

type Shelf<T> = RefCell<Vec<Rc<Shared<T>>>>;

thread_local! {
    static SHELVES_OF_THREAD: [OnceCell<Box<dyn Any>>; SHELVES] = const { [const { OnceCell::new() }; SHELVES] };
}

/// Takes the number that a type's identity consists of as it is.
#[derive(Default)]
struct Number(u64);

impl Hasher for Number {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.rotate_left(8) ^ number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Calls `f` with the shelf of this type, if it has one.
#[inline]
fn with_shelf<T: 'static, R>(f: impl FnOnce(&Shelf<T>) -> Option<R>) -> Option<R> {
    let mut number = Number::default();
    TypeId::of::<T>().hash(&mut number);
    let place = number.finish() as usize % SHELVES;
    SHELVES_OF_THREAD
        .try_with(|shelves| {
            let shelf = shelves[place].get_or_init(|| Box::new(Shelf::<T>::default()));
            f(shelf.downcast_ref()?)
        })
        .ok()?
}

impl<T: 'static> Shared<T> {
    /// One that nobody else has, without value, error, waiters or source.
    #[inline]
    pub(super) fn spare() -> Option<Rc<Shared<T>>> {
        with_shelf(|shelf| shelf.borrow_mut().pop())
    }

    /// Puts a finished future, whose last handle this is, on the shelf. Finishing has taken the waiters out.
    pub(super) fn retire(shared: &Rc<Shared<T>>) {
        shared.end_life();
        shared.looked_at.set(true);
        // What user code is run by these can get no handle of the future any more.
        drop(shared.value.take());
        drop(shared.error.take());
        if shared.has_source.get() {
            drop(shared.take_source());
        }
        with_shelf(|shelf| {
            let mut shelf = shelf.borrow_mut();
            (shelf.len() < ROOM).then(|| shelf.push(Rc::clone(shared)))
        });
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{ROOM, with_shelf};
    use crate::{ErrorKind, NimFuture, new_future};

    fn stored() -> usize {
        with_shelf::<i32, usize>(|shelf| Some(shelf.borrow().len())).unwrap_or(usize::MAX)
    }

    fn is_new(future: &NimFuture<i32>) {
        assert!(!future.finished() && !future.failed());
        assert_eq!(future.read().unwrap_err().kind(), ErrorKind::StillInProgress);
        assert_eq!(future.read_error().unwrap_err().kind(), ErrorKind::NoError);
    }

    #[test]
    fn one_that_is_used_again_knows_nothing_of_its_former_life() {
        let first = new_future::<i32>("first");
        let place = Rc::as_ptr(&first.shared);
        first.complete(1);
        drop(first.clone());
        assert_eq!(stored(), 0);
        drop(first);
        let second = new_future::<i32>("second");
        assert_eq!((Rc::as_ptr(&second.shared), second.origin().name), (place, "second"));
        is_new(&second);
        second.fail("boom");
        assert!(second.failed());
        drop(second);
        let third = new_future::<i32>("third");
        assert_eq!(Rc::as_ptr(&third.shared), place);
        is_new(&third);
    }

    #[test]
    fn what_is_pending_or_can_still_be_reached_is_not_used_again() {
        drop(new_future::<i32>("pending"));
        let future = new_future::<i32>("future");
        let weak = future.downgrade();
        future.complete(1);
        drop(future);
        assert_eq!(stored(), 0);
        assert!(weak.upgrade().is_none());
    }

    #[test]
    fn a_shelf_has_room_for_so_many() {
        let futures: Vec<_> = (0..2 * ROOM).map(|_| new_future("many")).collect();
        futures.iter().for_each(|future| future.complete(1));
        drop(futures);
        assert_eq!(stored(), ROOM);
    }
}
