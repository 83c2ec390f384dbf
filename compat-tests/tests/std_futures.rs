//! Futures of this crate with the ecosystem's tools, and the ecosystem's futures as ones of this crate.

mod modes;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use asyncdispatch::*;
use futures::FutureExt as _;
use futures::future::{Either, FusedFuture as _, join_all, select, select_all, try_join_all};
use futures::stream::{FuturesOrdered, FuturesUnordered, StreamExt as _, TryStreamExt as _};
use modes::{Mode, everywhere, in_modes, pair, turns};

fn after<T: 'static>(ms: i32, value: T) -> NimFuture<T> {
    async_proc(async move {
        sleep_async(ms).await?;
        Ok(value)
    })
}

#[test]
fn join_of_futures_and_of_tokio() {
    everywhere(|| async {
        let (a, b) = futures::join!(after(2, 1), after(1, 2));
        assert_eq!((a?, b?), (1, 2));
        let (a, b, c) = tokio::join!(after(2, 1), after(1, 2), async { 3 });
        assert_eq!((a?, b?, c), (1, 2, 3));
        assert_eq!(tokio::try_join!(after(2, 1), after(1, 2))?, (1, 2));
        assert_eq!(futures::try_join!(after(2, 1), after(1, 2))?, (1, 2));
        let failing = async_proc(async { Err::<i32, _>("boom".into()) });
        let other = after(60_000, 1).abort_on_drop();
        assert_eq!(tokio::try_join!(other, failing).unwrap_err().to_string(), "boom");
        Ok(())
    });
}

#[test]
fn select_of_tokio() {
    everywhere(|| async {
        let never = new_future::<i32>("never");
        let first = tokio::select! {
            slow = after(60_000, 1).abort_on_drop() => slow?,
            fast = after(1, 2) => fast?,
            _ = &never => unreachable!(),
            () = tokio::time::sleep(Duration::from_secs(60)) => unreachable!(),
        };
        assert_eq!(first, 2);
        Ok(())
    });
}

/// A future that lost is awaited again: by `&mut`, by reference, or settled. Nothing of it is lost.
#[test]
fn select_in_a_loop_loses_nothing() {
    everywhere(|| async {
        let (mut slow, mut ticks) = (after(5, 1), 0);
        let value = loop {
            tokio::select! {
                value = &mut slow => break value?,
                slept = sleep_async(0).abort_on_drop() => slept?,
            }
            ticks += 1;
        };
        assert!(value == 1 && ticks > 0);
        let slow = after(5, 2);
        let value = loop {
            tokio::select! {
                value = &slow => break value?,
                slept = sleep_async(0).abort_on_drop() => slept?,
            }
        };
        assert_eq!((value, slow.read()?), (2, 2));
        Ok(())
    });
}

#[test]
fn select_of_futures_needs_fused_ones() {
    everywhere(|| async {
        let (mut one, mut two, mut sum) = (after(2, 1), after(1, 10), 0);
        loop {
            futures::select! {
                value = one => sum += value?,
                value = two => sum += value?,
                complete => break,
            }
        }
        assert_eq!(sum, 11);
        assert!(one.is_terminated() && two.is_terminated());
        let shared = after(1, 5);
        let (mut read, mut settled) = ((&shared).into_future(), shared.settled());
        let mut heard = 0;
        loop {
            futures::select! {
                value = read => heard += value?,
                () = settled => heard += 100,
                complete => break,
            }
        }
        assert_eq!(heard, 105);
        assert!(!shared.is_terminated(), "this handle was not awaited");
        Ok(())
    });
}

#[test]
fn a_failed_future_is_terminated_when_its_error_was_given_out() {
    everywhere(|| async {
        let mut failing = async_proc(async { Err::<(), _>("boom".into()) });
        let other = failing.clone();
        assert!(!failing.is_terminated());
        assert!((&mut failing).await.is_err());
        assert!(failing.is_terminated() && !other.is_terminated());
        let mut guarded = other.abort_on_drop();
        assert!((&mut guarded).await.is_err());
        assert!(futures::future::FusedFuture::is_terminated(&guarded));
        Ok(())
    });
}

#[test]
fn sets_of_futures() {
    everywhere(|| async {
        let mut unordered: FuturesUnordered<_> = [3, 1, 2].map(|ms| after(ms * 3, ms)).into_iter().collect();
        let mut order = Vec::new();
        while let Some(value) = unordered.next().await {
            order.push(value?);
        }
        assert_eq!(order, [1, 2, 3]);
        let ordered: FuturesOrdered<_> = [3, 1, 2].map(|ms| after(ms, ms)).into_iter().collect();
        assert_eq!(ordered.try_collect::<Vec<_>>().await?, [3, 1, 2]);
        let many: FuturesUnordered<_> = (0..1000).map(|n| after(n % 3, n)).collect();
        assert_eq!(many.try_fold(0, |sum, n| async move { Ok(sum + n) }).await?, 499_500);
        Ok(())
    });
}

#[test]
fn combinators_of_futures() {
    everywhere(|| async {
        assert_eq!(try_join_all([after(2, 1), after(1, 2)]).await?, [1, 2]);
        assert_eq!(join_all((0..40).map(|n| after(1, n))).await.len(), 40);
        let (first, index, rest) = select_all([after(60_000, 1), after(1, 2)]).await;
        assert_eq!((first?, index, rest.len()), (2, 1, 1));
        rest.into_iter().for_each(|late| drop(late.abort_on_drop()));
        match select(after(1, 1), new_future::<i32>("never")).await {
            Either::Left((value, _never)) => assert_eq!(value?, 1),
            Either::Right(_) => unreachable!(),
        }
        let shared = after(1, 3).map(|value| value.unwrap_or_default()).shared();
        assert_eq!((shared.clone().await, shared.await), (3, 3));
        assert_eq!(after(1, 4).boxed_local().await?, 4);
        Ok(())
    });
}

#[test]
fn tokios_timeout_and_local_tasks() {
    everywhere(|| async {
        let timed = tokio::time::timeout(Duration::from_secs(60), after(1, 1)).await;
        assert_eq!(timed??, 1);
        let late = tokio::time::timeout(Duration::from_millis(1), new_future::<()>("never")).await;
        assert!(late.is_err());
        let spawned = tokio::spawn(async { 2 });
        assert_eq!(spawned.await?, 2);
        Ok(())
    });
    in_modes(&[Mode::LocalSet], || async {
        let slept = after(1, 1);
        let bound = get_global_dispatcher().bind(slept);
        assert_eq!(tokio::task::spawn_local(bound).await??, 1);
        Ok(())
    });
}

#[test]
fn std_futures_as_ones_of_this_crate() {
    everywhere(|| async {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let received = NimFuture::from_future(receiver);
        let called = new_future("called");
        received.add_callback({
            let called = called.clone();
            move |received| called.complete(received.read().map(|value| value == Ok(7)))
        });
        sender.send(7).expect("it is awaited");
        assert!(called.await??);
        let slept = NimFuture::from_future(tokio::time::sleep(Duration::from_millis(1)));
        assert!(slept.with_timeout(60_000).await?);
        let failed = NimFuture::from_future(async { Err::<(), _>("a value") });
        assert_eq!(failed.await?, Err("a value"));
        let raised = async_proc(async { "seven".parse::<i32>().map_err(Error::new) });
        assert!(raised.await.unwrap_err().is::<std::num::ParseIntError>());
        Ok(())
    });
}

#[test]
fn there_and_back_again() {
    everywhere(|| async {
        let there = NimFuture::from_future(after(1, 1));
        let back: Result<i32> = there.await?;
        assert_eq!(back?, 1);
        let nested = NimFuture::from_future(async { after(1, 2).await });
        assert_eq!(nested.await??, 2);
        let blocking = tokio::task::spawn_blocking(|| 3);
        let (value, other) = futures::join!(NimFuture::from_future(blocking), after(1, 4));
        assert_eq!((value??, other?), (3, 4));
        Ok(())
    });
}

/// Whoever polled last is woken, also when the future moves between tasks.
#[test]
fn a_future_that_is_polled_by_several() {
    everywhere(|| async {
        let (future, polled) = (new_future("moving"), Rc::new(Cell::new(0)));
        let mut moving = future.clone();
        let begun = poll_fn(|cx| Poll::Ready(pin!(&mut moving).poll(cx).is_pending())).await;
        assert!(begun);
        let other = async_proc({
            let polled = polled.clone();
            async move {
                polled.set(polled.get() + 1);
                moving.await
            }
        });
        future.complete(9);
        assert_eq!((other.await?, polled.get()), (9, 1));
        Ok(())
    });
}

#[test]
fn operations_in_a_select_with_shutdown() {
    everywhere(|| async {
        let (fd, _peer) = pair()?;
        let stop = new_future::<()>("stop");
        let serving = async_proc({
            let stop = stop.clone();
            async move {
                let mut buf = [0; 16];
                loop {
                    tokio::select! {
                        read = fd.read(&mut buf) => drop(read?),
                        stopped = &stop => return stopped,
                    }
                }
            }
        });
        turns(1).await?;
        stop.complete(());
        serving.await?;
        assert_eq!(active_descriptors(), 0);
        close_socket(fd)
    });
}
