//! Descriptors that change hands: every type both ways, in owning and guest mode; what is refused, and that it comes
//! back.

// Most are sockets within one machine, or flags of descriptors.
#![cfg(unix)]

use std::fmt::Debug;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn is_nonblocking(fd: impl AsFd) -> bool {
    rustix::fs::fcntl_getfl(fd).unwrap().contains(rustix::fs::OFlags::NONBLOCK)
}

fn blocking_pipe() -> Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe().map_err(std::io::Error::from)?)
}

fn refused<T: TryFrom<AsyncFD, Error = ConvertError<AsyncFD>> + Debug>(fd: AsyncFD) -> Error {
    let refused = T::try_from(fd).unwrap_err();
    assert_eq!(refused.value, fd);
    refused.error
}

#[test]
fn streams_go_from_tokio_to_us_and_back_with_what_is_in_them() {
    everywhere(|| async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mut theirs = tokio::net::TcpStream::connect(listener.local_addr()?).await?;
        let (tcp, _) = listener.accept().await?;
        theirs.write_all(b"one two").await?;
        let fd = AsyncFD::try_from(tcp)?;
        assert_eq!(fd.recv(4).await?, b"one ");
        let mut tcp = tokio::net::TcpStream::try_from(fd)?;
        assert!(!contains(&get_global_dispatcher(), fd), "the key has ended");
        let mut rest = [0; 3];
        tcp.read_exact(&mut rest).await?;
        assert_eq!(&rest, b"two");

        let (unix, mut theirs) = tokio::net::UnixStream::pair()?;
        let fd = AsyncFD::try_from(unix)?;
        fd.send("hello").await?;
        let mut unix = tokio::net::UnixStream::try_from(fd)?;
        unix.write_all(b" again").await?;
        drop(unix);
        let mut text = String::new();
        theirs.read_to_string(&mut text).await?;
        assert_eq!(text, "hello again");
        Ok(())
    });
}

#[test]
fn listeners_go_from_tokio_to_us_and_back_with_who_waits_at_them() {
    everywhere(|| async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let _first = std::net::TcpStream::connect(address)?;
        let _second = std::net::TcpStream::connect(address)?;
        let fd = AsyncFD::try_from(listener)?;
        fd.accept().await?.close_socket()?;
        let listener = tokio::net::TcpListener::try_from(fd)?;
        listener.accept().await?;

        let directory = std::env::temp_dir().join(format!("asyncdispatch-{}-{address}", std::process::id()));
        let listener = tokio::net::UnixListener::bind(&directory)?;
        let _first = std::os::unix::net::UnixStream::connect(&directory)?;
        let _second = std::os::unix::net::UnixStream::connect(&directory)?;
        std::fs::remove_file(&directory)?;
        let fd = AsyncFD::try_from(listener)?;
        fd.accept().await?.close_socket()?;
        let listener = tokio::net::UnixListener::try_from(fd)?;
        listener.accept().await?;
        Ok(())
    });
}

#[test]
fn datagram_sockets_go_from_tokio_to_us_and_back() {
    everywhere(|| async {
        let theirs = tokio::net::UdpSocket::bind("127.0.0.1:0").await?;
        let udp = tokio::net::UdpSocket::bind("127.0.0.1:0").await?;
        theirs.connect(udp.local_addr()?).await?;
        let fd = AsyncFD::try_from(udp)?;
        theirs.send(b"one").await?;
        theirs.send(b"two").await?;
        assert_eq!(fd.recv(16).await?, b"one");
        let udp = tokio::net::UdpSocket::try_from(fd)?;
        let mut buffer = [0; 16];
        let size = udp.recv(&mut buffer).await?;
        assert_eq!(&buffer[..size], b"two");

        let (unix, theirs) = tokio::net::UnixDatagram::pair()?;
        let fd = AsyncFD::try_from(unix)?;
        fd.send("one").await?;
        let unix = tokio::net::UnixDatagram::try_from(fd)?;
        unix.send(b"two").await?;
        for expected in [b"one", b"two"] {
            let size = theirs.recv(&mut buffer).await?;
            assert_eq!(&buffer[..size], expected);
        }
        Ok(())
    });
}

/// There and back, by way of a key; the number is the same, and it does not block.
fn there_and_back<T>(value: T) -> Result<T>
where
    T: AsFd + AsRawFd + Debug + TryFrom<AsyncFD, Error = ConvertError<AsyncFD>>,
    AsyncFD: TryFrom<T, Error = ConvertError<T>>,
{
    let raw = value.as_raw_fd();
    let fd = AsyncFD::try_from(value)?;
    assert_eq!(fd.as_raw_fd(), raw);
    assert!(fd.with_fd(|fd| is_nonblocking(fd))?, "non-blocking is set first");
    let value = T::try_from(fd)?;
    assert_eq!(value.as_raw_fd(), raw);
    assert!(is_nonblocking(&value));
    assert_eq!(fd.close_socket().unwrap_err().kind(), ErrorKind::NotRegistered);
    Ok(value)
}

#[test]
fn std_and_socket2_types_go_both_ways() {
    guarded(|| {
        use std::net::{TcpListener, TcpStream, UdpSocket};
        use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
        let listener = there_and_back(TcpListener::bind("127.0.0.1:0")?)?;
        let address = listener.local_addr()?;
        there_and_back(TcpStream::connect(address)?)?;
        there_and_back(UdpSocket::bind("127.0.0.1:0")?)?;
        let (mut one, mut two) = UnixStream::pair()?;
        one = there_and_back(one)?;
        one.write_all(b"x")?;
        two.read_exact(&mut [0])?;
        there_and_back(UnixDatagram::unbound()?)?;
        let path = std::env::temp_dir().join(format!("asyncdispatch-{}-std", std::process::id()));
        let listener = UnixListener::bind(&path)?;
        std::fs::remove_file(&path)?;
        there_and_back(listener)?;
        let raw = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::SEQPACKET, None)?;
        there_and_back(raw)?;
        Ok(())
    });
}

#[test]
fn an_owned_fd_of_any_kind_goes_both_ways_and_keeps_its_flags() {
    guarded(|| {
        let (reader, writer) = blocking_pipe()?;
        let fd = AsyncFD::try_from(reader)?;
        assert!(!fd.with_fd(|fd| is_nonblocking(fd))?);
        let mut reader = std::fs::File::from(OwnedFd::try_from(fd)?);
        assert!(!is_nonblocking(&reader));
        std::fs::File::from(writer).write_all(b"x")?;
        reader.read_exact(&mut [0])?;
        Ok(())
    });
}

#[test]
fn whoever_waits_makes_a_conversion_fail_and_goes_on_waiting() {
    everywhere(|| async {
        let (ours, mut theirs) = tokio::net::UnixStream::pair()?;
        let fd = AsyncFD::try_from(ours)?;

        let eager = fd.recv(1);
        for error in [refused::<tokio::net::UnixStream>(fd), refused::<std::os::unix::net::UnixStream>(fd)] {
            assert_eq!(error.kind(), ErrorKind::StillWaiting, "{error:#}");
        }
        assert_eq!(refused::<OwnedFd>(fd).kind(), ErrorKind::StillWaiting);
        assert_eq!(refused::<socket2::Socket>(fd).kind(), ErrorKind::StillWaiting);
        theirs.write_all(b"a").await?;
        assert_eq!(eager.await?, b"a");

        let lazy = async_proc(async move { fd.read(&mut [0]).await });
        assert_eq!(refused::<tokio::net::UnixStream>(fd).kind(), ErrorKind::StillWaiting);
        theirs.write_all(b"b").await?;
        assert_eq!(lazy.await?, 1);

        let called = new_future::<()>("called");
        fd.add_read({
            let called = called.clone();
            move |_| {
                called.complete(());
                true
            }
        })?;
        assert_eq!(refused::<tokio::net::UnixStream>(fd).kind(), ErrorKind::StillWaiting);
        theirs.write_all(b"c").await?;
        called.await?;
        tokio::net::UnixStream::try_from(fd)?;
        Ok(())
    });
}

#[test]
fn a_cancelled_operation_does_not_wait() {
    guarded(|| {
        let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
        let fd = register(ours)?;
        let waiting = fd.recv(1);
        waiting.cancel();
        let mut ours = std::os::unix::net::UnixStream::try_from(fd)?;
        theirs.write_all(b"x")?;
        ours.read_exact(&mut [0])?;
        Ok(())
    });
}

#[test]
fn a_callback_may_hand_its_own_descriptor_on_unless_others_wait_behind_it() {
    guarded(|| {
        let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
        let fd = register(ours)?;
        let handed = new_future::<std::os::unix::net::UnixStream>("handed");
        let hand = {
            let handed = handed.clone();
            move |fd: AsyncFD| {
                match std::os::unix::net::UnixStream::try_from(fd) {
                    Ok(stream) => handed.complete(stream),
                    Err(refused) => handed.fail(refused.error),
                }
                true
            }
        };
        fd.add_read(hand.clone())?;
        let behind = fd.recv(1);
        theirs.write_all(b"xy")?;
        poll()?;
        assert_eq!(handed.take().unwrap_err().kind(), ErrorKind::StillWaiting);
        assert_eq!(wait_for(behind)?, b"x", "nobody lost anything");

        let handed = new_future("handed again");
        fd.add_read({
            let handed = handed.clone();
            move |fd| {
                handed.complete(std::os::unix::net::UnixStream::try_from(fd)?);
                Ok(true)
            }
        })?;
        poll()?;
        handed.take()?.read_exact(&mut [0])?;
        assert!(!has_pending_operations());
        Ok(())
    });
}

#[test]
fn a_descriptor_of_another_kind_is_refused_and_stays() {
    guarded(|| {
        use tokio::net::*;
        let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
        let udp =
            register(std::net::UdpSocket::bind("[::1]:0").or_else(|_| std::net::UdpSocket::bind("127.0.0.1:0"))?)?;
        let (one, _two) = std::os::unix::net::UnixStream::pair()?;
        let unix = register(one)?;
        let pipe = register(pipe()?.reader)?;
        for (error, text) in [
            (refused::<TcpStream>(listener), "Internet listener socket, not a TcpStream"),
            (refused::<UdpSocket>(listener), "Internet listener socket, not a UdpSocket"),
            (refused::<TcpListener>(udp), "Internet datagram socket, not a TcpListener"),
            (refused::<UnixDatagram>(udp), "Internet datagram socket, not a UnixDatagram"),
            (refused::<UnixListener>(unix), "Unix stream socket, not a UnixListener"),
            (refused::<TcpStream>(unix), "Unix stream socket, not a TcpStream"),
            (refused::<std::net::TcpStream>(unix), "Unix stream socket, not a TcpStream"),
            (refused::<UnixStream>(pipe), "is not a socket"),
            (refused::<socket2::Socket>(pipe), "is not a socket"),
        ] {
            assert_eq!(error.kind(), ErrorKind::WrongDescriptor);
            assert!(error.to_string().ends_with(text), "{error}");
        }
        for fd in [listener, udp, unix, pipe] {
            fd.close_socket()?;
        }
        Ok(())
    });
}

#[test]
fn stale_virtual_and_foreign_keys_are_refused() {
    guarded(|| {
        let (one, two) = std::os::unix::net::UnixStream::pair()?;
        let stale = register(one)?;
        stale.close_socket()?;
        let timer = add_timer(60_000, true, |_| true)?;
        for key in [stale, timer] {
            assert_eq!(refused::<tokio::net::UnixStream>(key).kind(), ErrorKind::NotRegistered);
            assert_eq!(refused::<std::os::unix::net::UnixStream>(key).kind(), ErrorKind::NotRegistered);
            assert_eq!(refused::<socket2::Socket>(key).kind(), ErrorKind::NotRegistered);
            assert_eq!(refused::<OwnedFd>(key).kind(), ErrorKind::NotRegistered);
        }
        let _still_there = timer.unregister()?;

        let here = register(two)?;
        let elsewhere = std::thread::spawn(move || {
            (refused::<tokio::net::UnixStream>(here).kind(), refused::<OwnedFd>(here).kind())
        });
        assert_eq!(elsewhere.join().unwrap(), (ErrorKind::NotRegistered, ErrorKind::NotRegistered));
        let other = Dispatcher::new();
        let kind = futures::executor::block_on(other.bind(async { refused::<tokio::net::UnixStream>(here).kind() }));
        assert_eq!(kind, ErrorKind::NotRegistered);
        tokio::net::UnixStream::try_from(here)?;
        Ok(())
    });
}

#[test]
fn a_descriptor_that_is_shared_or_lent_is_not_given_away() {
    guarded(|| {
        let (one, two) = std::os::unix::net::UnixStream::pair()?;
        let shared = register_shared(Arc::new(one))?;
        assert_eq!(refused::<tokio::net::UnixStream>(shared).kind(), ErrorKind::WrongDescriptor);
        assert_eq!(refused::<OwnedFd>(shared).kind(), ErrorKind::WrongDescriptor);
        let lent = register(two)?;
        let error = lent.with_fd(|_| refused::<tokio::net::UnixStream>(lent))?;
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        shared.close_socket()?;
        tokio::net::UnixStream::try_from(lent)?;
        Ok(())
    });
}

#[test]
fn a_tokio_type_is_given_back_where_there_is_no_dispatcher() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (one, mut two) = tokio::net::UnixStream::pair().unwrap();
            let ConvertError { error, value: mut one } = AsyncFD::try_from(one).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotDriven);
            one.write_all(b"still good").await.unwrap();
            two.read_exact(&mut [0; 10]).await.unwrap();
        });
        Ok(())
    });
}

#[test]
fn what_tokio_refuses_or_panics_at_stays_with_us() {
    guarded(|| {
        let (one, mut two) = std::os::unix::net::UnixStream::pair()?;
        let fd = register(one)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended = runtime.handle().clone();
        drop(runtime);
        let entered = ended.enter();
        refused::<tokio::net::UnixStream>(fd);
        drop(entered);

        let without_io = tokio::runtime::Builder::new_current_thread().build()?;
        let entered = without_io.enter();
        let panicked = std::panic::catch_unwind(|| tokio::net::UnixStream::try_from(fd));
        assert!(panicked.is_err(), "tokio panics in a runtime without I/O");
        drop(entered);

        two.write_all(b"x")?;
        assert_eq!(wait_for(fd.recv(1))?, b"x");
        fd.close_socket()
    });
}

#[test]
fn outside_of_any_runtime_a_tokio_type_belongs_to_the_dispatchers_own() {
    guarded(|| {
        let (one, mut two) = std::os::unix::net::UnixStream::pair()?;
        let mut one = tokio::net::UnixStream::try_from(register(one)?)?;
        two.write_all(b"x")?;
        assert_eq!(wait_for(async_proc(async move { Ok(one.read(&mut [0; 4]).await?) }))?, 1);
        Ok(())
    });
}

#[test]
fn a_socket_with_too_high_a_number_is_given_back() {
    guarded(|| {
        let limit = max_descriptors()?;
        let (one, two) = std::os::unix::net::UnixStream::pair()?;
        let high = rustix::io::fcntl_dupfd_cloexec(&one, limit as i32).map_err(std::io::Error::from)?;
        let ConvertError { error, value } = AsyncFD::try_from(std::os::unix::net::UnixStream::from(high)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooManyDescriptors);
        (&value).write_all(b"x")?;
        (&two).read_exact(&mut [0])?;
        Ok(())
    });
}

#[test]
fn the_question_mark_raises_the_reason() {
    guarded(|| {
        let (one, _two) = std::os::unix::net::UnixStream::pair()?;
        let stale = register(one)?;
        stale.close_socket()?;
        let raised = wait_for(async_proc(async move {
            tokio::net::UnixStream::try_from(stale)?;
            Ok(())
        }));
        assert_eq!(raised.unwrap_err().kind(), ErrorKind::NotRegistered);
        Ok(())
    });
}
