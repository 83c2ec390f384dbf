//! One turn: its phases, their order, and what it waits for.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[twin!(poll_timers_before_queue, "S2.3, S2.7, S2.8")];

async fn poll_timers_before_queue(w: World) -> Result<()> {
    let f = sleep_async(0);
    f.add_callback(|_| echo!("timer callback"));
    let g = f.clone();
    call_soon(move || echo!("queued before poll, timer finished: {}", g.finished()));
    echo!("before poll: {}", f.finished());
    w.poll().await?;
    echo!("after poll: {}", f.finished());
    Ok(())
}
