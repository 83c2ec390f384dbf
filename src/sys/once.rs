//! A closure that is called once, kept in its place if it is small: a queue of them need not ask for memory.

#![allow(unsafe_code)]

use std::mem::{ManuallyDrop, MaybeUninit};

/// Pointers, so that what is in them may be one, and nothing in them is `Send`.
type Place<const WORDS: usize> = [MaybeUninit<*const ()>; WORDS];

/// An `FnOnce(A) -> R`; of up to so many words it is kept in its place, a larger one in a box.
///
/// # Invariant
///
/// `place` holds a closure of the type that `end` was made for, until `end` is called: with an argument it calls the
/// closure, without it drops it.
pub(crate) struct Once<A, R, const WORDS: usize> {
    end: unsafe fn(&mut Place<WORDS>, Option<A>) -> Option<R>,
    place: Place<WORDS>,
}

impl<A, R, const WORDS: usize> Once<A, R, WORDS> {
    #[inline]
    pub(crate) fn new<F: FnOnce(A) -> R + 'static>(call: F) -> Self {
        if Self::fits::<F>() {
            return Once::in_place(call);
        }
        Once::in_place(Box::new(call))
    }

    const fn fits<F>() -> bool {
        size_of::<F>() <= size_of::<Place<WORDS>>() && align_of::<F>() <= align_of::<Place<WORDS>>()
    }

    #[inline]
    fn in_place<F: FnOnce(A) -> R + 'static>(call: F) -> Self {
        assert!(Self::fits::<F>());
        let mut place = [MaybeUninit::uninit(); WORDS];
        // SAFETY: it fits, by size and alignment, and nothing was there.
        unsafe { place.as_mut_ptr().cast::<F>().write(call) };
        Once { end: end::<F, A, R, WORDS>, place }
    }

    #[inline]
    pub(crate) fn call(self, argument: A) -> R {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the type's invariant; `this` is neither called again nor dropped.
        let called = unsafe { (this.end)(&mut this.place, Some(argument)) };
        match called {
            Some(result) => result,
            None => unreachable!("there was an argument"),
        }
    }
}

impl<A, R, const WORDS: usize> Drop for Once<A, R, WORDS> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the type's invariant: one that was called is not dropped.
        let _none = unsafe { (self.end)(&mut self.place, None) };
    }
}

/// # Safety
///
/// `place` holds an `F`, which is not used again.
unsafe fn end<F, A, R, const WORDS: usize>(place: &mut Place<WORDS>, argument: Option<A>) -> Option<R>
where
    F: FnOnce(A) -> R,
{
    // SAFETY: the caller's promise; reading takes it out.
    let call = unsafe { place.as_mut_ptr().cast::<F>().read() };
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
            Once::<_, _, 3>::new(move |more: u64| Rc::strong_count(&count) as u64 + rest.into() + more)
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
        assert_eq!(Once::<_, _, 0>::new(|()| 7).call(()), 7);
    }

    #[test]
    fn one_that_panics_is_dropped_once() {
        let count = Rc::new(());
        let held = Rc::clone(&count);
        let call = Once::<_, _, 1>::new(move |()| {
            let _held = held;
            panic!("boom");
        });
        let panicked: Result<(), _> = catch_unwind(AssertUnwindSafe(|| call.call(())));
        assert!(panicked.is_err());
        assert_eq!(Rc::strong_count(&count), 1);
    }
}
