//! What a twin is written with: [`World`], [`echo!`], [`twin!`] and a small vocabulary of descriptors.
//!
//! A twin is a Nim program under `nim/` and an `async fn name(w: World) -> Result<()>` under `tests/twins/` that prints
//! the same. One Rust source serves every way of driving the dispatcher, because blocking calls go through `w`: in
//! owning mode `w.poll()` calls the crate's blocking `poll` and is ready at once, as a guest it awaits `turn()`.
//! See `README.md` for how to write, run and record one.

pub mod diff;
mod drive;
mod guard;
pub mod nim;
mod platform;
pub mod process;
mod table;
mod tools;
mod trace;
mod world;

pub use drive::{everywhere, run_in};
pub use guard::{alone, guarded, limit, patience};
pub use platform::*;
pub use table::{Mode, Twin};
pub use tools::{
    block, caught, fill, known, listen, new_pipe, pair, put, put_into, read_some, socket_pair, spin, text,
};
pub use trace::{Count, Trace, turns, within};
pub use world::World;

/// Appends a line to the transcript, as Nim's `echo`.
#[macro_export]
macro_rules! echo {
    ($($arg:tt)*) => { $crate::print_line(&::std::format!($($arg)*)) };
}

/// One entry of a subject's table: `twin!(name, "S2.3, S2.9")`, then any of
///
/// - `owning = "why"`: the twin makes no sense as a guest;
/// - `only_2_2 = "what differs"`: Nim 1.6 prints something else, which is not compared live;
/// - `only_1_6 = "what differs"`: the same with the versions changed about;
/// - `only_unix = "what differs"`: on Windows it does not run;
/// - `instead = "text"`: a difference on purpose; Nim's side lies in `nim/differences/`, ours prints `text`.
#[macro_export]
macro_rules! twin {
    ($name:ident, $statements:literal $(, $key:ident = $value:expr)* $(,)?) => {
        $crate::Twin::new(stringify!($name), $statements, |w| ::std::boxed::Box::pin($name(w)))$(.$key($value))*
    };
}

/// Writes a transcript line, at once, so that a twin that hangs has still shown how far it came.
pub fn print_line(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
