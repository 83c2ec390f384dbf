//! `add_process`.

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use std::{
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
};

pub const TWINS: &[Twin] = &[
    twin!(process_exit, "S6.6, S1.25"),
    twin!(process_answer_does_not_matter, "S6.6, S1.25"),
    twin!(process_killed, "S6.6"),
    twin!(process_as_future, "S6.6, S8.2"),
];

fn start(program: &str, args: &[&str]) -> Result<Child> {
    Ok(Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
}

async fn process_exit(w: World) -> Result<()> {
    let mut child = start("/bin/sh", &["-c", "read line; exit 3"])?;
    add_process(&child, |_| {
        echo!("child ended, counted {}", active_descriptors());
        true
    })?;
    echo!("counted {}", active_descriptors());
    child.stdin.take().ok_or("no stdin")?.write_all(b"go\n")?;
    w.poll_with(5000).await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    echo!("exit code {}", child.wait()?.code().unwrap_or(-1));
    Ok(())
}

async fn process_answer_does_not_matter(w: World) -> Result<()> {
    let mut child = start("/bin/cat", &[])?;
    add_process(&child, |_| {
        echo!("child ended, counted {}", active_descriptors());
        false
    })?;
    w.poll_with(0).await?;
    echo!("running {}", child.try_wait()?.is_none());
    drop(child.stdin.take());
    w.poll_with(5000).await?;
    echo!("counted {} pending {}", active_descriptors(), has_pending_operations());
    echo!("exit code {}", child.wait()?.code().unwrap_or(-1));
    Ok(())
}

async fn process_killed(w: World) -> Result<()> {
    let mut child = start("/bin/sleep", &["60"])?;
    add_process(child.id(), |_| {
        echo!("child ended");
        true
    })?;
    child.kill()?;
    w.poll_with(5000).await?;
    echo!("signal {}", child.wait()?.signal().unwrap_or(-1));
    Ok(())
}

async fn process_as_future(w: World) -> Result<()> {
    fn ended(child: &Child) -> Result<NimFuture<()>> {
        let f = new_future("ended");
        add_process(child, {
            let f = f.clone();
            move |_| {
                f.complete(());
                true
            }
        })?;
        Ok(f)
    }
    fn run() -> NimFuture<()> {
        async_proc(async {
            for code in 1..=3 {
                let mut child = start("/bin/sh", &["-c", &format!("sleep 0.1; exit {code}")])?;
                ended(&child)?.await?;
                echo!("exit code {}", child.wait()?.code().unwrap_or(-1));
            }
            Ok(())
        })
    }

    w.wait_for(run()).await?;
    echo!("counted {}", active_descriptors());
    Ok(())
}
