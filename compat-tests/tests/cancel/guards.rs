//! `abort_on_drop`, and `cancel_with` a token.

use std::io::Write as _;
use std::time::Duration;

use asyncdispatch::*;
use tokio_util::sync::CancellationToken;

use crate::modes::{everywhere, is_cancelled, pair, procs, turns};

#[test]
fn a_dropped_guard_cancels_operations_and_procs() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let received = fd.recv(64);
        drop(received.clone().abort_on_drop());
        is_cancelled(&received);
        assert_eq!(active_descriptors(), 0);
        let proc = async_proc(async move { fd.recv(64).await });
        drop(proc.clone().abort_on_drop());
        is_cancelled(&proc);
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).abort_on_drop().await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn a_guard_in_a_select_or_under_a_timeout_leaves_nothing_behind() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let timed = tokio::time::timeout(Duration::from_millis(1), fd.recv(64).abort_on_drop());
        assert!(timed.await.is_err());
        tokio::select! {
            _ = fd.recv(64).abort_on_drop() => unreachable!("nothing has come"),
            slept = sleep_async(1) => slept?,
        }
        assert_eq!(active_descriptors(), 0);
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn a_detached_guard_cancels_nothing_and_a_finished_one_neither() {
    everywhere(|| async {
        let sleep = sleep_async(1).abort_on_drop();
        assert!(!sleep.finished());
        sleep.detach().await?;
        let done = new_future("done");
        let guard = done.clone().abort_on_drop();
        done.complete(1);
        drop(guard);
        assert_eq!(done.await?, 1);
        Ok(())
    });
}

#[test]
fn a_guard_held_by_a_cancelled_proc_cancels_its_own() {
    everywhere(|| async {
        let inner = async_proc(sleep_async(60_000));
        let guard = inner.clone().abort_on_drop();
        let outer = async_proc(async move {
            let _guard = guard;
            sleep_async(60_000).await
        });
        assert!(outer.cancel());
        is_cancelled(&inner);
        assert_eq!(get_global_dispatcher().timers().len(), 0);
        Ok(())
    });
}

#[test]
fn a_token_cancels_what_is_bound_to_it() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let token = CancellationToken::new();
        let received = fd.recv(64).cancel_with(&token);
        let send = fd.send(vec![0; 16 << 20]).cancel_with(&token.child_token());
        let proc = async_proc(async move { fd.recv(64).await }).cancel_with(&token);
        let sleep = sleep_async(60_000).cancel_with(&token).cancel_with(&CancellationToken::new());
        turns(2).await?;
        token.cancel();
        for future in [received.or(&proc), send, sleep] {
            assert_eq!(future.await.unwrap_err().kind(), ErrorKind::Cancelled);
        }
        turns(1).await?;
        assert_eq!((active_descriptors(), get_global_dispatcher().timers().len()), (0, 0));
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn a_token_tells_who_cancelled_and_how_much_was_sent() {
    everywhere(|| async {
        let (fd, _peer) = pair()?;
        let token = CancellationToken::new();
        let send = fd.send(vec![0; 16 << 20]).cancel_with(&token);
        turns(2).await?;
        token.cancel();
        let error = send.await.unwrap_err();
        assert!(error.bytes_sent().is_some_and(|sent| sent > 0));
        assert!(error.detail().is_some_and(|detail| detail.starts_with("by its cancellation token; ")), "{error:#}");
        close_socket(fd)
    });
}

#[test]
fn a_token_may_be_cancelled_on_another_thread() {
    everywhere(|| async {
        let token = CancellationToken::new();
        let sleep = sleep_async(60_000).cancel_with(&token);
        let thread = std::thread::spawn(move || token.cancel());
        assert_eq!(sleep.await.unwrap_err().kind(), ErrorKind::Cancelled);
        thread.join().expect("no panic");
        Ok(())
    });
}

#[test]
fn a_token_that_is_cancelled_already_cancels_at_once() {
    everywhere(|| async {
        let token = CancellationToken::new();
        token.cancel();
        is_cancelled(&sleep_async(60_000).cancel_with(&token));
        let done = new_future("done");
        done.complete(1);
        assert_eq!(done.cancel_with(&token).await?, 1);
        Ok(())
    });
}

#[test]
fn a_token_is_let_go_of_when_the_future_finishes_or_is_gone() {
    everywhere(|| async {
        let (token, before) = (CancellationToken::new(), procs());
        sleep_async(1).cancel_with(&token).await?;
        assert_eq!(procs(), before);
        let never = new_future::<()>("never").cancel_with(&token);
        assert_eq!(procs(), before + 1);
        drop(never);
        assert_eq!(procs(), before);
        let cancelled = sleep_async(60_000).cancel_with(&token);
        assert!(cancelled.cancel());
        assert_eq!(procs(), before);
        token.cancel();
        Ok(())
    });
}

#[test]
fn a_bound_future_is_cancelled_with_the_proc_that_awaits_it() {
    everywhere(|| async {
        let (token, before) = (CancellationToken::new(), procs());
        let (fd, _peer) = pair()?;
        let proc = async_proc({
            let token = token.clone();
            async move { fd.recv(64).cancel_with(&token).await }
        });
        assert!(proc.cancel());
        assert_eq!((active_descriptors(), procs()), (0, before));
        close_socket(fd)
    });
}

#[test]
fn run_until_cancelled_of_tokio_util_with_a_guard() {
    everywhere(|| async {
        let (fd, _peer) = pair()?;
        let token = CancellationToken::new();
        let stopping = token.clone();
        call_soon(move || stopping.cancel());
        assert!(token.run_until_cancelled(fd.recv(64).abort_on_drop()).await.is_none());
        assert_eq!(active_descriptors(), 0);
        close_socket(fd)
    });
}
