//! Descriptors that are unregistered or added by a callback.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    os::fd::AsRawFd,
    time::{Duration, Instant},
};

pub const TWINS: &[Twin] = &[
    twin!(fd_unregister_inside_true, "S3.8, S3.6"),
    twin!(fd_unregister_inside_false, "S3.6"),
    twin!(fd_unregistered_by_another, "S3.8"),
    twin!(fd_added_by_another, "S2.5, S3.7, S3.8"),
    twin!(fd_nobody_watches_no_more, "S3.7, S2.4"),
];

async fn fd_unregister_inside_true(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    add_read(a, |fd| {
        let _ = unregister(fd)?;
        echo!("unregisters, known {} counted {}", known(fd), active_descriptors());
        Ok(true)
    })?;
    add_read(a, |fd| {
        echo!("second, known {}", known(fd));
        true
    })?;
    add_read(a, |fd| {
        echo!("third, known {}", known(fd));
        false
    })?;
    add_read(a, |_| {
        echo!("fourth");
        true
    })?;
    add_write(a, |_| {
        echo!("write side");
        true
    })?;
    put_into(b, "x")?;
    w.poll().await?;
    echo!("polled, counted {} pending {}", active_descriptors(), has_pending_operations());
    Ok(())
}

async fn fd_unregister_inside_false(w: World) -> Result<()> {
    let p = pipe()?;
    // SAFETY: `p` outlives both registrations.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |fd| {
        echo!("unregisters");
        let _ = unregister(fd)?;
        Ok(false)
    })?;
    add_read(r, |_| {
        echo!("second");
        true
    })?;
    put(&p.writer, "x")?;
    w.poll().await?;
    echo!("known {} pending {}", known(r), has_pending_operations());
    // SAFETY: as above.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |_| {
        echo!("of the new registration");
        true
    })?;
    w.poll().await?;
    echo!("pending {}", has_pending_operations());
    Ok(())
}

async fn fd_unregistered_by_another(w: World) -> Result<()> {
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    let (c, to_c) = new_pipe()?;
    add_read(a, move |_| {
        echo!("a unregisters b");
        let _ = unregister(b)?;
        Ok(true)
    })?;
    add_read(b, |_| {
        echo!("b");
        true
    })?;
    add_read(c, |_| {
        echo!("c");
        true
    })?;
    // `to_b` may find its reader gone only afterwards.
    for writer in [&to_a, &to_b, &to_c] {
        put(writer, "x")?;
    }
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn fd_added_by_another(w: World) -> Result<()> {
    let (a, to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    add_read(b, |fd| {
        read_some(fd, 1)?;
        echo!("b, watched at first");
        Ok(true)
    })?;
    add_read(a, move |fd| {
        read_some(fd, 1)?;
        echo!("a adds a callback to b");
        add_read(b, |fd| {
            read_some(fd, 1)?;
            echo!("b, added by a");
            Ok(true)
        })?;
        Ok(true)
    })?;
    put(&to_b, "x")?;
    w.poll().await?;
    w.poll_with(0).await?;
    echo!("polled, counted {}", active_descriptors());
    put(&to_a, "x")?;
    put(&to_b, "x")?;
    for _ in 1..=2 {
        w.poll().await?;
        echo!("polled, counted {}", active_descriptors());
    }
    Ok(())
}

async fn fd_nobody_watches_no_more(w: World) -> Result<()> {
    let (a, _to_a) = new_pipe()?;
    let (b, to_b) = new_pipe()?;
    add_read(a, |_| true)?;
    add_read(b, |fd| {
        echo!("b, bytes {}", read_some(fd, 1)?.len());
        Ok(true)
    })?;
    put(&to_b, "x")?;
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    put(&to_b, "x")?;
    let start = Instant::now();
    w.poll_with(40).await?;
    echo!("waited {}", start.elapsed() >= Duration::from_millis(39));
    add_read(b, |_| {
        echo!("b, still readable");
        true
    })?;
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}
