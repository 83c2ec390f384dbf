//! Testing timers in virtual time.
//!
//! All timers and limits of this crate ([`sleep_async`], [`add_timer`], [`with_timeout`], [`poll_with`], [`drain_with`]
//! and the guest's forms) go by the clock of the runtime underneath. With tokio's feature `test-util` it can be paused,
//! in current-thread runtimes, and then jumps to the next deadline as soon as nothing is ready: an hour of timers is
//! tested in milliseconds. In a test of your own runtime say `#[tokio::test(start_paused = true)]`; a dispatcher that
//! owns its runtime is paused in a callback, or by way of its handle:
//!
//! ```
//! use asyncdispatch::*;
//!
//! let handle = get_global_dispatcher().get_io_handler()?;
//! {
//!     let _entered = handle.enter();
//!     tokio::time::pause();
//! }
//! let begun = std::time::Instant::now();
//! wait_for(sleep_async(3_600_000))?;
//! assert!(begun.elapsed().as_secs() < 3600);
//! # Ok::<(), Error>(())
//! ```
//!
//! What the kernel holds ready is served before the clock jumps; so exchanges within one loop take no virtual time,
//! however long they are. What will only come later, from another thread or process, is not waited for: a timeout that
//! is pending then comes first. The clock stands while a [`spawn_blocking`] call runs (tokio's or this one), so run the
//! other side in one, or let one wait for it: `spawn_blocking(move || Ok(child.wait()?))`.

#[expect(unused_imports, reason = "the names that the page links to")]
use crate::*;
