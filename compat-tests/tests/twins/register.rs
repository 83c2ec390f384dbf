//! `register`, `unregister`, `contains`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{cell::RefCell, os::fd::AsRawFd, rc::Rc};

pub const TWINS: &[Twin] = &[
    twin!(register_counts_nothing, "S1.9, S1.11, S1.13, S1.19"),
    twin!(register_keeps_no_loop_alive, "S1.9, S1.19, S2.2", owning = "a guest never says that nothing is pending"),
    twin!(register_twice, "S1.9"),
    twin!(register_above_the_limit, "S1.9, S1.14"),
    twin!(unregister_forgets_callbacks, "S1.10, S1.29, S1.22"),
    twin!(unregister_not_registered, "S1.10"),
    twin!(unregister_idle_after_close, "S1.10"),
    twin!(contains_timer_and_event, "S1.11, S1.27, S1.10"),
    twin!(set_inheritable, "S1.15"),
];

async fn register_counts_nothing(_: World) -> Result<()> {
    let p = pipe()?;
    let d = get_global_dispatcher();
    let known = |raw| d.find(raw).is_some();
    let (r, w) = (p.reader.as_raw_fd(), p.writer.as_raw_fd());
    echo!("before: {} {}", known(r), known(w));
    let reader = register(p.reader)?;
    echo!(
        "registered: {} {} counted {} pending {}",
        known(r),
        known(w),
        active_descriptors(),
        has_pending_operations()
    );
    let writer = register(p.writer)?;
    echo!(
        "both: {} {} counted {} pending {}",
        contains(&d, reader),
        contains(&d, writer),
        active_descriptors(),
        has_pending_operations()
    );
    let back = unregister(reader)?.into_owned().ok_or("owned")?;
    echo!("unregistered: {} {} counted {}", contains(&d, reader), contains(&d, writer), active_descriptors());
    let reader = register(back)?;
    echo!("again: {} {} counted {}", contains(&d, reader), contains(&d, writer), active_descriptors());
    Ok(())
}

async fn register_keeps_no_loop_alive(w: World) -> Result<()> {
    let p = pipe()?;
    let r = register(p.reader)?;
    put(&p.writer, "x")?;
    match w.poll().await {
        Ok(()) => echo!("polled"),
        Err(e) => echo!("poll raised: {e}"),
    }
    echo!("known {}", contains(&get_global_dispatcher(), r));
    Ok(())
}

async fn register_twice(w: World) -> Result<()> {
    let p = pipe()?;
    // SAFETY: `p` outlives both keys.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |_| {
        echo!("still called");
        true
    })?;
    // SAFETY: as above.
    match unsafe { register_raw(p.reader.as_raw_fd()) } {
        Ok(_) => echo!("registered twice"),
        Err(e) => echo!(
            "refused, already registered: {}",
            e.to_string().ends_with(&format!("Descriptor {} already registered", p.reader.as_raw_fd()))
        ),
    }
    echo!("counted {}", active_descriptors());
    put(&p.writer, "x")?;
    w.poll().await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn register_above_the_limit(_: World) -> Result<()> {
    let soft = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    echo!("soft limit less one: {}", Some(max_descriptors()? as u64 + 1) == soft);
    for number in [max_descriptors()?, max_descriptors()? + 1, max_descriptors()? + 1000] {
        // SAFETY: no such descriptor can be open, and none is registered.
        match unsafe { register_raw(number as i32) } {
            Ok(_) => echo!("registered"),
            Err(e) => echo!("refused: {e}"),
        }
    }
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    Ok(())
}

async fn unregister_forgets_callbacks(w: World) -> Result<()> {
    let (a, b) = std::os::unix::net::UnixStream::pair()?;
    let a = register(a)?;
    add_read(a, |_| {
        echo!("read");
        true
    })?;
    add_write(a, |_| {
        echo!("write");
        true
    })?;
    put(&b, "abc")?;
    echo!("counted {}", active_descriptors());
    let open = unregister(a)?.into_owned().ok_or("owned")?;
    echo!(
        "counted {} pending {} known {}",
        active_descriptors(),
        has_pending_operations(),
        contains(&get_global_dispatcher(), a)
    );
    call_soon(|| echo!("queue"));
    w.poll().await?;
    echo!("still open, bytes read {}", rustix::io::read(&open, &mut [0; 8]).map_err(std::io::Error::from)?);
    Ok(())
}

async fn unregister_not_registered(_: World) -> Result<()> {
    fn attempt(fd: AsyncFD) {
        match unregister(fd) {
            Ok(_) => echo!("unregistered"),
            Err(e) => echo!(
                "refused: {}",
                e.to_string().ends_with(&format!("Descriptor {fd} is not registered in the selector!"))
            ),
        }
    }
    let p = pipe()?;
    // SAFETY: `p` outlives the keys.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    attempt(r);
    attempt(r);
    // SAFETY: as above.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    attempt(r);
    attempt(r);
    echo!("counted {}", active_descriptors());
    Ok(())
}

async fn unregister_idle_after_close(w: World) -> Result<()> {
    let p = pipe()?;
    // SAFETY: nothing uses the number between its closing and `unregister`.
    let r = unsafe { register_raw(p.reader.as_raw_fd()) }?;
    add_read(r, |_| true)?;
    put(&p.writer, "x")?;
    w.poll().await?;
    drop(p.reader);
    echo!("known {}", contains(&get_global_dispatcher(), r));
    let _ = unregister(r)?;
    echo!("known {} counted {}", contains(&get_global_dispatcher(), r), active_descriptors());
    Ok(())
}

async fn contains_timer_and_event(w: World) -> Result<()> {
    let d = get_global_dispatcher();
    let key = Rc::new(RefCell::new(None));
    let inside = |what: &'static str, answer: bool| {
        let (d, key) = (d.clone(), key.clone());
        move |fd: AsyncFD| {
            *key.borrow_mut() = Some(fd);
            echo!("in the {what}: {} counted {}", contains(&d, fd), active_descriptors());
            answer
        }
    };
    let known = || key.borrow().is_some_and(|fd| contains(&d, fd));
    add_timer(1, true, inside("timer", true))?;
    w.poll().await?;
    echo!("fired: {} counted {}", known(), active_descriptors());
    let ev = new_async_event();
    add_event(&ev, inside("event", true))?;
    trigger(&ev);
    w.poll().await?;
    echo!("answered true: {} counted {}", known(), active_descriptors());
    Ok(())
}

async fn set_inheritable(_: World) -> Result<()> {
    fn close_on_exec(fd: AsyncFD) -> Result<bool> {
        let flags = fd.with_fd(|fd| rustix::io::fcntl_getfd(fd))?.map_err(std::io::Error::from)?;
        Ok(flags.contains(rustix::io::FdFlags::CLOEXEC))
    }
    let s = create_async_native_socket()?;
    echo!("at first: {}", close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, true), close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, true), close_on_exec(s)?);
    echo!("{} {}", asyncdispatch::set_inheritable(s, false), close_on_exec(s)?);
    close_socket(s)?;
    echo!("closed: {} {}", asyncdispatch::set_inheritable(s, true), asyncdispatch::set_inheritable(s, false));
    Ok(())
}
