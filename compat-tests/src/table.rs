//! One twin, as the runner sees it.

use crate::World;
use asyncdispatch::Result;
use std::{future::Future, pin::Pin};

/// Who has the runtime, and of which kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The dispatcher has it: Nim's way, blocking calls.
    Owning,
    /// A guest in `block_on` of a current-thread runtime.
    CurrentThread,
    /// A guest in a `LocalSet`.
    LocalSet,
    /// A guest in a `LocalRuntime`.
    LocalRuntime,
    /// A guest in `block_on` of a multi-thread runtime.
    MultiThread,
}

impl Mode {
    pub const ALL: &[Mode] =
        &[Mode::Owning, Mode::CurrentThread, Mode::LocalSet, Mode::LocalRuntime, Mode::MultiThread];

    pub const fn name(self) -> &'static str {
        match self {
            Mode::Owning => "owning",
            Mode::CurrentThread => "current_thread",
            Mode::LocalSet => "local_set",
            Mode::LocalRuntime => "local_runtime",
            Mode::MultiThread => "multi_thread",
        }
    }

    pub fn named(name: &str) -> Option<Mode> {
        Mode::ALL.iter().copied().find(|m| m.name() == name)
    }
}

/// The Rust half of a twin.
pub type Run = fn(World) -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// An entry of the table; made by [`twin!`](crate::twin).
#[derive(Clone, Copy)]
pub struct Twin {
    /// The function's name, and that of the Nim program and of the transcript.
    pub name: &'static str,
    /// What it pins: `"S2.3, S2.9"`, the same as in the first line of the Nim program.
    pub statements: &'static str,
    pub run: Run,
    /// Why it runs in owning mode only.
    pub owning_because: Option<&'static str>,
    /// What Nim 1.6 does otherwise.
    pub only_2_2: Option<&'static str>,
    /// What Nim 2.2 does otherwise.
    pub only_1_6: Option<&'static str>,
    /// What ours prints where we mend Nim.
    pub instead: Option<&'static str>,
    /// What is otherwise on Windows, where it does not run.
    pub only_unix: Option<&'static str>,
}

impl Twin {
    pub const fn new(name: &'static str, statements: &'static str, run: Run) -> Twin {
        Twin {
            name,
            statements,
            run,
            owning_because: None,
            only_2_2: None,
            only_1_6: None,
            instead: None,
            only_unix: None,
        }
    }

    pub const fn owning(self, why: &'static str) -> Twin {
        Twin { owning_because: Some(why), ..self }
    }

    pub const fn only_2_2(self, what: &'static str) -> Twin {
        Twin { only_2_2: Some(what), ..self }
    }

    pub const fn only_1_6(self, what: &'static str) -> Twin {
        Twin { only_1_6: Some(what), ..self }
    }

    pub const fn instead(self, text: &'static str) -> Twin {
        Twin { instead: Some(text), ..self }
    }

    pub const fn only_unix(self, what: &'static str) -> Twin {
        Twin { only_unix: Some(what), ..self }
    }

    /// Whether it runs on this platform.
    pub fn runs_here(&self) -> bool {
        cfg!(unix) || self.only_unix.is_none()
    }

    pub fn modes(&self) -> &'static [Mode] {
        if self.owning_because.is_some() { &Mode::ALL[..1] } else { Mode::ALL }
    }
}
