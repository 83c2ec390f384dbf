//! What is pending is shown, with the places where it was made; and a test can end with the claim that nothing is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Mode, QUIET_SIGNAL, World, run_in, stream_pair};

/// Runs `test` in each mode, on a thread of its own.
macro_rules! in_every_mode {
    ($test:ident) => {
        #[test]
        fn $test() {
            for mode in Mode::ALL {
                let test = move || run_in(*mode, |world| Box::pin(self::tests::$test(world)));
                let ended = thread::spawn(test).join();
                ended.unwrap_or_else(|_| panic!("panicked in mode {}", mode.name())).expect(mode.name());
            }
        }
    };
}

in_every_mode!(nothing_is_pending_at_first_and_at_the_end);
in_every_mode!(descriptors_show_who_waits_on_them_and_where_it_was_made);
in_every_mode!(timers_show_the_time_left_and_their_places);
in_every_mode!(customs_queue_mail_and_procs_are_shown);
in_every_mode!(futures_in_progress_are_listed_while_the_switch_is_on);
in_every_mode!(asserting_quiescence_shows_what_is_pending);

fn shown() -> String {
    get_global_dispatcher().pending().to_string()
}

/// As the crate shows a place of this file: the line before the one in which this is called.
macro_rules! line_before {
    () => {
        format!("tests/pending.rs:{}:", line!() - 1)
    };
}

mod tests {
    use super::*;

    pub async fn nothing_is_pending_at_first_and_at_the_end(world: World) -> Result<()> {
        let dispatcher = get_global_dispatcher();
        dispatcher.assert_quiescent();
        assert_eq!(shown(), "nothing\n");
        world.wait_for(async_proc(async { sleep_async(1).await })).await?;
        world.wait_for(spawn_blocking(|| Ok(()))).await?;
        let (fd, _peer) = stream_pair()?;
        let fd = register(fd)?;
        dispatcher.assert_quiescent();
        assert_eq!(shown(), format!("descriptor {fd}: nobody waits on it\n"));
        fd.close_socket()?;
        assert_eq!(shown(), "nothing\n");
        dispatcher.close();
        dispatcher.assert_quiescent();
        Ok(())
    }

    pub async fn descriptors_show_who_waits_on_them_and_where_it_was_made(world: World) -> Result<()> {
        let (fd, _peer) = stream_pair()?;
        let fd = register(fd)?;
        fd.add_read(|_| true)?;
        let _received = fd.recv(1);
        let received_at = line_before!();
        let proc = async_proc(async move { sleep_async(0).await.and(fd.read(&mut [0]).await) });
        let proc_at = line_before!();
        let sent = fd.send("x");
        let sent_at = line_before!();
        let text = shown();
        assert!(text.contains(&format!("descriptor {fd}: to read: a callback, recv made at ")), "{text}");
        assert!(text.contains(&received_at) && text.contains(" to write: send made at "), "{text}");
        assert!(text.contains(&sent_at) && text.contains(&proc_at), "{text}");

        world.wait_for(sent).await?;
        let text = shown();
        assert!(text.contains(", a lazy operation in async_proc made at "), "{text}");
        assert!(text.contains(&proc_at) && !text.contains(&sent_at), "{text}");
        proc.cancel();
        fd.close_socket()
    }

    pub async fn timers_show_the_time_left_and_their_places(world: World) -> Result<()> {
        let slow = sleep_async(3_600_000);
        let slept_at = line_before!();
        let late = new_future::<()>("never").with_timeout(7_200_000);
        let late_at = line_before!();
        let text = shown();
        assert!(text.contains("timer: in 3599.") && text.contains("s, sleepAsync made at "), "{text}");
        assert!(text.contains("timer: in 7199.") && text.contains(&slept_at) && text.contains(&late_at), "{text}");
        slow.cancel();
        late.cancel();
        world.drain().await?;
        assert_eq!(shown(), "nothing\n");
        Ok(())
    }

    pub async fn customs_queue_mail_and_procs_are_shown(_: World) -> Result<()> {
        let dispatcher = get_global_dispatcher();
        let keys = [
            add_timer(3_600_000, false, |_| true)?,
            add_signal(QUIET_SIGNAL, |_| true)?,
            new_async_event().add(|_| true)?,
        ];
        call_soon(|| ());
        call_soon(|| ());
        dispatcher.remote().call_soon_threadsafe(|| ())?;
        let (proc, _never) = (async_proc(std::future::pending::<Result<()>>()), ());
        let proc_at = line_before!();
        let text = shown();
        for line in ["timer with a callback: in 3599.", "\nsignal\n", "\nevent\n", "\ncallbacks queued: 2\n"] {
            assert!(text.contains(line), "{line:?} is not in {text}");
        }
        assert!(
            text.contains("\nposted and not yet queued: 1\n") && text.contains("\nasync proc: async_proc made at ")
        );
        assert!(text.contains(&proc_at), "{text}");
        keys.into_iter().try_for_each(|key| unregister(key).map(drop))?;
        proc.cancel();
        Ok(())
    }

    pub async fn futures_in_progress_are_listed_while_the_switch_is_on(_: World) -> Result<()> {
        let unlogged = new_future::<()>("unlogged");
        set_future_logging(true);
        let logged: Vec<_> = (0..3).map(|_| new_future::<()>("logged")).collect();
        let place = line_before!();
        set_future_logging(false);
        let after = new_future::<()>("after");
        let infos = get_futures_in_progress();
        assert_eq!(infos.iter().map(|info| (info.from_proc, info.count)).collect::<Vec<_>>(), [("logged", 3)]);
        assert!(infos[0].created_at.to_string().contains(&place));
        let text = shown();
        assert!(text.starts_with("in progress: 3 of logged made at ") && text.contains(&place), "{text}");

        logged[0].complete(());
        logged[1].fail("boom");
        assert_eq!(get_futures_in_progress()[0].count, 1);
        drop(logged);
        assert_eq!((get_futures_in_progress(), shown()), (Vec::new(), "nothing\n".to_owned()));
        drop((unlogged, after));
        Ok(())
    }

    pub async fn asserting_quiescence_shows_what_is_pending(_: World) -> Result<()> {
        let forgotten = sleep_async(3_600_000);
        let place = line_before!();
        let dispatcher = get_global_dispatcher();
        let panic = catch_unwind(AssertUnwindSafe(|| dispatcher.assert_quiescent())).expect_err("a timer is pending");
        let text = panic.downcast_ref::<String>().expect("a text");
        assert!(text.starts_with("something is pending:\ntimer: in ") && text.contains(&place), "{text}");
        forgotten.cancel();
        dispatcher.assert_quiescent();
        Ok(())
    }
}

#[test]
fn tokio_tasks_of_an_own_runtime_are_pending() -> Result<()> {
    let dispatcher = Dispatcher::new();
    let task = dispatcher.get_io_handler()?.spawn(async {});
    assert_eq!(dispatcher.pending().to_string(), "tokio tasks alive: 1\n");
    assert!(!dispatcher.pending().is_empty());
    dispatcher.poll()?;
    assert!(task.is_finished());
    dispatcher.assert_quiescent();
    Ok(())
}
