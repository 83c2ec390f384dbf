//! What every selector has to do, whatever it is made of.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::{AsFd, Batch, BorrowedFd, Interest, Selector, Watched};

#[cfg(unix)]
fn borrow(fd: &impl AsFd) -> BorrowedFd<'_> {
    fd.as_fd()
}

#[cfg(windows)]
fn borrow(socket: &impl AsFd) -> BorrowedFd<'_> {
    socket.as_socket()
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn watched(runtime: &Runtime) -> Watched {
    let _entered = runtime.enter();
    Selector::new().and_then(Watched::new).expect("a selector")
}

/// Connected over loopback: every platform has that.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let far = TcpStream::connect(listener.local_addr().expect("its address")).expect("a connection");
    let (near, _) = listener.accept().expect("its other end");
    near.set_nonblocking(true).expect("to be non-blocking");
    (near, far)
}

fn both() -> Interest {
    Interest::READ.with(Interest::WRITE)
}

/// The tokens that a look finds, and what they are ready for, events of one token joined.
fn look(watched: &Watched) -> Vec<(u64, Interest)> {
    let mut batch = Batch::default();
    let mut found: Vec<(u64, Interest)> = Vec::new();
    let any = watched.look(&mut batch).expect("a look");
    while let Some(event) = batch.next() {
        match found.iter_mut().find(|(token, _)| *token == event.token) {
            Some((_, ready)) => *ready = ready.with(event.ready),
            None => found.push((event.token, event.ready)),
        }
    }
    assert_eq!(any, !found.is_empty());
    found
}

/// What is found once there is something: what was sent may be on its way.
fn found(watched: &Watched, expected: impl Fn(&[(u64, Interest)]) -> bool) -> Vec<(u64, Interest)> {
    let begun = Instant::now();
    loop {
        let found = look(watched);
        if expected(&found) || begun.elapsed() > Duration::from_secs(10) {
            return found;
        }
        std::thread::yield_now();
    }
}

fn some(found: &[(u64, Interest)]) -> bool {
    !found.is_empty()
}

#[test]
fn is_level_triggered() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let (mut near, mut far) = pair();
    watched.selector().add(borrow(&near), 7, Interest::READ).unwrap();
    assert_eq!(look(&watched), []);
    far.write_all(b"x").unwrap();
    assert_eq!(found(&watched, some), [(7, Interest::READ)]);
    assert_eq!(look(&watched), [(7, Interest::READ)]);
    near.read_exact(&mut [0]).unwrap();
    assert_eq!(look(&watched), []);
}

#[test]
fn tells_what_was_asked_for_and_no_more() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let selector = watched.selector();
    let (near, mut far) = pair();
    far.write_all(b"x").unwrap();
    selector.add(borrow(&near), 1, Interest::WRITE).unwrap();
    assert_eq!(look(&watched), [(1, Interest::WRITE)]);
    selector.modify(borrow(&near), 1, both()).unwrap();
    assert_eq!(found(&watched, |found| found == [(1, both())]), [(1, both())]);
    selector.modify(borrow(&near), 1, Interest::READ).unwrap();
    assert_eq!(look(&watched), [(1, Interest::READ)]);
    selector.remove(borrow(&near)).unwrap();
    assert_eq!(look(&watched), []);
}

#[test]
fn tells_of_a_hang_up_to_whoever_waits() {
    for interest in [Interest::READ, Interest::WRITE, both()] {
        let runtime = runtime();
        let watched = watched(&runtime);
        let (near, far) = pair();
        watched.selector().add(borrow(&near), 3, interest).unwrap();
        drop(far);
        let found = found(&watched, |found| some(found) && found[0].1.contains(interest));
        assert!(found.len() == 1 && found[0].1.contains(interest), "{interest:?}: {found:?}");
    }
}

#[test]
fn forgets_what_was_closed() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let (near, mut far) = pair();
    watched.selector().add(borrow(&near), 3, Interest::READ).unwrap();
    far.write_all(b"x").unwrap();
    assert_eq!(found(&watched, some), [(3, Interest::READ)]);
    drop(near);
    assert_eq!(look(&watched), []);
}

#[test]
fn keeps_whole_tokens() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let (near, _far) = pair();
    let token = 0x7fff_fffe_8000_0001_u64;
    watched.selector().add(borrow(&near), token, Interest::WRITE).unwrap();
    assert_eq!(look(&watched), [(token, Interest::WRITE)]);
}

/// A look tells of so many and no more; the others are not forgotten over them.
#[test]
fn tells_of_all_in_several_looks() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let pairs: Vec<_> = (0..70).map(|_| pair()).collect();
    for (token, (near, _)) in (0..).zip(&pairs) {
        watched.selector().add(borrow(&near), token, Interest::WRITE).unwrap();
    }
    let (mut first, second) = (look(&watched), look(&watched));
    assert_eq!((first.len(), second.len()), (64, 64));
    first.extend(second);
    first.sort_by_key(|(token, _)| *token);
    first.dedup();
    assert_eq!(first.len(), 70, "{first:?}");
}

fn is_ready_at_once(watched: &Watched) -> bool {
    let looked = watched.poll_look(&mut Context::from_waker(Waker::noop()), &mut Batch::default());
    looked.map(Result::unwrap).is_ready()
}

/// tokio hears of an edge once: whoever made it forget while anything is ready would never be told again.
#[test]
fn only_an_empty_look_lets_it_wait() {
    let runtime = runtime();
    let watched = watched(&runtime);
    runtime.block_on(async {
        let (mut near, mut far) = pair();
        watched.selector().add(borrow(&near), 7, Interest::READ).unwrap();
        far.write_all(b"x").unwrap();
        poll_fn(|cx| watched.poll_look(cx, &mut Batch::default())).await.unwrap();
        assert!(is_ready_at_once(&watched), "after a look that waited");
        assert!(watched.look(&mut Batch::default()).unwrap());
        assert!(is_ready_at_once(&watched), "after one that did not");
        near.read_exact(&mut [0]).unwrap();
        assert!(!is_ready_at_once(&watched), "nothing is ready");
    });
}

/// Each round waits, is woken by a thread, and takes what came.
#[test]
fn wakes_whoever_waits_again_and_again() {
    const ROUNDS: usize = 200;
    let runtime = runtime();
    let watched = watched(&runtime);
    let (mut near, far) = pair();
    watched.selector().add(borrow(&near), 7, Interest::READ).unwrap();
    let (next, asked) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        for () in asked {
            (&far).write_all(b"x").unwrap();
        }
    });
    for round in 0..ROUNDS {
        let waited = runtime.block_on(async {
            assert!(!is_ready_at_once(&watched), "round {round}");
            next.send(()).unwrap();
            let look = poll_fn(|cx| watched.poll_look(cx, &mut Batch::default()));
            tokio::time::timeout(Duration::from_secs(20), look).await
        });
        waited.unwrap_or_else(|_| panic!("not woken in round {round}")).unwrap();
        near.read_exact(&mut [0]).unwrap();
    }
    drop(next);
    thread.join().unwrap();
}

/// As a guest's loop is, when the caller's own code registers something.
#[test]
fn wakes_for_what_was_added_after_the_look() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let (near, mut far) = pair();
    let (other, _quiet) = pair();
    watched.selector().add(borrow(&other), 1, Interest::READ).unwrap();
    let mut added = false;
    let waited = runtime.block_on(async {
        let look = poll_fn(|cx| {
            let polled = watched.poll_look(cx, &mut Batch::default());
            if !std::mem::replace(&mut added, true) {
                assert!(polled.is_pending());
                watched.selector().add(borrow(&near), 7, Interest::READ).unwrap();
                far.write_all(b"x").unwrap();
                return std::task::Poll::Pending;
            }
            polled
        });
        tokio::time::timeout(Duration::from_secs(20), look).await
    });
    waited.expect("to be woken").unwrap();
}

/// The first attempt leaves its marks in tokio, and must not be taken for the end of the second.
#[test]
fn tells_how_connections_end() {
    let runtime = runtime();
    let watched = watched(&runtime);
    let refusing = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    refusing.bind(&loopback.into()).unwrap(); // and never listens
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (nobody, somebody) = (refusing.local_addr().unwrap(), listener.local_addr().unwrap());
    for (to, connects) in [(nobody.clone(), false), (somebody.into(), true)] {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _under_way = socket.connect(&to);
        watched.selector().add(borrow(&socket), 7, Interest::WRITE).unwrap();
        let waited = runtime.block_on(async {
            let look = poll_fn(|cx| watched.poll_look(cx, &mut Batch::default()));
            tokio::time::timeout(Duration::from_secs(20), look).await
        });
        waited.expect("to be told").unwrap();
        assert_eq!(socket.take_error().unwrap().is_none(), connects);
        assert_eq!(socket.peer_addr().is_ok(), connects);
        watched.selector().remove(borrow(&socket)).unwrap();
    }
}
