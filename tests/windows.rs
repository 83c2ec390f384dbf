//! What only Windows has, or has of its own. Elsewhere this file is empty.

#![cfg(windows)]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::windows::io::{AsRawHandle, AsRawSocket, OwnedSocket, RawSocket};
use std::os::windows::process::CommandExt;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use asyncdispatch::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windows_sys::Win32::Networking::WinSock::{
    SOCKET, WSA_IO_PENDING, WSABUF, WSAEBADF, WSAECONNREFUSED, WSAEFAULT, WSAENOTSOCK, WSAGetLastError, WSARecv,
};
use windows_sys::Win32::System::Console::{CTRL_C_EVENT, GenerateConsoleCtrlEvent};

/// Connected over loopback.
fn pair() -> Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let far = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0, far))
}

/// Fails the future of a wait that takes far too long.
fn within<T: Clone + 'static>(future: &NimFuture<T>) -> Result<T> {
    assert!(wait_for(future.with_timeout(30_000))?, "it takes too long");
    future.read()
}

// ===== new_custom =====

type Heard = Rc<RefCell<Vec<(AsyncFD, u32, i32)>>>;

fn custom(fd: AsyncFD, heard: &Heard) -> Result<CustomRef> {
    let heard = Rc::clone(heard);
    new_custom(fd, move |fd, bytes, error| heard.borrow_mut().push((fd, bytes, error)))
}

/// Begins an overlapped `WSARecv` into memory that is never freed; answers its error, or 0.
fn begin(fd: AsyncFD, overlapped: *mut c_void) -> i32 {
    begin_into(fd, overlapped, Box::leak(Box::new([0; 100])).as_mut_ptr())
}

fn begin_into(fd: AsyncFD, overlapped: *mut c_void, memory: *mut u8) -> i32 {
    let parts = WSABUF { len: 100, buf: memory };
    let mut flags = 0;
    // SAFETY: the memory is there for ever, or is refused; the overlapped is fresh and belongs to the crate.
    let failed = unsafe {
        WSARecv(fd.as_raw_fd() as SOCKET, &parts, 1, std::ptr::null_mut(), &mut flags, overlapped.cast(), None)
    };
    // SAFETY: it takes nothing.
    if failed == 0 { 0 } else { unsafe { WSAGetLastError() } }
}

#[test]
fn an_overlapped_call_is_heard_of_once_when_it_is_over() -> Result<()> {
    let (ours, mut theirs) = pair()?;
    let (fd, heard) = (register(ours)?, Heard::default());
    let call = custom(fd, &heard)?;
    assert_eq!(begin(fd, call.as_ptr()), WSA_IO_PENDING);
    assert!(get_global_dispatcher().pending().to_string().contains("overlapped call"));
    for _ in 0..3 {
        poll_with(0)?;
    }
    assert!(heard.borrow().is_empty() && has_pending_operations());
    let sender = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        theirs.write_all(b"hello").unwrap();
        theirs
    });
    drain_with(-1)?;
    let _theirs = sender.join().unwrap();
    assert_eq!(heard.take(), [(fd, 5, -1)]);
    assert!(!call.cancel(), "nothing is left to cancel");
    Ok(())
}

#[test]
fn an_overlapped_call_that_is_over_at_once_is_heard_of_in_a_turn() -> Result<()> {
    let (ours, mut theirs) = pair()?;
    let (fd, heard) = (register(ours)?, Heard::default());
    theirs.write_all(b"abc")?;
    within(&fd.recv_with(3, SocketFlags::PEEK))?;
    let call = custom(fd, &heard)?;
    assert_eq!(begin(fd, call.as_ptr()), 0);
    drop(call);
    assert!(heard.borrow().is_empty());
    drain_with(-1)?;
    assert_eq!(heard.take(), [(fd, 3, -1)]);
    Ok(())
}

#[test]
fn overlapped_calls_can_be_withdrawn_at_each_stage() -> Result<()> {
    let (ours, mut theirs) = pair()?;
    let (fd, heard) = (register(ours)?, Heard::default());
    assert!(custom(fd, &heard)?.cancel(), "never begun");
    let call = custom(fd, &heard)?;
    let nowhere = std::ptr::without_provenance_mut(8);
    assert_eq!(begin_into(fd, call.as_ptr(), nowhere), WSAEFAULT);
    assert!(call.cancel(), "failed at once");
    let call = custom(fd, &heard)?;
    assert_eq!(begin(fd, call.as_ptr()), WSA_IO_PENDING);
    assert!(call.cancel(), "begun");
    assert!(!has_pending_operations());
    theirs.write_all(b"xyz")?;
    assert_eq!(within(&fd.recv(100))?, b"xyz", "the call that was cancelled takes nothing");
    assert!(heard.borrow().is_empty());
    Ok(())
}

#[test]
fn closing_the_socket_ends_an_overlapped_call() -> Result<()> {
    let (ours, _theirs) = pair()?;
    let (fd, heard) = (register(ours)?, Heard::default());
    let call = custom(fd, &heard)?;
    assert_eq!(begin(fd, call.as_ptr()), WSA_IO_PENDING);
    fd.close_socket()?;
    drain_with(-1)?;
    let heard = heard.take();
    assert!(matches!(heard[..], [(key, 0, error)] if key == fd && error > 0), "{heard:?}");
    assert_eq!(new_custom(fd, |_, _, _| ()).unwrap_err().kind(), ErrorKind::NotRegistered);
    assert!(!has_pending_operations());
    Ok(())
}

#[test]
fn the_dispatcher_may_go_before_an_overlapped_call_is_over() -> Result<()> {
    let (ours, mut theirs) = pair()?;
    let ours = Arc::new(ours);
    let (fd, heard) = (register_shared(ours.clone())?, Heard::default());
    let call = custom(fd, &heard)?;
    assert_eq!(begin(fd, call.as_ptr()), WSA_IO_PENDING);
    get_global_dispatcher().close();
    assert!(!call.cancel());
    theirs.write_all(b"late")?; // the kernel writes it all the same, and its outcome
    thread::sleep(Duration::from_millis(20));
    assert!(custom(create_async_native_socket()?, &heard)?.cancel()); // frees what is over
    assert!(heard.borrow().is_empty());
    Ok(())
}

#[test]
fn the_callback_of_an_overlapped_call_may_raise() -> Result<()> {
    let (ours, mut theirs) = pair()?;
    let fd = register(ours)?;
    let call = new_custom(fd, |_, _, _| Err::<(), Error>("boom".into()))?;
    assert_eq!(begin(fd, call.as_ptr()), WSA_IO_PENDING);
    theirs.write_all(b"x")?;
    assert_eq!(run_forever().unwrap_err().to_string(), "boom");
    assert_eq!(poll().unwrap_err().kind(), ErrorKind::NothingPending);
    Ok(())
}

// ===== signals and processes =====

#[test]
fn most_numbers_are_no_signals() {
    for none in [0, 1, 9, 15, -1] {
        assert_eq!(add_signal(none, |_| true).unwrap_err().kind(), ErrorKind::InvalidInput, "{none}");
    }
}

/// In a process with a console of its own, since all that share one get it. Ctrl-Break cannot be sent under wine.
#[test]
fn ctrl_c_is_a_signal_for_each_watcher() -> Result<()> {
    const INSIDE: &str = "ASYNCDISPATCH_TEST_CTRL_C";
    const CREATE_NEW_CONSOLE: u32 = 16;
    if std::env::var_os(INSIDE).is_some() {
        return hear_ctrl_c();
    }
    let mut test = Command::new(std::env::current_exe()?);
    test.args(["--exact", "ctrl_c_is_a_signal_for_each_watcher"]).env(INSIDE, "1").creation_flags(CREATE_NEW_CONSOLE);
    assert!(test.status()?.success());
    Ok(())
}

fn hear_ctrl_c() -> Result<()> {
    let (one, other) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    for times in [&one, &other] {
        let times = Rc::clone(times);
        add_signal(Signal::SIGINT, move |_| {
            times.set(times.get() + 1);
            true
        })?;
    }
    let broken = add_signal(Signal::SIGBREAK, |_| panic!("nobody breaks"))?;
    // SAFETY: it takes numbers only.
    let sender = thread::spawn(|| unsafe { GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) });
    assert_ne!(sender.join().unwrap(), 0, "is there a console?");
    while one.get() + other.get() < 2 {
        poll_with(30_000)?;
    }
    let _signal = unregister(broken)?;
    assert_eq!((one.get(), other.get(), has_pending_operations()), (1, 1, false));
    Ok(())
}

#[test]
fn the_end_of_a_process_is_heard_of_once_also_when_it_is_over_already() -> Result<()> {
    let mut child = Command::new("cmd").args(["/c", "exit 3"]).spawn()?;
    let ended = Rc::new(Cell::new(0));
    let watch = |child: &std::process::Child| {
        let ended = Rc::clone(&ended);
        add_process(child, move |_| {
            ended.set(ended.get() + 1);
            false
        })
    };
    watch(&child)?;
    watch(&child)?;
    drain_with(-1)?;
    assert_eq!((ended.get(), child.wait()?.code()), (2, Some(3)));
    watch(&child)?; // `child` has its handle still
    poll_with(0)?;
    assert_eq!((ended.get(), has_pending_operations()), (3, false));
    assert_eq!(add_process(0x3fff_fff0, |_| true).unwrap_err().kind(), ErrorKind::Os);
    Ok(())
}

#[test]
fn a_process_is_not_heard_of_once_its_key_is_unregistered() -> Result<()> {
    let mut child = Command::new("cmd").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let key = add_process(&child, |_| panic!("unregistered"))?;
    let _process = unregister(key)?;
    assert!(!has_pending_operations());
    drop(child.stdin.take()); // it reads its end, and ends
    child.wait()?;
    poll_with(0).unwrap_err();
    Ok(())
}

// ===== sockets =====

/// In Nim a registered handle does, on Windows alone.
#[test]
fn a_socket_that_nobody_waits_for_keeps_no_loop_alive() -> Result<()> {
    let fd = register(pair()?.0)?;
    assert!(!has_pending_operations());
    assert_eq!(poll().unwrap_err().kind(), ErrorKind::NothingPending);
    fd.close_socket()
}

fn there_and_back<T>(value: T) -> Result<T>
where
    T: AsRawSocket + Debug + TryFrom<AsyncFD, Error = ConvertError<AsyncFD>>,
    AsyncFD: TryFrom<T, Error = ConvertError<T>>,
{
    let raw = value.as_raw_socket();
    let fd = AsyncFD::try_from(value)?;
    assert_eq!(fd.as_raw_fd(), raw);
    let value = T::try_from(fd)?;
    assert_eq!(fd.close_socket().unwrap_err().kind(), ErrorKind::NotRegistered);
    Ok(value)
}

#[test]
fn sockets_of_all_types_go_both_ways() -> Result<()> {
    let listener = there_and_back(TcpListener::bind("127.0.0.1:0")?)?;
    let stream = there_and_back(TcpStream::connect(listener.local_addr()?)?)?;
    there_and_back(OwnedSocket::from(stream))?;
    let datagrams = there_and_back(UdpSocket::bind("127.0.0.1:0")?)?;
    there_and_back(socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?)?; // neither bound nor connected
    let (listener, datagrams) = (register(listener)?, register(datagrams)?);
    let refused = TcpStream::try_from(listener).unwrap_err().to_string();
    assert!(refused.ends_with("is an Internet listener socket, not a TcpStream"), "{refused}");
    let refused = TcpListener::try_from(datagrams).unwrap_err().to_string();
    assert!(refused.ends_with("is an Internet datagram socket, not a TcpListener"), "{refused}");
    listener.close_socket()?;
    datagrams.close_socket()
}

#[test]
fn sockets_of_tokio_go_both_ways() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(run(async {
        let listener = there_and_back(tokio::net::TcpListener::bind("127.0.0.1:0").await?)?;
        let stream = tokio::net::TcpStream::connect(listener.local_addr()?).await?;
        let (mut far, _) = listener.accept().await?;
        far.write_all(b"one two").await?;
        let fd = AsyncFD::try_from(stream)?;
        let mut word = [0; 4];
        fd.read_exact(&mut word).await?;
        let mut rest = [0; 3];
        tokio::net::TcpStream::try_from(fd)?.read_exact(&mut rest).await?;
        assert_eq!((&word, &rest), (b"one ", b"two"));
        there_and_back(tokio::net::UdpSocket::bind("127.0.0.1:0").await?)?;
        Ok(())
    }))
}

#[test]
fn what_is_no_socket_and_what_is_closed_is_refused_in_words() -> Result<()> {
    let file = std::fs::File::open(std::env::current_exe()?)?;
    // SAFETY: the file is open until the end of the test.
    let fd = unsafe { register_raw(file.as_raw_handle().addr() as RawSocket) }?;
    let refused = fd.add_read(|_| true).unwrap_err();
    assert_eq!((refused.kind(), refused.raw_os_error()), (ErrorKind::Os, Some(WSAENOTSOCK)));
    assert!(refused.detail().unwrap().contains("only sockets"), "{refused:#}");
    assert_eq!(wait_for(fd.recv(1)).unwrap_err().raw_os_error(), Some(WSAENOTSOCK));
    assert!(!has_pending_operations());
    for number in [RawSocket::MAX, RawSocket::from(u32::MAX)] {
        // SAFETY: such a number is refused.
        let refused = unsafe { register_raw(number) }.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused:#}");
    }
    let fd = register(pair()?.0)?;
    let waiting = fd.recv(1);
    fd.close_socket()?;
    assert_eq!(waiting.read_error()?.raw_os_error(), Some(WSAEBADF));
    assert_eq!(fd.add_read(|_| true).unwrap_err().kind(), ErrorKind::NotRegistered);
    assert_eq!(max_descriptors()?, 16_700_000);
    Ok(())
}

/// Also one that is shared and was made to block.
#[test]
fn a_socket_that_blocks_does_not_stop_the_loop() -> Result<()> {
    let (ours, theirs) = pair()?;
    ours.set_nonblocking(false)?;
    let fd = register_shared(Arc::new(ours))?;
    let (waiting, other) = (fd.recv(1), sleep_async(5));
    within(&other)?;
    assert!(!waiting.finished());
    (&theirs).write_all(b"x")?;
    assert_eq!(within(&waiting)?, b"x");
    Ok(())
}

#[test]
fn a_refused_connection_fails_and_its_socket_can_be_used_again() -> Result<()> {
    let refusing = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    refusing.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?; // and never listens
    let nobody = refusing.local_addr()?.as_socket().unwrap().port();
    assert_eq!(within(&dial("127.0.0.1", nobody)).unwrap_err().raw_os_error(), Some(WSAECONNREFUSED));
    let socket = create_async_native_socket()?;
    assert_eq!(within(&socket.connect("127.0.0.1", nobody)).unwrap_err().raw_os_error(), Some(WSAECONNREFUSED));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    if within(&socket.connect("127.0.0.1", port)).is_err() {
        within(&socket.connect("127.0.0.1", port))?; // wine answers the first as Linux does: with what went before
    }
    within(&socket.send("x"))?;
    assert_eq!(listener.accept()?.0.read(&mut [0])?, 1);
    Ok(())
}

#[test]
fn an_unreachable_receiver_and_a_long_datagram_are_no_errors() -> Result<()> {
    let ours = register(UdpSocket::bind("127.0.0.1:0")?)?;
    let theirs = UdpSocket::bind("127.0.0.1:0")?;
    let own = ours.with_fd(|socket| socket2::SockRef::from(&socket).local_addr())??.as_socket().unwrap();
    let gone = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
    wait_for(ours.send_to("lost", gone))?;
    let received = ours.recv_from_into(vec![0; 3]);
    theirs.send_to(b"hello", own)?;
    let (size, from, data) = within(&received)?;
    assert_eq!((size, from, data), (3, theirs.local_addr()?.into(), b"hel".to_vec()));
    Ok(())
}

#[test]
fn sockets_of_ipv6_reach_ipv4_and_flags_can_be_set() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (kind, protocol) = (SockType::SOCK_STREAM, Protocol::IPPROTO_TCP);
    let socket = create_async_native_socket_with(Domain::AF_INET6, kind, protocol, false)?;
    within(&socket.connect_with("127.0.0.1", listener.local_addr()?.port(), Domain::AF_INET6))?;
    assert!(socket.set_inheritable(true) && socket.set_inheritable(false));
    Ok(())
}

/// The loop sleeps, whatever state the sockets are in that are waited on.
#[test]
fn nothing_wakes_a_loop_for_nothing() -> Result<()> {
    let (ours, theirs) = pair()?;
    let fd = register(ours)?;
    theirs.shutdown(Shutdown::Write)?;
    let blocked = fd.send(vec![0; 30_000_000]);
    assert_eq!(within(&fd.recv(1))?, b"", "the other side has ended");
    let listener = register(TcpListener::bind("127.0.0.1:0")?)?;
    let (accepting, late) = (listener.accept(), sleep_async(300));
    let turns = Rc::new(Cell::new(0));
    while !late.finished() {
        poll_with(-1)?;
        turns.set(turns.get() + 1);
    }
    assert!(turns.get() < 10, "{} turns", turns.get());
    assert!(!blocked.finished() && !accepting.finished());
    Ok(())
}

#[test]
fn a_guest_is_woken_from_another_thread() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (ours, theirs) = pair()?;
    let (ask, asked) = mpsc::channel::<()>();
    let sender = thread::spawn(move || {
        for () in asked {
            (&theirs).write_all(b"x").unwrap();
        }
    });
    runtime.block_on(run(async move {
        let fd = register(ours)?;
        for _ in 0..50 {
            let received = fd.recv(1);
            ask.send(()).map_err(Error::new)?;
            assert_eq!(received.await?, b"x");
        }
        fd.close_socket()
    }))?;
    sender.join().unwrap();
    Ok(())
}
