//! `add_signal`. A signal concerns the whole process, and tokio's one handler of it: owning mode only.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::process::Signal as Kill;
use std::{cell::Cell, rc::Rc};

pub const TWINS: &[Twin] = &[
    twin!(signal_fires, "S6.5, S1.24", owning = "signals"),
    twin!(signal_merges, "S6.5", owning = "signals"),
    twin!(signal_two_kinds, "S6.5", owning = "signals"),
    twin!(signal_unregistered_inside, "S6.1, S6.5", owning = "signals"),
    twin!(signal_watched_again, "S6.5", owning = "signals"),
    twin!(signal_as_future, "S6.5, S8.2", owning = "signals"),
];

async fn signal_fires(w: World) -> Result<()> {
    let mut calls = 0;
    add_signal(Signal::SIGUSR1, move |_| {
        calls += 1;
        echo!("call {calls}, counted {}", active_descriptors());
        calls == 2
    })?;
    echo!("counted {}", active_descriptors());
    raise(Kill::USR1)?;
    echo!("raised");
    w.poll().await?;
    raise(Kill::USR1)?;
    w.poll().await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    Ok(())
}

async fn signal_merges(w: World) -> Result<()> {
    let calls = Rc::new(Cell::new(0));
    let c = calls.clone();
    add_signal(Signal::SIGUSR1, move |_| {
        c.set(c.get() + 1);
        false
    })?;
    for _ in 1..=3 {
        raise(Kill::USR1)?;
    }
    w.poll().await?;
    w.poll_with(0).await?;
    echo!("calls {}", calls.get());
    raise(Kill::USR1)?;
    w.poll().await?;
    echo!("calls {}", calls.get());
    Ok(())
}

async fn signal_two_kinds(w: World) -> Result<()> {
    fn watch(name: &'static str, signal: Signal) -> Result<AsyncFD> {
        add_signal(signal, move |_| {
            echo!("{name}");
            true
        })
    }
    watch("USR1", Signal::SIGUSR1)?;
    watch("TERM", Signal::SIGTERM)?;
    echo!("counted {}", active_descriptors());
    raise(Kill::TERM)?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    raise(Kill::USR1)?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn signal_unregistered_inside(w: World) -> Result<()> {
    for answer in [true, false] {
        add_signal(Signal::SIGUSR2, move |fd| {
            let _ = unregister(fd)?;
            echo!("called, counted {}", active_descriptors());
            Ok(answer)
        })?;
        raise(Kill::USR2)?;
        w.poll().await?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

async fn signal_watched_again(w: World) -> Result<()> {
    for n in 1..=3 {
        add_signal(Signal::SIGUSR1, move |_| {
            echo!("watch {n}");
            true
        })?;
        raise(Kill::USR1)?;
        w.poll().await?;
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn signal_as_future(w: World) -> Result<()> {
    fn signalled(signal: Signal) -> Result<NimFuture<()>> {
        let f = new_future("signalled");
        add_signal(signal, {
            let f = f.clone();
            move |_| {
                f.complete(());
                true
            }
        })?;
        Ok(f)
    }
    fn run() -> NimFuture<()> {
        async_proc(async {
            for i in 1..=3 {
                let next = signalled(Signal::SIGUSR2)?;
                raise(Kill::USR2)?;
                next.await?;
                echo!("signal {i}");
            }
            Ok(())
        })
    }

    w.wait_for(run()).await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}
