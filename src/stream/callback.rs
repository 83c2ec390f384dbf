//! The stream's own callback, which is the one that is not queued.

use std::cell::Cell;
use std::rc::Rc;

use super::FutureStream;
use crate::call_soon::Entry;
use crate::current::current_or_panic;

/// Taken out while it runs, so that it does not run inside itself.
pub(super) type Callback<T> = Rc<Cell<Option<Call<T>>>>;

pub(super) type Call<T> = Box<dyn FnMut(&FutureStream<T>)>;

impl<T: 'static> FutureStream<T> {
    /// Calls `cb` inside each later `write`, `complete` and `fail`; and once from the queue if there is something now.
    ///
    /// It replaces the former one. A write whose value goes to a waiting reader, with nothing left, is not told of. It
    /// does not run inside itself.
    ///
    /// # Panics
    ///
    /// If there is something now, in a tokio runtime that is not ours without a dispatcher.
    ///
    /// # Nim
    ///
    /// `callback=`.
    ///
    /// ```
    /// use asyncdispatch::*;
    ///
    /// let stream = FutureStream::new();
    /// stream.set_callback(|stream| println!("{} queued", stream.len()));
    /// stream.write(1).check(); // prints
    /// # Ok::<(), asyncdispatch::Error>(())
    /// ```
    #[doc(alias = "callback=")]
    #[track_caller]
    pub fn set_callback(&self, cb: impl FnMut(&FutureStream<T>) + 'static) {
        let callback: Callback<T> = Rc::new(Cell::new(Some(Box::new(cb))));
        let former = self.state.borrow_mut().callback.replace(Rc::clone(&callback));
        drop(former);
        let worth = !self.is_empty() || self.state.borrow().ended;
        if !worth {
            return;
        }
        if let Some(core) = current_or_panic() {
            let stream = self.clone();
            let call = move || {
                Lent::call(&stream, &callback);
                Ok(())
            };
            core.soon.push(&core, Entry::call(call));
        }
    }

    pub(super) fn call(&self) {
        let callback = self.state.borrow().callback.clone();
        if let Some(callback) = callback {
            Lent::call(self, &callback);
        }
    }
}

/// A callback while it runs: put back after, by a panic too.
struct Lent<'a, T> {
    place: &'a Callback<T>,
    callback: Option<Call<T>>,
}

impl<'a, T> Lent<'a, T> {
    fn call(stream: &FutureStream<T>, place: &'a Callback<T>) {
        let mut lent = Lent { place, callback: place.take() };
        if let Some(callback) = &mut lent.callback {
            callback(stream);
        }
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        if self.callback.is_some() {
            self.place.set(self.callback.take());
        }
    }
}
