//! Nim's `asyncdispatch` for Rust: callbacks, eager futures and an explicit event loop, on tokio.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod add_timer;
mod address;
mod args;
mod async_proc;
mod call_soon;
mod combinators;
mod connect;
mod current;
mod custom;
mod dispatcher;
mod drive;
mod drives;
mod error;
mod event;
mod fd;
mod fifo;
mod future;
mod future_log;
mod future_var;
mod gate;
mod interop;
mod lazy;
mod machine;
mod mailbox;
mod operation;
mod pending;
mod poll;
mod process;
mod register;
mod registry;
mod remote;
mod serve;
mod signal;
mod socket;
mod source;
mod stream;
mod sys;
mod task;
mod timer;
mod timer_queue;
mod turn;

pub use async_proc::{async_check, async_proc};
pub use future::{Awaitable, NimFuture, ReadRef, Settled, new_future};
pub use combinators::{all, and, or};
pub use future_var::{FutureVar, new_future_var};
pub use stream::{Concat, FutureStream, new_future_stream, read_all};
pub use poll::{drain, drain_with, poll, poll_with, run_forever, wait_for};
pub use drive::{Bind, Drive, RunUntil, run, run_until};
pub use call_soon::call_soon;
pub use timer::{sleep_async, with_timeout};
pub use add_timer::add_timer;
pub use event::{AsyncEvent, add_event, close, new_async_event, trigger};
pub use signal::add_signal;
pub use process::add_process;
pub use fd::{
    AsyncFD, Callback, Unregister, Unregistered, add_read, add_write, close_socket, contains, register, register_raw,
    register_shared, set_inheritable, unregister,
};
pub use socket::{
    accept, accept_addr, accept_addr_with, accept_with, recv, recv_from_into, recv_from_into_with, recv_into,
    recv_into_with, recv_with, send, send_to, send_to_with, send_with,
};
pub use connect::{
    connect, connect_with, create_async_native_socket, create_async_native_socket_raw,
    create_async_native_socket_with, dial, dial_with,
};
pub use lazy::{
    AcceptClient, ConnectTo, Peek, Read, ReadExact, ReadFrom, Readable, Writable, Write, WriteAll, WriteTo,
};
pub use dispatcher::{
    Dispatcher, Len, active_descriptors, get_global_dispatcher, get_io_handler, has_pending_operations,
    max_descriptors, new_dispatcher, schedule_callbacks, set_global_dispatcher,
};
pub use address::{Domain, Port, Protocol, SockAddr, SockType, SocketFlags};
pub use args::{IntoMillis, Millis, OrRaise, Pid, SendBuf, Signal};
pub use error::{Error, ErrorKind, Exception, Result};
pub use future_log::{FutureInfo, get_futures_in_progress, is_future_logging_enabled, set_future_logging};
pub use interop::{ConvertError, FdStream};
pub use pending::Pending;
pub use remote::Remote;
