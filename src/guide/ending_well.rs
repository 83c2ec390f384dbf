//! Cancelling what goes on, and ending a server well.
//!
//! Dropping a future cancels nothing, as in Nim; and what goes on without anybody to hear of it takes its bytes all the
//! same. To give up:
//!
//! | | |
//! |---|---|
//! | [`cancel`](NimFuture::cancel) | an operation leaves its queue, a timer is freed, a proc's body is dropped with what it awaits; who waits hears [`Cancelled`](ErrorKind::Cancelled) |
//! | [`abort_on_drop`](NimFuture::abort_on_drop) | the same when the guard is dropped: in a `select!`, under tokio's `timeout` |
//! | [`cancel_with`](NimFuture::cancel_with) | the same when a `CancellationToken` of tokio-util is cancelled, on any thread |
//! | dropping a lazy operation | leaves the queue; what is called cancel safe has taken nothing |
//!
//! Each function has a section "Cancel safety". A cancelled receive has taken no byte and gives its buffer back
//! ([`take_buffer`](NimFuture::take_buffer)), a cancelled send tells how far it came ([`Error::bytes_sent`]).
//!
//! So a server ends well: it stops accepting, lets its connections finish until a deadline, and cancels the rest. The
//! example `graceful_shutdown` is a whole one, `chat` another; this is the shape:
//!
//! ```
//! use asyncdispatch::*;
//! use futures::stream::{FuturesUnordered, StreamExt};
//! use std::time::Duration;
//! use tokio_util::sync::CancellationToken;
//!
//! async fn serve(listener: AsyncFD, stop: CancellationToken) -> Result<usize> {
//!     let mut connections = FuturesUnordered::new();
//!     loop {
//!         tokio::select! {
//!             accepted = listener.accept_client() => {
//!                 let (client, _) = accepted?;
//!                 connections.push(async_proc(talk(client, stop.clone())).abort_on_drop());
//!             }
//!             Some(_ended) = connections.next() => {}
//!             () = stop.cancelled() => break,
//!         }
//!     }
//!     close_socket(listener)?; // nobody else comes
//!     let finish = async { while connections.next().await.is_some() {} };
//!     let _in_time = tokio::time::timeout(Duration::from_secs(5), finish).await;
//!     Ok(connections.len()) // cancelled as the guards are dropped
//! }
//!
//! async fn talk(client: AsyncFD, stop: CancellationToken) -> Result<()> {
//!     let mut request = [0; 64];
//!     // Between two requests the connection ends at once, within one it finishes it.
//!     while let Some(size) = stop.run_until_cancelled(client.read(&mut request)).await.transpose()? {
//!         if size == 0 {
//!             break;
//!         }
//!         client.write_all(&request[..size]).await?;
//!     }
//!     close_socket(client)
//! }
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let _client = std::net::TcpStream::connect(listener.local_addr()?)?;
//! # let (listener, stop) = (register(listener)?, CancellationToken::new());
//! # let serving = async_proc(serve(listener, stop.clone()));
//! # async_check(async_proc(async move { sleep_async(5).await?; stop.cancel(); Ok(()) }));
//! # assert_eq!(wait_for(serving)?, 0);
//! # Ok::<(), Error>(())
//! ```

#[expect(unused_imports, reason = "the names that the page links to")]
use crate::*;
