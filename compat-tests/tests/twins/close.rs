//! `close_socket` with each kind of waiting operation.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

pub const TWINS: &[Twin] = &[
    twin!(close_socket_with_waiting_receives, "S5.1, S4.3, S4.4, S4.5"),
    twin!(close_socket_with_waiting_sends, "S5.1, S4.6, S4.7, S4.8"),
    twin!(close_socket_with_waiting_accepts, "S5.1, S4.9, S4.10"),
    twin!(close_socket_with_waiting_send_to, "S5.1, S4.8, S4.5"),
    twin!(close_socket_calls_raw_callbacks, "S5.1, S1.16, S1.29"),
    twin!(close_socket_refused, "S5.1"),
    twin!(close_socket_not_registered, "S5.1, S4.1"),
    twin!(close_socket_with_data_waiting, "S5.1, S4.1"),
    twin!(close_socket_wakes_proc, "S5.1, S8.2"),
    twin!(close_socket_ends_server, "S5.1, S4.10, S8.1"),
    twin!(close_socket_order_of_callbacks, "S5.1"),
    twin!(close_socket_inside_callback, "S5.1"),
    twin!(close_socket_inside_callback_others, "S5.1, S3.8"),
    twin!(close_peer_ends_stream, "S5.1, S4.3"),
];

async fn close_socket_with_waiting_receives(w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let f = a.recv(10);
    let g = a.recv_into([0; 8]);
    let h = a.recv_from_into([0; 8]);
    f.add_callback(|_| echo!("callback of recv"));
    g.add_callback(|_| echo!("callback of recvInto"));
    h.add_callback(|_| echo!("callback of recvFromInto"));
    a.close_socket()?;
    echo!("closed: {} {} {} counted {}", f.finished(), g.finished(), h.finished(), active_descriptors());
    echo!("{}", f.read_error()?);
    w.poll().await?;
    echo!("{}", g.read_error()?);
    echo!("{}", h.read_error()?);
    Ok(())
}

async fn close_socket_with_waiting_sends(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let f = a.send("never sent");
    let g = a.send_with("nor this", SocketFlags::NONE);
    f.add_callback(|f| {
        echo!("callback of f: {}", f.read_error()?);
        Ok(())
    });
    g.add_callback(|g| {
        echo!("callback of g: {}", g.read_error()?);
        Ok(())
    });
    a.close_socket()?;
    echo!("closed: {} {} counted {}", f.finished(), g.finished(), active_descriptors());
    w.poll().await?;
    let r = b.recv(100);
    echo!("'{}'", text(w.wait_for(r).await?));
    Ok(())
}

async fn close_socket_with_waiting_accepts(w: World) -> Result<()> {
    let (l, _port) = listen()?;
    let f = l.accept();
    let g = l.accept_addr();
    f.add_callback(|f| {
        echo!("callback of accept: {}", f.read_error()?);
        Ok(())
    });
    g.add_callback(|g| {
        echo!("callback of acceptAddr: {}", g.read_error()?);
        Ok(())
    });
    l.close_socket()?;
    echo!("closed: accept {} acceptAddr {}", f.finished(), g.finished());
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn close_socket_with_waiting_send_to(w: World) -> Result<()> {
    let s = create_async_native_socket_with(Domain::AF_INET, SockType::SOCK_DGRAM, Protocol::IPPROTO_UDP, false)?;
    let dest = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    let f = s.send_to("datagram", dest);
    let g = s.recv_from_into([0; 8]);
    f.add_callback(|f| {
        echo!("callback of sendTo: {}", f.read_error()?);
        Ok(())
    });
    g.add_callback(|g| {
        echo!("callback of recvFromInto: {}", g.read_error()?);
        Ok(())
    });
    s.close_socket()?;
    echo!("closed: {} {}", f.finished(), g.finished());
    w.poll().await
}

async fn close_socket_calls_raw_callbacks(_w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let say = |name: &'static str| -> Callback {
        Box::new(move |fd| {
            echo!("{name}, known {} counted {}", known(fd), active_descriptors());
            true
        })
    };
    a.add_write(say("writer 1"))?;
    a.add_read(say("reader 1"))?;
    a.add_write(say("writer 2"))?;
    a.add_read(say("reader 2"))?;
    echo!("counted {}", active_descriptors());
    a.close_socket()?;
    echo!("closed, pending {}", has_pending_operations());
    Ok(())
}

async fn close_socket_refused(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    a.add_read(|_| {
        echo!("called");
        false
    })?;
    if let Err(e) = a.close_socket() {
        echo!("{e}");
    }
    echo!("known {} counted {}", known(a), active_descriptors());
    echo!("'{}'", text(w.wait_for(b.recv(10)).await?));
    Ok(())
}

async fn close_socket_not_registered(_w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    a.close_socket()?;
    if let Err(e) = close_socket(a) {
        echo!("{e}");
    }
    let _ = b.unregister()?;
    if let Err(e) = close_socket(b) {
        echo!("{e}");
    }
    Ok(())
}

async fn close_socket_with_data_waiting(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    w.wait_for(b.send("too late")).await?;
    let f = a.recv(10);
    f.add_callback(|f| {
        echo!("callback: {}", f.read_error()?);
        Ok(())
    });
    a.close_socket()?;
    w.poll().await
}

async fn close_socket_wakes_proc(w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    let reader = |name: &'static str, size| {
        async_proc(async move {
            match a.recv(size).await {
                Ok(data) => echo!("{name} got '{}'", text(data)),
                Err(e) => echo!("{name}: {e}"),
            }
            Ok(())
        })
    };

    let first = reader("first", 1);
    let second = reader("second", 2);
    call_soon(|| echo!("queued before the closing"));
    a.close_socket()?;
    echo!("closed");
    w.poll().await?;
    echo!("{} {}", first.finished(), second.finished());
    Ok(())
}

async fn close_socket_order_of_callbacks(w: World) -> Result<()> {
    let (a, _b) = socket_pair()?;
    a.send("w1").add_callback(|_| echo!("send 1"));
    a.recv(10).add_callback(|_| echo!("recv 1"));
    a.send("w2").add_callback(|_| echo!("send 2"));
    a.recv_into([0; 8]).add_callback(|_| echo!("recv 2"));
    a.close_socket()?;
    call_soon(|| echo!("queued after"));
    w.poll().await
}

async fn close_socket_inside_callback(w: World) -> Result<()> {
    for answer in [true, false] {
        let (a, b) = socket_pair()?;
        a.add_read(move |fd| {
            echo!("closing");
            fd.close_socket()?;
            echo!("closed, known {}", known(fd));
            Ok(answer)
        })?;
        w.wait_for(b.send("x")).await?;
        w.poll_with(0).await?;
        echo!("counted {}", active_descriptors());
        w.wait_for(sleep_async(1)).await?;
        match w.wait_for(b.recv(10)).await {
            Ok(data) => echo!("'{}'", text(data)),
            Err(e) => echo!("{e}"),
        }
    }
    Ok(())
}

async fn close_socket_inside_callback_others(w: World) -> Result<()> {
    for answer in [true, false] {
        let (a, b) = socket_pair()?;
        b.with_fd(|b| put(b, "x"))??;
        a.add_read(move |fd| {
            fd.close_socket()?;
            echo!("closed, answers {answer}");
            Ok(answer)
        })?;
        a.add_read(|fd| {
            echo!("second reader, known {}", known(fd));
            true
        })?;
        a.add_write(|fd| {
            echo!("writer, known {}", known(fd));
            true
        })?;
        w.poll_with(0).await?;
        echo!("counted {}", active_descriptors());
    }
    Ok(())
}

async fn close_peer_ends_stream(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let f = b.recv(10);
    w.poll_with(0).await?;
    echo!("waiting {}", !f.finished());
    w.wait_for(a.send("bye")).await?;
    a.close_socket()?;
    echo!("{}", text(w.wait_for(f).await?));
    echo!("'{}'", text(w.wait_for(b.recv(10)).await?));
    Ok(())
}

async fn close_socket_ends_server(w: World) -> Result<()> {
    fn serve(listener: AsyncFD) -> NimFuture<i32> {
        async_proc(async move {
            let mut served = 0;
            let ended = async {
                loop {
                    let client = listener.accept().await?;
                    served += 1;
                    client.close_socket()?;
                }
            };
            let ended: Result<()> = ended.await;
            if let Err(e) = ended {
                echo!("server ends: {e}");
            }
            Ok(served)
        })
    }

    let (l, port) = listen()?;
    let served = serve(l);
    for _ in 1..=2 {
        let s = w.wait_for(dial("127.0.0.1", port)).await?;
        echo!("client hears '{}'", text(w.wait_for(s.recv(10)).await?));
        s.close_socket()?;
    }
    l.close_socket()?;
    echo!("closed, server finished {}", served.finished());
    echo!("served {}", w.wait_for(served).await?);
    Ok(())
}
