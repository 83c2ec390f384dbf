//! What was to be reached, beside what was measured.

use std::fmt::Write;

use crate::records::{Records, short};

/// One row of the table; the cells are those against tokio and against Nim.
struct Row {
    label: &'static str,
    tokio: &'static [Goal],
    nim: &'static [Goal],
}

struct Goal {
    figure: &'static str,
    case: &'static str,
    bound: Bound,
    of: Of,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

/// Which number the bound is for.
#[derive(Clone, Copy)]
enum Of {
    /// That of the line with the peer's name.
    Peer,
    /// Ours alone.
    Ours,
    /// Ours divided by the peer's.
    Quotient,
}

const fn ratio(case: &'static str, bound: f64) -> Goal {
    Goal { figure: "ratio", case, bound: AtMost(bound), of: Of::Peer }
}

const fn throughput(case: &'static str, bound: f64) -> Goal {
    Goal { figure: "throughput", case, bound: AtLeast(bound), of: Of::Peer }
}

const fn quotient(figure: &'static str, case: &'static str, bound: f64) -> Goal {
    Goal { figure, case, bound: AtMost(bound), of: Of::Quotient }
}

const fn ours(figure: &'static str, case: &'static str, bound: f64) -> Goal {
    Goal { figure, case, bound: AtMost(bound), of: Of::Ours }
}

const ROWS: &[Row] = &[
    Row {
        label: "echo 64 B at 50, at 500 connections, lazy",
        tokio: &[ratio("echo-64B-50", 1.0), ratio("echo-64B-500", 1.0)],
        nim: &[ratio("echo-64B-50", 0.55), ratio("echo-64B-500", 0.55)],
    },
    Row {
        label: "the same, eager (Nim's form)",
        tokio: &[ratio("eager-64B-50", 1.05), ratio("eager-64B-500", 1.05)],
        nim: &[ratio("eager-64B-50", 0.6), ratio("eager-64B-500", 0.6)],
    },
    Row {
        label: "echo 64 B at 1 connection, lazy",
        tokio: &[ratio("echo-64B-1", 1.04)],
        nim: &[ratio("echo-64B-1", 0.85)],
    },
    Row {
        label: "echo 16 KiB, 256 KiB",
        tokio: &[ratio("echo-16KiB-10", 1.0), ratio("echo-256KiB-4", 1.0)],
        nim: &[ratio("echo-16KiB-10", 0.55), ratio("echo-256KiB-4", 0.85)],
    },
    Row {
        label: "their throughput",
        tokio: &[throughput("echo-16KiB-10", 1.0), throughput("echo-256KiB-4", 1.0)],
        nim: &[],
    },
    Row { label: "UDP echo, 50 clients, lazy", tokio: &[ratio("udp-64B-50", 0.95)], nim: &[ratio("udp-64B-50", 0.33)] },
    Row {
        label: "accept + echo + close, lazy",
        tokio: &[ratio("accept-echo-close", 0.95)],
        nim: &[ratio("accept-echo-close", 0.8)],
    },
    Row { label: "its system calls", tokio: &[ours("syscalls", "accept-echo-close", 7.0)], nim: &[] },
    Row {
        label: "echo by raw callbacks",
        tokio: &[ratio("callbacks-64B-50", 1.0)],
        nim: &[ratio("callbacks-64B-50", 0.55)],
    },
    Row { label: "guest mode echo at 50", tokio: &[ratio("guest-64B-50", 1.0)], nim: &[] },
    Row {
        label: "user instructions of an echo at 50, lazy",
        tokio: &[quotient("instructions", "echo-64B-50", 0.65)],
        nim: &[quotient("instructions", "echo-64B-50", 0.1)],
    },
    Row {
        label: "the same, eager",
        tokio: &[quotient("instructions", "eager-64B-50", 1.5)],
        nim: &[quotient("instructions", "eager-64B-50", 0.25)],
    },
    Row { label: "`sleep_async(0)` in a loop", tokio: &[ratio("sleep-zero", 0.1)], nim: &[ratio("sleep-zero", 1.0)] },
    Row { label: "lateness of `sleep_async(5)`", tokio: &[], nim: &[ratio("lateness", 1.0)] },
    Row {
        label: "`call_soon` of itself, 1 M queued",
        tokio: &[ratio("soon-self", 0.1), ratio("soon-queued", 0.08)],
        nim: &[ratio("soon-self", 1.0), ratio("soon-queued", 0.6)],
    },
    Row {
        label: "await a finished future, one completed by `call_soon`",
        tokio: &[ratio("await-finished", 0.4), ratio("await-soon", 0.2)],
        nim: &[ratio("await-finished", 0.5), ratio("await-soon", 0.5)],
    },
    Row { label: "a ready async proc", tokio: &[], nim: &[ratio("proc-ready", 0.6)] },
    Row {
        label: "timers created and fired, `with_timeout` that never fires",
        tokio: &[ratio("timers-fire", 0.5), ratio("timeout-unfired", 0.4)],
        nim: &[ratio("timers-fire", 0.4), ratio("timeout-unfired", 0.4)],
    },
    Row {
        label: "idle bytes of a connection (64 B buffer)",
        tokio: &[ratio("idle-connection", 0.7), ours("value", "idle-connection", 600.0)],
        nim: &[ratio("idle-connection", 0.7)],
    },
    Row {
        label: "system calls of an echo at 1, at 50",
        tokio: &[ours("syscalls", "echo-64B-1", 4.0), ours("syscalls", "echo-64B-50", 2.06)],
        nim: &[quotient("syscalls", "echo-64B-1", 0.5), quotient("syscalls", "echo-64B-50", 0.35)],
    },
    Row {
        label: "allocations of two lazy, of two eager operations",
        tokio: &[ours("value", "allocations-lazy", 0.0), ours("value", "allocations-eager", 2.0)],
        nim: &[],
    },
];

/// The goals as a table for the README: `≤ goal: measured` in each cell, in bold what was missed.
pub fn table(records: &Records) -> String {
    let mut text =
        format!("Measured {}.\n\n| case | against tokio | against Nim |\n|---|---|---|\n", records.sentence());
    for row in ROWS {
        let cell = |goals: &[Goal], peer| {
            let cells: Vec<String> = goals.iter().map(|goal| goal.cell(records, peer)).collect();
            cells.join("; ")
        };
        let _infallible = writeln!(text, "| {} | {} | {} |", row.label, cell(row.tokio, "tokio"), cell(row.nim, "nim"));
    }
    text
}

impl Goal {
    fn cell(&self, records: &Records, peer: &str) -> String {
        let (sign, bound) = match self.bound {
            AtMost(bound) => ("≤", bound),
            AtLeast(bound) => ("≥", bound),
        };
        match self.measured(records, peer) {
            Some(number) if self.bound.holds(number) => format!("{sign} {bound}: {}", short(number)),
            Some(number) => format!("{sign} {bound}: **{}**", short(number)),
            None => format!("{sign} {bound}: not measured"),
        }
    }

    fn measured(&self, records: &Records, peer: &str) -> Option<f64> {
        let find = |who| records.find(self.figure, self.case, who).map(|spread| spread.median);
        match self.of {
            Of::Peer => find(peer),
            Of::Ours => find("ours"),
            Of::Quotient => Some(find("ours")? / find(peer)?),
        }
    }
}

impl Bound {
    /// As printed, with two digits.
    fn holds(self, number: f64) -> bool {
        match self {
            AtMost(bound) => number < bound + 0.005,
            AtLeast(bound) => number >= bound - 0.005,
        }
    }
}
