//! How values pass from writers to readers, and who is told.

use std::cell::RefCell;
use std::mem;
use std::rc::{Rc, Weak};

use super::{FutureStream, Source, State, Withdraw};
use crate::error::{Error, Result};
use crate::future::{NimFuture, wake_all};
use crate::line::Who;
use crate::to_the_end::to_the_end;

impl<T: 'static> FutureStream<T> {
    /// Something was written or the end was marked: readers first; the callback hears of what they have left.
    pub(super) fn changed(&self) {
        let served = self.serve();
        if !served || !self.is_empty() {
            self.call();
        }
        let pollers = mem::take(&mut self.state.borrow_mut().pollers);
        let mut wakers = Vec::new();
        for poller in pollers {
            match poller {
                Who::Task(task) => task.schedule(),
                Who::Waker(waker) => wakers.push(waker),
            }
        }
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
            let (id, reader) = self.state.borrow_mut().readers.pop_front()?;
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
                    self.state.borrow_mut().readers.push_front((id, reader));
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
            state.writers.pop_front().map(|(_, value, writer)| {
                state.queue.push_back(value);
                writer
            })
        };
        if let Some(writer) = admitted {
            writer.settle(Ok(()));
        }
    }
}

impl<T: 'static> FutureStream<T> {
    /// Ends the stream as its source has, unless it has ended already.
    pub(super) fn end_with(&self, end: Result<()>) {
        {
            let mut state = self.state.borrow_mut();
            if state.ended {
                return;
            }
            state.ended = true;
            state.error = end.err();
        }
        self.changed();
    }

    /// What stands behind a read or write that waits.
    pub(super) fn source(&self, id: u64) -> Source {
        let weak: Weak<RefCell<State<T>>> = Rc::downgrade(&self.state);
        Source::Stream(weak, id)
    }
}

impl<T> Withdraw for RefCell<State<T>> {
    fn withdraw(&self, id: u64) {
        let mut state = self.borrow_mut();
        let reader = state.readers.iter().position(|reader| reader.0 == id);
        let reader = reader.and_then(|place| state.readers.remove(place));
        let writer = state.writers.iter().position(|writer| writer.0 == id);
        let writer = writer.and_then(|place| state.writers.remove(place));
        drop(state);
        drop((reader, writer));
    }
}

impl<T: 'static> State<T> {
    /// The last handle is gone: nobody will read or write any more.
    pub(super) fn abandon(&mut self) {
        let (feeder, readers, writers) =
            (self.feeder.take(), mem::take(&mut self.readers), mem::take(&mut self.writers));
        let steps: [Box<dyn FnOnce()>; 3] = [
            Box::new(|| drop(feeder)),
            Box::new(|| to_the_end(readers, |(_, reader)| reader.settle(Err(Error::stream_dropped())))),
            Box::new(|| to_the_end(writers, |(_, _value, writer)| writer.settle(Err(Error::stream_dropped())))),
        ];
        to_the_end(steps, |step| step());
    }
}

impl<T> Drop for State<T> {
    fn drop(&mut self) {
        (self.abandon)(self);
    }
}

impl<T> State<T> {
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The next value, the end, or the error; `None` if one has to wait.
    pub(super) fn take_next(&mut self) -> Option<Result<Option<T>>> {
        match (self.queue.pop_front(), &self.error) {
            (Some(value), _) => Some(Ok(Some(value))),
            (None, Some(error)) => Some(Err(error.clone())),
            (None, None) => self.ended.then_some(Ok(None)),
        }
    }
}
