//! Processors and the time spent on them.

use std::fs;
use std::io;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Where the measured programs run.
pub const PROGRAMS: usize = 0;

/// Where their clients run.
pub const CLIENTS: usize = 1;

/// Binds a process, or the calling thread, to one processor; where there is only one, does nothing.
pub fn pin(pid: Option<u32>, processor: usize) -> io::Result<()> {
    if available_parallelism().map_or(1, usize::from) < 2 && pid.is_none() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    set.set(processor);
    let pid = pid.and_then(|pid| Pid::from_raw(pid as i32));
    Ok(sched_setaffinity(pid, &set)?)
}

/// The CPU time that a process has used, all its threads together.
pub fn used_by(pid: u32) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The CPU time that this process has used.
pub fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The resident memory of a process in bytes.
pub fn resident(pid: u32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    Ok(pages * rustix::param::page_size() as u64)
}
