//! What this crate costs beside its peers, all of them in one run on one machine:
//!
//! `cargo bench --bench peers -- [--quick] [--json FILE] [--plot FILE] [--table] [CASE-FILTER]`
//!
//! A case is run by our program and by each peer in turns, many short windows each, the programs on one processor and
//! the clients on another. From each round comes one ratio, ours divided by the peer's; what is printed is their
//! median, with the lowest and the highest: `ratio CASE PEER MEDIAN (MIN..MAX)` is CPU time for each operation (below
//! 1 is better), `throughput …` operations for each second (above 1 is better), `value CASE WHO NUMBER UNIT` what was
//! measured itself, `syscalls …` and `instructions …` numbers for each request.
//!
//! Peers: raw tokio; Nim where a compiler is installed, `nim` with `-d:release` and `nim-danger`; libuv where its
//! headers are; a bare epoll loop as the floor.

#[cfg(target_os = "linux")]
mod allocations;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod counts;
#[cfg(target_os = "linux")]
mod cpu;
#[cfg(target_os = "linux")]
mod goals;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod micro;
#[cfg(target_os = "linux")]
mod plot;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod records;
#[cfg(target_os = "linux")]
mod rounds;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod servers;
#[cfg(target_os = "linux")]
mod subject;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.first().map(String::as_str) {
        Some("--serve") => servers::serve(&args[1..]),
        Some("--micro") => micro::run(&args[1..]),
        _ => run::run(args),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("these benches run on Linux only");
}
