//! A closure that is called once, kept in its place if it is small: a queue of them need not ask for memory.

#![allow(unsafe_code)]

use std::mem::{ManuallyDrop, MaybeUninit};

/// A pointer, so that what is in it may be one, and nothing in it is `Send`.
type Word = MaybeUninit<*const ()>;

/// Room for three words. They travel one by one, in registers: copying the whole soon after its parts were written would
/// wait for these.
#[derive(Clone, Copy)]
#[repr(C)]
struct Place(Word, Word, Word);

/// An `FnOnce(A) -> R`; of up to three words it is kept in its place, a larger one in a box.
///
/// # Invariant
///
/// `place` holds a closure of the type that `end` was made for, until `end` is called: with an argument it calls the
/// closure, without it drops it.
pub(crate) struct Once<A, R> {
    end: unsafe fn(Word, Word, Word, Option<A>) -> Option<R>,
    place: Place,
}

impl<A, R> Once<A, R> {
    #[inline(always)]
    pub(crate) fn new<F: FnOnce(A) -> R + 'static>(call: F) -> Self {
        if fits::<F>() { Once::in_place(call) } else { Once::in_place(Box::new(call)) }
    }

    #[inline(always)]
    fn in_place<F: FnOnce(A) -> R + 'static>(call: F) -> Self {
        assert!(fits::<F>());
        let mut place = Place(Word::uninit(), Word::uninit(), Word::uninit());
        // SAFETY: it fits, by size and alignment, and nothing was there.
        unsafe { (&raw mut place).cast::<F>().write(call) };
        Once { end: end::<F, A, R>, place }
    }

    #[inline(always)]
    pub(crate) fn call(self, argument: A) -> R {
        let this = ManuallyDrop::new(self);
        let Place(one, two, three) = this.place;
        // SAFETY: the type's invariant; `this` is neither called again nor dropped.
        let called = unsafe { (this.end)(one, two, three, Some(argument)) };
        match called {
            Some(result) => result,
            None => unreachable!("there was an argument"),
        }
    }
}

impl<A, R> Drop for Once<A, R> {
    #[inline]
    fn drop(&mut self) {
        let Place(one, two, three) = self.place;
        // SAFETY: the type's invariant: one that was called is not dropped.
        let _none = unsafe { (self.end)(one, two, three, None) };
    }
}

const fn fits<F>() -> bool {
    size_of::<F>() <= size_of::<Place>() && align_of::<F>() <= align_of::<Place>()
}

/// # Safety
///
/// The words are those of a place that holds an `F`, which is not used again.
unsafe fn end<F: FnOnce(A) -> R, A, R>(one: Word, two: Word, three: Word, argument: Option<A>) -> Option<R> {
    let place = Place(one, two, three);
    // SAFETY: the caller's promise; reading takes it out.
    let call = unsafe { (&raw const place).cast::<F>().read() };
    argument.map(call)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    use super::Once;

    /// Calls one and drops another of closures that own `Rc`s besides `rest`, which makes them small or large.
    fn called_and_dropped<T: Copy + Into<u64> + 'static>(rest: T) {
        let count = Rc::new(());
        let make = || {
            let count = Rc::clone(&count);
            Once::new(move |more: u64| Rc::strong_count(&count) as u64 + rest.into() + more)
        };
        let (one, other) = (make(), make());
        assert_eq!(Rc::strong_count(&count), 3);
        assert_eq!(one.call(10), 3 + rest.into() + 10);
        assert_eq!(Rc::strong_count(&count), 2);
        drop(other);
        assert_eq!(Rc::strong_count(&count), 1);
    }

    #[derive(Clone, Copy)]
    struct Words<const N: usize>([u64; N]);

    impl<const N: usize> From<Words<N>> for u64 {
        fn from(words: Words<N>) -> u64 {
            words.0.iter().sum()
        }
    }

    #[derive(Clone, Copy)]
    #[repr(align(64))]
    struct Aligned(u64);

    impl From<Aligned> for u64 {
        fn from(aligned: Aligned) -> u64 {
            assert_eq!((&raw const aligned).addr() % 64, 0);
            aligned.0
        }
    }

    #[test]
    fn closures_of_every_size_are_called_and_dropped_once() {
        called_and_dropped(Words([]));
        called_and_dropped(Words([1]));
        called_and_dropped(Words([1, 2]));
        called_and_dropped(Words([1, 2, 3]));
        called_and_dropped(Words([7; 100]));
        called_and_dropped(Aligned(5));
    }

    #[test]
    fn one_without_captures_is_called() {
        assert_eq!(Once::new(|()| 7).call(()), 7);
    }

    #[test]
    fn one_that_panics_is_dropped_once() {
        let count = Rc::new(());
        let held = Rc::clone(&count);
        let call = Once::new(move |()| {
            let _held = held;
            panic!("boom");
        });
        let panicked: Result<(), _> = catch_unwind(AssertUnwindSafe(|| call.call(())));
        assert!(panicked.is_err());
        assert_eq!(Rc::strong_count(&count), 1);
    }
}
