//! Ways that programs seldom take, each with what comes of it: found by asking which lines no other test runs.

#![cfg(unix)]

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use asyncdispatch::*;
use asyncdispatch_compat_tests::{guarded, pair};

type Kinds = Vec<ErrorKind>;

/// Told to by the last of a thread's locals to go what the crate says then.
struct Last(RefCell<Option<mpsc::Sender<Kinds>>>);

impl Drop for Last {
    fn drop(&mut self) {
        call_soon(|| panic!("called after its dispatcher"));
        let stream = FutureStream::<u8>::new();
        stream.complete();
        stream.set_callback(|_| panic!("called after its dispatcher"));
        let token = tokio_util::sync::CancellationToken::new();
        let future = NimFuture::<()>::new().cancel_with(&token);
        future.complete(());
        let failed =
            [poll().unwrap_err(), sleep_async(1).read().unwrap_err(), add_timer(1, true, |_| true).unwrap_err()];
        let kinds = failed.iter().map(Error::kind).collect();
        self.0.take().expect("set").send(kinds).expect("heard");
    }
}

/// A panic there would end the process.
#[test]
fn after_the_thread_s_locals_have_gone_everything_is_refused_or_ignored() {
    thread_local! {
        static LAST: Last = const { Last(RefCell::new(None)) };
    }
    let (told, kinds) = mpsc::channel();
    std::thread::spawn(move || {
        LAST.with(|last| last.0.replace(Some(told))); // made first, so that it goes last
        poll_with(0).unwrap_err()
    });
    assert_eq!(kinds.recv().expect("told"), [ErrorKind::DispatcherGone; 3]);
}

#[test]
fn a_borrowed_blocking_socket_is_not_connected() {
    guarded(|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        let fd = register_shared(Arc::new(socket))?;
        let error = wait_for(fd.connect("127.0.0.1", 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(format!("{error:#}").contains("set O_NONBLOCK"), "{error:#}");
        fd.unregister().map(drop)
    });
}

/// Another accept takes the connection that both were woken for: the kernel is asked before a call that could block.
#[test]
fn two_accepts_on_a_borrowed_blocking_listener_freeze_nothing() {
    guarded(|| {
        let listener = Arc::new(std::net::TcpListener::bind("127.0.0.1:0")?);
        let address = listener.local_addr()?;
        let fd = register_shared(Arc::clone(&listener))?;
        let stolen = Rc::new(Cell::new(false));
        let (thief, done) = (listener, stolen.clone());
        fd.add_read(move |_| {
            done.set(thief.accept().is_ok());
            true
        })?;
        let accepted = fd.accept();
        let _first = std::net::TcpStream::connect(address)?;
        poll()?;
        assert!(stolen.get() && !accepted.finished());
        let _second = std::net::TcpStream::connect(address)?;
        wait_for(accepted)?.close_socket()?;
        fd.unregister().map(drop)
    });
}

/// Whoever is called first reads what there was: those behind find nothing, and wait on.
#[test]
fn readiness_that_a_callback_has_used_up_is_not_an_end() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        fd.add_read(|fd| {
            assert_eq!(fd.with_fd(|fd| rustix::io::read(fd, &mut [0; 8]))?, Ok(2));
            Ok(true)
        })?;
        let received = fd.recv_into(vec![0; 4]);
        peer.write_all(b"no")?;
        poll()?;
        assert!(!received.finished());
        peer.write_all(b"yes")?;
        assert_eq!(wait_for(received)?, (3, b"yes\0".to_vec()));
        fd.close_socket()
    });
}

#[test]
fn a_datagram_waits_for_room_at_its_receiver() {
    guarded(|| {
        let folder = std::env::temp_dir().join(format!("asyncdispatch-{}-room", std::process::id()));
        std::fs::remove_file(&folder).ok();
        let receiver = UnixDatagram::bind(&folder)?;
        let ours = UnixDatagram::unbound()?;
        ours.set_nonblocking(true)?;
        let (fd, to) = (register(ours)?, folder.clone());
        fd.add_write(move |fd| {
            // As many as fit.
            let address = rustix::net::SocketAddrUnix::new(&to).expect("a path");
            while fd.with_fd(|fd| rustix::net::sendto(fd, b"full", rustix::net::SendFlags::empty(), &address))?.is_ok()
            {
            }
            Ok::<_, Error>(true)
        })?;
        let sent = fd.send_to("late", SockAddr::Unix(folder.clone()));
        poll()?;
        assert!(!sent.finished(), "its receiver has no room");
        let pending = get_global_dispatcher().pending().to_string();
        assert!(pending.contains("sendTo") && pending.contains("seldom.rs"), "{pending}");
        receiver.set_nonblocking(true)?;
        let mut last = Vec::new();
        let mut buf = [0; 8];
        while !sent.finished() {
            while let Ok(size) = receiver.recv(&mut buf) {
                last = buf[..size].to_vec();
            }
            poll_with(20)?;
        }
        while let Ok(size) = receiver.recv(&mut buf) {
            last = buf[..size].to_vec();
        }
        assert_eq!(last, b"late");
        std::fs::remove_file(&folder)?;
        fd.close_socket()
    });
}

#[test]
fn peers_with_a_path_are_named_by_it() {
    guarded(|| {
        let path = |name: &str| std::env::temp_dir().join(format!("asyncdispatch-{}-{name}", std::process::id()));
        let (here, there) = (path("here"), path("there"));
        [&here, &there].iter().for_each(|path| drop(std::fs::remove_file(path)));
        let fd = register(UnixDatagram::bind(&here)?)?;
        let peer = UnixDatagram::bind(&there)?;
        peer.send_to(b"hello", &here)?;
        let (size, from, _) = wait_for(fd.recv_from_into(vec![0; 8]))?;
        assert_eq!((size, from), (5, SockAddr::Unix(there.clone())));
        fd.close_socket()?;
        [&here, &there].into_iter().try_for_each(std::fs::remove_file)?;
        Ok(())
    });
}

#[test]
fn a_connection_to_no_such_path_fails_at_once() {
    guarded(|| {
        let fd = register(socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None)?)?;
        let nowhere = std::env::temp_dir().join("asyncdispatch-nowhere");
        let error = wait_for(async_proc(async move { fd.connect_to(SockAddr::Unix(nowhere)).await })).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT), "{error:#}");
        let error = wait_for(fd.connect("127.0.0.1", 1)).unwrap_err();
        assert!(!format!("{error:#}").is_empty());
        fd.close_socket()
    });
}

/// Whoever may open a raw socket gets one; anybody else hears why not.
#[test]
fn a_protocol_without_ports_is_dialled_by_a_raw_socket() {
    guarded(|| match wait_for(dial_with("127.0.0.1", 0, Protocol::IPPROTO_ICMP)) {
        Ok(fd) => {
            assert_eq!(fd.with_fd(|fd| rustix::net::sockopt::socket_type(fd))?, Ok(rustix::net::SocketType::RAW));
            fd.close_socket()
        }
        Err(error) => {
            assert!(matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES)), "{error:#}");
            Ok(())
        }
    });
}

/// Its borrowed namesake goes without being closed: that was done behind our back.
#[test]
fn an_owned_descriptor_evicts_a_borrowed_one_of_its_number() {
    guarded(|| {
        let (ours, _peer) = UnixStream::pair()?;
        let number = ours.into_raw_fd();
        // SAFETY: this is the mistake that is tested for: below it is another's before it is unregistered.
        let stale = unsafe { register_raw(number)? };
        let waiting = stale.recv(1);
        let (new, mut peer) = UnixStream::pair()?;
        // SAFETY: the number is closed, and given to another file at once.
        let new = unsafe {
            assert_eq!(libc::dup2(new.as_raw_fd(), number), number);
            OwnedFd::from_raw_fd(number)
        };
        let key = register(new)?;
        assert!(waiting.failed() && !contains(&get_global_dispatcher(), stale));
        peer.write_all(b"x")?;
        assert_eq!(wait_for(key.recv(1))?, b"x");
        key.close_socket()
    });
}

#[test]
fn what_waits_is_named_by_the_list_of_what_is_pending() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
        let accepted = listener.accept();
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn()?;
        let process = add_process(child.id() as i32, |_| true)?;
        let mut buf = [0; 1];
        let mut read = pin!(fd.read(&mut buf));
        assert!(read.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let pending = get_global_dispatcher().pending().to_string();
        assert!(pending.contains("a lazy operation\n") || pending.contains("a lazy operation,"), "{pending}");
        assert!(pending.contains("accept") && pending.contains("process"), "{pending}");
        peer.write_all(b"x")?;
        accepted.cancel();
        drop(process.unregister()?);
        drop(child.stdin.take());
        child.wait()?;
        listener.close_socket()?;
        fd.close_socket()
    });
}

/// Two that wait, each polled again and again by whoever holds it: they keep their places, and hear of the end.
#[test]
fn operations_that_are_polled_again_keep_their_places() {
    struct Nobody;
    impl std::task::Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    guarded(|| {
        let (fd, mut peer) = pair()?;
        let wakers = [Waker::from(Arc::new(Nobody)), Waker::from(Arc::new(Nobody)), Waker::noop().clone()];
        let (mut one, mut two) = ([0; 1], [0; 1]);
        {
            let mut first = pin!(fd.read(&mut one));
            let mut second = pin!(fd.read(&mut two));
            for waker in [&wakers[0], &wakers[0], &wakers[1], &wakers[2]] {
                assert!(first.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
                assert!(second.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
            }
            peer.write_all(b"ab")?;
            poll_with(50)?;
            assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending(), "it is not the first");
            assert!(first.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_ready());
            assert!(second.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_ready());
        }
        assert_eq!([one, two], [*b"a", *b"b"]);
        fd.close_socket()
    });
}

#[test]
fn what_is_no_listener_accepts_nobody() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        let error = wait_for(async_proc(async move { fd.accept_client().await.map(drop) })).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{error:#}");
        fd.close_socket()
    });
}

#[test]
fn an_operation_that_outlives_its_dispatcher_says_so() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        let mut buf = [0; 1];
        let mut held = pin!(fd.read(&mut buf));
        assert!(held.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        get_global_dispatcher().close();
        match held.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind(), ErrorKind::DispatcherGone),
            other => panic!("{other:?}"),
        }
        Ok(())
    });
}

#[test]
fn a_reader_that_was_completed_by_hand_is_passed_over() {
    guarded(|| {
        let stream = FutureStream::new();
        let (by_hand, served) = (stream.read(), stream.read());
        by_hand.complete(Some(7));
        wait_for(stream.write(1))?;
        assert_eq!((wait_for(by_hand)?, wait_for(served)?), (Some(7), Some(1)));
        stream.complete();
        Ok(())
    });
}

/// The source itself lets the last handle of the stream that it feeds go.
#[test]
fn a_source_that_drops_its_own_stream_ends() {
    guarded(|| {
        let handle: Rc<RefCell<Option<FutureStream<u8>>>> = Rc::default();
        let (held, polled) = (handle.clone(), Rc::new(Cell::new(0)));
        let count = polled.clone();
        let source = futures::stream::unfold((), move |()| {
            let (held, count) = (held.clone(), count.clone());
            async move {
                sleep_async(0).await.ok()?;
                held.take();
                count.set(count.get() + 1);
                Some((1, ()))
            }
        });
        handle.replace(Some(FutureStream::from_stream(source, 4)));
        for _ in 0..5 {
            poll_with(0).ok();
        }
        assert_eq!(polled.get(), 1, "asked for no more");
        Ok(())
    });
}

#[test]
fn a_run_inside_of_a_driven_guest_is_its_own() {
    guarded(|| {
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        rt.block_on(async {
            let guest = Dispatcher::guest();
            let order = Rc::new(RefCell::new(Vec::new()));
            let (first, then) = (order.clone(), order.clone());
            let inner = async move {
                call_soon(move || first.borrow_mut().push("queued before"));
                let nested = run_until(async move {
                    sleep_async(0).await?;
                    then.borrow_mut().push("inside");
                    Ok::<_, Error>(())
                });
                nested.await?
            };
            guest.run_until(inner).await??;
            assert_eq!(*order.borrow(), ["queued before", "inside"], "one queue serves both");
            Ok(())
        })
    });
}

#[test]
fn memory_of_no_size_and_of_no_dispatcher() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        peer.write_all(b"x")?;
        // SAFETY: nothing is written where there is no room.
        let nothing = unsafe { fd.recv_into_raw(std::ptr::null_mut(), 0, SocketFlags::default()) };
        assert_eq!(wait_for(nothing)?, 0);
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let thread = std::thread::spawn(move || {
            let mut room = [0; 1];
            let kind = rt.block_on(async {
                // SAFETY: it lives longer than the future, which has failed.
                unsafe { fd.recv_into_raw(room.as_mut_ptr(), 1, SocketFlags::default()) }.read().unwrap_err().kind()
            });
            (kind, room)
        });
        assert_eq!(thread.join().expect("no panic"), (ErrorKind::NotDriven, [0]));
        assert_eq!(wait_for(fd.recv(1))?, b"x");
        fd.close_socket()
    });
}

/// All parts in one call.
#[test]
fn a_stream_that_is_polled_by_two_wakes_each_once() {
    use futures::StreamExt as _;
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    guarded(|| {
        let counts = [(); 2].map(|()| Arc::new(Count(AtomicUsize::new(0))));
        let wakers = counts.clone().map(Waker::from);
        let mut stream = new_future_stream::<u8>("polled by two");
        for waker in [&wakers[0], &wakers[1], &wakers[0], &wakers[1]] {
            assert!(stream.poll_next_unpin(&mut Context::from_waker(waker)).is_pending());
        }
        wait_for(stream.write(7))?;
        assert_eq!(counts.map(|count| count.0.load(Relaxed)), [1, 1]);
        let next = stream.poll_next_unpin(&mut Context::from_waker(&wakers[0]));
        assert!(matches!(next, Poll::Ready(Some(Ok(7)))), "{next:?}");
        Ok(())
    });
}

#[test]
fn a_stream_writes_parts_together() {
    use tokio::io::{AsyncWrite, AsyncWriteExt};
    guarded(|| {
        let (fd, mut peer) = pair()?;
        wait_for(async_proc(async move {
            let mut stream = fd.stream();
            assert!(stream.is_write_vectored());
            let parts = ["one ", "two "].map(|part| std::io::IoSlice::new(part.as_bytes()));
            assert_eq!(stream.write_vectored(&parts).await?, 8);
            let (_read, mut write) = stream.into_split();
            assert!(write.is_write_vectored());
            let parts = ["three ", "four"].map(|part| std::io::IoSlice::new(part.as_bytes()));
            assert_eq!(write.write_vectored(&parts).await?, 10);
            Ok(())
        }))?;
        let mut got = [0; 18];
        peer.read_exact(&mut got)?;
        assert_eq!(&got, b"one two three four");
        fd.close_socket()
    });
}

/// A listener of paths is one as well.
#[test]
fn a_client_without_a_path_has_no_address() {
    guarded(|| {
        let path = std::env::temp_dir().join(format!("asyncdispatch-{}-listener", std::process::id()));
        std::fs::remove_file(&path).ok();
        let listener = register(UnixListener::bind(&path)?)?;
        let accepted = async_proc(async move { listener.accept_client().await });
        let _peer = UnixStream::connect(&path)?;
        let (client, from) = wait_for(accepted)?;
        assert_eq!(from, SockAddr::Unnamed);
        std::fs::remove_file(&path)?;
        client.close_socket()?;
        listener.close_socket()
    });
}
