//! Runs a test as an async proc of an owning dispatcher and as a guest of every kind of runtime.

#![allow(dead_code)] // each test program uses some of it

use std::future::Future;
use std::sync::mpsc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Stream, limit, patience, stream_pair};
use tokio::runtime::Builder;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Owning,
    CurrentThread,
    LocalSet,
    MultiThread,
}

impl Mode {
    pub const ALL: [Mode; 4] = [Mode::Owning, Mode::CurrentThread, Mode::LocalSet, Mode::MultiThread];
    pub const GUEST: [Mode; 3] = [Mode::CurrentThread, Mode::LocalSet, Mode::MultiThread];

    fn run(self, test: impl Future<Output = Result<()>> + 'static) -> Result<()> {
        match self {
            Mode::Owning => wait_for(async_proc(test)),
            Mode::CurrentThread => Builder::new_current_thread().enable_all().build()?.block_on(run(test)),
            Mode::LocalSet => {
                let runtime = Builder::new_current_thread().enable_all().build()?;
                tokio::task::LocalSet::new().block_on(&runtime, run(test))
            }
            Mode::MultiThread => {
                Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run(test))
            }
        }
    }
}

/// Runs `test` on a fresh thread for each of `modes`; it must be done in time, and nothing may be pending two turns
/// later.
pub fn in_modes<F>(modes: &[Mode], test: fn() -> F)
where
    F: Future<Output = Result<()>> + 'static,
{
    for mode in modes {
        let mode = *mode;
        within_limit(move || {
            mode.run(async move {
                test().await?;
                turns(2).await?;
                let left = get_global_dispatcher().pending().to_string();
                assert!(!has_pending_operations(), "{mode:?} leaves behind: {left}");
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{mode:?}: {error:#}"));
        });
    }
}

pub fn everywhere<F>(test: fn() -> F)
where
    F: Future<Output = Result<()>> + 'static,
{
    in_modes(&Mode::ALL, test);
}

/// Runs `test` on a fresh thread, so that it has dispatchers of its own, and fails if it hangs.
pub fn within_limit(test: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        test();
        done.send(()).ok();
    });
    match ended.recv_timeout(limit()) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs: not done after {:?}", limit()),
        _ => thread.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)),
    }
}

/// A registered socket, and its other end.
pub fn pair() -> Result<(AsyncFD, Stream)> {
    let (ours, theirs) = stream_pair()?;
    theirs.set_read_timeout(Some(patience()))?;
    Ok((register(ours)?, theirs))
}

/// Lets the loop turn `n` times.
pub async fn turns(n: usize) -> Result<()> {
    for _ in 0..n {
        sleep_async(0).await?;
    }
    Ok(())
}

/// How many lines of what is pending begin with `what`.
fn pending(what: &str) -> usize {
    get_global_dispatcher().pending().to_string().lines().filter(|line| line.starts_with(what)).count()
}

/// How many async procs have not ended, the one that asks included.
pub fn procs() -> usize {
    pending("async proc: ")
}

/// How many descriptors are registered.
pub fn registered() -> usize {
    pending("descriptor ")
}

#[track_caller]
pub fn is_cancelled<T: 'static>(future: &NimFuture<T>) {
    let error = future.read_error().expect("it has failed");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error:#}");
}
