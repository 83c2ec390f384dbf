//! The contract with the platform: everything that asks the operating system, and every `unsafe` block, is below here.
//!
//! A platform provides, under these names:
//!
//! - [`Selector`]: a level-triggered selector that can be watched by another one (`new`, `add`, `modify`, `remove`,
//!   `look`), with [`Interest`] and [`Batch`] of [`Event`]s;
//! - [`Watched`]: the selector registered with tokio's reactor (`look`, `poll_look`);
//! - [`Descriptor`]: a descriptor and who owns it (`borrow`, `into_owned`), and [`RawBuffer`];
//! - socket calls that never block: `receive`, `receive_from`, `transmit`, `transmit_to`, `accept`, `connect`,
//!   `take_error`, `check_connected`, `socket`, `domain_of`;
//! - [`watch_process`], [`descriptor_limit`], [`set_close_on_exec`], [`set_nonblocking`], [`is_nonblocking`],
//!   [`readable_now`].

mod descriptor;
mod selector;
mod socket;

pub(crate) use descriptor::{
    Descriptor, RawBuffer, descriptor_limit, is_nonblocking, readable_now, set_close_on_exec, set_nonblocking,
    watch_process,
};
pub(crate) use selector::{Batch, Event, Interest, Selector, Watched};
pub(crate) use socket::{
    accept, check_connected, connect, domain_of, receive, receive_from, receive_into, socket, take_error, transmit,
    transmit_to,
};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
compile_error!("asyncdispatch has a selector for Linux and Android only as yet");
