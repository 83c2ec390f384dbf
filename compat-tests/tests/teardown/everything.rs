//! A dispatcher with something pending of every kind.

use std::io::Read as _;
use std::net::{SocketAddr, UdpSocket};
use std::process::Child;
use std::rc::Rc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use socket2::Socket;

/// What the other side of a [`fill`]ed dispatcher needs: other ends, which hear of the end, and a child.
#[derive(Default)]
pub struct Others {
    peers: Vec<Stream>,
    sockets: Vec<OwnedFd>,
    child: Option<Child>,
}

impl Others {
    /// Every descriptor of the dispatcher is closed if every peer comes to an end.
    pub fn hear_the_end(mut self) -> Result<()> {
        for peer in &mut self.peers {
            match peer.read_to_end(&mut Vec::new()) {
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {} // it did not read all
                result => drop(result?),
            }
        }
        Ok(())
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Something pending of every kind, each holding `token`.
pub fn fill(token: &Rc<()>) -> Result<Others> {
    let mut others = Others::default();
    sockets(token, &mut others)?;
    lazy_and_raw(token, &mut others)?;
    customs(token, &mut others)?;
    futures(token);
    streams(token);
    Ok(others)
}

fn hold<T: 'static>(f: &NimFuture<T>, token: &Rc<()>) {
    let token = token.clone();
    f.add_callback(move |_| {
        let _held = &token;
    });
}

/// The eager operations, each of them waiting.
fn sockets(token: &Rc<()>, others: &mut Others) -> Result<()> {
    let (a, peer) = pair()?;
    others.peers.push(peer);
    hold(&a.recv(10), token);
    hold(&a.recv_into(vec![0; 8]), token);
    hold(&a.send(vec![1; 4 << 20]), token);
    let udp = register(UdpSocket::bind("127.0.0.1:0")?)?;
    hold(&udp.recv_from_into([0; 8]), token);
    let full = Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    full.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    full.listen(0)?;
    let address = full.local_addr()?.as_socket().expect("IPv4");
    others.sockets.push(std::net::TcpStream::connect(address)?.into()); // whose place nobody else gets
    others.sockets.push(full.into());
    let client = create_async_native_socket()?;
    hold(&client.connect("127.0.0.1", address.port()), token);
    hold(&dial("localhost", address.port()), token);
    let listener = register(std::net::TcpListener::bind("127.0.0.1:0")?)?;
    hold(&listener.accept(), token);
    hold(&listener.accept_addr(), token);
    Ok(())
}

fn lazy_and_raw(token: &Rc<()>, others: &mut Others) -> Result<()> {
    let (a, peer) = pair()?;
    others.peers.push(peer);
    let held = token.clone();
    add_read(a, move |_| {
        let _held = &held;
        false
    })?;
    hold(&a.send(vec![1; 4 << 20]), token); // now there is no room
    let held = token.clone();
    add_write(a, move |_| {
        let _held = &held;
        false
    })?;
    let (b, peer) = pair()?;
    others.peers.push(peer);
    let held = token.clone();
    async_check(async_proc(async move {
        let _held = held;
        b.read_exact(&mut [0; 4]).await
    }));
    let held = token.clone();
    async_check(async_proc(async move {
        let _held = held;
        b.write_all(&vec![1; 4 << 20]).await
    }));
    Ok(())
}

/// Timers with callbacks, events, signals, processes.
fn customs(token: &Rc<()>, others: &mut Others) -> Result<()> {
    let callback = || -> Callback {
        let token = token.clone();
        Box::new(move |_| {
            let _held = &token;
            false
        })
    };
    add_timer(100_000, false, callback())?;
    add_timer(100_000, true, callback())?;
    add_event(&new_async_event(), callback())?;
    add_signal(QUIET_SIGNAL, callback())?;
    let child = sleeper()?;
    add_process(&child, callback())?;
    others.child = Some(child);
    Ok(())
}

fn futures(token: &Rc<()>) {
    hold(&sleep_async(100_000), token);
    hold(&sleep_async(50_000).with_timeout(70_000), token);
    hold(&sleep_async(99_999).and(&sleep_async(99_998)), token);
    hold(&sleep_async(99_999).or(&sleep_async(99_998)), token);
    hold(&all([sleep_async(99_999), sleep_async(99_998)]), token);
    let held = token.clone();
    call_soon(move || drop(held));
    let (held, never) = (token.clone(), NimFuture::<()>::new());
    async_check(async_proc(async move {
        let _held = held;
        never.await
    }));
    let (held, (sender, foreign)) = (token.clone(), tokio::sync::oneshot::channel::<()>());
    async_check(async_proc(async move {
        let _held = (held, sender);
        Ok(foreign.await?)
    }));
    let held = token.clone();
    async_check(async_proc(async move {
        let _held = held;
        Ok(tokio::spawn(std::future::pending()).await?)
    }));
}

fn streams(token: &Rc<()>) {
    let (stream, held) = (FutureStream::<u8>::bounded(1), token.clone());
    async_check(async_proc(async move {
        let _held = held;
        stream.write(1).await?;
        stream.write(2).await
    }));
    let (stream, held) = (new_future_stream::<String>("teardown"), token.clone());
    async_check(async_proc(async move {
        let _held = held;
        read_all(&stream).await.map(drop)
    }));
}
