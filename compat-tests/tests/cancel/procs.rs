//! Cancelling an async proc: its body is dropped, and what that was awaiting is cancelled with it.

use std::cell::Cell;
use std::future::Future;
use std::io::Write as _;
use std::rc::Rc;

use asyncdispatch::*;
use futures::stream::{FuturesUnordered, StreamExt as _};

use crate::modes::{everywhere, is_cancelled, pair, procs, turns};

/// Counts when it is dropped.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Cancels a proc that awaits receives in some way: afterwards none is left to swallow bytes.
async fn nothing_is_left<F: Future<Output = ()> + 'static>(receive: impl FnOnce(AsyncFD) -> F) -> Result<()> {
    let (fd, mut peer) = pair()?;
    let body = receive(fd);
    let proc = async_proc(async move {
        body.await;
        Ok(())
    });
    let before = procs();
    turns(2).await?;
    assert_eq!(active_descriptors(), 1, "it receives");
    assert!(proc.cancel());
    is_cancelled(&proc);
    assert_eq!((active_descriptors(), get_global_dispatcher().timers().len()), (0, 0));
    assert!(procs() < before);
    peer.write_all(b"hello")?;
    assert_eq!(fd.recv(64).await?, b"hello");
    close_socket(fd)
}

#[test]
fn what_it_awaits_by_value_by_reference_or_as_settled() {
    everywhere(|| async {
        nothing_is_left(|fd| async move { drop(fd.recv(64).await) }).await?;
        nothing_is_left(|fd| async move {
            let received = fd.recv(64);
            drop((&received).await);
        })
        .await?;
        nothing_is_left(|fd| async move {
            let received = fd.recv(64);
            received.settled().await;
        })
        .await?;
        nothing_is_left(|fd| async move {
            let mut received = fd.recv(64);
            drop((&mut received).await);
        })
        .await
    });
}

#[test]
fn what_it_awaits_with_a_timeout() {
    everywhere(|| async {
        nothing_is_left(|fd| async move {
            let received = fd.recv(64);
            drop(received.with_timeout(60_000).await);
        })
        .await?;
        nothing_is_left(|fd| async move { drop(with_timeout(&fd.recv(64), 60_000).await) }).await
    });
}

#[test]
fn what_it_awaits_in_a_join_a_select_or_a_set() {
    everywhere(|| async {
        nothing_is_left(|fd| async move {
            let _ended = futures::join!(fd.recv(8), fd.recv_into([0; 8]), sleep_async(60_000));
        })
        .await?;
        nothing_is_left(|fd| async move {
            tokio::select! {
                _ = fd.recv(8) => {}
                _ = fd.recv(8) => {}
                _ = sleep_async(60_000) => {}
            }
        })
        .await?;
        nothing_is_left(|fd| async move {
            let mut set: FuturesUnordered<_> = (0..5).map(|_| fd.recv(8)).collect();
            drop(set.next().await);
        })
        .await?;
        nothing_is_left(|fd| async move { drop(futures::future::join_all((0..40).map(|_| fd.recv(8))).await) }).await
    });
}

#[test]
fn what_it_awaits_in_all_and_or() {
    everywhere(|| async {
        nothing_is_left(|fd| async move { drop(all([fd.recv(8), fd.recv(8)]).await) }).await?;
        nothing_is_left(|fd| async move { drop(fd.recv(8).and(&fd.recv(8)).await) }).await?;
        nothing_is_left(|fd| async move { drop(fd.recv(8).or(&sleep_async(60_000)).await) }).await
    });
}

#[test]
fn what_its_own_procs_await() {
    everywhere(|| async {
        nothing_is_left(|fd| async move {
            let inner = async_proc(async move {
                let innermost = async_proc(async move { fd.recv(8).await });
                innermost.await
            });
            drop(inner.await);
        })
        .await
    });
}

#[test]
fn lazy_operations_too() {
    everywhere(|| async {
        nothing_is_left(|fd| async move { drop(fd.read(&mut [0; 8]).await) }).await?;
        nothing_is_left(|fd| async move { drop(fd.read_exact(&mut [0; 8]).await) }).await?;
        nothing_is_left(|fd| async move { drop(fd.readable().await) }).await
    });
}

#[test]
fn what_somebody_else_holds_goes_on() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let received = fd.recv(64);
        let one = async_proc({
            let received = received.clone();
            async move { (&received).await }
        });
        let other = async_proc({
            let received = received.clone();
            async move { (&received).await }
        });
        assert!(one.cancel());
        assert!(!received.finished() && !other.finished());
        drop(received);
        peer.write_all(b"hello")?;
        assert_eq!(other.await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn a_proc_that_it_only_holds_goes_on() {
    everywhere(|| async {
        let told = new_future("told");
        let outer = async_proc({
            let told = told.clone();
            async move {
                let _held = async_proc(async move {
                    sleep_async(1).await?;
                    told.complete(1);
                    Ok(())
                });
                sleep_async(60_000).await
            }
        });
        assert!(outer.cancel());
        assert_eq!(told.await?, 1);
        Ok(())
    });
}

#[test]
fn its_clean_up_comes_before_its_end() {
    everywhere(|| async {
        let (count, future) = (Rc::new(Cell::new(0)), new_future::<NimFuture<()>>("itself"));
        struct Look(NimFuture<NimFuture<()>>, Rc<Cell<u32>>);
        impl Drop for Look {
            fn drop(&mut self) {
                let proc = self.0.take().expect("set");
                self.1.set(if proc.finished() { 100 } else { 1 });
            }
        }
        let look = Look(future.clone(), count.clone());
        let proc = async_proc(async move {
            let _look = look;
            sleep_async(60_000).await
        });
        future.complete(proc.clone());
        assert!(proc.cancel());
        assert_eq!(count.get(), 1);
        is_cancelled(&proc);
        Ok(())
    });
}

#[test]
fn one_that_cancels_itself_ends_where_it_waits_next() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let (count, itself) = (Rc::new(Cell::new(0)), new_future::<NimFuture<()>>("itself"));
        let proc = async_proc({
            let (dropped, itself) = (Dropped(count.clone()), itself.clone());
            async move {
                let _dropped = dropped;
                let me = itself.await?;
                assert!(me.cancel());
                fd.recv(64).await?;
                unreachable!("it was cancelled");
            }
        });
        itself.complete(proc.clone());
        proc.settled().await;
        is_cancelled(&proc);
        turns(1).await?;
        assert_eq!((count.get(), active_descriptors()), (1, 0));
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

/// A long chain of procs, each of which awaits the next: no recursion.
#[test]
fn a_hundred_thousand_that_await_each_other() {
    everywhere(|| async {
        let innermost = sleep_async(60_000);
        let mut outermost = innermost;
        for _ in 0..100_000 {
            outermost = async_proc(outermost);
        }
        assert!(procs() >= 100_000);
        assert!(outermost.cancel());
        assert!(procs() < 3);
        assert_eq!(get_global_dispatcher().timers().len(), 0);
        Ok(())
    });
}

/// What another proc drops meanwhile, in a turn that the clean-up makes, is not the cancelled one's: it goes on.
#[test]
fn a_clean_up_that_turns_the_loop() {
    crate::modes::in_modes(&[crate::modes::Mode::Owning], || async {
        struct Turns;
        impl Drop for Turns {
            fn drop(&mut self) {
                poll_with(0).expect("a turn");
            }
        }
        let (fd, mut peer) = pair()?;
        let go = new_future::<()>("go");
        let other = async_proc({
            let go = go.clone();
            async move {
                tokio::select! {
                    biased;
                    _ = fd.recv(3) => {}
                    _ = go => {} // drops the receive, which goes on
                }
                Ok(())
            }
        });
        let turning = Turns;
        let cancelled = async_proc(async move {
            let _turning = turning;
            sleep_async(60_000).await
        });
        go.complete(());
        assert!(cancelled.cancel());
        other.await?;
        peer.write_all(b"abcdef")?;
        assert_eq!(fd.recv(64).await?, b"def", "the dropped receive has taken its part");
        close_socket(fd)
    });
}
