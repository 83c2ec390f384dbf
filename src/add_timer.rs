//! `add_timer`: a callback called after a time, once or again and again.

use crate::args::{IntoMillis, OrRaise};
use crate::current::current;
use crate::custom::Kind;
use crate::error::Result;
use crate::fd::AsyncFD;

/// Calls `cb` after `timeout` milliseconds, once or again and again until it answers `true`.
///
/// The key that it returns and that `cb` receives may be given to [`unregister`](crate::unregister). With `oneshot` the
/// timer ends with its call, whatever `cb` answers. Without, the period is fixed from the call and does not drift: a 50
/// ms timer whose callback takes 17 ms runs again 33 ms later; missed ticks merge into one call. An error of `cb`
/// leaves through `poll`, and a repeating timer stays alive.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for 0 or less, NaN, and more than a century. Without a dispatcher:
/// [`NotDriven`](crate::ErrorKind::NotDriven).
///
/// # Nim
///
/// `addTimer`, which returns nothing. A timeout of 0 never fires there.
///
/// ```
/// use asyncdispatch::*;
///
/// let mut ticks = 0;
/// add_timer(1, false, move |_| {
///     ticks += 1;
///     ticks == 3
/// })?;
/// drain_with(-1)?;
/// # Ok::<(), asyncdispatch::Error>(())
/// ```
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
        let due = core.now() + period;
        let id = core.customs.insert_deadline(key, due);
        Ok(Kind::Timer { id, due, period: (!oneshot).then_some(period) })
    })?;
    core.wake_if_parked();
    Ok(key)
}
