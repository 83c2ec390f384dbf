//! Nim's `asyncdispatch` for Rust: callbacks, eager futures and an explicit event loop, on tokio.
//!
//! It is for two kinds of people. Those who **port a Nim program** find every proc of `asyncdispatch`, `asyncfutures`
//! and `asyncstreams` under its name in snake case, doing the same things in the same order; what differs most is that
//! errors are values. Those who **have callbacks beside tokio** (a C library that hands out a descriptor, a state
//! machine written as callbacks) get [`add_read`], [`add_write`], [`call_soon`] and timers in the runtime that they
//! already run; what differs most is that a future starts when it is made, not when it is polled.
//!
//! It is not meant for spreading one program's work over threads, nor for reading regular files. And it is young:
//! nobody has run it for years.
//!
//! ```
//! use asyncdispatch::*;
//!
//! fn main() -> Result<()> {
//!     let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//!     let port = listener.local_addr()?.port();
//!     let listener = register(listener)?;
//!     let server = async_proc(async move {
//!         let client = listener.accept().await?;
//!         let data = client.recv(4096).await?;
//!         client.send(data).await?;
//!         client.close_socket()
//!     });
//!     let answer = wait_for(async_proc(async move {
//!         let socket = dial("127.0.0.1", port).await?;
//!         socket.send("hello").await?;
//!         let answer = socket.recv(4096).await?;
//!         socket.close_socket()?;
//!         Ok(answer)
//!     }))?;
//!     assert_eq!(answer, b"hello");
//!     wait_for(server)
//! }
//! ```
//!
//! The dispatcher above owns its runtime and is turned by [`wait_for`]. In a program that has a tokio runtime already,
//! [`run`] and [`run_until`] turn a guest of that runtime while they are awaited:
//!
//! ```
//! use asyncdispatch::*;
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     run(async {
//!         let sum = async_proc(async { sleep_async(1).await?; Ok(20) });
//!         let spawned = tokio::spawn(async { 22 });
//!         assert_eq!(sum.await? + spawned.await?, 42);
//!         Ok(())
//!     })
//!     .await
//! }
//! ```
//!
//! # Recipes
//!
//! **A C library's descriptor in a tokio program.** The library keeps it open, the callback calls the library, and a
//! future takes the answer to whoever awaits it.
//!
//! ```
//! use asyncdispatch::*;
//! use std::{io::Read, os::unix::net::UnixStream, sync::Arc};
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     let (library, server) = UnixStream::pair()?; // stands for what the library opened
//!     tokio::task::spawn_blocking(move || std::io::Write::write_all(&mut &server, b"row"));
//!     run(async {
//!         let library = Arc::new(library);
//!         let (fd, answer) = (register_shared(library.clone())?, new_future("query"));
//!         let done = answer.clone();
//!         fd.add_read(move |_| -> Result<bool> {
//!             let mut row = [0; 3];
//!             (&*library).read_exact(&mut row)?;
//!             done.complete(row);
//!             Ok(true) // once; `false` would be "call me again"
//!         })?;
//!         assert_eq!(&answer.await?, b"row");
//!         Ok(())
//!     })
//!     .await
//! }
//! ```
//!
//! **Every so often, until a signal.** What is added to the loop runs beside whatever it waits for.
//!
//! ```
//! use asyncdispatch::*;
//!
//! let stop = new_future::<()>("stop");
//! add_timer(1000, false, |_| {
//!     println!("still here");
//!     false
//! })?;
//! add_signal(Signal::SIGTERM, {
//!     let stop = stop.clone();
//!     move |_| {
//!         stop.complete(());
//!         true
//!     }
//! })?;
//! # std::process::Command::new("sh").args(["-c", "kill -TERM $PPID"]).status()?;
//! wait_for(stop)?;
//! # Ok::<(), Error>(())
//! ```
//!
//! **Work that takes long**, on tokio's threads for it; the loop goes on meanwhile. Also for regular files.
//!
//! ```
//! use asyncdispatch::*;
//!
//! let sum = spawn_blocking(|| Ok((1..=10).sum::<i32>()));
//! assert_eq!(wait_for(sum)?, 55);
//! # Ok::<(), Error>(())
//! ```
//!
//! **A test that does not wait**: with tokio's paused clock an hour is over at once.
//!
//! ```
//! use asyncdispatch::*;
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)] // in your code `#[tokio::test(…)]`
//! async fn main() -> Result<()> {
//!     run(async { sleep_async(3_600_000).await }).await
//! }
//! ```
//!
//! More are where they belong: a server with a proc for each client in [`accept`], a limit of time in [`with_timeout`],
//! a buffer used again and again in [`recv_into`], no allocation at all in [`AsyncFD::read`], a datagram answered in
//! [`recv_from_into`], another thread's news in [`trigger`], tasks of tokio's beside a guest in [`Bind`].
//!
//! # Coming from Nim
//!
//! | Nim | here | difference |
//! |---|---|---|
//! | `proc f() {.async.}`, `await` | [`async_proc`]`(async move { … })`, `.await?` | runs at once to its first wait, as in Nim; the block's output is [`Result`] |
//! | `Future[T]`, `read`, `yield f` | [`NimFuture<T>`](NimFuture), [`read`](NimFuture::read), [`settled`](NimFuture::settled) | `f.await` moves the value out; `(&f).await` and `read` clone it |
//! | `waitFor` `poll` `drain` `runForever` | [`wait_for`] [`poll`] [`drain`] [`run_forever`] | answer a [`Result`]; also nested, inside callbacks and procs |
//! | `asyncCheck` | [`async_check`], [`NimFuture::check`] | the failure is the `Err` of `poll` |
//! | `addRead` `addWrite` `addTimer` `addSignal` `addProcess` `addEvent` | [`add_read`] [`add_write`] [`add_timer`] [`add_signal`] [`add_process`] [`add_event`] | the callback answers `bool`, or `Result<bool>` to raise |
//! | `register(fd)` | [`register`], [`register_shared`], [`register_raw`] | who closes the descriptor is said when it is registered |
//! | `AsyncFD` | [`AsyncFD`] | number and generation: a stale key is refused |
//! | `recv` `recvInto` `send` `accept` `connect` `dial` … | [`recv`] [`recv_into`] [`send`] [`accept`] [`connect`] [`dial`] … | also methods of the key; a lent buffer comes back with the result |
//! | default arguments | `_with` | [`poll`]`()`, [`poll_with`]`(ms)` |
//! | `callSoon` | [`call_soon`] | from other threads [`Remote::call_soon_threadsafe`] |
//! | `sleepAsync` `withTimeout` | [`sleep_async`] [`with_timeout`] | milliseconds as a number, or a `Duration` |
//! | `a and b`, `a or b`, `all` | [`and`] [`or`] [`all`] | keep the callbacks that are there |
//! | `FutureVar`, `FutureStream`, `readAll` | [`FutureVar`], [`FutureStream`], [`read_all`] | the stream's `read` gives an `Option`; [`bounded`](FutureStream::bounded) streams |
//! | `getFuturesInProgress`, `-d:futureLogging` | [`get_futures_in_progress`], [`set_future_logging`] | a run-time switch |
//! | exceptions, defects | [`Error`], panics | `?` raises; [`ErrorKind`] has a table of both |
//!
//! Every function is found under its Nim name in the search field above.
//!
//! # Coming from tokio
//!
//! [`guide::coming_from_tokio`] takes you from `cargo add` to a program that mixes both in five minutes, with a table of
//! names and what to look out for. [`guide::virtual_time`] is for your tests.
//!
//! # One turn of the loop
//!
//! ```text
//! 1  futures whose time has come are completed
//! 2  wait: for a descriptor, a deadline, the limit; not at all if something is ready
//! 3  descriptors are served, at most 64, in the kernel's order;
//!    then timers with callbacks, signals, processes, events
//! 4  futures whose time has come meanwhile are completed
//! 5  the `call_soon` queue is run until it is empty, entries added meanwhile included
//! ```
//!
//! In phase 2 tokio's tasks run, but no callback. Phase 5 stops after 10 000 entries; the rest comes in the next turn,
//! which does not wait, so that a callback which queues itself for ever stops neither descriptors nor timers. An error
//! or a panic in a callback ends the turn and leaves through [`poll`]; what was not called stays queued.
//!
//! # Futures
//!
//! A future starts when it is made. When it is finished, its callbacks and the procs that await it are put into the
//! `call_soon` queue, in the order in which they came; none is called inside [`complete`](NimFuture::complete). The one
//! exception is the callback of a [`FutureStream`]: it runs inside `write`, `complete` and `fail`, and inside a `read`
//! that leaves data, as in Nim.
//!
//! ```
//! use asyncdispatch::*;
//!
//! let f = new_future::<i32>("example");
//! let proc = async_proc({ let f = f.clone(); async move { Ok((&f).await? + 1) } });
//! f.complete(41);
//! assert!(!proc.finished()); // queued, not called
//! assert_eq!(wait_for(&proc)?, 42);
//! assert_eq!(f.read()?, 41); // read once more
//! assert_eq!(f.take()?, 41); // moved out
//! assert_eq!(f.read().unwrap_err().kind(), ErrorKind::Taken);
//! # Ok::<(), Error>(())
//! ```
//!
//! A future is a `std::future::Future` too, and a proc may await any other one, from whatever crate. Dropping a future
//! hides its failure, which the compiler warns of: await it, or give it to [`async_check`].
//!
//! # Cancelling
//!
//! Dropping a future cancels nothing, as in Nim. [`cancel`](NimFuture::cancel) does, and so do
//! [`abort_on_drop`](NimFuture::abort_on_drop), [`cancel_with`](NimFuture::cancel_with) a `CancellationToken`, and dropping
//! a lazy operation. [`guide::ending_well`] says what becomes of what, and how a server ends well.
//!
//! # Errors and panics
//!
//! Nim's exceptions are one type, [`Error`]; [`ErrorKind`] says which, and has the table of what became of each. The
//! text is Nim's where Nim has one, and `{:#}` adds what to do. `?` raises the errors of std and tokio as they are, your
//! own after one line, `impl Exception for MyError {}`, and those of other crates by `.map_err(Error::new)?`. Misuse
//! which is a defect in Nim, such as completing a future twice, panics at the caller. A panic in a proc fails its future
//! ([`ErrorKind::Panicked`]) and then leaves through [`poll`].
//!
//! A failure that [`async_check`] finds leaves through [`poll`] and all that turn the loop, unless
//! [`Dispatcher::on_unhandled`] has set a hook; [`Dispatcher::report_unread`] adds the failures of futures that were
//! dropped unread, which are silent otherwise.
//!
//! ```
//! use asyncdispatch::*;
//!
//! assert_eq!(poll().unwrap_err().kind(), ErrorKind::NothingPending);
//!
//! async_check(async_proc(async { Err("boom")? }));
//! assert_eq!(poll().unwrap_err().to_string(), "boom");
//! ```
//!
//! # Threads
//!
//! A dispatcher belongs to its thread, and so do futures: neither is `Send`. [`AsyncEvent`], [`Remote`] and [`Error`]
//! are `Send + Sync`. A key ([`AsyncFD`]) is only a name, which means nothing to another dispatcher.
//!
//! ```
//! use asyncdispatch::*;
//!
//! fn everywhere<T: Send + Sync>() {}
//! everywhere::<AsyncEvent>();
//! everywhere::<Remote>();
//! everywhere::<Error>();
//! ```
//!
//! ```compile_fail,E0277
//! fn everywhere<T: Send>() {}
//! everywhere::<asyncdispatch::NimFuture<()>>();
//! ```
//!
//! # Platforms
//!
//! | | |
//! |---|---|
//! | Linux | tested natively on x86-64 and i686, also with musl; on aarch64 under qemu |
//! | Windows | sockets. Tested under wine, never on the system itself; see [`guide::differences`] |
//! | macOS, FreeBSD, NetBSD | checked by the compiler; nobody has run it there. [`add_process`] takes children only |
//! | Android | checked by the compiler; as Linux, but [`add_process`] takes children only |
//! | DragonFly BSD, the rest of Apple's | share the code of the above; not even checked |
//! | OpenBSD, Solaris, illumos | not yet; the compiler says so |
//!
//! # Differences from Nim
//!
//! The order of calls is Nim's; what is mended on purpose, and the tests that show it, are in [`guide::differences`], with
//! what is not provided, and the four limitations that the handbook of Nim's module names.
//!
//! # Features, Rust version, unsafe code
//!
//! `tracing`, off by default, makes spans of turns, operations and async procs with the places where they were made,
//! and events for failures that nobody looked at (`examples/tracing.rs`); it changes no order. Rust 1.85. `unsafe` blocks are in `src/sys` only, each with its reason, two apart: the bodies
//! of [`register_raw`] and [`AsyncFD::recv_into_raw`], which are `unsafe fn`s and hand their caller's promise on.

#![deny(unsafe_code)]
#![warn(missing_docs)]
#![doc(test(attr(deny(warnings))))]

mod abandoned;
mod add_timer;
mod address;
mod args;
mod async_proc;
mod blocking;
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
pub mod guide;
mod interop;
mod lazy;
mod line;
mod machine;
mod mailbox;
mod native_socket;
mod operation;
mod origin;
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
mod span;
mod stream;
mod sys;
mod task;
mod timeout;
mod timer;
mod timer_queue;
mod to_the_end;
mod turn;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use add_timer::add_timer;
pub use address::{Domain, Port, Protocol, SockAddr, SockType, SocketFlags};
pub use args::{IntoMillis, Millis, OrRaise, Pid, SendBuf, Signal};
pub use async_proc::{async_check, async_proc};
pub use blocking::spawn_blocking;
pub use call_soon::call_soon;
pub use combinators::{all, and, or};
pub use connect::{connect, connect_with, dial, dial_with};
pub use dispatcher::{
    Dispatcher, Len, active_descriptors, get_global_dispatcher, get_io_handler, has_pending_operations,
    max_descriptors, new_dispatcher, schedule_callbacks, set_global_dispatcher,
};
pub use drive::{Bind, Drive, RunUntil, run, run_until};
pub use error::{Error, ErrorKind, Exception, Result};
pub use event::{AsyncEvent, add_event, close, new_async_event, trigger};
pub use fd::{
    AsyncFD, Callback, Unregister, Unregistered, add_read, add_write, close_socket, contains, register, register_raw,
    register_shared, set_inheritable, unregister,
};
pub use future::{AbortOnDrop, Awaitable, NimFuture, ReadRef, Settled, new_future};
pub use future_log::{FutureInfo, get_futures_in_progress, is_future_logging_enabled, set_future_logging};
pub use future_var::{FutureVar, new_future_var};
pub use interop::{ConvertError, FdReadHalf, FdStream, FdWriteHalf};
pub use lazy::{
    AcceptClient, ConnectTo, Peek, Read, ReadExact, ReadFrom, Readable, Writable, Write, WriteAll, WriteTo,
};
pub use native_socket::{create_async_native_socket, create_async_native_socket_raw, create_async_native_socket_with};
pub use pending::Pending;
pub use poll::{drain, drain_with, poll, poll_with, run_forever, wait_for};
pub use process::add_process;
pub use remote::Remote;
pub use signal::add_signal;
pub use socket::{
    accept, accept_addr, accept_addr_with, accept_with, recv, recv_from_into, recv_from_into_with, recv_into,
    recv_into_with, recv_with, send, send_to, send_to_with, send_with,
};
pub use stream::{Concat, FutureStream, HangUpOnDrop, new_future_stream, read_all};
pub use timeout::with_timeout;
pub use timer::sleep_async;
#[cfg(windows)]
pub use windows::{CustomRef, new_custom};
