//! `add_timer`: a callback called after a time, once or again and again.

use crate::args::{IntoMillis, OrRaise};
use crate::current::current;
use crate::custom::Kind;
use crate::error::Result;
use crate::fd::AsyncFD;

/// Calls `cb` after `timeout` milliseconds, once or again and again until it answers `true`.
#[doc(alias = "addTimer")]
pub fn add_timer<R: OrRaise<bool>>(
    timeout: impl IntoMillis,
    oneshot: bool,
    mut cb: impl FnMut(AsyncFD) -> R + 'static,
) -> Result<AsyncFD> {
    let core = current()?;
    let period = timeout.into_millis().timer()?;
    let call = Box::new(move |key| cb(key).into_result());
    let key = core.customs.insert(call, |key| {
        let id = core.customs.insert_deadline(key, core.now() + period);
        Ok(Kind::Timer { id, period: (!oneshot).then_some(period) })
    })?;
    core.wake_if_parked();
    Ok(key)
}
