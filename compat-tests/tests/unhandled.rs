//! Errors that nobody looked at: out of every call that turns the loop, or to the hook.

mod modes;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asyncdispatch::*;
use modes::{Mode, everywhere, turns, within_limit};

fn failing() -> NimFuture<i32> {
    async_proc(async {
        sleep_async(1).await?;
        Err("boom".into())
    })
}

/// Long enough for [`failing`] to fail, and for what comes of it.
async fn pass() -> Result<()> {
    sleep_async(5).await?;
    turns(2).await
}

/// Installs a hook that remembers what it is told.
fn remembered() -> Rc<RefCell<Vec<Error>>> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let hook = told.clone();
    get_global_dispatcher().on_unhandled(move |error| hook.borrow_mut().push(error));
    told
}

fn texts(told: &RefCell<Vec<Error>>) -> Vec<String> {
    told.take().iter().map(Error::to_string).collect()
}

#[test]
fn out_of_every_call_of_owning_mode() {
    let calls: [fn() -> Result<()>; 7] = [
        || (0..100).try_for_each(|_| poll()),
        || (0..100).try_for_each(|_| poll_with(-1)),
        drain,
        || drain_with(10_000),
        run_forever,
        || wait_for(new_future("never")),
        || wait_for(async_proc(async { sleep_async(60_000).abort_on_drop().await })),
    ];
    for call in calls {
        within_limit(move || {
            failing().check();
            assert_eq!(call().unwrap_err().to_string(), "boom");
        });
    }
}

#[test]
fn out_of_every_drive_of_guest_mode() {
    for flavour in Mode::GUEST {
        within_limit(move || {
            let runtime = match flavour {
                Mode::MultiThread => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
                _ => tokio::runtime::Builder::new_current_thread().enable_all().build(),
            };
            runtime.expect("a runtime").block_on(async {
                let d = Dispatcher::guest();
                let fail = || d.bind(async { failing().check() });
                let is_boom = |result: Result<()>| assert_eq!(result.unwrap_err().to_string(), "boom");
                fail().await;
                is_boom(d.drive().await);
                fail().await;
                is_boom(d.run_until(new_future::<()>("never")).await.map(drop));
                fail().await;
                is_boom(d.run(async { new_future::<()>("never").await }).await);
                fail().await;
                is_boom(d.drained(10_000).await);
                fail().await;
                is_boom(
                    async {
                        loop {
                            d.turn().await?
                        }
                    }
                    .await,
                );
                fail().await;
                is_boom(
                    async {
                        loop {
                            d.turn_with(-1).await?
                        }
                    }
                    .await,
                );
                is_boom(
                    run_until(async {
                        failing().check();
                        new_future::<()>("never").await
                    })
                    .await
                    .map(drop),
                );
                // The future that was being driven is still there, and goes on.
                fail().await;
                let mut slept = Box::pin(d.bind(async { sleep_async(5).await }));
                is_boom(d.run_until(&mut slept).await.map(drop));
                assert!(d.run_until(slept).await.is_ok_and(|slept| slept.is_ok()));
            });
        });
    }
}

#[test]
fn a_hook_takes_them() {
    everywhere(|| async {
        let told = remembered();
        failing().check();
        async_check(async_proc(async { Err("at once".into()) }));
        pass().await?;
        assert_eq!(texts(&told), ["at once", "boom"]);
        Ok(())
    });
}

#[test]
fn what_callbacks_raise_is_not_the_hooks() {
    within_limit(|| {
        let told = remembered();
        call_soon(|| Err("raised".into()));
        assert_eq!(poll().unwrap_err().to_string(), "raised");
        assert!(told.borrow().is_empty());
    });
}

#[test]
fn a_dropped_failure_is_silent_by_default() {
    everywhere(|| async {
        let told = remembered();
        drop(failing());
        pass().await?;
        assert!(told.borrow().is_empty());
        Ok(())
    });
}

#[test]
fn a_dropped_failure_is_reported_where_it_is_asked_for() {
    everywhere(|| async {
        let told = remembered();
        get_global_dispatcher().report_unread(true);
        drop(failing());
        pass().await?;
        let line = line!() + 1;
        let failed = new_future::<()>("by hand");
        failed.fail("failed");
        drop(failed);
        turns(1).await?;
        let errors = told.take();
        assert_eq!(errors.iter().map(Error::to_string).collect::<Vec<_>>(), ["boom", "failed"]);
        let detail = errors[1].detail().expect("where it was made");
        assert!(detail.contains("`by hand`") && detail.contains(&format!("unhandled.rs:{line}:")), "{detail}");
        get_global_dispatcher().report_unread(false);
        drop(failing());
        pass().await?;
        assert!(told.borrow().is_empty());
        Ok(())
    });
}

#[test]
fn without_a_hook_a_dropped_failure_leaves_through_poll() {
    within_limit(|| {
        get_global_dispatcher().report_unread(true);
        drop(failing());
        assert_eq!(drain().unwrap_err().to_string(), "boom");
        drain().expect("told once");
    });
}

/// Each way to look at a failure; and a cancellation, which is what was wanted.
#[test]
fn what_was_looked_at_is_not_reported() {
    everywhere(|| async {
        let told = remembered();
        get_global_dispatcher().report_unread(true);
        let failed = || {
            let failed = new_future::<i32>("example");
            failed.fail("boom");
            failed
        };
        assert!(failed().await.is_err());
        assert!((&failed()).await.is_err());
        assert!(failed().read().is_err() && failed().take().is_err() && failed().read_error().is_ok());
        assert!(failed().failed());
        assert!(failed().with_timeout(1).await.is_err());
        assert!(failed().and(&failed()).await.is_err() && failed().or(&failed()).await.is_err());
        assert!(all([failed(), failed()]).await.is_err());
        drop(sleep_async(60_000).abort_on_drop());
        let outer = async_proc(async { sleep_async(60_000).await });
        outer.cancel();
        drop(outer);
        turns(2).await?;
        assert!(told.borrow().is_empty(), "{:?}", texts(&told));
        Ok(())
    });
}

#[test]
fn what_a_timeout_has_given_up_is_reported_when_it_fails_later() {
    everywhere(|| async {
        let told = remembered();
        get_global_dispatcher().report_unread(true);
        let gate = new_future::<()>("gate");
        let failing = async_proc({
            let gate = gate.clone();
            async move {
                gate.await?;
                Err::<(), _>("boom".into())
            }
        });
        assert!(!with_timeout(&failing, 0).await?);
        drop(failing);
        gate.complete(());
        turns(2).await?;
        assert_eq!(texts(&told), ["boom"]);
        Ok(())
    });
}

// ---------------------------------------------------------------------------- bad input

#[test]
fn a_hook_that_panics_leaves_nothing_broken() {
    within_limit(|| {
        let (panics, called) = (Rc::new(Cell::new(true)), Rc::new(Cell::new(0)));
        let (hook_panics, hook_called) = (panics.clone(), called.clone());
        get_global_dispatcher().on_unhandled(move |error| {
            hook_called.set(hook_called.get() + 1);
            assert!(!hook_panics.get(), "the hook panics at {error}");
        });
        async_check(async_proc(async { Err("first".into()) }));
        async_check(async_proc(async { Err("second".into()) }));
        let after = Rc::new(Cell::new(false));
        call_soon({
            let after = after.clone();
            move || after.set(true)
        });
        for text in ["first", "second"] {
            let payload = catch_unwind(AssertUnwindSafe(poll)).expect_err("it leaves through `poll`");
            assert!(payload.downcast_ref::<String>().is_some_and(|panicked| panicked.ends_with(text)));
        }
        poll().expect("what was queued behind is still there");
        assert!(after.get());
        panics.set(false);
        async_check(async_proc(async { Err("third".into()) }));
        poll().expect("the hook is still there");
        assert_eq!(called.get(), 3);
    });
}

#[test]
fn a_hook_that_panics_in_guest_mode() {
    within_limit(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let d = Dispatcher::guest();
        d.on_unhandled(|error| panic!("the hook panics at {error}"));
        runtime.block_on(d.bind(async { failing().check() }));
        assert!(catch_unwind(AssertUnwindSafe(|| runtime.block_on(d.drained(1000)))).is_err());
        d.on_unhandled(|_| ());
        let slept = runtime.block_on(d.run(async {
            failing().check();
            sleep_async(5).await
        }));
        slept.expect("all goes on");
    });
}

#[test]
fn a_hook_that_replaces_itself_nests_or_closes() {
    within_limit(|| {
        let d = get_global_dispatcher();
        let told = Rc::new(RefCell::new(Vec::new()));
        let (first, second) = (told.clone(), told.clone());
        d.on_unhandled(move |error| {
            first.borrow_mut().push(format!("first {error}"));
            let second = second.clone();
            get_global_dispatcher().on_unhandled(move |error| second.borrow_mut().push(format!("second {error}")));
        });
        for text in ["a", "b"] {
            async_check(async_proc(async move { Err(text.into()) }));
        }
        poll().expect("taken");
        assert_eq!(told.take(), ["first a", "second b"]);

        // A failure inside of the hook has no hook: it leaves through the nested call.
        let nested = told.clone();
        d.on_unhandled(move |_| {
            async_check(async_proc(async { Err("inside".into()) }));
            nested.borrow_mut().push(poll().unwrap_err().to_string());
        });
        async_check(async_proc(async { Err("outside".into()) }));
        poll().expect("taken");
        assert_eq!(told.take(), ["inside"]);

        d.on_unhandled(move |_| get_global_dispatcher().close());
        async_check(async_proc(async { Err("last".into()) }));
        assert!(d.poll().is_ok());
        assert_eq!(d.poll().unwrap_err().kind(), ErrorKind::DispatcherGone);
    });
}

#[test]
fn failures_that_are_dropped_while_the_dispatcher_closes_are_silent() {
    within_limit(|| {
        let d = Dispatcher::new();
        d.on_unhandled(|error| panic!("not at the end: {error}"));
        d.report_unread(true);
        set_global_dispatcher(d.clone()).expect("nothing is queued");
        let failed = new_future::<()>("example");
        failed.fail("boom");
        d.call_soon(move || drop(failed));
        drop(failing());
        d.close();
    });
}

#[test]
fn an_error_tells_the_line_that_raised_it() {
    let raised_in = |failed: NimFuture<i32>| format!("{:#}", failed.read().unwrap_err());
    let here = |line: u32| format!("boom (raised at {}:{line}:", file!());

    let failed = NimFuture::new();
    failed.fail("boom");
    assert!(raised_in(failed).starts_with(&here(line!() - 1)));

    let failed = NimFuture::new();
    failed.try_fail(String::from("boom")).unwrap();
    assert!(raised_in(failed).starts_with(&here(line!() - 1)));

    let stream = FutureStream::<i32>::new();
    stream.fail("boom");
    let read = stream.read().read().unwrap_err();
    assert!(format!("{read:#}").starts_with(&here(line!() - 2)));

    let failed = async_proc(async { Err("boom")? });
    assert!(raised_in(failed).starts_with(&here(line!() - 1)));

    let failed = async_proc(async { Err(Error::new(std::fmt::Error)) });
    assert!(raised_in(failed).contains(&format!("raised at {}:{}:", file!(), line!() - 1)));
}
