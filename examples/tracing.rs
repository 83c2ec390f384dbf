//! What the feature `tracing` tells: spans of turns, operations and async procs, and failures that nobody looked at.
//!
//! `cargo run --example tracing --features tracing`

use asyncdispatch::*;
use tracing_subscriber::fmt::format::FmtSpan;

fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE) // with the time in which it ran, and in which it waited
        .init();

    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let ours = register(std::net::TcpStream::connect(listener.local_addr()?)?)?;
    let theirs = register(listener.accept()?.0)?;
    let echo = async_proc(async move {
        let word = theirs.recv(100).await?;
        sleep_async(5).await?;
        theirs.send(word).await
    });
    let asker = async_proc(async move {
        ours.send("hello").await?;
        let mut word = [0; 5];
        ours.read_exact(&mut word).await?; // a lazy operation
        echo.await
    });
    wait_for(asker)?;

    drop(async_proc(async { Err::<(), _>("nobody will hear of this".into()) }));
    async_check(async_proc(async { Err("poll tells of this".into()) }));
    assert_eq!(poll().unwrap_err().to_string(), "poll tells of this");
    Ok(())
}
