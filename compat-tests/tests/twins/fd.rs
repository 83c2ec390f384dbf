//! `add_read` and `add_write`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{cell::Cell, fs::File, os::fd::AsRawFd, rc::Rc};

pub const TWINS: &[Twin] = &[
    twin!(fd_called_until_true, "S3.1"),
    twin!(fd_write_side, "S3.1, S3.7"),
    twin!(fd_not_registered, "S3.2"),
    twin!(fd_regular_file, "S3.2"),
    twin!(fd_closed, "S3.2"),
    twin!(fd_first_false_ends_the_round, "S3.4, S3.5"),
    twin!(fd_kept_before_added, "S3.6, S3.8"),
    twin!(fd_adds_itself_again, "S3.8, S3.7"),
    twin!(fd_turns_from_read_to_write, "S3.3, S3.7, S3.8"),
    twin!(fd_both_sides_ready, "S3.3, S3.7"),
    twin!(fd_read_adds_write, "S3.3, S3.4, S3.8"),
    twin!(fd_many_callbacks_from_many_sides, "S3.3, S3.5, S3.6"),
];

async fn fd_called_until_true(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    add_read(r, |fd| {
        let c = read_some(fd, 1)?;
        echo!("read {c}");
        Ok(c == "d")
    })?;
    put(&writer, "abcde")?;
    while has_pending_operations() {
        w.poll().await?;
        echo!("polled");
    }
    echo!("left {}", read_some(r, 1)?);
    Ok(())
}

async fn fd_write_side(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let mut calls = 0;
    add_read(a, |_| {
        echo!("read");
        true
    })?;
    add_write(a, move |_| {
        calls += 1;
        echo!("write {calls}");
        calls == 3
    })?;
    for _ in 1..=3 {
        w.poll().await?;
        echo!("polled, counted {}", active_descriptors());
    }
    w.poll_with(0).await?;
    echo!("nothing to write, counted {}", active_descriptors());
    put_into(b, "x")?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn fd_not_registered(_: World) -> Result<()> {
    let (r, _writer) = new_pipe()?;
    let _ = unregister(r)?;
    for side in 1..=2 {
        match if side == 1 { add_read(r, |_| true) } else { add_write(r, |_| true) } {
            Ok(()) => echo!("added"),
            Err(e) => echo!("raised: {e}"),
        }
    }
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn fd_regular_file(_: World) -> Result<()> {
    let fd = register(File::open("/proc/self/exe")?)?;
    for side in 1..=2 {
        match if side == 1 { add_read(fd, |_| true) } else { add_write(fd, |_| true) } {
            Ok(()) => echo!("added"),
            Err(e) => echo!("raised: {e}"),
        }
    }
    echo!("counted {} known {}", active_descriptors(), known(fd));
    let _ = unregister(fd)?;
    echo!("known {}", known(fd));
    Ok(())
}

async fn fd_closed(w: World) -> Result<()> {
    // Nim makes its selector at once, ours is made when something must wait: it would take the number closed below.
    call_soon(|| echo!("the dispatcher is there"));
    w.poll().await?;
    let p = pipe()?;
    // SAFETY: nothing else opens a descriptor between the closing and `unregister`.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    drop(p.reader);
    match add_read(r, |_| true) {
        Ok(()) => echo!("added"),
        Err(e) => echo!("raised: {e}"),
    }
    echo!("counted {} known {}", active_descriptors(), known(r));
    let _ = unregister(r)?;
    echo!("known {}", known(r));
    Ok(())
}

async fn fd_first_false_ends_the_round(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let turn = Rc::new(Cell::new(0));
    let watch = |name: &'static str, done: i32| {
        let turn = turn.clone();
        add_read(r, move |_| {
            echo!("turn {}: {name}", turn.get());
            turn.get() >= done
        })
    };
    watch("a", 1)?;
    watch("b", 3)?;
    watch("c", 2)?;
    watch("d", 4)?;
    put(&writer, "x")?;
    while has_pending_operations() {
        turn.set(turn.get() + 1);
        w.poll().await?;
    }
    Ok(())
}

async fn fd_kept_before_added(w: World) -> Result<()> {
    let (r, writer) = new_pipe()?;
    let turn = Rc::new(Cell::new(0));
    let watch = |name: &'static str, done: i32, adds: Option<&'static str>| {
        let turn = turn.clone();
        add_read(r, move |fd| {
            echo!("turn {}: {name}", turn.get());
            if let (Some(added), 1) = (adds, turn.get()) {
                let turn = turn.clone();
                add_read(fd, move |_| {
                    echo!("turn {}: {added}", turn.get());
                    true
                })?;
            }
            Ok(turn.get() >= done)
        })
    };
    watch("a", 1, Some("added by a"))?;
    watch("b", 2, Some("added by b"))?;
    watch("c", 2, None)?;
    put(&writer, "x")?;
    while has_pending_operations() {
        turn.set(turn.get() + 1);
        w.poll().await?;
    }
    Ok(())
}

async fn fd_adds_itself_again(w: World) -> Result<()> {
    fn step(fd: AsyncFD, calls: Rc<Cell<i32>>) -> Result<bool> {
        calls.set(calls.get() + 1);
        echo!("call {}, counted {}", calls.get(), active_descriptors());
        if calls.get() < 3 {
            add_read(fd, move |fd| step(fd, calls.clone()))?;
        }
        Ok(true)
    }
    let (r, writer) = new_pipe()?;
    let calls = Rc::new(Cell::new(0));
    add_read(r, move |fd| step(fd, calls.clone()))?;
    put(&writer, "x")?;
    while has_pending_operations() {
        w.poll().await?;
        echo!("polled, counted {}", active_descriptors());
    }
    Ok(())
}

async fn fd_turns_from_read_to_write(w: World) -> Result<()> {
    fn writing(fd: AsyncFD) -> Result<bool> {
        echo!("writes");
        put_into(fd, "answer")?;
        add_read(fd, reading)?;
        Ok(true)
    }
    fn reading(fd: AsyncFD) -> Result<bool> {
        let n = read_some(fd, 16)?.len();
        echo!("reads {n}");
        if n > 0 {
            add_write(fd, writing)?;
        }
        Ok(true)
    }
    let (a, b) = socket_pair()?;
    add_read(a, reading)?;
    for _ in 1..=2 {
        put_into(b, "question")?;
        for _ in 1..=2 {
            w.poll().await?;
            echo!("polled, counted {}", active_descriptors());
        }
        echo!("peer got {}", read_some(b, 16)?.len());
    }
    drop(unregister(b)?);
    w.poll().await?;
    echo!("polled, counted {}", active_descriptors());
    Ok(())
}

async fn fd_both_sides_ready(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let turn = Rc::new(Cell::new(0));
    let cb = |name: &'static str, done: Option<i32>| {
        let turn = turn.clone();
        move |_: AsyncFD| {
            echo!("turn {}: {name}", turn.get());
            done.is_none_or(|done| turn.get() == done)
        }
    };
    add_write(a, cb("write 1", Some(2)))?;
    add_read(a, cb("read 1", Some(1)))?;
    add_read(a, cb("read 2", Some(3)))?;
    add_write(a, cb("write 2", None))?;
    put_into(b, "x")?;
    while has_pending_operations() {
        turn.set(turn.get() + 1);
        w.poll().await?;
    }
    Ok(())
}

async fn fd_read_adds_write(w: World) -> Result<()> {
    for write_side_too in [false, true] {
        let (a, b) = socket_pair()?;
        if write_side_too {
            add_write(a, |_| {
                echo!("old write");
                true
            })?;
        }
        add_read(a, |fd| {
            echo!("read");
            add_write(fd, |_| {
                echo!("new write");
                true
            })?;
            Ok(true)
        })?;
        put_into(b, "x")?;
        w.poll().await?;
        echo!("polled, counted {}", active_descriptors());
        while has_pending_operations() {
            w.poll().await?;
        }
        echo!("end");
    }
    Ok(())
}

async fn fd_many_callbacks_from_many_sides(w: World) -> Result<()> {
    let (a, b) = socket_pair()?;
    let turn = Rc::new(Cell::new(0));
    let cb = |name: &'static str, answers: &'static [bool]| -> Callback {
        let turn = turn.clone();
        let mut calls = 0;
        Box::new(move |_| {
            echo!("turn {}: {name}", turn.get());
            calls += 1;
            answers[calls - 1]
        })
    };
    add_read(a, cb("a read 1", &[false, true]))?;
    add_read(a, cb("a read 2", &[true]))?;
    add_write(a, cb("a write 1", &[true]))?;
    add_write(a, cb("a write 2", &[false, false, true]))?;
    add_write(a, cb("a write 3", &[true]))?;
    add_read(b, cb("b read 1", &[true]))?;
    add_read(b, cb("b read 2", &[false, true]))?;
    put_into(a, "x")?;
    put_into(b, "x")?;
    while has_pending_operations() {
        turn.set(turn.get() + 1);
        w.poll().await?;
    }
    Ok(())
}
