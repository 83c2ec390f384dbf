//! `cancel()` of every eager operation: off its queue, its awaiters told, no byte half taken.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use asyncdispatch::*;

use crate::modes::{everywhere, is_cancelled, pair, registered, turns};

/// What holds for every operation: cancelled once, off the queue and out of the count at once.
#[track_caller]
fn cancelled_at_once<T: 'static>(future: &NimFuture<T>) {
    assert!(has_pending_operations(), "it should be pending");
    assert!(future.cancel());
    assert!(future.finished());
    is_cancelled(future);
    assert_eq!((active_descriptors(), get_global_dispatcher().timers().len()), (0, 0));
    assert!(!future.cancel(), "once is enough");
}

#[test]
fn recv_takes_no_byte() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        cancelled_at_once(&fd.recv(64));
        let late = fd.recv(64);
        peer.write_all(b"hello")?;
        cancelled_at_once(&late); // the bytes are there, and stay
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn recv_with_peek_too() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        peer.write_all(b"hello")?;
        cancelled_at_once(&fd.recv_with(64, SocketFlags::PEEK));
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn recv_into_takes_no_byte_and_gives_its_buffer_back() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let received = fd.recv_into_with(vec![7; 16], 2.., SocketFlags::NONE);
        assert_eq!(received.take_buffer(), None, "not while it is pending");
        peer.write_all(b"hello")?;
        cancelled_at_once(&received);
        assert_eq!(received.take_buffer(), Some(vec![7; 16]));
        assert_eq!(received.take_buffer(), None, "only once");
        let received = fd.recv_into([0; 16]);
        let (size, buf) = (&received).await?;
        assert_eq!(&buf[..size], b"hello");
        assert_eq!(received.take_buffer(), None, "after success it is part of the value");
        close_socket(fd)
    });
}

#[test]
fn a_failed_recv_into_gives_its_buffer_back() {
    everywhere(|| async {
        let (fd, _peer) = pair()?;
        let outside = fd.recv_into_with([1; 4], 3..9, SocketFlags::NONE);
        assert_eq!(outside.read_error()?.kind(), ErrorKind::InvalidInput);
        assert_eq!(outside.take_buffer(), Some([1; 4]));
        let closed = fd.recv_into([2; 4]);
        close_socket(fd)?;
        assert_eq!(closed.clone().await.unwrap_err().kind(), ErrorKind::Os);
        assert_eq!(closed.take_buffer(), Some([2; 4]));
        let stale = fd.recv_into([3; 4]);
        assert_eq!(stale.read_error()?.kind(), ErrorKind::NotRegistered);
        assert_eq!(stale.take_buffer(), Some([3; 4]));
        Ok(())
    });
}

#[test]
fn recv_from_into_takes_no_datagram_and_gives_its_buffer_back() {
    everywhere(|| async {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        let to = ours.local_addr()?;
        let fd = register(ours)?;
        let received = fd.recv_from_into([7; 16]);
        theirs.send_to(b"hello", to)?;
        cancelled_at_once(&received);
        assert_eq!(received.take_buffer(), Some([7; 16]));
        let (size, from, buf) = fd.recv_from_into([0; 16]).await?;
        assert_eq!((&buf[..size], from.ip()), (&b"hello"[..], Some(theirs.local_addr()?)));
        close_socket(fd)
    });
}

#[test]
fn recv_into_raw_does_not_touch_its_memory_any_more() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let mut buf = Box::new([7; 16]);
        // SAFETY: the buffer lives until the end of the test, and is read only after `cancel`.
        let received = unsafe { fd.recv_into_raw(buf.as_mut_ptr(), buf.len(), SocketFlags::NONE) };
        peer.write_all(b"hello")?;
        cancelled_at_once(&received);
        assert_eq!(fd.recv(64).await?, b"hello");
        assert_eq!(*buf, [7; 16]);
        close_socket(fd)
    });
}

/// More than any socket buffer takes.
const MUCH: usize = 16 << 20;

#[test]
fn send_stops_and_tells_how_much_went_out() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let send = fd.send(vec![7; MUCH]);
        turns(3).await?;
        assert!(!send.finished());
        cancelled_at_once(&send);
        let sent = send.read_error()?.bytes_sent().expect("a send tells");
        assert!(0 < sent && sent < MUCH, "{sent}");
        close_socket(fd)?;
        assert_eq!(peer.read_to_end(&mut Vec::new())?, sent, "what the error tells is what has arrived");
        Ok(())
    });
}

#[test]
fn a_send_that_has_not_begun_sends_nothing() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let send = fd.send("hello");
        cancelled_at_once(&send);
        assert_eq!(send.read_error()?.bytes_sent(), Some(0));
        close_socket(fd)?;
        assert_eq!(peer.read_to_end(&mut Vec::new())?, 0);
        Ok(())
    });
}

#[test]
fn a_send_whose_socket_is_closed_tells_how_much_went_out() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let send = fd.send(vec![7; MUCH]);
        turns(3).await?;
        close_socket(fd)?;
        let error = send.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Os);
        assert_eq!(Some(peer.read_to_end(&mut Vec::new())?), error.bytes_sent());
        Ok(())
    });
}

#[test]
fn send_to_sends_nothing() {
    everywhere(|| async {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        let fd = register(ours)?;
        cancelled_at_once(&fd.send_to("first", theirs.local_addr()?));
        fd.send_to("second", theirs.local_addr()?).await?;
        let mut buf = [0; 16];
        let size = theirs.recv(&mut buf)?;
        assert_eq!(&buf[..size], b"second");
        close_socket(fd)
    });
}

#[test]
fn accept_leaves_the_connection_to_the_next() {
    everywhere(|| async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let listener = register(listener)?;
        let (first, second) = (listener.accept(), listener.accept_addr());
        let mut client = TcpStream::connect(address)?;
        assert!(first.cancel() && second.cancel());
        is_cancelled(&first);
        is_cancelled(&second);
        assert_eq!(active_descriptors(), 0);
        let accepted = listener.accept().await?;
        client.write_all(b"hello")?;
        assert_eq!(accepted.recv(64).await?, b"hello");
        close_socket(accepted)?;
        close_socket(listener)
    });
}

/// An address that leaves a connection attempt waiting: a listener that accepts nothing and whose queue is full.
fn full_listener() -> Result<(TcpListener, Vec<TcpStream>)> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(0)?;
    let listener = TcpListener::from(socket);
    let address = listener.local_addr()?;
    let mut waiting = Vec::new();
    while let Ok(client) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(client);
    }
    Ok((listener, waiting))
}

#[test]
fn connect_is_given_up_and_the_socket_can_be_closed() {
    everywhere(|| async {
        let (listener, _waiting) = full_listener()?;
        let socket = create_async_native_socket()?;
        let connect = socket.connect("127.0.0.1", listener.local_addr()?.port());
        turns(3).await?;
        cancelled_at_once(&connect);
        close_socket(socket)
    });
}

#[test]
fn dial_closes_its_sockets() {
    everywhere(|| async {
        let (listener, _waiting) = full_listener()?;
        let before = registered();
        let dial = dial("127.0.0.1", listener.local_addr()?.port());
        turns(3).await?;
        assert_eq!(registered(), before + 1);
        cancelled_at_once(&dial);
        assert_eq!(registered(), before);
        Ok(())
    });
}

#[test]
fn sleep_async_frees_its_timer() {
    everywhere(|| async {
        let sleep = sleep_async(60_000);
        assert_eq!(get_global_dispatcher().timers().len(), 1);
        cancelled_at_once(&sleep);
        Ok(())
    });
}

#[test]
fn with_timeout_frees_its_timer_and_leaves_the_future_to_its_holder() {
    everywhere(|| async {
        let future = new_future::<i32>("example");
        cancelled_at_once(&future.with_timeout(60_000));
        future.complete(1);
        assert_eq!(future.await?, 1);
        let (fd, mut peer) = pair()?;
        let received = fd.recv(64);
        let outcome = received.with_timeout(60_000);
        assert!(outcome.cancel());
        assert_eq!(active_descriptors(), 1, "somebody holds the receive");
        peer.write_all(b"hello")?;
        assert_eq!(received.await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn with_timeout_and_or_and_all_cancel_what_nobody_else_holds() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        // Each in a statement of its own: the handles of the inputs go with it.
        let outcome = fd.recv(64).with_timeout(60_000);
        cancelled_at_once(&outcome);
        let outcome = fd.recv(64).or(&sleep_async(60_000));
        cancelled_at_once(&outcome);
        let outcome = fd.recv(64).and(&sleep_async(60_000));
        cancelled_at_once(&outcome);
        let outcome = all([fd.recv(64), fd.recv(64)]);
        cancelled_at_once(&outcome);
        let outcome = all([all([fd.recv(64)]), all([fd.recv(64)])]).with_timeout(60_000);
        cancelled_at_once(&outcome);
        peer.write_all(b"hello")?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn and_or_and_all_leave_what_somebody_else_holds() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let (received, sleep) = (fd.recv(64), sleep_async(5));
        assert!(received.or(&sleep).cancel() && received.and(&sleep).cancel() && all([&received]).cancel());
        assert!(!received.finished() && !sleep.finished());
        peer.write_all(b"hello")?;
        assert_eq!(received.await?, b"hello");
        sleep.await?;
        close_socket(fd)
    });
}

#[test]
fn a_stream_read_takes_no_value() {
    everywhere(|| async {
        let stream = FutureStream::new();
        let read = stream.read();
        assert!(read.cancel());
        is_cancelled(&read);
        stream.write(1).await?;
        assert_eq!(stream.read().await?, Some(1));
        let whole = read_all(&FutureStream::<String>::new());
        assert!(whole.cancel());
        is_cancelled(&whole);
        Ok(())
    });
}

#[test]
fn a_stream_write_takes_its_value_back() {
    everywhere(|| async {
        let stream = FutureStream::bounded(1);
        stream.write(1).await?;
        let (second, third) = (stream.write(2), stream.write(3));
        assert!(second.cancel());
        is_cancelled(&second);
        assert_eq!((stream.read().await?, stream.read().await?), (Some(1), Some(3)));
        third.await?;
        assert!(stream.is_empty());
        Ok(())
    });
}

#[test]
fn awaiters_of_every_kind_hear_of_it() {
    everywhere(|| async {
        let (fd, _peer) = pair()?;
        let received = fd.recv(64);
        let by_value = async_proc({
            let received = received.clone();
            async move { Ok(received.await.unwrap_err().kind()) }
        });
        let by_reference = async_proc({
            let received = received.clone();
            async move { Ok((&received).await.unwrap_err().kind()) }
        });
        let settled = async_proc({
            let received = received.clone();
            async move {
                received.settled().await;
                Ok(received.failed())
            }
        });
        let called = async_proc({
            let (told, hears) = (new_future("callback"), received.clone());
            hears.add_callback({
                let told = told.clone();
                move |received| told.complete(received.failed())
            });
            told
        });
        assert!(received.cancel());
        assert_eq!((by_value.await?, by_reference.await?), (ErrorKind::Cancelled, ErrorKind::Cancelled));
        assert!(settled.await? && called.await?);
        close_socket(fd)
    });
}

/// Polls until the operation behind `future` is over, but not the queue that finishes it: from a callback that the
/// queue runs before. That moment exists for `send` and `accept`, which finish one step of the queue later.
async fn cancel_when_over<T: 'static>(fd: AsyncFD, future: &NimFuture<T>, write: bool) -> Result<bool> {
    let answer = new_future("answer");
    let (told, late) = (answer.clone(), future.clone());
    let check = move |_| {
        told.complete(late.cancel());
        true
    };
    // Behind the operation in the same list: called in the same round, before the queue.
    if write {
        add_write(fd, check)?
    } else {
        add_read(fd, check)?
    }
    answer.await
}

#[test]
fn what_is_over_cannot_be_cancelled_and_loses_nothing() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let send = fd.send("hello");
        assert!(!cancel_when_over(fd, &send, true).await?);
        send.await?;
        let mut buf = [0; 5];
        peer.read_exact(&mut buf)?;
        assert_eq!(&buf, b"hello");
        close_socket(fd)?;

        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let listener = register(listener)?;
        let accept = listener.accept();
        let _clients = (TcpStream::connect(address)?, TcpStream::connect(address)?);
        assert!(!cancel_when_over(listener, &accept, false).await?);
        close_socket(accept.await?)?;
        close_socket(listener)
    });
}
