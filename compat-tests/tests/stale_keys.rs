//! A key never acts on a descriptor that it was not made for, however the numbers are used again.

use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::AsRawFd;
use std::thread;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{OwnedFd, Stream, guarded, stream_pair};

/// Fewer where an emulator, or wine, takes its time.
fn rounds() -> usize {
    if cfg!(windows) || std::env::var_os("TEST_RUNNER").is_some() { 50 } else { 1_000 }
}

const THREADS: usize = 4;

/// Everything that can be asked of a key; each must be refused.
fn assert_refused(key: AsyncFD) {
    let refused = [
        key.add_read(|_| -> bool { panic!("a stale key's callback was called") }),
        key.add_write(|_| -> bool { panic!("a stale key's callback was called") }),
        key.recv(8).read().map(drop),
        key.recv_into(vec![0; 8]).read_error().map_or(Ok(()), Err),
        key.send("stray").read(),
        key.accept().read().map(drop),
        key.with_fd(|_| ()),
        key.unregister().map(drop),
        key.close_socket(),
    ];
    for (at, result) in refused.into_iter().enumerate() {
        let error = result.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::NotRegistered, "call {at}: {error:#}");
    }
    assert!(!contains(&get_global_dispatcher(), key));
}

/// A registered end whose peer must get exactly what is sent on purpose.
struct Tenant {
    key: AsyncFD,
    peer: Stream,
}

impl Tenant {
    fn move_in(ours: OwnedFd, peer: Stream) -> Result<Tenant> {
        Ok(Tenant { key: register(ours)?, peer })
    }

    /// The descriptor works, and nobody else has touched it.
    fn assert_well(&mut self, round: usize) -> Result<()> {
        let word = round.to_le_bytes();
        wait_for(self.key.send(word.to_vec()))?;
        let mut got = [0; size_of::<usize>()];
        self.peer.read_exact(&mut got)?;
        assert_eq!(got, word, "nothing but what was sent on purpose");
        self.peer.write_all(&word)?;
        assert_eq!(wait_for(self.key.recv(64))?, word);
        Ok(())
    }
}

/// Closed or unregistered, and the number given to another at once.
fn reuse(round: usize, stale: &mut Vec<AsyncFD>) -> Result<()> {
    let (ours, peer) = stream_pair()?;
    let first = register(ours)?;
    let waiting = first.recv(8);
    if round % 2 == 0 {
        first.close_socket()?
    } else {
        drop(first.unregister()?)
    }
    drop(peer);
    assert!(waiting.failed());
    stale.push(first);
    if stale.len() > 8 {
        stale.remove(0);
    }
    let (ours, peer) = stream_pair()?;
    let mut tenant = Tenant::move_in(ours.into(), peer)?;
    stale.iter().for_each(|key| assert_refused(*key));
    tenant.assert_well(round)?;
    stale.push(tenant.key);
    tenant.key.close_socket()
}

#[test]
fn numbers_that_the_system_gives_out_again() {
    guarded(|| {
        let mut stale = Vec::new();
        (0..rounds()).try_for_each(|round| reuse(round, &mut stale))
    });
}

/// Threads race for the same numbers, each with its own dispatcher, and try each other's keys.
#[test]
fn threads_that_race_for_numbers_and_exchange_keys() {
    guarded(|| {
        let keys = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let keys = keys.clone();
                thread::spawn(move || {
                    for round in 0..rounds() {
                        let (ours, peer) = stream_pair()?;
                        let mut tenant = Tenant::move_in(ours.into(), peer)?;
                        let foreign: Vec<AsyncFD> = keys.lock().expect("no panic").clone();
                        foreign.into_iter().for_each(assert_refused);
                        tenant.assert_well(round)?;
                        let mut shared = keys.lock().expect("no panic");
                        shared.push(tenant.key);
                        let enough = shared.len() > 2 * THREADS;
                        shared.drain(..usize::from(enough));
                        drop(shared);
                        tenant.assert_well(round)?;
                        tenant.key.close_socket()?;
                        assert_refused(tenant.key);
                    }
                    Ok::<(), Error>(())
                })
            })
            .collect();
        for thread in threads {
            // A key is foreign to the other threads, never to its own: each refuses what it did not make.
            thread.join().expect("no panic")?;
        }
        Ok(())
    });
}

/// A descriptor is taken from under its registration with `dup2`, as only foreign code does, while somebody waits.
#[cfg(unix)]
#[test]
fn a_number_that_dup2_gives_to_another_file() {
    guarded(|| {
        for round in 0..rounds() {
            let (ours, mut old_peer) = stream_pair()?;
            let key = register(ours)?;
            let waiting = key.recv(64);
            poll_with(0)?;
            let copy = key.with_fd(|fd| fd.try_clone_to_owned())??;
            let (new, new_peer) = stream_pair()?;
            // SAFETY: both numbers are open and ours alone in this thread; the file behind the first is kept by `copy`.
            assert_eq!(unsafe { libc::dup2(new.as_raw_fd(), key.as_raw_fd()) }, key.as_raw_fd());
            drop(new);
            let ours = key.unregister()?.into_owned().expect("it was ours");
            assert!(waiting.failed());
            let mut tenant = Tenant::move_in(ours, new_peer)?;
            assert_ne!(tenant.key, key);
            assert_refused(key);
            // What comes in for the old file wakes nobody.
            old_peer.write_all(b"stray")?;
            let called = tenant.key.recv(64);
            poll_with(0)?;
            poll_with(0)?;
            assert!(!called.finished(), "round {round}: woken by the old file");
            called.cancel();
            tenant.assert_well(round)?;
            tenant.key.close_socket()?;
            drop(copy);
        }
        Ok(())
    });
}
