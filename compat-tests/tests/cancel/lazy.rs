//! Lazy operations: dropped before they are ready they are off the queue, and have taken nothing.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use asyncdispatch::*;
use asyncdispatch_compat_tests::Stream;

use crate::modes::{everywhere, pair, turns};

/// Polls once with the caller's own context; it must not be ready.
async fn begin<T>(operation: impl Future<Output = T>) {
    let mut operation = pin!(operation);
    std::future::poll_fn(|cx| {
        assert!(operation.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    assert_eq!(active_descriptors(), 1);
}

/// Begins an operation and drops it, before and after `ready` made it possible.
async fn dropped<T, F: Future<Output = T>>(
    operation: impl Fn() -> F,
    ready: impl FnOnce() -> Result<()>,
) -> Result<()> {
    begin(operation()).await;
    assert_eq!(active_descriptors(), 0, "dropped: off the queue");
    let waiting = operation();
    {
        let mut waiting = pin!(waiting);
        let begun = std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await;
        assert!(begun);
        ready()?;
    }
    assert_eq!(active_descriptors(), 0);
    Ok(())
}

#[test]
fn read_peek_and_readable_take_nothing() {
    everywhere(|| async {
        let (fd, mut peer) = pair()?;
        let mut write = move || peer.write_all(b"hello").map_err(Error::from);
        dropped(|| async move { fd.read(&mut [0; 64]).await }, || Ok(())).await?;
        dropped(|| async move { fd.peek(&mut [0; 64]).await }, || Ok(())).await?;
        dropped(|| fd.readable(), || Ok(())).await?;
        dropped(|| async move { fd.read(&mut [0; 64]).await }, &mut write).await?;
        assert_eq!(fd.recv(64).await?, b"hello");
        dropped(|| async move { fd.peek(&mut [0; 64]).await }, &mut write).await?;
        assert_eq!(fd.recv(64).await?, b"hello");
        dropped(|| fd.readable(), &mut write).await?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn read_from_takes_no_datagram() {
    everywhere(|| async {
        let (ours, theirs) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
        let to = ours.local_addr()?;
        let fd = register(ours)?;
        let write = move || theirs.send_to(b"hello", to).map(drop).map_err(Error::from);
        dropped(|| async move { fd.read_from(&mut [0; 64]).await }, write).await?;
        assert_eq!(fd.recv(64).await?, b"hello");
        close_socket(fd)
    });
}

#[test]
fn accept_client_takes_no_connection() {
    everywhere(|| async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let listener = register(listener)?;
        let mut client = None;
        let connect = || {
            client = Some(TcpStream::connect(address)?);
            Ok(())
        };
        dropped(|| listener.accept_client(), connect).await?;
        let (accepted, from) = listener.accept_client().await?;
        assert_eq!(from.ip(), Some(client.take().expect("connected").local_addr()?));
        close_socket(accepted)?;
        close_socket(listener)
    });
}

/// A socket that takes no more, its peer, and how much the peer has to read.
async fn full() -> Result<(AsyncFD, Stream, usize)> {
    let (fd, peer) = pair()?;
    let data = vec![0; 16 << 20];
    let mut all = fd.write_all(&data);
    std::future::poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut all).poll(cx).is_pending())).await;
    let sent = all.bytes_sent();
    drop(all);
    assert_eq!(active_descriptors(), 0);
    Ok((fd, peer, sent))
}

#[test]
fn write_and_writable_send_nothing() {
    everywhere(|| async {
        let (fd, mut peer, sent) = full().await?;
        dropped(|| async move { fd.write(b"never").await }, || Ok(())).await?;
        dropped(|| fd.writable(), || Ok(())).await?;
        let mut read = vec![0; sent];
        dropped(|| async move { fd.write(b"never").await }, || Ok(peer.read_exact(&mut read)?)).await?;
        close_socket(fd)?;
        assert_eq!(peer.read_to_end(&mut Vec::new())?, 0);
        Ok(())
    });
}

/// Only a datagram socket within the machine is ever full.
#[cfg(unix)]
#[test]
fn write_to_sends_nothing() {
    everywhere(|| async {
        let directory = std::env::temp_dir().join(format!(
            "asyncdispatch-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        let theirs = std::os::unix::net::UnixDatagram::bind(&directory)?;
        let to = SockAddr::from(directory.as_path());
        let fd = register(std::os::unix::net::UnixDatagram::unbound()?)?;
        let mut sent = 0;
        // A datagram socket whose peer does not read: full after a few.
        loop {
            let mut write = pin!(fd.write_to(b"x", &to));
            if std::future::poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx).is_pending())).await {
                break;
            }
            sent += 1;
        }
        dropped(|| fd.write_to(b"never", &to), || Ok(())).await?;
        close_socket(fd)?;
        theirs.set_nonblocking(true)?;
        let received =
            std::iter::from_fn(|| theirs.recv(&mut [0; 8]).ok()).inspect(|size| assert_eq!(*size, 1)).count();
        std::fs::remove_file(&directory)?;
        assert_eq!(received, sent);
        Ok(())
    });
}

#[test]
fn write_all_and_read_exact_tell_how_far_they_are() {
    everywhere(|| async {
        let (fd, mut peer, sent) = full().await?;
        assert!(sent > 0);
        let mut read = vec![0; sent];
        peer.read_exact(&mut read)?;

        let mut buf = [0; 8];
        peer.write_all(b"hel")?;
        let mut exact = fd.read_exact(&mut buf);
        let late = tokio::time::timeout(Duration::from_millis(5), &mut exact).await;
        assert!(late.is_err());
        assert_eq!(exact.bytes_received(), 3);
        drop(exact);
        assert_eq!(active_descriptors(), 0);
        peer.write_all(b"lo")?;
        assert_eq!(fd.recv(64).await?, b"lo");
        assert_eq!(&buf[..3], b"hel");
        close_socket(fd)
    });
}

#[test]
fn connect_to_leaves_a_socket_that_can_be_closed() {
    everywhere(|| async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let socket = create_async_native_socket()?;
        {
            let mut connect = pin!(socket.connect_to(address));
            let _ready_or_not = std::future::poll_fn(|cx| Poll::Ready(connect.as_mut().poll(cx).is_ready())).await;
        }
        assert_eq!(active_descriptors(), 0);
        turns(1).await?;
        drop(listener.accept()?); // the system has connected all the same
        close_socket(socket)
    });
}
