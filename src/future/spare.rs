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
        drop(shared.take_source());
        with_shelf(|shelf| {
            let mut shelf = shelf.borrow_mut();
            (shelf.len() < ROOM).then(|| shelf.push(Rc::clone(shared)))
        });
    }
}
