//! The echo servers, each in a process of its own: this binary started again with `--serve FORM TRAFFIC BUFFER`.
//!
//! All of them print `port N` and serve until they are killed. TCP_NODELAY is set everywhere, and every receive has
//! room for more than one request, so that a short one tells that nothing is left.

mod bare_epoll;
mod callbacks;
mod eager;
mod idle;
mod lazy;
mod tokio;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};

use asyncdispatch::{run, run_forever};
use socket2::{Domain, Socket, Type};

/// What the clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Connections that stay.
    Tcp,
    /// Connections that end with the first answer.
    Once,
    Udp,
}

impl Traffic {
    pub fn name(self) -> &'static str {
        match self {
            Traffic::Tcp => "tcp",
            Traffic::Once => "once",
            Traffic::Udp => "udp",
        }
    }

    fn of(name: &str) -> io::Result<Traffic> {
        let all = [Traffic::Tcp, Traffic::Once, Traffic::Udp];
        all.into_iter().find(|traffic| traffic.name() == name).ok_or_else(|| io::Error::other("what traffic?"))
    }
}

/// `FORM TRAFFIC BUFFER`: serves, and does not return.
pub fn serve(args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [form, traffic, buffer] = args else { return Err("--serve FORM TRAFFIC BUFFER".into()) };
    let (traffic, buffer) = (Traffic::of(traffic)?, buffer.parse()?);
    match form.as_str() {
        "lazy" => {
            lazy::start(traffic, buffer)?;
            run_forever()?;
        }
        "eager" => {
            eager::start(traffic, buffer)?;
            run_forever()?;
        }
        "callbacks" => {
            callbacks::start(buffer)?;
            run_forever()?;
        }
        "lazy-among-idle" => {
            idle::fill()?;
            lazy::start(traffic, buffer)?;
            run_forever()?;
        }
        "guest" => {
            let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(async {
                lazy::start(traffic, buffer)?;
                std::future::pending().await
            }))?;
        }
        "tokio" => tokio::serve(traffic, buffer)?,
        "epoll" => bare_epoll::serve(traffic, buffer)?,
        other => return Err(format!("no server is called {other}").into()),
    }
    Ok(())
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&loopback().into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    let listener = TcpListener::from(socket);
    say_port(listener.local_addr()?)?;
    Ok(listener)
}

fn bind() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(loopback())?;
    socket.set_nonblocking(true)?;
    say_port(socket.local_addr()?)?;
    Ok(socket)
}

fn say_port(bound: SocketAddr) -> io::Result<()> {
    println!("port {}", bound.port());
    io::stdout().flush()
}
