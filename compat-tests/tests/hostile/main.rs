//! User code at its worst, in every place where the crate calls it: in callbacks, `Drop`, `Clone`, `AsMut`, wakers and
//! the functions that descriptors are lent to. Whatever it does is defined, and loses nothing of the others.

mod dispatcher;
mod drops;
mod lent;
mod threads;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}
