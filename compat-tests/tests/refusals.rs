//! Calls at a wrong time or place: each is refused by the error that its documentation names, and nothing is left.

#[cfg(unix)]
use std::os::{
    fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd},
    unix::net::UnixStream,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Those that return a future say in it that nobody turns a dispatcher.
#[test]
fn futures_in_a_foreign_runtime_with_no_dispatcher() {
    guarded(|| {
        let made = NimFuture::<()>::new();
        let (fd, peer) = pair()?;
        let errors = tokio_runtime().block_on(async {
            std::thread::scope(|scope| {
                let elsewhere = scope.spawn(|| {
                    tokio_runtime().block_on(async {
                        let (a, b) = (NimFuture::<()>::new(), NimFuture::<()>::new());
                        [
                            a.and(&b).read_error(),
                            a.or(&b).read_error(),
                            all([a.clone(), b.clone()]).read_error(),
                            a.with_timeout(5).read_error(),
                            spawn_blocking(|| Ok(())).read_error(),
                            async_proc(async { Ok(()) }).read_error(),
                            sleep_async(1).read_error(),
                            dial("127.0.0.1", 1).read_error(),
                            fd.recv_into(vec![0; 4]).read_error(),
                            fd.recv(1).read_error(),
                            fd.connect("127.0.0.1", 1).read_error(),
                        ]
                        .map(|error| error.map(|error| error.kind()))
                    })
                });
                elsewhere.join().expect("no panic")
            })
        });
        for (at, error) in errors.into_iter().enumerate() {
            assert_eq!(error?, ErrorKind::NotDriven, "call {at}");
        }
        drop((made, peer));
        fd.close_socket()
    });
}

/// Those that can answer nothing panic at the caller's line.
#[test]
fn call_soon_in_a_foreign_runtime_with_no_dispatcher() {
    guarded(|| {
        let text = std::thread::spawn(|| {
            let panicked = tokio_runtime().block_on(async { catch_unwind(|| call_soon(|| ())).unwrap_err() });
            panicked.downcast_ref::<String>().cloned().unwrap_or_default()
        });
        let text = text.join().expect("caught");
        assert!(text.contains("run_until"), "{text}");
        Ok(())
    });
}

#[test]
fn drives_of_a_dispatcher_that_owns_its_runtime_or_is_closed() {
    guarded(|| {
        let owning = Dispatcher::new();
        let closed = Dispatcher::guest();
        closed.close();
        let kind = |result: Result<()>| result.unwrap_err().kind();
        tokio_runtime().block_on(async {
            assert_eq!(kind(owning.turn().await), ErrorKind::LoopInside);
            assert_eq!(kind(owning.drive().await), ErrorKind::LoopInside);
            assert_eq!(kind(owning.drained(1).await), ErrorKind::LoopInside);
            assert_eq!(kind(owning.run_until(async {}).await), ErrorKind::LoopInside);
            assert_eq!(kind(closed.turn().await), ErrorKind::DispatcherGone);
            assert_eq!(kind(closed.run_until(async {}).await), ErrorKind::DispatcherGone);
        });
        let (ours, _theirs) = stream_pair()?;
        assert_eq!(closed.register(ours).unwrap_err().kind(), ErrorKind::DispatcherGone);
        Ok(())
    });
}

#[test]
fn a_guest_outside_of_a_runtime_cannot_register_interest() {
    guarded(|| {
        let guest = Dispatcher::guest();
        assert_eq!(guest.get_io_handler().unwrap_err().kind(), ErrorKind::NotDriven);
        guest.close();
        Ok(())
    });
}

#[test]
fn a_variable_that_is_complete_is_not_completed_again() {
    guarded(|| {
        let variable = FutureVar::new(1);
        variable.complete();
        let panicked = catch_unwind(AssertUnwindSafe(|| variable.complete())).unwrap_err();
        let text = panicked.downcast_ref::<String>().expect("a text");
        assert!(text.contains("more than once"), "{text}");
        Ok(())
    });
}

/// Whoever gives us an owned descriptor whose number we have still registered as our own proves that ours was closed
/// behind our back: its waiters hear of it, and its number is not closed a second time.
#[cfg(unix)] // `dup2`
#[test]
fn an_owned_descriptor_that_was_closed_behind_our_back() {
    alone(|| {
        let (ours, _peer) = UnixStream::pair().expect("a pair");
        let number = ours.as_raw_fd();
        let stale = register(ours).expect("registered");
        let waiting = stale.recv(1);
        let (new, _other) = UnixStream::pair().expect("a pair");
        // SAFETY: this is the mistake that is tested for: the number is closed, and given to another file at once.
        let new = unsafe {
            assert_eq!(libc::dup2(new.as_raw_fd(), number), number);
            OwnedFd::from_raw_fd(number)
        };
        let key = register(new).expect("taken for what it is");
        assert!(waiting.failed() && !contains(&get_global_dispatcher(), stale));
        assert_eq!(key.as_raw_fd(), number);
        let back = key.unregister().expect("registered").into_owned().expect("ours");
        assert!(rustix::io::fcntl_getfd(&back).is_ok(), "the number was not closed");
        assert_eq!(back.into_raw_fd(), number);
        // SAFETY: nobody else has the number any more.
        drop(unsafe { OwnedFd::from_raw_fd(number) });
    });
}

#[test]
fn a_watched_future_is_cancelled_as_any() {
    guarded(|| {
        let token = tokio_util::sync::CancellationToken::new();
        let plain = NimFuture::<()>::new().cancel_with(&token);
        assert!(plain.cancel());
        assert_eq!(plain.read().unwrap_err().kind(), ErrorKind::Cancelled);
        let (fd, _peer) = pair()?;
        let received = fd.recv(1).cancel_with(&token);
        assert!(received.cancel());
        assert_eq!(active_descriptors(), 0);
        poll_with(0).ok();
        fd.close_socket()
    });
}
