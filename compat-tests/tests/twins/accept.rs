//! `accept`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use rustix::io::FdFlags;
use std::{
    io::Write as _,
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
};

pub const TWINS: &[Twin] = &[
    twin!(accept_address_text, "S4.9"),
    twin!(accept_mapped_address, "S4.9"),
    twin!(accept_one_more_turn, "S4.9, S4.10"),
    twin!(accept_one_a_poll, "S4.9, S4.2"),
    twin!(accept_inheritable, "S4.9, S4.10, S4.11"),
    twin!(accept_errors, "S4.9"),
];

async fn accept_address_text(w: World) -> Result<()> {
    for host in ["127.0.0.1:0", "[::1]:0"] {
        let listener = TcpListener::bind(host)?;
        let address = listener.local_addr()?;
        let f = accept_addr(register(listener)?);
        echo!("on return {}", f.finished());
        let _client = TcpStream::connect(address)?;
        let (address, accepted) = w.wait_for(f).await?;
        echo!("{address}, known {}, counted {}", known(accepted), active_descriptors());
    }
    let path = std::env::temp_dir().join(format!("accept_address_text.rs.{}", std::process::id()));
    let listener = register(UnixListener::bind(&path)?)?;
    let _client = UnixStream::connect(&path)?;
    echo!("{}", w.wait_for(accept_addr(listener)).await?.0);
    std::fs::remove_file(path)?;
    Ok(())
}

async fn accept_mapped_address(w: World) -> Result<()> {
    let listener = TcpListener::bind("[::]:0")?; // both families: IPV6_V6ONLY is off by default
    let port = listener.local_addr()?.port();
    let listener = register(listener)?;
    let _client = TcpStream::connect(("127.0.0.1", port))?;
    echo!("{}", w.wait_for(accept_addr(listener)).await?.0);
    Ok(())
}

async fn accept_one_more_turn(w: World) -> Result<()> {
    let (listener, port) = listen()?;
    let _clients = [TcpStream::connect(("127.0.0.1", port))?, TcpStream::connect(("127.0.0.1", port))?];
    accept(listener).add_callback(|_| echo!("accept"));
    accept_addr(listener).add_callback(|_| echo!("acceptAddr"));
    w.poll().await
}

async fn accept_one_a_poll(w: World) -> Result<()> {
    let (listener, port) = listen()?;
    let mut clients = Vec::new();
    for i in 1..=3 {
        let mut client = TcpStream::connect(("127.0.0.1", port))?;
        client.write_all(format!("client {i}").as_bytes())?;
        clients.push(client);
    }
    for _ in 1..=3 {
        let accepted = w.wait_for(accept(listener)).await?;
        echo!("{}, counted {}", text(w.wait_for(accepted.recv(100)).await?), active_descriptors());
    }
    Ok(())
}

async fn accept_inheritable(w: World) -> Result<()> {
    fn inheritable(fd: AsyncFD) -> Result<bool> {
        let flags = fd.with_fd(|fd| rustix::io::fcntl_getfd(fd))?.map_err(std::io::Error::from)?;
        Ok(!flags.contains(FdFlags::CLOEXEC))
    }

    let (l, port) = listen()?;
    let mut clients = Vec::new();
    for _ in 1..=4 {
        clients.push(TcpStream::connect(("127.0.0.1", port))?);
    }
    let flags = SocketFlags::default();
    echo!("accept {}", inheritable(w.wait_for(l.accept()).await?)?);
    echo!("accept, inheritable {}", inheritable(w.wait_for(l.accept_with(flags, true)).await?)?);
    echo!("acceptAddr {}", inheritable(w.wait_for(l.accept_addr()).await?.1)?);
    echo!("acceptAddr, inheritable {}", inheritable(w.wait_for(l.accept_addr_with(flags, true)).await?.1)?);
    echo!("created {}", inheritable(create_async_native_socket()?)?);
    let created = create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_STREAM, Protocol::IPPROTO_TCP, true)?;
    echo!("created, inheritable {}", inheritable(created)?);
    Ok(())
}

async fn accept_errors(w: World) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let s = create_async_native_socket()?;
    let f = s.accept();
    echo!("on return {}", f.finished());
    if let Err(e) = w.wait_for(f).await {
        echo!("{e}");
    }
    let (listener, port) = listen()?;
    let _client = TcpStream::connect(("127.0.0.1", port))?;
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before }).map_err(std::io::Error::from)?;
    let g = accept_addr(listener);
    w.poll().await?;
    setrlimit(Resource::Nofile, before).map_err(std::io::Error::from)?;
    echo!("{}", g.read_error()?);
    echo!("later {}", w.wait_for(accept_addr(listener)).await?.0);
    Ok(())
}
