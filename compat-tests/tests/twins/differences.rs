//! Where we mend Nim: for each row of the list in the crate's docs a pair. What Nim prints is recorded in
//! `transcripts/differences/row_NN_…`, what ours prints instead stands in the table of the subject below.
//!
//! | row | why it has no pair |
//! |---|---|
//! | 29 | kept: the twin prints what Nim prints |
//! | 33 | kept: the same |
//! | 44 | has one; `trigger` after `close`, its other half, is a use after free in Nim and has only our side |
//! | 45 | what Nim 2.2 does, whose compiler the recorded one is not: these twins are not compared with Nim 1.6 |
//!
//! Six differences have no row: [`await_of_nil`](procs), [`negative_timeout_with_queue`](loops),
//! [`send_after_the_named`](descriptors), [`signal_handler_ends_no_wait`](loops),
//! [`signals_that_cannot_be_watched`](custom) and [`watched_again_keeps_its_place`](descriptors).

#[cfg(unix)]
pub mod custom;
#[cfg(unix)]
pub mod descriptors;
pub mod futures;
#[cfg(unix)]
pub mod loops;
pub mod procs;
#[cfg(unix)]
pub mod sockets;
pub mod streams;

/// Tests that show a row otherwise than by a pair: twins of the other subjects, and `path::function`.
pub const ELSEWHERE: &[(u32, &str)] = &[
    (29, "send_to_gone_peer"),
    (33, "dial_by_name"),
    (33, "compat-tests/tests/dial.rs::the_first_address_is_dead"),
    (44, "compat-tests/tests/bad_input.rs::event_twice_or_not_at_all"),
    (45, "async_return_in_finally"),
    (45, "async_raise_in_finally"),
    (45, "async_trailing_expression"),
    (45, "recv_error_number"),
];
