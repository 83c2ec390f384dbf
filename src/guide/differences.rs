//! What differs from Nim, what is not provided, and the four limitations.
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
//!   on which nobody waited for a while keeps its place among those that are ready; in Nim it goes to the end. An eager
//!   send on a descriptor that has taken the last one whole comes after those that the kernel names, which is not asked
//!   about it. Tests: `await_of_nil`, `negative_timeout_with_queue`, `send_after_the_named`,
//!   `signal_handler_ends_no_wait`, `signals_that_cannot_be_watched`, `watched_again_keeps_its_place`.
//!
//! # Not provided
//!
//! `getCallSoonProc` and `setCallSoonProc` (the queue is the dispatcher's), `multisync` (Rust has no such
//! macro), automatic completion of `FutureVar` parameters.
//!
//! # On Windows
//!
//! Nim has another dispatcher there, of completions instead of readiness. This crate behaves on Windows as it does
//! elsewhere: what is registered and not waited on does not keep the loop alive, peeking works, and the order of a turn
//! is the same. What is different because the system is:
//!
//! - Descriptors are sockets, and nothing else can be registered: `OwnedSocket` and `RawSocket` stand for `OwnedFd` and
//!   `RawFd` in all signatures. Whoever owns it, a socket is made non-blocking when it is registered, since no single
//!   call can be asked not to wait.
//! - Those that are ready come in the order in which they were first waited on, not in that of their events. A turn asks
//!   the system for all that are waited on (`WSAPoll`), so it costs more the more there are.
//! - Deadlines are tokio's, in whole milliseconds.
//! - Signals are `SIGINT` (Ctrl-C) and `SIGBREAK` (Ctrl-Break). [`add_process`] takes every process that may be opened,
//!   and one that has ended as long as somebody has a handle of it.
//! - The numbers of errors are those of Winsock. An operation whose socket is closed fails with `WSAEBADF`.
//! - No datagram socket is told of a receiver that cannot be reached. An IPv6 socket of this crate's reaches IPv4 too.
//! - [`max_descriptors`] is a constant, Nim's. [`Dispatcher::get_fd`] and the conversions of Unix sockets do not exist: a
//!   foreign loop cannot wait for what is ready in tokio's reactor.
//! - `new_custom`, there only, makes an `OVERLAPPED` whose memory is the crate's, and calls back with Nim's three
//!   arguments. The socket belongs to no completion port, so the program may give it to one of its own.
//!
//! # The four limitations
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

#[expect(unused_imports, reason = "the names that the page links to")]
use crate::*;
