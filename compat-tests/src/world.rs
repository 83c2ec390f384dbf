//! One vocabulary for all ways of being driven.

use asyncdispatch::{Awaitable, Dispatcher, IntoMillis, Result};
use std::future::IntoFuture;

/// Drives the dispatcher: by blocking calls in owning mode, by awaiting turns as a guest.
#[derive(Clone)]
pub struct World {
    guest: Option<Dispatcher>,
}

impl World {
    pub(crate) fn owning() -> World {
        World { guest: None }
    }

    pub(crate) fn guest(d: Dispatcher) -> World {
        World { guest: Some(d) }
    }

    /// Nim's `poll()`.
    pub async fn poll(&self) -> Result<()> {
        match &self.guest {
            None => asyncdispatch::poll(),
            Some(d) => d.turn().await,
        }
    }

    /// Nim's `poll(ms)`.
    pub async fn poll_with(&self, ms: impl IntoMillis) -> Result<()> {
        match &self.guest {
            None => asyncdispatch::poll_with(ms),
            Some(d) => d.turn_with(ms).await,
        }
    }

    /// Nim's `drain()`.
    pub async fn drain(&self) -> Result<()> {
        self.drain_with(500).await
    }

    /// Nim's `drain(ms)`.
    pub async fn drain_with(&self, ms: impl IntoMillis) -> Result<()> {
        match &self.guest {
            None => asyncdispatch::drain_with(ms),
            Some(d) => d.drained(ms).await,
        }
    }

    /// Nim's `waitFor f`.
    pub async fn wait_for<F, T>(&self, fut: F) -> Result<T>
    where
        F: Awaitable<Value = T> + IntoFuture<Output = Result<T>>,
    {
        match &self.guest {
            None => asyncdispatch::wait_for(fut),
            Some(d) => d.run_until(fut).await?,
        }
    }

    /// Polls until `done()` says so; for loops of the form `while not done: poll(ms)`.
    pub async fn poll_until(&self, ms: impl IntoMillis + Clone, mut done: impl FnMut() -> bool) -> Result<()> {
        while !done() {
            self.poll_with(ms.clone()).await?;
        }
        Ok(())
    }

    pub fn is_guest(&self) -> bool {
        self.guest.is_some()
    }
}
