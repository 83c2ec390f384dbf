//! Operations without clients, each in a process of its own: `--micro WHO CASE OPERATIONS` prints the cost of one.

mod allocations;
mod ours;
mod scale;
mod tokio;

use std::error::Error;
use std::time::Duration;

use crate::cpu;

type Outcome = Result<f64, Box<dyn Error>>;

pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [who, case, operations] = args else { return Err("--micro WHO CASE OPERATIONS".into()) };
    let operations: usize = operations.parse()?;
    let cost = match who.as_str() {
        "ours" => ours::run(case, operations),
        "tokio" => tokio::run(case, operations),
        "scale" => scale::run(case, operations),
        "allocations" => allocations::run(case, operations),
        _ => Err("WHO is ours, tokio, scale or allocations".into()),
    }?;
    println!("{cost}");
    Ok(())
}

/// The CPU time of one of so many operations in nanoseconds.
fn timed<E: Into<Box<dyn Error>>>(operations: usize, work: impl FnOnce() -> Result<(), E>) -> Outcome {
    let before = cpu::used();
    work().map_err(Into::into)?;
    Ok((cpu::used() - before).as_nanos() as f64 / operations as f64)
}

/// The median in microseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_nanos() as f64 / 1e3
}
