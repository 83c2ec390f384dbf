//! Coming from tokio: from `cargo add` to a mixed program in five minutes.
//!
//! # 1. Add it
//!
//! ```text
//! cargo add asyncdispatch
//! cargo add tokio --features macros,rt,net,time
//! ```
//!
//! Your runtime stays yours, of whichever flavour; no `LocalSet` and no feature of tokio's is needed for this crate.
//!
//! # 2. Run the loop beside your code
//!
//! [`run`] makes a loop, a *guest* of the runtime, current while its block is awaited, and turns it. In the block are
//! both worlds: callbacks on descriptors and timers here, tasks and sockets there.
//!
//! ```
//! use asyncdispatch::*;
//! use std::io::{Read as _, Write as _};
//! use std::sync::Arc;
//! use tokio::sync::mpsc;
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     run(async {
//!         // A task of tokio's, on its threads.
//!         let (numbers, mut rest) = mpsc::unbounded_channel::<u8>();
//!         let sum = tokio::spawn(async move {
//!             let mut sum = 0;
//!             while let Some(number) = rest.recv().await {
//!                 sum += u32::from(number);
//!             }
//!             sum
//!         });
//!
//!         // A callback on a descriptor, on this thread.
//!         let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
//!         let ours = Arc::new(ours);
//!         let fd = register_shared(ours.clone())?;
//!         let mut seen = 0;
//!         fd.add_read(move |_| -> Result<bool> {
//!             let mut byte = [0];
//!             (&*ours).read_exact(&mut byte)?;
//!             numbers.send(byte[0]).map_err(Error::new)?;
//!             seen += 1;
//!             Ok(seen == 3) // done: the callback goes, and the channel's sender with it
//!         })?;
//!         theirs.write_all(&[20, 20, 2])?;
//!
//!         assert_eq!(sum.await?, 42);
//!         drop(unregister(fd)?);
//!         Ok(())
//!     })
//!     .await
//! }
//! ```
//!
//! A callback that answers `false` is called again as long as the descriptor is ready: the loop is level-triggered, and
//! there is no readiness to clear.
//!
//! # 3. What you can await, and where
//!
//! [`NimFuture`] is a std future: `select!`, `join!`, `FuturesUnordered` and tokio's `timeout` take it. Any future of
//! any crate may be awaited in [`async_proc`], this crate's `spawn_local`.
//!
//! ```
//! use asyncdispatch::*;
//! use std::time::Duration;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<()> {
//!     run(async {
//!         let (near, far) = std::os::unix::net::UnixStream::pair()?;
//!         let (near, far) = (register(near)?, register(far)?);
//!         let answer = async_proc(async move {
//!             tokio::time::sleep(Duration::from_millis(1)).await; // tokio's timer in a proc of ours
//!             far.send("pong").await
//!         });
//!         let mut buf = [0; 16];
//!         let size = tokio::select! {
//!             size = near.read(&mut buf) => size?, // lazy, on a borrowed buffer
//!             () = tokio::time::sleep(Duration::from_secs(5)) => return Err("too late".into()),
//!         };
//!         assert_eq!(&buf[..size], b"pong");
//!         answer.await
//!     })
//!     .await
//! }
//! ```
//!
//! # 4. Hand descriptors over
//!
//! Sockets of tokio, std and socket2 become an [`AsyncFD`] by `try_from`, and back; what is pending makes it an error
//! that gives the socket back ([`ConvertError`]). [`AsyncFD::stream`] is `AsyncRead + AsyncWrite`:
//!
//! ```
//! use asyncdispatch::*;
//! use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     run(async {
//!         let (near, mut far) = tokio::net::UnixStream::pair()?;
//!         let near = AsyncFD::try_from(near)?;
//!         far.write_all(b"first line\nsecond line\n").await?;
//!         let mut lines = BufReader::new(near.stream()).lines();
//!         assert_eq!(lines.next_line().await?.as_deref(), Some("first line"));
//!         assert_eq!(lines.next_line().await?.as_deref(), Some("second line"));
//!         Ok(())
//!     })
//!     .await
//! }
//! ```
//!
//! # What is what
//!
//! | tokio | here | note |
//! |---|---|---|
//! | `Runtime::block_on` | [`wait_for`], [`Dispatcher::wait_for`] | owning mode |
//! | `.await` in your own runtime | [`run`], [`run_until`], [`Dispatcher::drive`] | guest mode, any flavour; no `LocalSet` is needed |
//! | `spawn_local` | [`async_proc`] | starts at once; dropping the handle cancels nothing, [`cancel`](NimFuture::cancel) does |
//! | `AsyncFd` | [`register`] and [`add_read`], or [`readable`](AsyncFD::readable) | level-triggered |
//! | `AsyncReadExt`, `AsyncWriteExt` | [`AsyncFD::read`], [`write_all`](AsyncFD::write_all) … | lazy and on borrowed buffers, no allocation for each call |
//! | `AsyncRead + AsyncWrite` | [`AsyncFD::stream`] | for codecs, `copy`, TLS, HTTP; [halves](FdStream::into_split) |
//! | `TcpStream`, the other sockets | [`AsyncFD`]`::try_from(…)`, and back | [`ConvertError`] has the table |
//! | `oneshot` | [`NimFuture`] | any number of readers |
//! | `mpsc` | [`FutureStream`] | on one thread; `futures::Stream` and `Sink`, [`bounded`](FutureStream::bounded), [`from_stream`](FutureStream::from_stream) |
//! | `AbortHandle`, `AbortOnDropHandle`, `CancellationToken` | [`cancel`](NimFuture::cancel), [`abort_on_drop`](NimFuture::abort_on_drop), [`cancel_with`](NimFuture::cancel_with) | for procs and operations alike |
//! | `Notify` | [`AsyncEvent`] | `Send + Sync` |
//! | a `Handle` for other threads | [`Remote`] | [`call_soon_threadsafe`](Remote::call_soon_threadsafe), [`spawn`](Remote::spawn) |
//! | `spawn_blocking` | [`spawn_blocking`] | a [`NimFuture`]; [`cancel`](NimFuture::cancel) keeps a call from beginning |
//!
//! # What to look out for
//!
//! - **A future starts when it is made**, not when it is polled; the lazy operations ([`AsyncFD::read`], [`write_all`]
//!   and their kin) are the exception. Dropping a handle cancels nothing: see [`ending_well`](super::ending_well).
//! - **The loop turns only while somebody drives it**: [`run`], [`run_until`], [`Dispatcher::drive`]. A future of this
//!   crate that is awaited elsewhere waits for ever, so what needs a loop and finds none answers
//!   [`NotDriven`](ErrorKind::NotDriven). For tasks of a `LocalSet` beside a drive there is [`Dispatcher::bind`].
//! - **One thread.** Futures, and the dispatcher, are not `Send`. Other threads have a [`Remote`] or an [`AsyncEvent`].
//! - **No starvation, either way.** A turn runs at most 10 000 entries of the queue and 64 descriptors before tokio's
//!   tasks run, and tokio's budget never stalls a turn.
//! - **Panics** in callbacks leave through what turns the loop, here your `run(…).await`.
//!
//! # Two ways in which loops go wrong together
//!
//! **No reactor is running**: `tokio::net`, `tokio::time` and
//! `tokio::spawn` panic outside of a runtime. In callbacks and procs of this crate a runtime is always entered: the
//! dispatcher's own, or in guest mode yours. **A runtime within a runtime**: blocking inside one panics. [`poll`],
//! [`wait_for`] and the others answer an error there that names the cure:
//!
//! ```
//! use asyncdispatch::*;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<()> {
//!     assert_eq!(poll().unwrap_err().kind(), ErrorKind::NotDriven);
//!     run(async {
//!         assert_eq!(poll().unwrap_err().kind(), ErrorKind::LoopInside);
//!         sleep_async(1).await
//!     })
//!     .await
//! }
//! ```
//!
//! In owning mode callbacks run outside of `block_on`. That is why they may nest [`poll`], and it has a price: a tokio
//! task spawned or woken from there costs a system call, and `Handle::block_on`, `futures::executor::block_on` and
//! `blocking_recv` hang there. The way to block is [`wait_for`]`(`[`async_proc`]`(…))`.
//!
//! The sockets of `tokio::net`, std and socket2 become an [`AsyncFD`] by `try_from`, and back; see [`ConvertError`].
//! [`AsyncFD::stream`] is a descriptor as `AsyncRead + AsyncWrite`, for codecs, TLS and HTTP. A foreign event loop can
//! have a dispatcher among its own descriptors: [`Dispatcher::get_fd`].
//!
//! [`write_all`]: AsyncFD::write_all

#[expect(unused_imports, reason = "the names that the page links to")]
use crate::*;
