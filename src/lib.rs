//! Nim's `asyncdispatch` for Rust: callbacks, eager futures and an explicit event loop, on tokio.
//!
//! It is for two kinds of people. Those who **port a Nim program** find every proc of `asyncdispatch`, `asyncfutures`
//! and `asyncstreams` under its name in snake case, doing the same things in the same order; what differs most is that
//! errors are values. Those who **have callbacks beside tokio** (a C library that hands out a descriptor, a state
//! machine written as callbacks) get [`add_read`], [`add_write`], [`call_soon`] and timers in the runtime that they
//! already run; what differs most is that a future starts when it is made, not when it is polled.
//!
//! It is not meant for spreading one program's work over threads, nor for reading regular files. And it is young: the
//! core exists, nobody has run it for years.
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
//! | tokio | here | note |
//! |---|---|---|
//! | `Runtime::block_on` | [`wait_for`], [`Dispatcher::wait_for`] | owning mode |
//! | `.await` in your own runtime | [`run`], [`run_until`], [`Dispatcher::drive`] | guest mode, any flavour; no `LocalSet` is needed |
//! | `spawn_local` | [`async_proc`] | starts at once; dropping the handle cancels nothing, [`cancel`](NimFuture::cancel) does |
//! | `AsyncFd` | [`register`] and [`add_read`], or [`readable`](AsyncFD::readable) | level-triggered |
//! | `AsyncReadExt`, `AsyncWriteExt` | [`AsyncFD::read`], [`write_all`](AsyncFD::write_all) … | lazy and on borrowed buffers, no allocation for each call |
//! | `AsyncRead + AsyncWrite` | [`AsyncFD::stream`] | for codecs, `copy`, TLS, HTTP; [halves](FdStream::into_split) |
//! | `TcpStream`, the other sockets | [`AsyncFD`]`::try_from(…)`, and back | [`ConvertError`] has the table |
//! | `oneshot` | [`NimFuture`] | any number of readers |
//! | `mpsc` | [`FutureStream`] | on one thread; `futures::Stream` and `Sink`, [`bounded`](FutureStream::bounded), [`from_stream`](FutureStream::from_stream) |
//! | `AbortHandle`, `AbortOnDropHandle`, `CancellationToken` | [`cancel`](NimFuture::cancel), [`abort_on_drop`](NimFuture::abort_on_drop), [`cancel_with`](NimFuture::cancel_with) | for procs and operations alike |
//! | `Notify` | [`AsyncEvent`] | `Send + Sync` |
//! | a `Handle` for other threads | [`Remote`] | [`call_soon_threadsafe`](Remote::call_soon_threadsafe), [`spawn`](Remote::spawn) |
//! | `spawn_blocking` | [`spawn_blocking`] | a [`NimFuture`]; [`cancel`](NimFuture::cancel) keeps a call from beginning |
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
//! # Cancelling, and ending well
//!
//! Dropping a future cancels nothing, as in Nim; and what goes on without anybody to hear of it takes its bytes all the
//! same. To give up:
//!
//! | | |
//! |---|---|
//! | [`cancel`](NimFuture::cancel) | an operation leaves its queue, a timer is freed, a proc's body is dropped with what it awaits; who waits hears [`Cancelled`](ErrorKind::Cancelled) |
//! | [`abort_on_drop`](NimFuture::abort_on_drop) | the same when the guard is dropped: in a `select!`, under tokio's `timeout` |
//! | [`cancel_with`](NimFuture::cancel_with) | the same when a `CancellationToken` of tokio-util is cancelled, on any thread |
//! | dropping a lazy operation | leaves the queue; what is called cancel safe has taken nothing |
//!
//! Each function has a section "Cancel safety". A cancelled receive has taken no byte and gives its buffer back
//! ([`take_buffer`](NimFuture::take_buffer)), a cancelled send tells how far it came ([`Error::bytes_sent`]).
//!
//! So a server ends well: it stops accepting, lets its connections finish until a deadline, and cancels the rest. The
//! example `graceful_shutdown` is a whole one, `chat` another; this is the shape:
//!
//! ```
//! use asyncdispatch::*;
//! use futures::stream::{FuturesUnordered, StreamExt};
//! use std::time::Duration;
//! use tokio_util::sync::CancellationToken;
//!
//! async fn serve(listener: AsyncFD, stop: CancellationToken) -> Result<usize> {
//!     let mut connections = FuturesUnordered::new();
//!     loop {
//!         tokio::select! {
//!             accepted = listener.accept_client() => {
//!                 let (client, _) = accepted?;
//!                 connections.push(async_proc(talk(client, stop.clone())).abort_on_drop());
//!             }
//!             Some(_ended) = connections.next() => {}
//!             () = stop.cancelled() => break,
//!         }
//!     }
//!     close_socket(listener)?; // nobody else comes
//!     let finish = async { while connections.next().await.is_some() {} };
//!     let _in_time = tokio::time::timeout(Duration::from_secs(5), finish).await;
//!     Ok(connections.len()) // cancelled as the guards are dropped
//! }
//!
//! async fn talk(client: AsyncFD, stop: CancellationToken) -> Result<()> {
//!     let mut request = [0; 64];
//!     // Between two requests the connection ends at once, within one it finishes it.
//!     while let Some(size) = stop.run_until_cancelled(client.read(&mut request)).await.transpose()? {
//!         if size == 0 {
//!             break;
//!         }
//!         client.write_all(&request[..size]).await?;
//!     }
//!     close_socket(client)
//! }
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let _client = std::net::TcpStream::connect(listener.local_addr()?)?;
//! # let (listener, stop) = (register(listener)?, CancellationToken::new());
//! # let serving = async_proc(serve(listener, stop.clone()));
//! # async_check(async_proc(async move { sleep_async(5).await?; stop.cancel(); Ok(()) }));
//! # assert_eq!(wait_for(serving)?, 0);
//! # Ok::<(), Error>(())
//! ```
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
//! # Using tokio crates
//!
//! Two things go wrong where one loop is put beside another. **No reactor is running**: `tokio::net`, `tokio::time` and
//! `tokio::spawn` panic outside of a runtime. In callbacks and procs of this crate a runtime is always entered: the
//! dispatcher's own, or in guest mode yours. **A runtime within a runtime**: blocking inside one panics. [`poll`],
//! [`wait_for`] and the others answer an error there that names the cure:
//!
//! ```
//! use asyncdispatch::*;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<()> {
//!     assert_eq!(poll().unwrap_err().kind(), ErrorKind::NotDriven);
//!     run(async {
//!         assert_eq!(poll().unwrap_err().kind(), ErrorKind::LoopInside);
//!         sleep_async(1).await
//!     })
//!     .await
//! }
//! ```
//!
//! In owning mode callbacks run outside of `block_on`. That is why they may nest [`poll`], and it has a price: a tokio
//! task spawned or woken from there costs a system call, and `Handle::block_on`, `futures::executor::block_on` and
//! `blocking_recv` hang there. The way to block is [`wait_for`]`(`[`async_proc`]`(…))`.
//!
//! The sockets of `tokio::net`, std and socket2 become an [`AsyncFD`] by `try_from`, and back; see [`ConvertError`].
//! [`AsyncFD::stream`] is a descriptor as `AsyncRead + AsyncWrite`, for codecs, TLS and HTTP. A foreign event loop can
//! have a dispatcher among its own descriptors: [`Dispatcher::get_fd`].
//!
//! # Tests in virtual time
//!
//! All timers and limits of this crate ([`sleep_async`], [`add_timer`], [`with_timeout`], [`poll_with`], [`drain_with`]
//! and the guest's forms) go by the clock of the runtime underneath. With tokio's feature `test-util` it can be paused,
//! in current-thread runtimes, and then jumps to the next deadline as soon as nothing is ready: an hour of timers is
//! tested in milliseconds. In a test of your own runtime say `#[tokio::test(start_paused = true)]`; a dispatcher that
//! owns its runtime is paused in a callback, or by way of its handle:
//!
//! ```
//! use asyncdispatch::*;
//!
//! let handle = get_global_dispatcher().get_io_handler()?;
//! {
//!     let _entered = handle.enter();
//!     tokio::time::pause();
//! }
//! let begun = std::time::Instant::now();
//! wait_for(sleep_async(3_600_000))?;
//! assert!(begun.elapsed().as_secs() < 3600);
//! # Ok::<(), Error>(())
//! ```
//!
//! What the kernel holds ready is served before the clock jumps; so exchanges within one loop take no virtual time,
//! however long they are. What will only come later, from another thread or process, is not waited for: a timeout that
//! is pending then comes first. The clock stands while a [`spawn_blocking`] call runs (tokio's or this one), so run the
//! other side in one, or let one wait for it: `spawn_blocking(move || Ok(child.wait()?))`.
//!
//! # Platforms
//!
//! | | |
//! |---|---|
//! | Linux | everything, tested |
//! | macOS, FreeBSD | compile; nobody has run it there. [`add_process`] takes children only |
//! | Android, DragonFly BSD, NetBSD | share the code of the above; never tried |
//! | Windows | does not compile yet |
//!
//! # Differences from Nim
//!
//! The order of calls is Nim's. What follows is mended, with two things that are kept. After each item stand the tests
//! that show it, most of them pairs in `compat-tests/tests/twins/differences.rs`: what Nim prints is recorded, and what
//! this crate prints instead.
//!
//! - **1, 30.** A half-close or an error event disarms no waiting side, and the pending socket error is left for the
//!   operation. Tests: `row_01_half_close_disarms_sender`, `row_30_udp_refusal_is_lost`.
//! - **2, 3.** Accepted sockets do not block; any number of accepts may wait on one listener. Tests:
//!   `row_02_accepted_socket_blocks`, `row_03_two_accepts_one_connection`.
//! - **4, 5.** An error or a panic in a callback loses no other callback; repeating timers and signals stay. Tests:
//!   `row_04_raising_drops_the_list`, `row_04_raising_loses_other_events`, `row_05_raising_repeating_timer`,
//!   `row_05_raising_signal`.
//! - **6, 7, 8, 11, 36.** Keys have a generation: a stale one is refused, [`contains`] answers `false`. Tests:
//!   `row_06_unregister_ready_timer`, `row_07_event_replaced_inside_callback`,
//!   `row_07_number_registered_again_inside`, `row_08_closed_without_unregister`,
//!   `row_11_close_socket_hands_out_closed_number`, `row_36_numbers_out_of_range`.
//! - **9, 10.** [`unregister`] and [`close_socket`] fail the futures that wait, a connect included. Tests:
//!   `row_09_unregister_abandons`, `row_10_close_socket_with_waiting_connect`.
//! - **12, 13.** Every wait looks at the timers; a turn in which one fell due does not wait. Tests:
//!   `row_12_poll_without_limit_and_timers`, `row_13_due_timer_does_not_shorten_the_wait`.
//! - **14, 15.** [`drain`] means what it says, by the monotonic clock; the limit of phase 5. Tests:
//!   `row_14_drain_ends_early`, `row_14_drain_without_limit`, `row_15_queue_starves_descriptors`.
//! - **16, 17, 18, 37.** Any number of watchers of a signal or a child; a dead child fires, an unknown one is an
//!   error. A signal that was watched once never gets its default action back: tokio keeps its handler. Tests:
//!   `row_16_two_children`, `row_16_two_watchers_of_a_signal`, `row_17_dead_child`, `row_17_unknown_pid`,
//!   `row_18_signal_after_its_watch`, `row_37_descriptors_used`.
//! - **19, 32, 34, 35.** A timer of 0 or less, a wrong domain and a failed socket are errors; `recv` of 0 bytes gives
//!   none; a failed [`add_read`] leaves nothing behind. Tests: `row_19_negative_timer`, `row_19_timer_of_zero`,
//!   `row_32_wrong_domain`, `row_34_recv_of_nothing`, `row_35_failed_add_read_leaves_callback`.
//! - **20, 21, 22.** One-shot callbacks leak nothing, a nested turn loses no event, closing an event removes it.
//!   Tests: `row_20_oneshot_false_leaks`, `row_21_event_triggered_in_nested_poll`, `row_22_close_event_while_added`.
//! - **23, 24, 25.** [`with_timeout`], [`and`], [`or`] and [`async_check`] add a callback instead of replacing the
//!   others; [`and`] loses no failure; a timer that lost is gone at once. Tests: `row_23_awaiter_forgotten`,
//!   `row_23_callbacks_replaced`, `row_24_and_loses_failure`, `row_25_with_timeout_leaves_timer`.
//! - **26.** Completing twice is checked in every build. Tests: `row_26_second_completion`.
//! - **27.** Callbacks are always queued, also before there was a dispatcher. Tests:
//!   `row_27_callbacks_before_a_dispatcher`, `row_27_stream_before_a_dispatcher`.
//! - **28.** A stream serves its oldest reader first, all readers hear of its end, and a failed one gives out what it
//!   holds. Tests: `row_28_failed_stream_drops_items`, `row_28_newest_reader_first`.
//! - **29.** *Kept*: `send` with the flag `SAFE_DISCONN` reports success when the other side has gone. Tests:
//!   `send_to_gone_peer`.
//! - **31.** Names are resolved without blocking; a failure is the future's. Tests: `row_31_resolution_failure`.
//! - **33.** *Kept*: [`dial`] tries one address after the other. Tests:
//!   `compat-tests/tests/dial.rs::the_first_address_is_dead`, `dial_by_name`.
//! - **38, 39.** See errors and panics above; a proc's clean-up runs before its future is finished. Tests:
//!   `row_38_defect_in_proc`, `row_39_finished_before_finally`.
//! - **40.** [`cancel`](NimFuture::cancel), and bounded streams. Tests: `row_40_nothing_is_cancelled`,
//!   `row_40_writer_never_waits`.
//! - **41.** Timers with callbacks, signals, processes and events come after the descriptors of a turn, not among
//!   them. Tests: `row_41_custom_events_among_descriptors`.
//! - **42.** `recv`, `send` and the others answer a failed future for a key that is not registered, where Nim raises.
//!   Tests: `row_42_unregistered_socket`.
//! - **43.** [`close_socket`] calls all callbacks, then tells if one answered `false`. Tests:
//!   `row_43_close_socket_of_timer`, `row_43_close_socket_stops_at_false`.
//! - **44.** [`clear_callbacks`](NimFuture::clear_callbacks) and [`set_callback`](NimFuture::set_callback) forget no
//!   awaiter. Tests: `compat-tests/tests/bad_input.rs::event_twice_or_not_at_all`,
//!   `row_44_callbacks_cleared_under_an_awaiter`.
//! - **45.** Where Nim 1.6 and 2.2 differ, 2.2 is followed. Tests: `async_raise_in_finally`,
//!   `async_return_in_finally`, `async_trailing_expression`, `recv_error_number`.
//! - **Besides.** A future is never nil. A timeout below −1 is refused also by a turn that would not wait; a signal
//!   that cannot be watched is refused; a signal handler of your own ends no wait ([`add_signal`] does). A descriptor
//!   on which nobody waited for a while keeps its place among those that are ready; in Nim it goes to the end. Tests:
//!   `await_of_nil`, `negative_timeout_with_queue`, `signal_handler_ends_no_wait`, `signals_that_cannot_be_watched`,
//!   `watched_again_keeps_its_place`.
//!
//! Not provided: `getCallSoonProc` and `setCallSoonProc` (the queue is the dispatcher's), `multisync` (Rust has no such
//! macro), automatic completion of `FutureVar` parameters, `newCustom` (Windows only).
//!
//! The handbook of Nim's module names four limitations. Here:
//!
//! 1. *The effect system (`raises: []`) does not work with async procs.* What can fail has a [`Result`] in its type.
//! 2. *`var` parameters cannot be used in async procs.* A proc owns what it uses, so the same holds for `&mut` from
//!    outside: share an `Rc<RefCell<T>>` or a [`FutureVar`]. Within a proc borrow as you like, also across an `.await`.
//! 3. *`waitFor` cannot be called inside an async proc.* It can: it turns the loop, nested. In guest mode it is an
//!    error.
//! 4. *Never `discard` a future: use `asyncCheck`.* [`async_check`] it is; `#[must_use]` makes the compiler say so.
//!
//! ```
//! use asyncdispatch::*;
//!
//! let nested = async_proc(async {
//!     let mut sum = 0;
//!     let more = &mut sum;
//!     sleep_async(1).await?;
//!     *more += wait_for(async_proc(async { sleep_async(1).await?; Ok(42) }))?;
//!     Ok(sum)
//! });
//! assert_eq!(wait_for(nested)?, 42);
//! # Ok::<(), Error>(())
//! ```
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
mod timer;
mod timer_queue;
mod to_the_end;
mod turn;

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
pub use timer::{sleep_async, with_timeout};
