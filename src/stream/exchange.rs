//! How values pass from writers to readers, and who is told.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use super::{Call, Callback, FutureStream, State};
use crate::error::Result;
use crate::future::{NimFuture, wake_all};

impl<T: 'static> FutureStream<T> {
    /// Something was written or the end was marked: readers first; the callback hears of what they have left.
    pub(super) fn changed(&self) {
        let served = self.serve();
        if !served || !self.is_empty() {
            self.call();
        }
        let wakers = std::mem::take(&mut self.state.borrow_mut().wakers);
        wake_all(wakers);
    }

    /// Serves waiting readers and writers as far as possible. Returns whether a reader was served.
    pub(super) fn serve(&self) -> bool {
        let mut served = false;
        while let Some((reader, end)) = self.next_served() {
            served = true;
            reader.settle(end);
        }
        served
    }

    /// The oldest reader and what it gets, if there is something for it.
    #[allow(clippy::type_complexity)]
    fn next_served(&self) -> Option<(NimFuture<Option<T>>, Result<Option<T>>)> {
        loop {
            let reader = self.state.borrow_mut().readers.pop_front()?;
            if reader.finished() {
                continue;
            }
            let got = self.state.borrow_mut().take_next();
            match got {
                Some(got) => {
                    self.admit_writer();
                    return Some((reader, got));
                }
                None => {
                    self.state.borrow_mut().readers.push_front(reader);
                    return None;
                }
            }
        }
    }

    /// A value was taken: the oldest waiting writer has room.
    pub(super) fn admit_writer(&self) {
        let admitted = {
            let mut state = self.state.borrow_mut();
            if state.queue.len() >= state.capacity {
                return;
            }
            state.writers.pop_front().map(|(value, writer)| {
                state.queue.push_back(value);
                writer
            })
        };
        if let Some(writer) = admitted {
            writer.settle(Ok(()));
        }
    }

    pub(super) fn call(&self) {
        let callback = self.state.borrow().callback.clone();
        if let Some(callback) = callback {
            Lent::call(self, &callback);
        }
    }
}

impl<T> State<T> {
    /// The next value, the end, or the error; `None` if one has to wait.
    fn take_next(&mut self) -> Option<Result<Option<T>>> {
        match (self.queue.pop_front(), &self.error) {
            (Some(value), _) => Some(Ok(Some(value))),
            (None, Some(error)) => Some(Err(error.clone())),
            (None, None) => self.ended.then_some(Ok(None)),
        }
    }
}

/// A callback while it runs: put back after, by a panic too.
pub(super) struct Lent<'a, T> {
    place: &'a Callback<T>,
    callback: Option<Call<T>>,
}

impl<'a, T> Lent<'a, T> {
    pub(super) fn call(stream: &FutureStream<T>, place: &'a Callback<T>) {
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

impl<T: 'static> Stream for FutureStream<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let waker = cx.waker().clone();
        let next = {
            let mut state = self.state.borrow_mut();
            let next = state.take_next();
            if next.is_none() && !state.wakers.iter().any(|other| other.will_wake(&waker)) {
                state.wakers.push(waker);
            }
            next
        };
        match next {
            Some(next) => {
                self.admit_writer();
                Poll::Ready(next.transpose())
            }
            None => Poll::Pending,
        }
    }
}
