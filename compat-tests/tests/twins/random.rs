//! What random programs have shown: each was a difference once.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{cell::Cell, os::unix::net::UnixStream};

pub const TWINS: &[Twin] = &[
    twin!(random_event_keeps_its_place, "S6.4, S2.5"),
    twin!(random_error_alone_is_for_both_sides, "S3.9, S3.3"),
    twin!(random_raised_side_stays_asked_for, "S2.15, S3.9"),
    twin!(random_raised_side_is_served_in_the_same_turn, "S2.15, S3.8"),
    twin!(random_raised_side_is_forgotten, "S2.15, S3.9"),
];

async fn random_event_keeps_its_place(w: World) -> Result<()> {
    let served = new_async_event();
    let other = new_async_event();
    let calls = Cell::new(0);
    add_event(&served, {
        let (served, other) = (served.clone(), other.clone());
        move |_| {
            calls.set(calls.get() + 1);
            echo!("served, call {}", calls.get());
            if calls.get() == 1 {
                other.trigger();
                served.trigger();
            }
            calls.get() == 3
        }
    })?;
    add_event(&other, |_| {
        echo!("other");
        true
    })?;
    served.trigger();
    for _ in 1..=3 {
        w.poll_with(0).await?;
        echo!("polled, counted {}", active_descriptors());
    }
    unregister(&served)?;
    [served, other].iter().for_each(close);
    Ok(())
}

async fn random_error_alone_is_for_both_sides(w: World) -> Result<()> {
    let Pipe { reader, writer } = pipe()?;
    let writer = register(writer)?;
    add_read(writer, move |_| {
        echo!("read side");
        add_read(writer, |_| {
            echo!("added to the read side");
            true
        })?;
        add_write(writer, |_| {
            echo!("added to the write side");
            true
        })?;
        Ok(true)
    })?;
    drop(reader);
    for _ in 1..=2 {
        w.poll_with(0).await?;
        echo!("polled, counted {}", active_descriptors());
    }
    Ok(())
}

fn raises(_: AsyncFD) -> Result<bool> {
    Err("raised".into())
}

async fn poll_and_say(w: &World) {
    match w.poll_with(0).await {
        Ok(()) => echo!("polled, counted {}", active_descriptors()),
        Err(e) => echo!("poll raised: {e}, counted {}", active_descriptors()),
    }
}

fn add_reader(fd: AsyncFD) -> Result<()> {
    add_read(fd, |_| {
        echo!("read side");
        true
    })
}

async fn random_raised_side_stays_asked_for(w: World) -> Result<()> {
    echo!("added before it raises");
    let a = pipe()?;
    let writer = register(a.writer)?;
    add_reader(writer)?;
    add_write(writer, raises)?;
    poll_and_say(&w).await;
    drop(a.reader);
    poll_and_say(&w).await;
    poll_and_say(&w).await;

    echo!("added after it has raised");
    let b = pipe()?;
    let writer = register(b.writer)?;
    add_write(writer, raises)?;
    poll_and_say(&w).await;
    drop(b.reader);
    add_reader(writer)?;
    poll_and_say(&w).await;
    Ok(())
}

async fn random_raised_side_is_served_in_the_same_turn(w: World) -> Result<()> {
    let (a, b) = UnixStream::pair()?;
    let a = register(a)?;
    put(&b, "x")?;
    let calls = Cell::new(0);
    add_read(a, move |_| {
        calls.set(calls.get() + 1);
        echo!("read side, call {}", calls.get());
        if calls.get() == 2 {
            add_write(a, |_| {
                echo!("added to the write side");
                true
            })?;
        }
        Ok(calls.get() == 2)
    })?;
    add_write(a, |_| {
        echo!("raises");
        Err::<bool, Error>("raised".into())
    })?;
    for _ in 1..=2 {
        match w.poll_with(0).await {
            Ok(()) => echo!("polled, counted {}", active_descriptors()),
            Err(e) => echo!("poll raised: {e}"),
        }
    }
    Ok(())
}

async fn random_raised_side_is_forgotten(w: World) -> Result<()> {
    let Pipe { reader, writer } = pipe()?;
    let writer = register(writer)?;
    add_write(writer, move |_| -> Result<bool> {
        echo!("write side");
        add_read(writer, |_| {
            echo!("read side");
            true
        })?;
        Err("raised".into())
    })?;
    if let Err(e) = w.poll_with(0).await {
        echo!("poll raised: {e}");
    }
    echo!("counted {}", active_descriptors());
    drop(reader);
    w.poll_with(0).await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}
