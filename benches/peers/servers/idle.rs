//! What is idle beside a server: its cost must not be felt.

use std::io;

use asyncdispatch::{NimFuture, Result, add_read, async_proc, register, sleep_async};
use rustix::event::{EventfdFlags, eventfd};

const DESCRIPTORS: usize = 10_000;
const TIMERS: usize = 100_000;
const FUTURES: usize = 10_000;

/// Registers descriptors that are never ready, sets timers for tomorrow and lets procs wait on futures for ever.
pub fn fill() -> Result<()> {
    for _ in 0..DESCRIPTORS {
        let fd = register(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(io::Error::from)?)?;
        add_read(fd, |_| false)?;
    }
    for i in 0..TIMERS {
        drop(sleep_async(86_400_000 + i as i64));
    }
    for _ in 0..FUTURES {
        let never = NimFuture::<()>::new();
        drop(async_proc(never.clone()));
        std::mem::forget(never);
    }
    Ok(())
}
