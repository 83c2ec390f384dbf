//! What a program that we start inherits of our descriptors: nothing, unless it was asked for.

// Shells, signals and flags of descriptors.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::process::Command;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

/// The descriptors of a child that is exec'ed now, as it lists them itself.
fn of_a_child() -> Result<BTreeSet<i32>> {
    let output = Command::new("sh").args(["-c", "for fd in /proc/$$/fd/*; do echo \"${fd##*/}\"; done"]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.parse().ok()).collect())
}

#[test]
fn nothing_of_ours_is_inherited() {
    guarded(|| {
        let before = of_a_child()?;
        let (listener, port) = listen()?;
        let dialled = wait_for(dial("127.0.0.1", port))?;
        let accepted = wait_for(listener.accept())?;
        let again = wait_for(dial("127.0.0.1", port))?;
        let (lazily, _) = wait_for(async_proc(async move { listener.accept_client().await }))?;
        let native = create_async_native_socket()?;
        let event = new_async_event();
        event.add(|_| true)?;
        add_signal(Signal::SIGUSR1, |_| true)?;
        let timer = add_timer(60_000, true, |_| true)?;
        let mut child = Command::new("sleep").arg("60").spawn()?;
        let process = add_process(&child, |_| true)?;
        // The selector with its alarm, and tokio's own descriptors, are there by now.
        let dispatcher = get_global_dispatcher();
        let _lent = dispatcher.get_fd()?;
        assert_eq!(of_a_child()?, before);
        child.kill()?;
        child.wait()?;
        event.unregister()?;
        drop((timer.unregister()?, process.unregister()?));
        for fd in [listener, dialled, accepted, again, lazily, native] {
            fd.close_socket()?;
        }
        raise(rustix::process::Signal::USR1)?;
        drain_with(-1)
    });
}

#[test]
fn what_is_made_inheritable_is_inherited() {
    guarded(|| {
        let before = of_a_child()?;
        let (listener, port) = listen()?;
        let native =
            create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_STREAM, Protocol::IPPROTO_TCP, true)?;
        let dialled = wait_for(dial("127.0.0.1", port))?;
        let accepted = wait_for(listener.accept_with(SocketFlags::NONE, true))?;
        let mut more: BTreeSet<i32> = of_a_child()?.difference(&before).copied().collect();
        assert_eq!(more, BTreeSet::from([native.as_raw_fd(), accepted.as_raw_fd()]));
        assert!(set_inheritable(dialled, true) && set_inheritable(native, false));
        more = of_a_child()?.difference(&before).copied().collect();
        assert_eq!(more, BTreeSet::from([dialled.as_raw_fd(), accepted.as_raw_fd()]));
        for fd in [listener, dialled, accepted, native] {
            fd.close_socket()?;
        }
        Ok(())
    });
}

/// A duplicate is read by somebody else between the kernel's event and our call: we wait on.
#[test]
fn readiness_that_somebody_else_used_up_harms_nobody() {
    guarded(|| {
        let (ours, theirs) = pair()?;
        let thief = ours.with_fd(|fd| fd.try_clone_to_owned())??;
        let (thief, first) = (register(thief)?, ours.recv(10));
        for round in 0..100u8 {
            let stolen = thief.recv(10);
            put(&theirs, "x")?;
            while !stolen.finished() && !first.finished() {
                poll()?;
            }
            // The one who comes second found nothing, and waits for the next byte.
            if first.finished() {
                assert_eq!(first.read()?, b"x", "{round}");
                assert!(stolen.cancel());
                break;
            }
            assert_eq!(stolen.read()?, b"x");
        }
        put(&theirs, "y")?;
        if !first.finished() {
            assert_eq!(wait_for(&first)?, b"y");
        } else {
            assert_eq!(wait_for(ours.recv(10))?, b"y");
        }
        thief.close_socket()?;
        ours.close_socket()
    });
}
