//! `add_timer` and `sleep_async`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

pub const TWINS: &[Twin] = &[
    twin!(timer_oneshot, "S6.1, S6.2, S1.23"),
    twin!(timer_repeats_until_true, "S6.1, S6.2, S1.23"),
    twin!(timer_unregistered_inside, "S6.1"),
    twin!(timer_unregistered_between_polls, "S6.1, S1.10"),
    twin!(timer_oneshot_false_fires_once, "S6.2, S1.23"),
    twin!(timer_missed_ticks_merge, "S6.2"),
    twin!(timers_in_order_of_time, "S6.2"),
    twin!(timer_wakes_poll_without_limit, "S6.2, S2.11"),
    twin!(timer_added_inside_timer, "S6.2, S1.23"),
    twin!(timer_oneshot_raises, "S2.13, S2.17, S6.2"),
    twin!(timer_answers_in_turn, "S6.1, S6.2"),
    twin!(sleep_order, "S6.3"),
    twin!(sleep_same_length_in_order_of_call, "S6.3"),
    twin!(sleep_zero_and_negative, "S6.3"),
    twin!(sleep_fraction, "S6.3"),
    twin!(sleep_counts_as_timer, "S1.30, S6.3"),
    twin!(sleep_in_callback, "S6.3, S2.7"),
];

async fn timer_oneshot(w: World) -> Result<()> {
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    add_timer(5, true, move |_| {
        c.set(c.get() + 1);
        echo!("fires, counted {}", active_descriptors());
        true
    })?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    w.poll().await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    echo!("calls {}", calls.get());
    Ok(())
}

async fn timer_repeats_until_true(w: World) -> Result<()> {
    let mut calls = 0;
    add_timer(3, false, move |_| {
        calls += 1;
        echo!("call {calls}, counted {}", active_descriptors());
        calls == 4
    })?;
    while has_pending_operations() {
        w.poll().await?;
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn timer_unregistered_inside(w: World) -> Result<()> {
    for answer in [false, true] {
        add_timer(2, false, move |fd| {
            let _ = unregister(fd)?;
            echo!("fires, counted {}", active_descriptors());
            Ok(answer)
        })?;
        w.poll().await?;
        echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    }
    Ok(())
}

async fn timer_unregistered_between_polls(w: World) -> Result<()> {
    let known = |key| contains(&get_global_dispatcher(), key);
    let key = Rc::new(Cell::new(None));
    let k = key.clone();
    add_timer(2, false, move |fd| {
        echo!("fires");
        k.set(Some(fd));
        false
    })?;
    w.poll().await?;
    let key = key.get().ok_or("not called")?;
    echo!("counted {} known {}", active_descriptors(), known(key));
    let _ = unregister(key)?;
    echo!("counted {} known {}", active_descriptors(), known(key));
    w.wait_for(sleep_async(20)).await?;
    echo!("end");
    Ok(())
}

async fn timer_oneshot_false_fires_once(w: World) -> Result<()> {
    add_timer(2, true, |_| {
        echo!("fires");
        false
    })?;
    w.poll().await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    w.wait_for(sleep_async(20)).await?;
    echo!("end");
    Ok(())
}

async fn timer_missed_ticks_merge(w: World) -> Result<()> {
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    add_timer(400, false, move |_| {
        c.set(c.get() + 1);
        echo!("call {}", c.get());
        false
    })?;
    block(1000);
    w.poll_with(0).await?;
    echo!("after 1000 ms: {}", calls.get());
    w.poll_with(0).await?;
    echo!("at once again: {}", calls.get());
    w.poll().await?;
    echo!("at the next tick: {}", calls.get());
    Ok(())
}

async fn timers_in_order_of_time(w: World) -> Result<()> {
    fn add(ms: u64) -> Result<AsyncFD> {
        add_timer(ms, true, move |_| {
            echo!("{ms}");
            true
        })
    }
    for ms in [300, 100, 200] {
        add(ms)?;
    }
    while has_pending_operations() {
        w.poll().await?;
    }
    Ok(())
}

async fn timer_wakes_poll_without_limit(w: World) -> Result<()> {
    let fired = Rc::new(Cell::new(0));
    let f = fired.clone();
    add_timer(20, false, move |_| {
        f.set(f.get() + 1);
        f.get() == 3
    })?;
    for _ in 1..=3 {
        w.poll_with(-1).await?;
        echo!("{}", fired.get());
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn timer_added_inside_timer(w: World) -> Result<()> {
    fn chain(n: i32) -> Result<AsyncFD> {
        add_timer(1, true, move |_| {
            echo!("timer {n}");
            if n > 0 {
                chain(n - 1)?;
            }
            echo!("counted {}", active_descriptors());
            Ok(true)
        })
    }
    chain(3)?;
    while has_pending_operations() {
        w.poll().await?;
    }
    echo!("end");
    Ok(())
}

async fn timer_oneshot_raises(w: World) -> Result<()> {
    add_timer(2, true, |_| Err(Error::from("from the timer")))?;
    match w.poll().await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn timer_answers_in_turn(w: World) -> Result<()> {
    fn add(name: &'static str, ms: u64, times: i32) -> Result<AsyncFD> {
        let mut left = times;
        add_timer(ms, false, move |_| {
            left -= 1;
            if left == 0 {
                echo!("{name} ends, counted {}", active_descriptors());
            }
            left == 0
        })
    }
    add("fast", 2, 3)?;
    add("slow", 300, 1)?;
    while has_pending_operations() {
        w.poll().await?;
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn sleep_order(w: World) -> Result<()> {
    fn add(ms: u64) {
        let f = sleep_async(ms);
        echo!("{ms} finished {}", f.finished());
        f.add_callback(move |_| echo!("{ms} ends"));
    }

    for ms in [300, 100, 200, 0] {
        add(ms);
    }
    while has_pending_operations() {
        w.poll().await?;
    }
    Ok(())
}

async fn sleep_same_length_in_order_of_call(w: World) -> Result<()> {
    fn add(name: i32) {
        sleep_async(5).add_callback(move |_| echo!("{name}"));
    }

    for i in 1..=8 {
        add(i);
    }
    while has_pending_operations() {
        w.poll().await?;
    }
    Ok(())
}

async fn sleep_zero_and_negative(w: World) -> Result<()> {
    fn add(ms: i32) {
        let f = sleep_async(ms);
        f.add_callback(move |_| echo!("{ms}"));
        echo!("{ms} finished {}", f.finished());
    }

    add(0);
    add(-30_000);
    add(-60_000);
    call_soon(|| echo!("soon"));
    echo!("pending {}", has_pending_operations());
    w.poll_with(0).await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn sleep_fraction(w: World) -> Result<()> {
    fn run() -> NimFuture<()> {
        async_proc(async {
            let start = Instant::now();
            sleep_async(0.5).await?;
            echo!("0.5 ms have passed: {}", start.elapsed() >= Duration::from_micros(500));
            sleep_async(20.25).await?;
            echo!("20.75 ms have passed: {}", start.elapsed() >= Duration::from_micros(20_750));
            sleep_async(0.0).await?;
            sleep_async(-3.5).await?;
            echo!("end");
            Ok(())
        })
    }

    w.wait_for(run()).await
}

async fn sleep_counts_as_timer(w: World) -> Result<()> {
    let d = get_global_dispatcher();
    let show = || {
        echo!("timers {} descriptors {} pending {}", d.timers().len(), active_descriptors(), has_pending_operations())
    };
    show();
    let _ = sleep_async(300);
    let _ = sleep_async(1);
    show();
    w.poll().await?;
    show();
    w.poll().await?;
    show();
    Ok(())
}

async fn sleep_in_callback(w: World) -> Result<()> {
    let polls = Rc::new(RefCell::new(0));
    fn again(polls: Rc<RefCell<i32>>, n: i32) {
        echo!("poll {}, left {n}", polls.borrow());
        if n > 0 {
            sleep_async(0).add_callback(move |_| again(polls, n - 1));
        }
    }
    let p = polls.clone();
    call_soon(move || again(p, 3));
    while has_pending_operations() {
        *polls.borrow_mut() += 1;
        w.poll().await?;
    }
    Ok(())
}
