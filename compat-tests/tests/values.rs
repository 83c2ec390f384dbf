//! What the crate's values say of themselves, and what they are made from and into.

use std::borrow::Cow;
use std::cell::RefCell;
use std::error::Error as _;
use std::io;
use std::rc::Rc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

#[test]
fn a_dispatcher_shows_its_counts() {
    guarded(|| {
        let d = get_global_dispatcher();
        let (fd, _peer) = pair()?;
        fd.add_read(|_| true)?;
        let slept = sleep_async(60_000);
        call_soon(|| ());
        let text = format!("{d:?}");
        assert_eq!(text, "Dispatcher { kind: Owning, active_descriptors: 1, timers: 1, callbacks: 1 }");
        assert!(
            format!("{:?}", Dispatcher::default()).contains("Owning, active_descriptors: 0, timers: 0, callbacks: 0")
        );
        assert!(format!("{:?}", Dispatcher::guest()).contains("kind: Guest"));
        assert_eq!(format!("{:?}", d.remote()), "Remote");
        poll_with(0)?;
        slept.cancel();
        fd.close_socket()
    });
}

#[test]
fn futures_and_what_drives_them_show_their_state() {
    guarded(|| {
        let future = NimFuture::<i32>::default();
        let text = format!("{future:?}");
        assert!(text.starts_with("NimFuture { phase: Pending, from_proc: "), "{text}");
        assert!(text.contains("created_at: "), "{text}");
        future.complete(1);
        assert!(format!("{future:?}").contains("phase: Done"));
        let guest = Dispatcher::guest();
        assert_eq!(format!("{:?}", guest.turn()), "Drive { begun: false, .. }");
        assert!(format!("{:?}", guest.run_until(async {})).starts_with("RunUntil"));
        assert!(format!("{:?}", guest.bind(async {})).starts_with("Bind"));
        Ok(())
    });
}

#[test]
fn a_lazy_operation_shows_its_descriptor_and_side() {
    guarded(|| {
        let (fd, _peer) = pair()?;
        let text = format!("{:?}", fd.readable());
        assert!(text.starts_with("Readable { gate: Gate { fd: AsyncFD("), "{text}");
        assert!(text.contains("side: Read"), "{text}");
        assert!(format!("{:?}", fd.write(b"x")).contains("side: Write"));
        fd.close_socket()
    });
}

#[test]
fn an_event_and_a_stream_show_their_state() {
    guarded(|| {
        let event = AsyncEvent::new();
        assert_eq!(format!("{event:?}"), "AsyncEvent { signaled: false, added: false }");
        event.add(|_| true)?;
        event.trigger();
        assert_eq!(format!("{event:?}"), "AsyncEvent { signaled: true, added: true }");
        poll()?;
        let stream = FutureStream::<i32>::default();
        stream.write(7).read()?;
        assert_eq!(format!("{stream:?}"), "FutureStream { len: 1, ended: false, error: None }");
        stream.fail("boom");
        let text = format!("{stream:?}");
        assert!(
            text.starts_with("FutureStream { len: 1, ended: true, error: Some(Raised { message: \"boom\""),
            "{text}"
        );
        Ok(())
    });
}

#[test]
fn an_error_shows_all_that_it_knows() {
    guarded(|| {
        let raised = Error::from("boom");
        let here = format!("raised_at: {}:{}:", file!(), line!() - 1);
        assert!(format!("{raised:?}").starts_with(&format!("Raised {{ message: \"boom\", {here}")), "{raised:?}");
        assert!(raised.source().is_none());

        let own = Error::new(std::fmt::Error);
        assert!(format!("{own:?}").starts_with("Raised { error: Error, raised_at: "), "{own:?}");
        assert!(own.source().is_none(), "its text is the cause's already");

        let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let refused = wait_for(dial("127.0.0.1", nobody)).unwrap_err();
        let text = format!("{refused:?}");
        let code = refused.raw_os_error().expect("of the system");
        assert!(text.starts_with("Os { message: ") && text.contains(&format!("code: {code}")), "{text}");
        assert!(refused.source().is_some_and(|cause| cause.is::<io::Error>()));

        let (fd, _peer) = pair()?;
        drop(fd.unregister()?);
        let stale = fd.unregister().map(drop).unwrap_err();
        assert!(format!("{stale:?}").contains("detail: "), "{stale:?}");
        Ok(())
    });
}

#[test]
fn an_error_is_raised_again_as_it_was() {
    guarded(|| {
        let ours = sleep_async(1).and(&sleep_async(1)).read().unwrap_err();
        assert_eq!(ours.kind(), ErrorKind::StillInProgress);
        assert_eq!(Error::new(ours.clone()).kind(), ErrorKind::StillInProgress);
        let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(ours.clone());
        assert_eq!(Error::from(boxed).kind(), ErrorKind::StillInProgress);
        assert_eq!(Error::from(io::Error::from(ours)).kind(), ErrorKind::StillInProgress);
        let foreign: Box<dyn std::error::Error + Send + Sync> = "boom".into();
        let foreign = Error::from(foreign);
        assert_eq!((foreign.kind(), foreign.to_string().as_str()), (ErrorKind::Raised, "boom"));
        while has_pending_operations() {
            poll()?;
        }
        Ok(())
    });
}

/// What each kind is for std.
#[test]
fn an_error_as_an_io_error() {
    guarded(|| {
        let (fd, peer) = pair()?;
        let as_io = |error: Error, kind: ErrorKind| {
            assert_eq!(error.kind(), kind);
            io::Error::from(error).kind()
        };
        let again = fd.with_fd(|fd| register(fd.try_clone_to_owned().expect("a duplicate")))??;
        again.close_socket()?;
        // SAFETY: the number is registered, and refused.
        let twice = unsafe { register_raw(fd.as_raw_fd()) }.unwrap_err();
        assert_eq!(as_io(twice, ErrorKind::AlreadyRegistered), io::ErrorKind::AlreadyExists);
        // SAFETY: the number is above the limit, and refused.
        let beyond = unsafe { register_raw(i32::MAX as _) }.unwrap_err();
        assert_eq!(as_io(beyond, ErrorKind::TooManyDescriptors), io::ErrorKind::QuotaExceeded);
        let timer = add_timer(60_000, true, |_| true)?;
        let virtual_key = timer.close_socket().unwrap_err();
        assert_eq!(as_io(virtual_key, ErrorKind::WrongDescriptor), io::ErrorKind::InvalidInput);
        drop(timer.unregister()?);
        let negative = add_process(-1, |_| true).unwrap_err();
        assert_eq!(as_io(negative, ErrorKind::InvalidInput), io::ErrorKind::InvalidInput);
        let pending = new_future::<i32>("values");
        assert_eq!(as_io(pending.read().unwrap_err(), ErrorKind::StillInProgress), io::ErrorKind::WouldBlock);
        pending.complete(1);
        assert_eq!(as_io(pending.read_error().unwrap_err(), ErrorKind::NoError), io::ErrorKind::Other);
        let stream = FutureStream::new();
        stream.complete();
        let finished = stream.write(1).read().unwrap_err();
        assert_eq!(as_io(finished, ErrorKind::StreamFinished), io::ErrorKind::BrokenPipe);
        let inside = Rc::new(RefCell::new(None));
        let found = inside.clone();
        let task = async move {
            *found.borrow_mut() = poll().err();
            Ok(())
        };
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(task))?;
        let inside = inside.take().expect("refused");
        assert_eq!(as_io(inside, ErrorKind::LoopInside), io::ErrorKind::Deadlock);
        call_soon(|| ());
        let queued = set_global_dispatcher(None).unwrap_err();
        assert_eq!(as_io(queued, ErrorKind::CallbacksQueued), io::ErrorKind::ResourceBusy);
        poll()?;
        fd.add_read(|_| false)?;
        let waiting = fd.close_socket().unwrap_err();
        assert_eq!(as_io(waiting, ErrorKind::StillWaiting), io::ErrorKind::ResourceBusy);
        assert_eq!(as_io(fd.close_socket().unwrap_err(), ErrorKind::NotRegistered), io::ErrorKind::NotFound);
        drop(peer);
        Ok(())
    });
}

#[test]
fn a_conversion_that_is_refused_says_what_was_found() {
    guarded(|| {
        let fd = register(std::net::UdpSocket::bind("127.0.0.1:0")?)?;
        let refused = std::net::TcpStream::try_from(fd).unwrap_err();
        assert_eq!(refused.to_string(), format!("descriptor {fd} is an Internet datagram socket, not a TcpStream"));
        assert_eq!(refused.source().map(ToString::to_string), Some(refused.to_string()));
        assert_eq!(refused.value, fd);
        fd.close_socket()
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_found_may_be_of_any_kind() {
    use rustix::net::{AddressFamily, SocketType};
    guarded(|| {
        let refused = |domain, kind, found: &str| {
            let fd = register(rustix::net::socket(domain, kind, None).map_err(io::Error::from)?)?;
            let refused = std::os::unix::net::UnixStream::try_from(fd).unwrap_err();
            assert_eq!(refused.to_string(), format!("descriptor {fd} is {found}, not a UnixStream"));
            fd.close_socket()
        };
        refused(AddressFamily::UNIX, SocketType::DGRAM, "a Unix datagram socket")?;
        refused(AddressFamily::UNIX, SocketType::SEQPACKET, "a Unix type 5 socket")?;
        refused(AddressFamily::NETLINK, SocketType::DGRAM, "a domain 16 datagram socket")
    });
}

#[test]
fn data_to_send_is_made_from_borrowed_and_owned() {
    guarded(|| {
        let (fd, mut peer) = pair()?;
        for text in [Cow::Borrowed("a"), Cow::Owned("b".to_owned())] {
            wait_for(fd.send(text))?;
        }
        for bytes in [Cow::Borrowed(&b"c"[..]), Cow::Owned(b"d".to_vec())] {
            wait_for(fd.send(bytes))?;
        }
        wait_for(fd.send(b"e"))?;
        wait_for(fd.send([b'f']))?;
        let mut got = [0; 6];
        io::Read::read_exact(&mut peer, &mut got)?;
        assert_eq!(&got, b"abcdef");
        fd.close_socket()
    });
}

#[test]
fn an_address_without_a_name() {
    guarded(|| {
        assert_eq!(SockAddr::Unnamed.to_string(), "(unnamed)");
        assert_eq!(SockAddr::from(std::path::Path::new("/x")).to_string(), "/x");
        let (fd, _peer) = pair()?;
        let refused = wait_for(fd.send_to("x", SockAddr::Unnamed)).unwrap_err();
        assert_eq!(io::Error::from(refused).kind(), io::ErrorKind::InvalidInput);
        let connected = async_proc(async move { fd.connect_to(SockAddr::Unnamed).await });
        let refused = wait_for(connected).unwrap_err();
        assert_eq!(io::Error::from(refused).kind(), io::ErrorKind::InvalidInput);
        fd.close_socket()
    });
}

#[test]
fn a_stream_writes_several_parts_at_once() {
    use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
    guarded(|| {
        let (ours, theirs) = socket_pair()?;
        wait_for(async_proc(async move {
            let (mut ours, mut theirs) = (ours.stream(), theirs.stream());
            assert!(ours.is_write_vectored());
            let parts = [io::IoSlice::new(b"one "), io::IoSlice::new(b"two")];
            assert_eq!(ours.write_vectored(&parts).await?, 7);
            let mut got = [0; 7];
            theirs.read_exact(&mut got).await?;
            assert_eq!(&got, b"one two");
            Ok(())
        }))?;
        ours.close_socket()?;
        theirs.close_socket()
    });
}
