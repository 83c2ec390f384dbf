//! One program in one case, ready to be measured again and again.

use std::io;
use std::time::{Duration, Instant};

use crate::cases::{Case, Kind, Who};
use crate::cpu;
use crate::load::{Load, Until};
use crate::program::{Program, Server};
use crate::servers::Traffic;

/// What one window has shown.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// For each operation, in the unit of the case.
    pub cost: f64,
    /// Operations in a second, where that says more than the cost.
    pub rate: Option<f64>,
}

/// See the module's docs.
pub trait Subject {
    fn sample(&mut self, window: Duration) -> io::Result<Sample>;
}

/// Makes `who` ready for `case`.
pub fn prepare(case: &Case, who: &Who) -> io::Result<Box<dyn Subject>> {
    let program = who.program(case);
    Ok(match case.kind {
        Kind::Echo { traffic, clients, size, .. } => Box::new(Echo::new(&program, traffic, clients, size)?),
        Kind::Micro { .. } | Kind::Scale { .. } => Box::new(Micro(program)),
        Kind::Idle { connections } => Box::new(Idle { program, connections }),
        Kind::Start => Box::new(Start(program)),
    })
}

struct Echo {
    server: Server,
    load: Load,
}

impl Echo {
    fn new(program: &Program, traffic: Traffic, clients: usize, size: usize) -> io::Result<Echo> {
        let server = Server::start(program, &[])?;
        let mut load = Load::new(server.address, traffic, clients, size)?;
        load.run(Until::Requests(10 * clients as u64))?;
        Ok(Echo { server, load })
    }
}

impl Subject for Echo {
    fn sample(&mut self, window: Duration) -> io::Result<Sample> {
        let before = cpu::used_by(self.server.pid())?;
        let done = self.load.run(Until::Time(window))?;
        let used = cpu::used_by(self.server.pid())? - before;
        let requests = done.requests as f64;
        Ok(Sample { cost: used.as_nanos() as f64 / requests, rate: Some(requests / done.took.as_secs_f64()) })
    }
}

/// A program that measures itself and prints the result.
struct Micro(Program);

impl Subject for Micro {
    fn sample(&mut self, _: Duration) -> io::Result<Sample> {
        let text = self.0.output()?;
        let cost = text.trim().parse().map_err(|_| io::Error::other(format!("{:?} says {text:?}", self.0)))?;
        Ok(Sample { cost, rate: None })
    }
}

/// The growth of a server's memory with its waiting connections.
struct Idle {
    program: Program,
    connections: usize,
}

impl Subject for Idle {
    fn sample(&mut self, _: Duration) -> io::Result<Sample> {
        let server = Server::start(&self.program, &[])?;
        let few = self.connections / 10;
        let mut load = Load::new(server.address, Traffic::Tcp, few, 64)?;
        load.run(Until::Requests(few as u64))?;
        let before = cpu::resident(server.pid())?;
        let mut more = Load::new(server.address, Traffic::Tcp, self.connections - few, 64)?;
        more.run(Until::Requests((self.connections - few) as u64))?;
        let grown = cpu::resident(server.pid())? - before;
        Ok(Sample { cost: grown as f64 / (self.connections - few) as f64, rate: None })
    }
}

/// From the start of a program to its first echo, by the clock.
struct Start(Program);

impl Subject for Start {
    fn sample(&mut self, _: Duration) -> io::Result<Sample> {
        let begun = Instant::now();
        let server = Server::start(&self.0, &[])?;
        Load::new(server.address, Traffic::Tcp, 0, 64)?;
        Ok(Sample { cost: begun.elapsed().as_secs_f64() * 1e3, rate: None })
    }
}
