//! How often the allocator is asked for memory by one operation of a program that has warmed up.

use std::future::Future;
use std::os::unix::net::UnixStream;

use asyncdispatch::{AsyncFD, Result, async_proc, call_soon, new_future, register, sleep_async, wait_for};

use super::Outcome;
use crate::allocations::counted;

pub fn run(case: &str, n: usize) -> Outcome {
    match case {
        "allocations-lazy" => steady(n, lazy),
        "allocations-eager" => steady(n, eager),
        "allocations-await-soon" => steady(n, await_soon),
        "allocations-proc" => steady(n, proc),
        "allocations-sleep" => steady(n, sleep),
        other => Err(format!("no case is called {other}").into()),
    }
}

/// Runs an operation `n` times twice, and counts the second time.
fn steady<F: Future<Output = Result<()>>>(n: usize, once: impl Fn(AsyncFD, AsyncFD) -> F + 'static) -> Outcome {
    let (one, other) = UnixStream::pair()?;
    let (one, other) = (register(one)?, register(other)?);
    let counted = wait_for(async_proc(async move {
        for _ in 0..n {
            once(one, other).await?;
        }
        let before = counted();
        for _ in 0..n {
            once(one, other).await?;
        }
        Ok(counted() - before)
    }))?;
    Ok(counted as f64 / n as f64)
}

/// Two operations: a write, and a read on the other side.
async fn lazy(one: AsyncFD, other: AsyncFD) -> Result<()> {
    let mut buffer = [0; 64];
    one.write_all(&[1; 64]).await?;
    other.read_exact(&mut buffer).await
}

/// Two operations, and the buffer to send.
async fn eager(one: AsyncFD, other: AsyncFD) -> Result<()> {
    let received = other.recv(64);
    one.send(&[1; 64][..]).await?;
    received.await.map(drop)
}

async fn await_soon(_: AsyncFD, _: AsyncFD) -> Result<()> {
    let future = new_future("bench");
    call_soon({
        let future = future.clone();
        move || future.complete(())
    });
    future.await
}

async fn proc(_: AsyncFD, _: AsyncFD) -> Result<()> {
    async_proc(async { Ok(()) }).await
}

async fn sleep(_: AsyncFD, _: AsyncFD) -> Result<()> {
    sleep_async(0).await
}
