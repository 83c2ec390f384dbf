//! The rules of `FdStream`: where it may be polled, what is one call, pipes, ends, and sharing with other waiters.

// Pipes, terminals and flags of descriptors.
#![cfg(unix)]

use std::io::{IoSlice, Read, Write};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

fn blocking_pipe() -> Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe().map_err(std::io::Error::from)?)
}

#[test]
fn a_stream_is_polled_in_tokios_tasks_without_bind() {
    let task = |stream: FdStream| async move {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.map(|_| line)
    };
    guarded(move || {
        let (fd, mut theirs) = pair()?;
        let reading = async_proc(async move { Ok(tokio::task::spawn_local(task(fd.stream())).await??) });
        poll_with(0)?;
        theirs.write_all(b"owning\n")?;
        assert_eq!(wait_for(reading)?, "owning\n");
        fd.close_socket()
    });
    guarded(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async move {
            let d = Dispatcher::guest();
            let (stream, mut theirs) = d
                .run(async {
                    let (fd, theirs) = pair()?;
                    Ok((fd.stream(), theirs))
                })
                .await
                .unwrap();
            let reading = tokio::task::spawn_local(task(stream));
            let driving = tokio::task::spawn_local(d.drive());
            tokio::task::yield_now().await;
            theirs.write_all(b"guest\n").unwrap();
            assert_eq!(reading.await.unwrap().unwrap(), "guest\n");
            driving.abort();
        });
        Ok(())
    });
}

#[test]
fn tokios_budget_stalls_neither_a_guests_future_nor_its_procs() {
    guarded(|| {
        let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let spend = || async {
            for _ in 0..1000 {
                tokio::task::coop::consume_budget().await;
            }
            Ok(())
        };
        multi.block_on(run(spend())).unwrap();
        multi.block_on(run(async { async_proc(spend()).await })).unwrap();
        Ok(())
    });
}

/// What is done in two steps, as `tokio::io::copy_bidirectional` does it, gives the budget of the first back when there is
/// none for the second: it has some left, and yet can only go on with a new one.
#[test]
fn a_budget_that_is_too_small_for_one_step_stalls_no_guest() {
    use std::task::ready;
    use tokio::task::coop::poll_proceed;
    fn two_steps(cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        let outer = ready!(poll_proceed(cx));
        let inner = ready!(poll_proceed(cx));
        outer.made_progress();
        inner.made_progress();
        std::task::Poll::Ready(())
    }
    guarded(|| {
        let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let spend = || async {
            tokio::task::coop::consume_budget().await; // what is left is odd from now on
            for _ in 0..1000 {
                std::future::poll_fn(two_steps).await;
            }
            Ok(())
        };
        multi.block_on(run(spend())).unwrap();
        multi.block_on(run(async { async_proc(spend()).await })).unwrap();
        Ok(())
    });
}

#[test]
fn what_runs_beside_a_drive_may_be_polled_before_it() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let d = Dispatcher::guest();
            let reading = d.bind(async {
                let (fd, mut theirs) = pair()?;
                theirs.write_all(b"x")?;
                fd.read(&mut [0; 4]).await
            });
            let read = tokio::select! {
                biased;
                read = reading => read,
                raised = d.drive() => raised.map(|()| 0),
            };
            assert_eq!(read.unwrap(), 1);
        });
        Ok(())
    });
}

#[test]
fn an_undriven_guest_is_told() {
    guarded(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let d = Dispatcher::guest();
            let (mut stream, _theirs) =
                d.run(async { pair().map(|(fd, theirs)| (fd.stream(), theirs)) }).await.unwrap();
            let error = stream.read_u8().await.unwrap_err();
            let error = error.get_ref().and_then(|error| error.downcast_ref::<Error>()).expect("one of ours");
            assert_eq!(error.kind(), ErrorKind::NotDriven);
        });
        Ok(())
    });
}

#[test]
fn vectored_writes_are_one_call_and_shutdown_ends_only_the_sending_side() {
    everywhere(|| async {
        let (fd, mut theirs) = pair()?;
        let mut stream = fd.stream();
        assert!(stream.is_write_vectored());
        let parts: Vec<IoSlice> = [b"one ".as_slice(), b"", b"two"].into_iter().map(IoSlice::new).collect();
        assert_eq!(stream.write_vectored(&parts).await?, 7);
        let many: Vec<IoSlice> = std::iter::repeat_n(IoSlice::new(b"x"), 2000).collect();
        let written = stream.write_vectored(&many).await?;
        assert!((1..=1024).contains(&written), "{written} of 2000 parts");
        stream.shutdown().await?;
        let mut all = Vec::new();
        theirs.read_to_end(&mut all)?;
        assert_eq!(all.len(), 7 + written);
        theirs.write_all(b"back")?;
        drop(theirs);
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        assert_eq!(text, "back");
        assert_eq!(stream.write_all(b"x").await.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
        drop(stream);
        fd.close_socket()
    });
}

#[test]
fn full_buffers_are_waited_for_by_both_forms_of_write() {
    everywhere(|| async {
        let (fd, mut theirs) = pair()?;
        let reading = std::thread::spawn(move || theirs.read_to_end(&mut Vec::new()).unwrap());
        let mut stream = fd.stream();
        let block = vec![5; 600_000];
        stream.write_all(&block).await?;
        let mut left = block.len();
        while left > 0 {
            let (one, two) = block[..left].split_at(left / 2);
            left -= stream.write_vectored(&[IoSlice::new(one), IoSlice::new(two)]).await?;
        }
        fd.close_socket()?;
        assert_eq!(reading.join().unwrap(), 1_200_000);
        Ok(())
    });
}

#[test]
fn pipes_are_streams_too_and_end_when_they_are_closed() {
    everywhere(|| async {
        let (reader, writer) = blocking_pipe()?;
        let (reader, writer) = (register(reader)?, register(writer)?);
        let reading = async_proc(async move {
            let mut all = Vec::new();
            reader.stream().read_to_end(&mut all).await?;
            reader.close_socket()?;
            Ok(all.len())
        });
        let mut stream = writer.stream();
        stream.write_all(&vec![1; 300_000]).await?;
        assert_eq!(stream.write_vectored(&[IoSlice::new(b"one"), IoSlice::new(b"two")]).await?, 6);
        stream.shutdown().await?;
        stream.write_all(b"a pipe has no sending side to shut down").await?;
        writer.close_socket()?;
        assert_eq!(reading.await?, 300_006 + 39);
        Ok(())
    });
}

#[test]
fn a_blocking_pipe_that_is_not_ours_is_read_without_blocking_and_not_written() {
    guarded(|| {
        let (reader, writer) = blocking_pipe()?;
        let mut theirs = std::fs::File::from(writer.try_clone()?);
        let (reader, writer) = (register_shared(Arc::new(reader))?, register_shared(Arc::new(writer))?);
        let reading = async_proc(async move {
            let mut line = String::new();
            BufReader::new(reader.stream()).read_line(&mut line).await?;
            Ok(line)
        });
        poll_with(0)?;
        assert!(!reading.finished());
        theirs.write_all(b"line\n")?;
        assert_eq!(wait_for(reading)?, "line\n");
        let refused = wait_for(async_proc(async move { Ok(writer.stream().write_all(b"x").await?) })).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused:#}");
        reader.close_socket()?;
        writer.close_socket()
    });
}

#[test]
fn a_stream_of_a_closed_or_foreign_key_is_an_error() {
    guarded(|| {
        let (fd, _theirs) = pair()?;
        let reading = async_proc(async move { Ok(fd.stream().read_u8().await?) });
        fd.close_socket()?;
        assert_eq!(wait_for(reading).unwrap_err().kind(), ErrorKind::Cancelled);
        let late = async_proc(async move { Ok(fd.stream().read_u8().await?) });
        assert_eq!(wait_for(late).unwrap_err().kind(), ErrorKind::NotRegistered);
        let end = wait_for(async_proc(async move { Ok(fd.stream().shutdown().await?) }));
        assert_eq!(end.unwrap_err().kind(), ErrorKind::NotRegistered);
        Ok(())
    });
}

#[test]
fn what_a_dropped_read_left_is_read_by_the_next() {
    everywhere(|| async {
        let (fd, mut theirs) = pair()?;
        let mut stream = fd.stream();
        {
            let mut buffer = [0; 4];
            let mut read = std::pin::pin!(stream.read(&mut buffer));
            assert!(futures::poll!(read.as_mut()).is_pending());
            theirs.write_all(b"kept")?;
            sleep_async(1).await?;
        }
        assert_eq!(&fd.recv(4).await?, b"kept");
        theirs.write_all(b"next")?;
        let mut buffer = [0; 4];
        stream.read_exact(&mut buffer).await?;
        assert_eq!(&buffer, b"next");
        fd.close_socket()
    });
}

#[test]
fn callbacks_and_streams_share_a_descriptor_in_order() {
    guarded(|| {
        let (fd, mut theirs) = pair()?;
        let log = Rc::new(std::cell::RefCell::new(Vec::new()));
        fd.add_read({
            let log = log.clone();
            move |_| {
                log.borrow_mut().push("callback");
                true
            }
        })?;
        let reading = async_proc({
            let log = log.clone();
            async move {
                fd.stream().read_u8().await?;
                log.borrow_mut().push("stream");
                Ok(())
            }
        });
        theirs.write_all(b"x")?;
        wait_for(reading)?;
        assert_eq!(*log.borrow(), ["callback", "stream"]);
        fd.close_socket()
    });
}
