//! What is measured, and who takes part.

use crate::program::{Language, Program};
use crate::servers::Traffic;

/// Room for one small message and more.
const SMALL: usize = 4096;

/// Room for the large ones, or a good part of them.
const LARGE: usize = 65536;

pub struct Case {
    pub name: &'static str,
    pub kind: Kind,
    pub unit: &'static str,
    pub ours: Who,
    pub peers: Vec<Who>,
}

#[derive(Clone, Copy)]
pub enum Kind {
    /// Clients against a server with this much room for a receive.
    Echo { traffic: Traffic, clients: usize, size: usize, room: usize },
    /// A program that measures so many operations of its own.
    Micro { operations: usize },
    /// A program that measures an operation among so many things.
    Scale { among: usize },
    /// Memory of waiting connections.
    Idle { connections: usize },
    /// The start of a server.
    Start,
}

/// A participant: its name in the output, and what to run.
#[derive(Clone)]
pub struct Who {
    pub name: &'static str,
    language: Language,
    /// Of servers the form, of micro cases the first argument.
    form: &'static str,
    /// Replaces the number of operations.
    operations: Option<usize>,
}

impl Who {
    const fn rust(name: &'static str, form: &'static str) -> Who {
        Who { name, language: Language::Rust, form, operations: None }
    }

    const fn other(name: &'static str, language: Language, form: &'static str) -> Who {
        Who { name, language, form, operations: None }
    }

    pub fn program(&self, case: &Case) -> Program {
        let server = |traffic: Traffic, room: usize| [self.form.into(), traffic.name().into(), room.to_string()];
        match case.kind {
            Kind::Echo { traffic, room, .. } => Program::new(self.language, "serve", &server(traffic, room)),
            Kind::Idle { .. } => Program::new(self.language, "serve", &server(Traffic::Tcp, 64)),
            Kind::Start => Program::new(self.language, "serve", &server(Traffic::Tcp, SMALL)),
            Kind::Micro { operations } | Kind::Scale { among: operations } => {
                let operations = self.operations.unwrap_or(operations).to_string();
                let args = match self.language {
                    Language::Rust => vec![self.form.into(), case.name.into(), operations],
                    _ => vec![case.name.into(), operations],
                };
                Program::new(self.language, "micro", &args)
            }
        }
    }
}

const LAZY: Who = Who::rust("ours", "lazy");
const EAGER: Who = Who::rust("ours", "eager");
const TOKIO: Who = Who::rust("tokio", "tokio");
const EPOLL: Who = Who::rust("epoll", "epoll");
const NIM: Who = Who::other("nim", Language::Nim, "async");
const NIM_DANGER: Who = Who::other("nim-danger", Language::NimDanger, "async");
const LIBUV: Who = Who::other("libuv", Language::C, "callbacks");

pub fn all() -> Vec<Case> {
    let mut cases = echoes();
    cases.extend(micros());
    cases.extend(scales());
    cases.extend(allocations());
    cases.push(Case {
        name: "idle-connection",
        kind: Kind::Idle { connections: 10_000 },
        unit: "bytes",
        ours: LAZY,
        peers: vec![TOKIO, NIM, NIM_DANGER, LIBUV, EPOLL],
    });
    cases.push(Case {
        name: "start-to-first-echo",
        kind: Kind::Start,
        unit: "ms",
        ours: LAZY,
        peers: vec![TOKIO, NIM, NIM_DANGER, LIBUV, EPOLL],
    });
    cases
}

fn echoes() -> Vec<Case> {
    let all = || vec![TOKIO, NIM, NIM_DANGER, LIBUV, EPOLL];
    let form_peers = || vec![Who { name: "lazy", ..LAZY }, TOKIO, NIM, NIM_DANGER];
    let tcp = |clients, size, room| Kind::Echo { traffic: Traffic::Tcp, clients, size, room };
    let of = |traffic, clients| Kind::Echo { traffic, clients, size: 64, room: SMALL };
    let case = |name, kind, ours, peers| Case { name, kind, unit: "ns", ours, peers };
    let raw = vec![
        TOKIO,
        Who::other("nim", Language::Nim, "async"),
        Who::other("nim-callbacks", Language::Nim, "callbacks"),
        LIBUV,
        EPOLL,
    ];
    vec![
        case("echo-64B-1", tcp(1, 64, SMALL), LAZY, all()),
        case("echo-64B-50", tcp(50, 64, SMALL), LAZY, all()),
        case("echo-64B-500", tcp(500, 64, SMALL), LAZY, all()),
        case("echo-16KiB-10", tcp(10, 16 << 10, LARGE), LAZY, all()),
        case("echo-256KiB-4", tcp(4, 256 << 10, LARGE), LAZY, all()),
        case("udp-64B-1", of(Traffic::Udp, 1), LAZY, all()),
        case("udp-64B-50", of(Traffic::Udp, 50), LAZY, all()),
        case("accept-echo-close", of(Traffic::Once, 16), LAZY, all()),
        case("eager-64B-1", tcp(1, 64, SMALL), EAGER, form_peers()),
        case("eager-64B-50", tcp(50, 64, SMALL), EAGER, form_peers()),
        case("eager-64B-500", tcp(500, 64, SMALL), EAGER, form_peers()),
        case("eager-udp-64B-50", of(Traffic::Udp, 50), EAGER, form_peers()),
        case("callbacks-64B-50", tcp(50, 64, SMALL), Who::rust("ours", "callbacks"), raw),
        case("guest-64B-50", tcp(50, 64, SMALL), Who::rust("ours", "guest"), vec![TOKIO, Who { name: "lazy", ..LAZY }]),
        case(
            "echo-among-idle",
            tcp(50, 64, SMALL),
            Who::rust("ours", "lazy-among-idle"),
            vec![Who { name: "alone", ..LAZY }],
        ),
    ]
}

fn micros() -> Vec<Case> {
    let case = |name, operations, peers| Case {
        name,
        kind: Kind::Micro { operations },
        unit: "ns",
        ours: Who::rust("ours", "ours"),
        peers,
    };
    let all = || vec![TOKIO, NIM, NIM_DANGER];
    let mut lateness = case("lateness", 60, all());
    lateness.unit = "µs";
    vec![
        case("soon-self", 1_000_000, all()),
        case("soon-queued", 1_000_000, all()),
        case("await-finished", 1_000_000, all()),
        case("await-soon", 500_000, all()),
        case("proc-ready", 500_000, all()),
        case("timers-fire", 300_000, all()),
        case("timers-cancel", 300_000, vec![TOKIO]),
        case("timeout-unfired", 300_000, all()),
        // tokio takes a millisecond for each.
        case("sleep-zero", 300_000, vec![Who { operations: Some(200), ..TOKIO }, NIM, NIM_DANGER]),
        case("events", 300_000, all()),
        lateness,
    ]
}

/// The same operation among one thing and among a million.
fn scales() -> Vec<Case> {
    let case = |name| Case {
        name,
        kind: Kind::Scale { among: 1_000_000 },
        unit: "ns",
        ours: Who::rust("ours", "scale"),
        peers: vec![Who { name: "among-1", language: Language::Rust, form: "scale", operations: Some(1) }],
    };
    ["scale-active-descriptors", "scale-has-pending", "scale-unregister", "scale-cancel-timer"].map(case).into()
}

/// Of ours alone.
fn allocations() -> Vec<Case> {
    let case = |name| Case {
        name,
        kind: Kind::Micro { operations: 10_000 },
        unit: "allocations",
        ours: Who::rust("ours", "allocations"),
        peers: Vec::new(),
    };
    ["allocations-lazy", "allocations-eager", "allocations-await-soon", "allocations-proc", "allocations-sleep"]
        .map(case)
        .into()
}
