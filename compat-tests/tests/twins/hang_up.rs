//! Peers that close, wholly or halfway.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::os::unix::net::UnixStream;

pub const TWINS: &[Twin] = &[
    twin!(fd_hang_up_of_pipe, "S3.9"),
    twin!(fd_hang_up_wakes_both_lists, "S3.9"),
    twin!(fd_peer_closed, "S3.9"),
    twin!(fd_half_closed, "S3.9, S3.1"),
];

async fn fd_hang_up_of_pipe(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |fd| {
        echo!("reader: bytes {}", read_some(fd, 1)?.len());
        Ok(true)
    })?;
    drop(writer);
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    let p = pipe()?;
    fill(&p.writer)?;
    let r2 = register(p.reader)?;
    let w2 = register(p.writer)?;
    add_write(w2, |_| {
        echo!("writer");
        true
    })?;
    w.poll_with(0).await?;
    echo!("full, counted {}", active_descriptors());
    drop(unregister(r2)?);
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn fd_hang_up_wakes_both_lists(w: World) -> Result<()> {
    for text in ["", "x"] {
        let (r, writer) = new_pipe()?;
        if !text.is_empty() {
            put(&writer, text)?;
        }
        add_write(r, |_| {
            echo!("write list");
            true
        })?;
        add_read(r, |fd| {
            let n = read_some(fd, 1)?.len();
            echo!("read list, bytes {n}");
            Ok(n == 0)
        })?;
        drop(writer);
        while has_pending_operations() {
            w.poll().await?;
            echo!("polled, counted {}", active_descriptors());
        }
    }
    Ok(())
}

async fn fd_peer_closed(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    add_write(a, |_| {
        echo!("write list");
        true
    })?;
    add_read(a, |fd| {
        echo!("read list, bytes {}", read_some(fd, 1)?.len());
        Ok(true)
    })?;
    drop(unregister(b)?);
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn fd_half_closed(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    let a = register(a)?;
    let mut calls = 0;
    add_read(a, move |fd| {
        calls += 1;
        echo!("call {calls}, bytes {}", read_some(fd, 1)?.len());
        Ok(calls == 3)
    })?;
    put(&b, "x")?;
    b.shutdown(std::net::Shutdown::Write)?;
    while has_pending_operations() {
        w.poll().await?;
    }
    add_write(a, |fd| {
        put_into(fd, "still")?;
        echo!("still writes");
        Ok(true)
    })?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}
