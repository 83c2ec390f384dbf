//! PostgreSQL's own C library in the dispatcher: connections and queries that wait by `add_read` and `add_write` on the
//! descriptor that libpq has, with one thread, in owning mode and as a guest of a tokio runtime.
//!
//! `bash examples/libpq/run.sh` starts a server of its own, runs this against it, and compares what it prints.

#![deny(unsafe_code)]

mod connection;
mod ffi;

use std::cell::Cell;
use std::rc::Rc;

use asyncdispatch::{NimFuture, Result, add_timer, all, async_proc, run, unregister, wait_for};

use connection::Connection;

fn main() -> Result<()> {
    let conninfo = std::env::args().nth(1).ok_or("usage: libpq-example CONNINFO")?;
    println!("owning:");
    wait_for(async_proc(work(conninfo.clone())))?;
    println!("guest:");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(run(work(conninfo)))
}

async fn work(conninfo: String) -> Result<()> {
    let db = Connection::open(&conninfo).await?;
    let rows = db.query("select $1::int + $2::int, 'text'", &["40", "2"]).await?;
    println!("  {} {}", rows.get(0, 0), rows.get(0, 1));

    let rows = db.query("select i, repeat('x', 100) from generate_series(1, 50000) as i", &[]).await?;
    println!("  {} rows, the last is {}", rows.len(), rows.get(rows.len() - 1, 0));

    let big = "y".repeat(20_000_000);
    let rows = db.query("select length($1)", &[&big]).await?;
    println!("  sent {} bytes in one parameter", rows.get(0, 0));

    let refused = db.query("select 1 / 0", &[]).await.map(drop).unwrap_err();
    println!("  {refused}");

    side_by_side(&conninfo).await?;
    let refused = Connection::open("host=127.0.0.1 port=1").await.map(drop).unwrap_err();
    println!("  refused: {}", refused.to_string().contains("Connection refused"));
    Ok(())
}

/// Three connections wait for their server at the same time, and a timer goes on meanwhile.
async fn side_by_side(conninfo: &str) -> Result<()> {
    let ticks = Rc::new(Cell::new(0));
    let counted = ticks.clone();
    let ticking = add_timer(10, false, move |_| {
        counted.set(counted.get() + 1);
        false
    })?;
    let sleepers: Vec<NimFuture<String>> = (1..=3)
        .map(|id| {
            let conninfo = conninfo.to_owned();
            async_proc(async move {
                let db = Connection::open(&conninfo).await?;
                let rows = db.query("select pg_sleep(0.2)::text || $1", &[&id.to_string()]).await?;
                Ok(rows.get(0, 0).to_owned())
            })
        })
        .collect();
    let begun = std::time::Instant::now();
    let woken = all(sleepers).await?;
    println!("  slept: {woken:?}, one after the other: {}", begun.elapsed().as_millis() >= 600);
    println!("  the timer went on: {}", ticks.get() > 2);
    let _timer = unregister(ticking)?;
    Ok(())
}
