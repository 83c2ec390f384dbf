//! Runs a twin's Rust half in one mode, on the calling thread.

use crate::{Mode, World, guarded};
use asyncdispatch::{Dispatcher, Result, async_proc, run, wait_for};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::runtime::{Builder, LocalOptions};

type Running = Pin<Box<dyn Future<Output = Result<()>>>>;

/// Runs the twin to its end in the given mode.
pub fn run_in(mode: Mode, twin: impl FnOnce(World) -> Running) -> Result<()> {
    #[cfg(feature = "tracing")]
    listen();
    match mode {
        Mode::Owning => at_once(twin),
        Mode::CurrentThread => Builder::new_current_thread().enable_all().build()?.block_on(as_guest(twin)),
        Mode::LocalSet => {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            tokio::task::LocalSet::new().block_on(&runtime, as_guest(twin))
        }
        Mode::LocalRuntime => {
            Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?.block_on(as_guest(twin))
        }
        Mode::MultiThread => {
            Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(as_guest(twin))
        }
    }
}

/// Somebody listens to all spans of this process, as far as nobody else does: nothing may be otherwise for that.
#[cfg(feature = "tracing")]
fn listen() {
    use tracing_subscriber::util::SubscriberInitExt;
    let _a_test_has_its_own = tracing_subscriber::registry().try_init();
}

/// Runs `body` guarded: in owning mode, and as a guest of a current-thread and of a multi-thread runtime.
#[track_caller]
pub fn everywhere<F>(body: impl Fn() -> F + Send + Sync + 'static)
where
    F: Future<Output = Result<()>> + 'static,
{
    let body = Arc::new(body);
    let (as_current, as_multi) = (body.clone(), body.clone());
    guarded(move || wait_for(async_proc(body())));
    guarded(move || Builder::new_current_thread().enable_all().build()?.block_on(run(as_current())));
    guarded(move || Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run(as_multi())));
}

/// In owning mode every call of [`World`] blocks, so that the whole twin is done after one poll.
fn at_once(twin: impl FnOnce(World) -> Running) -> Result<()> {
    let mut fut = twin(World::owning());
    match fut.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err("an owning twin awaited something else than World".into()),
    }
}

/// The free functions act on the guest while the twin is polled.
async fn as_guest(twin: impl FnOnce(World) -> Running) -> Result<()> {
    let guest = Dispatcher::guest();
    guest.bind(twin(World::guest(guest.clone()))).await
}
