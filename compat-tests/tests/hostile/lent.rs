//! Descriptors that go, or are used, while they are lent by `with_fd`.

use std::io::Write as _;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

#[test]
fn a_descriptor_is_closed_while_it_is_lent() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        let copy = a.with_fd(|fd| {
            a.close_socket()?;
            peer.write_all(b"x")?; // not closed before it is given back
            Ok::<_, Error>(fd.try_clone_to_owned()?)
        })??;
        drop(copy);
        assert!(peer.write_all(b"x").is_err(), "now it is");
        Ok(())
    });
}

#[test]
fn a_descriptor_is_unregistered_while_it_is_lent() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        a.with_fd(|fd| {
            let error = a.unregister().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:#}");
            peer.write_all(b"x")?;
            fd.try_clone_to_owned()?;
            Ok::<_, Error>(())
        })??;
        drop(a.unregister()?);
        assert!(peer.write_all(b"x").is_err());
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let stream = register(std::net::TcpStream::connect(listener.local_addr()?)?)?;
        let taken = stream.with_fd(|_| tokio::net::TcpStream::try_from(stream).map(drop))?;
        assert!(taken.is_err(), "a lent one cannot be given away");
        stream.close_socket()
    });
}

#[test]
fn the_loop_turns_while_a_descriptor_is_lent() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        peer.write_all(b"data")?;
        let got = a.with_fd(|_| wait_for(a.recv(10)))??;
        assert_eq!(got, b"data");
        a.close_socket()
    });
}
