//! A stream as `futures::Stream` and `futures::Sink`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Sink;
use futures::stream::{FusedStream, Stream};

use super::FutureStream;
use crate::current::task_of;
use crate::error::{Error, Result};
use crate::line::Who;

impl<T: 'static> Stream for FutureStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if self.error_given {
            return Poll::Ready(None);
        }
        let who = task_of(cx).map_or_else(|| Who::Waker(cx.waker().clone()), Who::Task);
        let next = {
            let mut state = self.state.borrow_mut();
            let next = state.take_next();
            if next.is_none() && !state.pollers.iter().any(|other| other.is(&who)) {
                state.pollers.push(who);
            }
            next
        };
        match next {
            Some(next) => {
                self.error_given = next.is_err();
                self.admit_writer();
                Poll::Ready(next.transpose())
            }
            None => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let state = self.state.borrow();
        let error = usize::from(state.error.is_some() && !self.error_given);
        if self.error_given {
            return (0, Some(0));
        }
        let known = state.queue.len() + error;
        (known, state.ended.then_some(known + state.writers.len()))
    }
}

impl<T: 'static> FusedStream for FutureStream<T> {
    fn is_terminated(&self) -> bool {
        let state = self.state.borrow();
        self.error_given || (state.ended && state.queue.is_empty() && state.error.is_none())
    }
}

impl<T: 'static> Sink<T> for FutureStream<T> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        let ended = self.state.borrow().ended;
        Poll::Ready(if ended { Err(Error::stream_finished()) } else { Ok(()) })
    }

    fn start_send(mut self: Pin<&mut Self>, value: T) -> Result<()> {
        let written = self.write(value);
        if written.finished() {
            return written.take();
        }
        self.sending = Some(written);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(sending) = &mut self.sending else { return Poll::Ready(Ok(())) };
        let sent = ready!(Pin::new(sending).poll(cx));
        self.sending = None;
        Poll::Ready(sent)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.end_with(Ok(()));
        Poll::Ready(self.error().map_or(Ok(()), Err))
    }
}
