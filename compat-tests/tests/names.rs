//! Every public name of the table in `design.md` 9 exists, and the types are as free or as bound to a thread as they say.

#![allow(unused_imports)]

use asyncdispatch::{
    AbortOnDrop, AsyncEvent, AsyncFD, Awaitable, Callback, Concat, ConvertError, Dispatcher, Domain, Error, ErrorKind,
    Exception, FdStream, FutureInfo, FutureStream, FutureVar, HangUpOnDrop, IntoMillis, Len, Millis, NimFuture,
    OrRaise, Pending, Pid, Port, Protocol, ReadRef, Remote, Result, SendBuf, Settled, Signal, SockAddr, SockType,
    SocketFlags, Unregister, Unregistered,
};
use asyncdispatch::{
    AcceptClient, Bind, ConnectTo, Drive, Peek, Read, ReadExact, ReadFrom, Readable, RunUntil, Writable, Write,
    WriteAll, WriteTo,
};
use asyncdispatch::{
    accept, accept_addr, accept_addr_with, accept_with, active_descriptors, add_event, add_process, add_read,
    add_signal, add_timer, add_write, all, and, async_check, async_proc, call_soon, close, close_socket, connect,
    connect_with, contains, create_async_native_socket, create_async_native_socket_raw,
    create_async_native_socket_with, dial, dial_with, drain, drain_with, get_futures_in_progress,
    get_global_dispatcher, get_io_handler, has_pending_operations, is_future_logging_enabled, max_descriptors,
    new_async_event, new_dispatcher, new_future, new_future_stream, new_future_var, or, poll, poll_with, read_all,
    recv, recv_from_into, recv_from_into_with, recv_into, recv_into_with, recv_with, register, register_raw,
    register_shared, run, run_forever, run_until, schedule_callbacks, send, send_to, send_to_with, send_with,
    set_future_logging, set_global_dispatcher, set_inheritable, sleep_async, trigger, unregister, wait_for,
    with_timeout,
};

/// `T: !Send`, checked by the compiler: if `T` were `Send`, both implementations would apply and `_` be ambiguous.
macro_rules! assert_not {
    ($trait:ident: $($t:ty),* $(,)?) => { $(const _: fn() = || {
        trait Ambiguous<A> { fn some() {} }
        impl<T: ?Sized> Ambiguous<()> for T {}
        #[allow(dead_code)]
        struct Has;
        impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
        let _ = <$t as Ambiguous<_>>::some;
    };)* };
}
assert_not!(Send: Dispatcher, NimFuture<()>, NimFuture<u8>, FutureVar<u8>, FutureStream<u8>, Settled<'static, u8>);
assert_not!(Sync: Dispatcher, NimFuture<()>, NimFuture<u8>, FutureVar<u8>, FutureStream<u8>, Settled<'static, u8>);
assert_not!(Send: ReadRef<'static, u8>, Callback, Drive, RunUntil<std::future::Ready<()>>, Bind<std::future::Ready<()>>);
assert_not!(Send: AbortOnDrop<u8>, HangUpOnDrop<u8>);
assert_not!(Send: Read<'static>, ReadExact<'static>, Peek<'static>, ReadFrom<'static>, Write<'static>);
assert_not!(Send: WriteAll<'static>, WriteTo<'static>, AcceptClient, ConnectTo, Readable, Writable, FdStream);

const fn send_sync<T: Send + Sync + 'static>() {}
const fn copy<T: Copy + Eq + Ord + std::hash::Hash + std::fmt::Debug>() {}
const fn clone<T: Clone>() {}
const _: () = {
    send_sync::<AsyncEvent>();
    send_sync::<Remote>();
    send_sync::<Error>();
    send_sync::<AsyncFD>();
    send_sync::<SockAddr>();
    send_sync::<FutureInfo>();
    send_sync::<Port>();
    copy::<AsyncFD>();
    copy::<Port>();
    clone::<Dispatcher>();
    clone::<NimFuture<std::cell::Cell<u8>>>();
    clone::<FutureStream<std::cell::Cell<u8>>>();
    clone::<FutureVar<std::cell::Cell<u8>>>();
    clone::<AsyncEvent>();
    clone::<Remote>();
    clone::<Error>();
};

/// Nim's constants, by Nim's names.
const _: (Domain, Domain, Domain, SockType, SockType, Protocol, Protocol, SocketFlags, SocketFlags, Signal) = (
    Domain::AF_INET,
    Domain::AF_INET6,
    Domain::AF_UNIX,
    SockType::SOCK_STREAM,
    SockType::SOCK_DGRAM,
    Protocol::IPPROTO_TCP,
    Protocol::IPPROTO_UDP,
    SocketFlags::SAFE_DISCONN,
    SocketFlags::PEEK,
    Signal::SIGINT,
);

#[test]
fn an_error_is_one_pointer_and_a_std_error() {
    fn std_error<E: std::error::Error + Clone>() {}
    std_error::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[test]
fn a_stream_is_one_of_the_futures_crate_and_a_sink() {
    fn std_stream<S: futures::stream::FusedStream<Item = Result<u8>> + futures::Sink<u8, Error = Error>>() {}
    std_stream::<FutureStream<u8>>();
}

#[test]
fn futures_are_fused_std_futures_that_need_no_pinning() {
    fn fused<F: futures::future::FusedFuture<Output = Result<u8>> + Unpin>() {}
    fused::<NimFuture<u8>>();
    fused::<AbortOnDrop<u8>>();
    fused::<ReadRef<'static, u8>>();
    fn awaited_by_reference<F: IntoFuture<Output = Result<u8>>>() {}
    awaited_by_reference::<&NimFuture<u8>>();
}

#[test]
fn methods_have_the_same_names() {
    // Nim's `fd.recv(…)` and `recv(fd, …)` are one; so are these.
    let _ = (AsyncFD::recv, AsyncFD::recv_with, AsyncFD::accept, AsyncFD::accept_addr, AsyncFD::close_socket);
    let _ = (AsyncFD::set_inheritable, AsyncFD::unregister, AsyncFD::as_raw_fd, AsyncFD::is_virtual, AsyncFD::stream);
    let _ = (Dispatcher::new, Dispatcher::guest, Dispatcher::poll, Dispatcher::drain, Dispatcher::run_forever);
    let _ =
        (Dispatcher::has_pending_operations, Dispatcher::active_descriptors, Dispatcher::timers, Dispatcher::callbacks);
    let _ = (
        Dispatcher::find,
        Dispatcher::contains,
        Dispatcher::schedule_callbacks,
        Dispatcher::remote,
        Dispatcher::pending,
    );
    let _ = (Dispatcher::turn, Dispatcher::drive, Dispatcher::get_io_handler, Dispatcher::close);
    let _ =
        (NimFuture::<u8>::complete, NimFuture::<u8>::try_complete, NimFuture::<u8>::finished, NimFuture::<u8>::failed);
    let _ = (NimFuture::<u8>::read, NimFuture::<u8>::take, NimFuture::<u8>::read_error, NimFuture::<u8>::settled);
    let _ = (
        NimFuture::<u8>::clear_callbacks,
        NimFuture::<u8>::check,
        NimFuture::<u8>::cancel,
        NimFuture::<u8>::created_at,
    );
    let _ = (NimFuture::<u8>::abort_on_drop, NimFuture::<u8>::cancel_with);
    let _ = |f: &NimFuture<u8>| f.fail("text");
    let _ = (NimFuture::<u8>::abort_on_drop, NimFuture::<u8>::cancel_with, NimFuture::<(usize, Vec<u8>)>::take_buffer);
    let _ = (|f: &NimFuture<u8>| f.add_callback(|_| ()), |f: &NimFuture<u8>| f.set_callback(|_| ()));
    let _ = |r: &Remote| r.call_soon_threadsafe(|| ());
    let _ = (AsyncFD::readable, AsyncFD::writable, AsyncFD::read, AsyncFD::write_all, AsyncFD::read_exact);
    let _ = (FutureStream::<u8>::bounded, |stream: tokio::net::TcpStream| AsyncFD::try_from(stream));
    let _ = (AsyncEvent::new, AsyncEvent::trigger, AsyncEvent::unregister, AsyncEvent::close);
}
