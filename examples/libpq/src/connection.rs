//! libpq's functions for non-blocking use as async ones: each wait is an `add_read` or `add_write` on its descriptor,
//! which is registered for the wait and no longer.

use asyncdispatch::{AsyncFD, NimFuture, Result, new_future};

use crate::ffi::{Borrowed, Handle, Rows, Step};

/// A connection that is made.
pub struct Connection(Handle);

impl Connection {
    /// Connects without blocking.
    ///
    /// While a connection is made, libpq may close its descriptor and open another, for the next host or another way of
    /// encryption. So each step registers the one that there is now, and takes it back before libpq is called again.
    pub async fn open(conninfo: &str) -> Result<Connection> {
        let mut handle = Handle::start(conninfo)?;
        let mut step = Step::Write;
        while step != Step::Done {
            match step {
                Step::Read => readable(handle.register()?).await?,
                Step::Write | Step::Done => writable(handle.register()?).await?,
            }
            step = handle.connect_poll()?;
        }
        handle.set_nonblocking()?;
        Ok(Connection(handle))
    }

    /// Runs one command; answers its rows.
    pub async fn query(&self, command: &str, params: &[&str]) -> Result<Rows> {
        let handle = &self.0;
        handle.send(command, params)?;
        while !handle.flush()? {
            ready(handle.register()?).await?;
            handle.consume_input()?;
        }
        let mut answer = Err("the server sent no result".into());
        loop {
            while handle.is_busy() {
                readable(handle.register()?).await?;
                handle.consume_input()?;
            }
            match handle.result() {
                Some(result) => answer = result,
                None => return answer,
            }
        }
    }
}

async fn readable(socket: Borrowed<'_>) -> Result<()> {
    let ready = new_future("readable");
    socket.key.add_read(completes(&ready))?;
    ready.await
}

async fn writable(socket: Borrowed<'_>) -> Result<()> {
    let ready = new_future("writable");
    socket.key.add_write(completes(&ready))?;
    ready.await
}

/// Whichever comes first.
async fn ready(socket: Borrowed<'_>) -> Result<()> {
    let ready = new_future("readable or writable");
    socket.key.add_read(completes(&ready))?;
    socket.key.add_write(completes(&ready))?;
    ready.await
}

/// A callback for one call: `true` means done.
fn completes(future: &NimFuture<()>) -> impl FnMut(AsyncFD) -> bool + 'static {
    let future = future.clone();
    move |_| {
        let _both_were_ready = future.try_complete(());
        true
    }
}
