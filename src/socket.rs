//! Nim's socket operations: eager, on owned buffers, queued first in, first out on their descriptor.
//!
//! An operation starts with the call and is tried when the kernel says that the descriptor is ready, never inside the
//! call, in the same queue as callbacks of `add_read` and `add_write`.

mod accept;
mod lent;
mod part;
mod receive;
mod receive_from;
mod receive_into;
mod send;
mod send_to;

pub use accept::{accept, accept_addr, accept_addr_with, accept_with};
pub use receive::{recv, recv_with};
pub use receive_from::{recv_from_into, recv_from_into_with};
pub use receive_into::{recv_into, recv_into_with};
pub use send::{send, send_with};
pub(crate) use send_to::SendTo;
pub use send_to::{send_to, send_to_with};

use crate::current::current;
use crate::fd::AsyncFD;
use crate::future::NimFuture;
use crate::operation::{Eager, Operation};
use crate::registry::Side;

/// Queues what `operation` makes, or fails `future`.
pub(crate) fn start<T: 'static>(
    fd: AsyncFD,
    side: Side,
    future: NimFuture<T>,
    operation: impl FnOnce(NimFuture<T>) -> Operation,
) -> NimFuture<T> {
    let started = current().and_then(|core| core.start(fd, side, &future, operation(future.clone())));
    if let Err(error) = started {
        future.settle(Err(error));
    }
    future
}

fn other(eager: impl Eager + 'static) -> Operation {
    Operation::Other(Box::new(eager))
}
