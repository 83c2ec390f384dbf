//! Sends that need not ask the kernel, because their descriptor has taken the last one whole: nothing is lost by that.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

/// A descriptor whose next send goes unasked: one has gone out whole, and interest has been taken off since.
fn trusted() -> Result<(AsyncFD, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut peer = TcpStream::connect(listener.local_addr()?)?;
    let (ours, _) = listener.accept()?;
    ours.set_nonblocking(true)?;
    let fd = register(ours)?;
    wait_for(fd.send("first"))?;
    wait_for(sleep_async(1))?;
    peer.read_exact(&mut [0; 5])?;
    Ok((fd, peer))
}

fn rest_of(mut peer: impl Read + Send + 'static) -> std::thread::JoinHandle<std::io::Result<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all)?;
        Ok(all)
    })
}

#[test]
fn one_turn_sends_and_nothing_is_sent_inside_the_call() {
    guarded(|| {
        let (fd, peer) = trusted()?;
        let sent = fd.send("second");
        peer.set_nonblocking(true)?;
        assert!((&peer).read(&mut [0; 8]).is_err(), "sent inside the call");
        assert_eq!(active_descriptors(), 1);
        poll()?;
        assert!(sent.finished());
        assert_eq!(active_descriptors(), 0);
        assert_eq!((&peer).read(&mut [0; 8])?, 6);
        fd.close_socket()
    });
}

#[test]
fn one_that_finds_the_descriptor_full_waits_for_the_kernel() {
    guarded(|| {
        let (fd, peer) = trusted()?;
        let data: Vec<u8> = (0..20_000_000u32).map(|i| i as u8).collect();
        let (sent, behind) = (fd.send(data.clone()), fd.send("the end"));
        for _ in 0..5 {
            poll_with(0)?;
        }
        assert!(!sent.finished() && !behind.finished(), "{} bytes fit", data.len());
        let peer = rest_of(peer);
        wait_for(all([sent, behind]))?;
        fd.close_socket()?;
        let received = peer.join().unwrap()?;
        assert!(received == [&data[..], b"the end"].concat(), "{} bytes", received.len());
        Ok(())
    });
}

#[test]
fn one_that_is_cancelled_leaves_nothing_behind() {
    guarded(|| {
        let (fd, mut peer) = trusted()?;
        fd.send("cancelled").cancel();
        assert_eq!(active_descriptors(), 0);
        wait_for(fd.send("kept"))?;
        let (gone, called) = (fd.send("cancelled too"), Rc::new(Cell::new(0)));
        let count = called.clone();
        fd.add_write(move |_| {
            count.set(count.get() + 1);
            true
        })?;
        gone.cancel();
        drain()?;
        assert_eq!(called.get(), 1);
        fd.close_socket()?;
        let mut text = String::new();
        peer.read_to_string(&mut text)?;
        assert_eq!(text, "kept");
        Ok(())
    });
}

#[test]
fn a_callback_behind_one_is_called_when_the_kernel_has_named_the_side() {
    guarded(|| {
        for cancelled in [true, false] {
            let (fd, mut peer) = pair()?;
            wait_for(fd.send("first"))?;
            wait_for(sleep_async(1))?;
            peer.read_exact(&mut [0; 5])?;
            let (first, called) = (fd.send("first"), Rc::new(Cell::new(0)));
            let count = called.clone();
            fd.add_write(move |_| {
                count.set(count.get() + 1);
                true
            })?;
            let received = fd.recv(10);
            if cancelled {
                first.cancel();
            }
            fd.with_fd(|fd| {
                socket2::SockRef::from(&fd).set_nonblocking(true)?;
                fill(fd)
            })??;
            peer.write_all(b"x")?;
            wait_for(received)?;
            assert_eq!(called.get(), 0, "the descriptor is full");
            let peer = rest_of(peer);
            wait_for(fd.send("the end"))?;
            assert_eq!(called.get(), 1);
            fd.close_socket()?;
            let _filling = peer.join().unwrap()?;
        }
        Ok(())
    });
}

#[test]
fn one_whose_descriptor_is_closed_or_unregistered_fails() {
    guarded(|| {
        let (fd, _peer) = trusted()?;
        let sent = fd.send("second");
        fd.close_socket()?;
        assert_eq!(wait_for(sent).unwrap_err().kind(), ErrorKind::Os);
        let (fd, _peer) = trusted()?;
        let sent = fd.send("second");
        let _owned = unregister(fd)?;
        assert_eq!(wait_for(sent).unwrap_err().kind(), ErrorKind::Cancelled);
        Ok(())
    });
}

#[test]
fn one_that_is_begun_while_a_guest_waits_ends_the_wait() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let mut peer = TcpStream::connect(listener.local_addr()?)?;
            let fd = register(listener.accept()?.0)?;
            fd.send("first").await?;
            sleep_async(1).await?;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await; // the loop waits meanwhile
            fd.send("second").await?;
            fd.close_socket()?;
            let mut text = String::new();
            peer.read_to_string(&mut text)?;
            assert_eq!(text, "firstsecond");
            Ok(())
        }))
    });
}

#[test]
fn a_peer_that_has_gone_is_told_of_as_ever() {
    guarded(|| {
        let (fd, mut peer) = trusted()?;
        peer.write_all(b"x")?;
        drop(peer); // with bytes unread: a reset
        wait_for(sleep_async(1))?;
        let error = wait_for(fd.send_with("second", SocketFlags::NONE)).and_then(|()| {
            wait_for(sleep_async(1))?;
            wait_for(fd.send_with("third", SocketFlags::NONE))
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Os);
        fd.close_socket()
    });
}
