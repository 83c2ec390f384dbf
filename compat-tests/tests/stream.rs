//! `FutureStream` as a std stream and sink, bounded, made of other streams, and left by its reader.

mod modes;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use asyncdispatch::*;
use futures::stream::{self, FusedStream as _, Stream as _, StreamExt as _, TryStreamExt as _};
use futures::{FutureExt as _, SinkExt as _};
use modes::{everywhere, procs, turns};

#[test]
fn as_a_std_stream() {
    everywhere(|| async {
        let stream = FutureStream::new();
        async_check(async_proc({
            let stream = stream.clone();
            async move {
                for n in 0..5 {
                    stream.write(n).await?;
                    sleep_async(0).await?;
                }
                stream.complete();
                Ok(())
            }
        }));
        let doubled: Vec<i32> = stream.map_ok(|n| n * 2).try_collect().await?;
        assert_eq!(doubled, [0, 2, 4, 6, 8]);
        Ok(())
    });
}

#[test]
fn it_is_fused_and_a_failure_comes_once() {
    everywhere(|| async {
        let mut stream = FutureStream::new();
        stream.write(1).await?;
        assert!(!stream.is_terminated());
        stream.fail("boom");
        let mut other = stream.clone();
        assert_eq!(stream.next().await.transpose()?, Some(1));
        assert!(!stream.is_terminated());
        assert_eq!(stream.next().await.transpose().unwrap_err().to_string(), "boom");
        assert!(stream.is_terminated());
        assert!(stream.next().await.is_none() && stream.next().await.is_none());
        assert!(other.next().await.is_some_and(|end| end.is_err()), "every reader hears of it");
        assert!(stream.read().await.is_err(), "and `read` again and again, as in Nim");
        let mut ended = FutureStream::<i32>::new();
        ended.complete();
        assert!(ended.is_terminated());
        assert!(ended.next().await.is_none() && ended.next().await.is_none());
        Ok(())
    });
}

#[test]
fn select_next_some_and_complete() {
    everywhere(|| async {
        let (mut a, mut b) = (FutureStream::new(), FutureStream::new());
        for n in [1, 2] {
            a.write(n).await?;
            b.write(n * 10).await?;
        }
        a.complete();
        b.complete();
        let mut sum = 0;
        loop {
            futures::select! {
                n = a.select_next_some() => sum += n?,
                n = b.select_next_some() => sum += n?,
                complete => break,
            }
        }
        assert_eq!(sum, 33);
        Ok(())
    });
}

#[test]
fn size_hints() {
    everywhere(|| async {
        let stream = FutureStream::bounded(2);
        assert_eq!(stream.size_hint(), (0, None));
        stream.write(1).await?;
        stream.write(2).await?;
        let third = stream.write(3);
        assert_eq!(stream.size_hint(), (2, None));
        stream.complete();
        assert_eq!(stream.size_hint(), (2, Some(3)));
        assert_eq!(stream.clone().try_collect::<Vec<_>>().await?, [1, 2, 3]);
        third.await?;
        assert_eq!(stream.size_hint(), (0, Some(0)));
        let mut failed = FutureStream::<i32>::new();
        failed.fail("boom");
        assert_eq!(failed.size_hint(), (1, Some(1)));
        assert!(failed.next().await.is_some());
        assert_eq!(failed.size_hint(), (0, Some(0)));
        Ok(())
    });
}

/// A reader that polls the stream as a std stream and readers by `read` share it: each value comes once.
#[test]
fn several_readers_of_both_kinds() {
    everywhere(|| async {
        let stream = FutureStream::bounded(3);
        let sums = Rc::new(RefCell::new(Vec::new()));
        let mut readers = Vec::new();
        for kind in 0..4 {
            let (mut stream, sums) = (stream.clone(), sums.clone());
            readers.push(async_proc(async move {
                loop {
                    let next = if kind % 2 == 0 { stream.next().await.transpose()? } else { stream.read().await? };
                    let Some(n) = next else { return Ok(()) };
                    sums.borrow_mut().push(n);
                }
            }));
        }
        for n in 0..100 {
            stream.write(n).await?;
        }
        stream.complete();
        all(readers).await?;
        sums.borrow_mut().sort_unstable();
        assert_eq!(*sums.borrow(), (0..100).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn as_a_sink_with_back_pressure() {
    everywhere(|| async {
        let stream = FutureStream::bounded(2);
        let (most, sent) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let writer = async_proc({
            let (mut sink, sent) = (stream.clone(), sent.clone());
            async move {
                for n in 0..20 {
                    sink.send(n).await?;
                    sent.set(n + 1);
                }
                sink.close().await
            }
        });
        turns(3).await?;
        assert_eq!((sent.get(), stream.len()), (2, 2), "the third waits");
        let mut read = Vec::new();
        while let Some(n) = stream.read().await? {
            read.push(n);
            most.set(most.get().max(stream.len()));
            assert!(sent.get() <= read.len() as i32 + 2, "{} sent, {} read", sent.get(), read.len());
            turns(1).await?;
        }
        assert_eq!((read, most.get()), ((0..20).collect(), 2));
        writer.await
    });
}

#[test]
fn feed_flush_and_send_all() {
    everywhere(|| async {
        let mut sink = FutureStream::bounded(1);
        sink.feed(1).await?;
        sink.feed(2).await?; // one more than there is room for
        assert_eq!(sink.len(), 1);
        assert!(sink.flush().now_or_never().is_none());
        assert!(sink.feed(3).now_or_never().is_none());
        let reading = async_proc(sink.clone().try_collect::<Vec<_>>());
        sink.flush().await?;
        sink.send_all(&mut stream::iter([3, 4, 5]).map(Ok)).await?;
        sink.close().await?;
        assert_eq!(reading.await?, [1, 2, 3, 4, 5]);
        assert_eq!(sink.send(6).await.unwrap_err().kind(), ErrorKind::StreamFinished);
        sink.close().await?; // once more is no error
        let mut failed = FutureStream::<i32>::new();
        failed.fail("boom");
        assert_eq!(failed.send(1).await.unwrap_err().kind(), ErrorKind::StreamFinished);
        assert_eq!(failed.close().await.unwrap_err().to_string(), "boom");
        Ok(())
    });
}

/// `write` and sinks wait in one line: nobody starves, and the bound holds.
#[test]
fn many_writers_of_both_kinds_take_turns() {
    everywhere(|| async {
        let stream = FutureStream::bounded(1);
        let mut counts = [0; 6];
        let writers: Vec<_> = (0..6)
            .map(|who| {
                let mut stream = stream.clone();
                async_proc(async move {
                    for _ in 0..50 {
                        match who % 2 {
                            0 => stream.send(who).await?,
                            _ => stream.write(who).await?,
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for read in 1..=300 {
            let who: usize = stream.read().await?.expect("not ended");
            assert!(stream.len() <= 1);
            counts[who] += 1;
            if read == 60 {
                assert!(counts.iter().all(|count| *count >= 5), "{counts:?}");
            }
        }
        assert_eq!(counts, [50; 6]);
        all(writers).await?;
        Ok(())
    });
}

#[test]
fn forwarded_from_any_stream_into_any_sink() {
    everywhere(|| async {
        let (a, b) = (FutureStream::bounded(1), FutureStream::bounded(1));
        let first = async_proc(stream::iter(0..10).map(Ok).forward(a.clone()));
        let second = async_proc(a.map_ok(|n| n + 1).forward(b.clone()));
        assert_eq!(b.try_collect::<Vec<_>>().await?, (1..11).collect::<Vec<_>>());
        first.await?;
        second.await
    });
}

#[test]
fn made_of_a_std_stream_with_back_pressure() {
    everywhere(|| async {
        let pulled = Rc::new(Cell::new(0));
        let source = stream::iter(0..100).inspect({
            let pulled = pulled.clone();
            move |_| pulled.set(pulled.get() + 1)
        });
        let stream = FutureStream::from_stream(source, 3);
        turns(3).await?;
        assert_eq!((pulled.get(), stream.len()), (4, 3), "three, and one that waits");
        for n in 0..100 {
            assert_eq!(stream.read().await?, Some(n));
            turns(1).await?;
            assert!(pulled.get() <= n + 5, "{} pulled, {n} read", pulled.get());
        }
        assert_eq!((stream.read().await?, stream.finished()), (None, true));
        assert_eq!(pulled.get(), 100);
        Ok(())
    });
}

#[test]
fn made_of_tokios_channel_and_interval() {
    everywhere(|| async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let source = stream::poll_fn(move |cx| receiver.poll_recv(cx));
        let stream = FutureStream::from_stream(source, 1);
        let thread = std::thread::spawn(move || (0..50).for_each(|n| sender.blocking_send(n).expect("it is read")));
        assert_eq!(stream.try_collect::<Vec<_>>().await?, (0..50).collect::<Vec<_>>());
        thread.join().expect("no panic");
        let interval = tokio::time::interval(Duration::from_millis(1));
        let ticks = stream::unfold(interval, |mut interval| async {
            interval.tick().await;
            Some(((), interval))
        });
        let ticks = FutureStream::from_stream(ticks, 1);
        for _ in 0..3 {
            assert_eq!(ticks.read().await?, Some(()));
        }
        Ok(()) // dropped: the interval goes with it
    });
}

#[test]
fn made_of_a_stream_that_fails() {
    everywhere(|| async {
        let failing = || stream::iter([Ok(1), "two".parse::<i32>(), Ok(3)]);
        let stream = FutureStream::from_try_stream(failing(), 8);
        assert_eq!(stream.read().await?, Some(1));
        assert!(stream.read().await.unwrap_err().is::<std::num::ParseIntError>());
        let there_and_back = FutureStream::from_try_stream(FutureStream::from_try_stream(failing(), 8), 8);
        assert_eq!(
            there_and_back.try_collect::<Vec<_>>().await.unwrap_err().to_string(),
            "invalid digit found in string"
        );
        Ok(())
    });
}

/// Dropped by everybody, or left by its reader: the source goes at once, also while it waits.
#[test]
fn a_source_goes_with_its_stream() {
    everywhere(|| async {
        let (before, gone) = (procs(), Rc::new(Cell::new(0)));
        struct Gone(Rc<Cell<u32>>);
        impl Drop for Gone {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let source = |ready: bool| {
            let gone = Gone(gone.clone());
            stream::poll_fn(move |_| {
                let _held = &gone;
                if ready { std::task::Poll::Ready(Some(1)) } else { std::task::Poll::Pending }
            })
        };
        for ready in [true, false] {
            drop(FutureStream::from_stream(source(ready), 2));
            assert_eq!((procs(), gone.take()), (before, 1), "ready: {ready}");
            let held = FutureStream::from_stream(source(ready), 2);
            held.hang_up();
            assert_eq!((procs(), gone.take()), (before, 1), "ready: {ready}");
            assert_eq!(held.read().await?, None);
        }
        Ok(())
    });
}

#[test]
fn a_source_that_panics_fails_its_stream() {
    modes::within_limit(|| {
        let source = stream::iter(0..3).inspect(|n| assert!(*n < 2, "the source panics"));
        let stream = FutureStream::from_stream(source, 8);
        let panicked = std::panic::catch_unwind(|| poll_with(0)).expect_err("it leaves through `poll`");
        assert!(panicked.downcast_ref::<&str>().is_some_and(|text| text.contains("the source panics")));
        let read = wait_for(async_proc(async move {
            assert_eq!((stream.read().await?, stream.read().await?), (Some(0), Some(1)));
            stream.read().await
        }));
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Panicked);
    });
}

// ---------------------------------------------------------------------------- bad input

#[test]
fn a_bounded_stream_that_its_reader_leaves() {
    everywhere(|| async {
        let stream = FutureStream::bounded(1);
        let reader = async_proc({
            let stream = stream.clone().hang_up_on_drop();
            async move { stream.read().await }
        });
        let mut written = 0;
        let error = loop {
            match stream.write(written).await {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::StreamFinished);
        assert_eq!(reader.await?, Some(0));
        assert_eq!(stream.clone().send(9).await.unwrap_err().kind(), ErrorKind::StreamFinished);
        assert_eq!(stream.try_write(9), Err(9));
        assert!(stream.finished());
        Ok(())
    });
}

#[test]
fn a_cancelled_reader_hangs_up() {
    everywhere(|| async {
        let stream = FutureStream::bounded(1);
        let reader = async_proc({
            let mut stream = stream.clone().hang_up_on_drop();
            async move {
                while let Some(n) = stream.next().await {
                    n?;
                }
                Ok(())
            }
        });
        stream.write(1).await?;
        turns(1).await?;
        stream.write(2).await?;
        let waits = stream.write(3);
        assert!(reader.cancel());
        assert_eq!(waits.await.unwrap_err().kind(), ErrorKind::StreamFinished);
        Ok(())
    });
}

#[test]
fn whoever_waits_when_the_last_handle_goes_hears_of_it() {
    everywhere(|| async {
        let stream = FutureStream::<i32>::bounded(1);
        let (read, whole) = (stream.read(), read_all(&FutureStream::<String>::new()));
        drop(stream);
        modes::is_cancelled(&read);
        assert!(!whole.finished(), "`read_all` keeps a handle");
        assert!(whole.cancel());
        let stream = FutureStream::bounded(1);
        let (first, second) = (stream.write(1), stream.write(2));
        drop(stream);
        first.await?;
        assert_eq!(second.await.unwrap_err().kind(), ErrorKind::Cancelled);
        Ok(())
    });
}

#[test]
fn a_callback_that_panics_loses_no_value() {
    modes::within_limit(|| {
        let stream = FutureStream::new();
        stream.set_callback(|_| panic!("in the callback"));
        let write = || drop(stream.write(1));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).is_err());
        stream.set_callback(|_| ());
        stream.complete();
        assert_eq!(wait_for(stream.clone().read()).expect("there"), Some(1));
        drain().expect("nothing raises");
    });
}

/// A proc that waits on a stream as a std stream counts as one that waits on a future of this crate: nothing pending is
/// told, instead of a wait for ever.
#[test]
fn waiting_for_a_stream_that_nobody_writes() {
    modes::within_limit(|| {
        let mut stream = FutureStream::<i32>::new();
        let kept = stream.clone();
        let error = wait_for(async_proc(async move { Ok(stream.next().await.is_some()) })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NothingPending);
        drop(kept);
    });
}

#[test]
fn without_a_dispatcher_the_error_is_in_the_stream() {
    modes::within_limit(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let error = runtime.block_on(async {
            let stream = FutureStream::from_stream(stream::iter([1]), 1);
            stream.read().await.unwrap_err()
        });
        assert_eq!(error.kind(), ErrorKind::NotDriven);
    });
}
