//! `async` and `await`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

pub const TWINS: &[Twin] = &[
    twin!(async_starts_eagerly, "S8.1"),
    twin!(async_finished_on_return, "S8.1, S8.2"),
    twin!(async_result_variable, "S8.1"),
    twin!(async_await_own_result_twice, "S8.2"),
    twin!(async_ping_pong, "S8.2, S2.8"),
    twin!(async_sleepers, "S8.2, S6.3"),
    twin!(async_all_in_parallel, "S7.18, S8.1"),
    twin!(async_call_soon_between, "S8.2, S1.17"),
    twin!(async_one_turn_per_level, "S8.3"),
    twin!(async_two_chains_interleave, "S8.3"),
    twin!(async_awaiters_and_callbacks_in_order, "S8.4"),
    twin!(async_trailing_expression, "S8.7", only_2_2 = "1.6 does not compile it"),
    twin!(async_dropped_future_goes_on, "S8.8"),
];

async fn async_starts_eagerly(w: World) -> Result<()> {
    let gate = new_future::<()>("gate");
    let worker = |name: &'static str| {
        let gate = gate.clone();
        async_proc(async move {
            echo!("{name} starts");
            (&gate).await?;
            echo!("{name} goes on");
            Ok(())
        })
    };

    echo!("before the calls");
    let a = worker("a");
    let b = worker("b");
    echo!("after the calls {} {}", a.finished(), b.finished());
    gate.complete(());
    echo!("gate open");
    w.poll().await?;
    echo!("polled {} {}", a.finished(), b.finished());
    Ok(())
}

async fn async_finished_on_return(_w: World) -> Result<()> {
    fn one() -> NimFuture<i32> {
        async_proc(async { Ok(1) })
    }
    fn sum() -> NimFuture<i32> {
        async_proc(async {
            let ready = new_future::<i32>("ready");
            ready.complete(40);
            let mut result = ready.await?;
            for _ in 1..=10 {
                result += one().await?;
            }
            Ok(result)
        })
    }

    let f = sum();
    echo!("{} {}", f.finished(), f.read()?);
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn async_result_variable(w: World) -> Result<()> {
    fn sign(x: i32) -> NimFuture<&'static str> {
        async_proc(async move {
            let mut result = "zero";
            if x < 0 {
                return Ok("negative");
            }
            if x > 0 {
                sleep_async(0).await?;
                result = "positive";
            }
            Ok(result)
        })
    }

    for x in [-1, 0, 1] {
        let f = sign(x);
        echo!("{x} finished {}", f.finished());
        echo!("{}", w.wait_for(f).await?);
    }
    Ok(())
}

async fn async_await_own_result_twice(w: World) -> Result<()> {
    fn later() -> NimFuture<&'static str> {
        async_proc(async {
            echo!("later starts");
            sleep_async(1).await?;
            echo!("later ends");
            Ok("value")
        })
    }
    fn run() -> NimFuture<()> {
        async_proc(async {
            let f = later();
            echo!("first {}", (&f).await?);
            call_soon(|| echo!("soon"));
            echo!("second {}", f.await?);
            Ok(())
        })
    }

    w.wait_for(run()).await
}

async fn async_ping_pong(w: World) -> Result<()> {
    let balls = Rc::new(RefCell::new([new_future::<i32>("ball"), new_future::<i32>("ball")]));
    let player = |i: usize| {
        let balls = balls.clone();
        async_proc(async move {
            loop {
                let mine = balls.borrow()[i].clone();
                let ball = mine.await?;
                balls.borrow_mut()[i] = new_future("ball");
                echo!("player {i}: {ball}");
                if ball == 5 {
                    break;
                }
                balls.borrow()[1 - i].complete(ball + 1);
            }
            Ok(())
        })
    };

    let a = player(0);
    let b = player(1);
    balls.borrow()[0].complete(1);
    w.poll().await?;
    echo!("{} {}", a.finished(), b.finished());
    Ok(())
}

async fn async_sleepers(w: World) -> Result<()> {
    fn sleeper(name: &'static str, ms: u64) -> NimFuture<()> {
        async_proc(async move {
            sleep_async(ms).await?;
            echo!("{name}");
            Ok(())
        })
    }
    fn run() -> NimFuture<()> {
        async_proc(async {
            all([sleeper("a", 300), sleeper("b", 100), sleeper("c", 200), sleeper("d", 0)]).await?;
            echo!("all slept");
            Ok(())
        })
    }

    w.wait_for(run()).await
}

async fn async_all_in_parallel(w: World) -> Result<()> {
    fn work(name: &'static str, ms: u64) -> NimFuture<String> {
        async_proc(async move {
            echo!("{name} starts");
            sleep_async(ms).await?;
            echo!("{name} ends");
            Ok(format!("{name}!"))
        })
    }
    fn run() -> NimFuture<()> {
        async_proc(async {
            for text in all([work("a", 200), work("b", 5), work("c", 400)]).await? {
                echo!("{text}");
            }
            Ok(())
        })
    }

    w.wait_for(run()).await
}

async fn async_call_soon_between(w: World) -> Result<()> {
    fn soon(x: i32) -> NimFuture<i32> {
        let f = new_future("soon");
        call_soon({
            let f = f.clone();
            move || {
                echo!("completing {x}");
                f.complete(x);
            }
        });
        f
    }
    fn run(name: &'static str) -> NimFuture<()> {
        async_proc(async move {
            for i in 1..=3 {
                echo!("{name} got {}", soon(i).await?);
            }
            Ok(())
        })
    }

    let a = run("a");
    let b = run("b");
    w.poll().await?;
    echo!("{} {}", a.finished(), b.finished());
    Ok(())
}

async fn async_one_turn_per_level(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    fn level1(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            f.await?;
            echo!("level 1");
            Ok(())
        })
    }
    fn level2(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            level1(&f).await?;
            echo!("level 2");
            Ok(())
        })
    }
    fn level3(f: &NimFuture<()>) -> NimFuture<()> {
        let f = f.clone();
        async_proc(async move {
            level2(&f).await?;
            echo!("level 3");
            Ok(())
        })
    }

    fn tick(ticks: Rc<Cell<i32>>) {
        ticks.set(ticks.get() + 1);
        echo!("tick {}", ticks.get());
        if ticks.get() < 4 {
            call_soon(|| tick(ticks));
        }
    }

    let done = level3(&f);
    done.add_callback(|_| echo!("level 3 has ended"));
    f.complete(());
    call_soon(|| tick(Rc::default()));
    w.poll().await?;
    echo!("{}", done.finished());
    Ok(())
}

async fn async_two_chains_interleave(w: World) -> Result<()> {
    let f = new_future::<i32>("f");
    fn climb(f: &NimFuture<i32>, name: &'static str, level: i32) -> NimFuture<i32> {
        let f = f.clone();
        async_proc(async move {
            let result = if level == 0 { (&f).await? } else { 1 + climb(&f, name, level - 1).await? };
            echo!("{name}{level}");
            Ok(result)
        })
    }

    let a = climb(&f, "a", 3);
    let b = climb(&f, "b", 2);
    f.complete(10);
    w.poll().await?;
    echo!("{} {}", a.read()?, b.read()?);
    Ok(())
}

async fn async_awaiters_and_callbacks_in_order(w: World) -> Result<()> {
    let f = new_future::<()>("f");
    let waiter = |name: &'static str| {
        let f = f.clone();
        async_proc(async move {
            (&f).await?;
            echo!("{name}");
            Ok(())
        })
    };

    f.add_callback(|_| echo!("callback 1"));
    let a = waiter("proc 1");
    f.add_callback(|_| echo!("callback 2"));
    let b = waiter("proc 2");
    call_soon(|| echo!("queued before"));
    f.complete(());
    call_soon(|| echo!("queued after"));
    let c = waiter("proc 3, not waiting");
    w.poll().await?;
    echo!("{} {} {}", a.finished(), b.finished(), c.finished());
    Ok(())
}

async fn async_trailing_expression(w: World) -> Result<()> {
    fn twice(x: i32) -> NimFuture<i32> {
        async_proc(async move {
            sleep_async(1).await?;
            Ok(x * 2)
        })
    }

    echo!("{}", w.wait_for(twice(21)).await?);
    Ok(())
}

async fn async_dropped_future_goes_on(w: World) -> Result<()> {
    fn background(n: i32) -> NimFuture<()> {
        async_proc(async move {
            for i in 1..=n {
                sleep_async(2).await?;
                echo!("background {i}");
            }
            Ok(())
        })
    }
    fn start() {
        let _ = background(3);
        echo!("started");
    }

    start();
    w.drain_with(1000).await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}
