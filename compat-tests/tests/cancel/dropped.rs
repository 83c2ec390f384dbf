//! Dropping the future of an eager operation cancels nothing; dropping one that is being awaited neither.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};

use asyncdispatch::*;
use asyncdispatch_compat_tests::patience;
use futures::FutureExt as _;

use crate::modes::{everywhere, pair, registered, turns};

#[test]
fn a_dropped_receive_takes_its_bytes_along() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        drop(fd.recv(1));
        drop(fd.recv_into([0; 1]));
        peer.write_all(b"abc")?;
        assert_eq!(fd.recv(64).await?, b"c");
        close_socket(fd)
    });
}

#[test]
fn a_dropped_datagram_receive_takes_its_datagram_along() {
    everywhere(|| async {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        theirs.send_to(b"first", ours.local_addr()?)?;
        theirs.send_to(b"second", ours.local_addr()?)?;
        let fd = register(ours)?;
        drop(fd.recv_from_into([0; 16]));
        let (size, _, buf) = fd.recv_from_into([0; 16]).await?;
        assert_eq!(&buf[..size], b"second");
        close_socket(fd)
    });
}

#[test]
fn a_dropped_send_sends_all() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        drop(fd.send("hello "));
        drop(fd.send("world"));
        fd.send(".").await?;
        let mut text = [0; 12];
        peer.read_exact(&mut text)?;
        assert_eq!(&text, b"hello world.");
        close_socket(fd)
    });
}

#[test]
fn a_dropped_send_to_sends() {
    everywhere(|| async {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        theirs.set_read_timeout(Some(patience()))?;
        let fd = register(ours)?;
        drop(fd.send_to("hello", theirs.local_addr()?));
        turns(2).await?;
        assert_eq!(theirs.recv(&mut [0; 16])?, 5);
        close_socket(fd)
    });
}

#[test]
fn a_dropped_accept_accepts() {
    everywhere(|| async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let listener = register(listener)?;
        let before = registered();
        drop(listener.accept());
        let _first = TcpStream::connect(address)?;
        let mut second = TcpStream::connect(address)?;
        let accepted = listener.accept().await?;
        assert_eq!(registered(), before + 2, "the first is there too, with nobody to close it");
        second.write_all(b"second")?;
        assert_eq!(accepted.recv(64).await?, b"second");
        close_socket(accepted)?;
        close_socket(listener)
    });
}

#[test]
fn a_dropped_connect_connects() {
    everywhere(|| async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let socket = create_async_native_socket()?;
        drop(socket.connect("127.0.0.1", port));
        drop(dial("127.0.0.1", port));
        turns(3).await?;
        drop((listener.accept()?, listener.accept()?));
        close_socket(socket)
    });
}

#[test]
fn a_dropped_sleep_and_timeout_keep_their_timers() {
    everywhere(|| async {
        drop(sleep_async(1));
        drop(new_future::<()>("never").with_timeout(1));
        assert_eq!(get_global_dispatcher().timers().len(), 2);
        sleep_async(2).await
    });
}

#[test]
fn a_dropped_proc_goes_on() {
    everywhere(|| async {
        let told = new_future("told");
        drop(async_proc({
            let told = told.clone();
            async move {
                sleep_async(1).await?;
                told.complete(1);
                Ok(())
            }
        }));
        assert_eq!(told.await?, 1);
        Ok(())
    });
}

#[test]
fn a_dropped_stream_read_takes_a_value_and_a_write_writes() {
    everywhere(|| async {
        let stream = FutureStream::bounded(1);
        drop(stream.read());
        drop(stream.write(1));
        drop(stream.write(2));
        drop(stream.write(3));
        assert_eq!((stream.read().await?, stream.read().await?), (Some(2), Some(3)));
        Ok(())
    });
}

/// Each way of awaiting is polled once, pending, and dropped; the receive goes on.
#[test]
fn dropping_an_await_leaves_the_future_on() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let received = fd.recv(64);
        assert!(received.settled().now_or_never().is_none());
        assert!(received.clone().now_or_never().is_none());
        assert!((&received).into_future().now_or_never().is_none());
        peer.write_all(b"hello")?;
        assert_eq!(received.await?, b"hello");
        close_socket(fd)
    });
}
