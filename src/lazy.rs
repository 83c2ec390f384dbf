//! The lazy operations: ordinary futures on borrowed buffers, methods of [`AsyncFD`](crate::AsyncFD).

macro_rules! lazy {
    ($(#[$doc:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $type:ty),* } -> $output:ty, $poll:expr) => {
        $(#[$doc])*
        #[must_use = "lazy: nothing happens until it is awaited"]
        #[derive(Debug)]
        pub struct $name $(<$life>)? {
            gate: Gate,
            $($field: $type,)*
        }

        impl $(<$life>)? Future for $name $(<$life>)? {
            type Output = Result<$output>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<$output>> {
                let poll: fn(&mut Self, &mut Context<'_>) -> Poll<Result<$output>> = $poll;
                poll(self.get_mut(), cx)
            }
        }
    };
}

mod connect;
mod receive;
mod send;
mod wait;

pub use connect::{AcceptClient, ConnectTo};
pub use receive::{Peek, Read, ReadExact, ReadFrom};
pub use send::{Write, WriteAll, WriteTo};
pub use wait::{Readable, Writable};

use crate::gate::Left;

/// Less than asked for means that there is no more to be had now.
fn left_of(size: usize, asked: usize) -> Left<usize> {
    if size < asked { Left::Nothing(size) } else { Left::More(size) }
}
