//! Callback code in a program of tokio's: `#[tokio::main]`, any flavour, and one function that uses the dispatcher.
//!
//! A device that speaks by a descriptor is read by an `add_read` callback, as code made for a C library would be; a tokio
//! task on another thread works on what it says; the answers come back into the loop; then tokio takes the descriptor.
//!
//! `cargo run --example mix_with_tokio`

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use asyncdispatch::{AsyncFD, NimFuture, Result, add_read, add_timer, get_global_dispatcher, new_future, run};
use socket2::SockRef;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<()> {
    // Everything of the dispatcher's lives while this is awaited, beside whatever else the program does.
    run(use_the_device()).await
}

async fn use_the_device() -> Result<()> {
    let (device, ours) = device()?;
    let speaking = std::thread::spawn(move || speak(device));
    let fd = AsyncFD::try_from(ours)?;

    let (numbers, inbox) = mpsc::unbounded_channel();
    let done = new_future::<u64>("the sum");
    tokio::spawn(add_up(inbox, report_to(done.clone())));
    let heartbeats = beat()?;
    add_read(fd, move |fd| on_readable(fd, &numbers))?;

    // A future of the dispatcher's is a std future: tokio's own tools take it.
    let sum = tokio::time::timeout(Duration::from_secs(10), done).await??;
    println!("the sum is {sum}");
    println!("the timer went on: {}", heartbeats.get() > 0);

    let mut stream = tokio::net::TcpStream::try_from(fd)?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await?;
    println!("tokio reads the rest: {rest}");
    speaking.join().map_err(|_| "the device broke")?
}

/// It stands for a serial port, say; a connection of the program to itself is to be had everywhere.
fn device() -> Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let device = TcpStream::connect(listener.local_addr()?)?;
    let (ours, _) = listener.accept()?;
    ours.set_nonblocking(true)?;
    Ok((device, ours))
}

/// What the device does: five numbers, an end mark, and some text.
fn speak(mut device: TcpStream) -> Result<()> {
    for number in 1..=5u8 {
        device.write_all(&[number])?;
        std::thread::sleep(Duration::from_millis(4));
    }
    device.write_all(b"\0good bye")?;
    Ok(())
}

/// The callback: takes one byte at a time, and is called again while there are more.
fn on_readable(fd: AsyncFD, numbers: &mpsc::UnboundedSender<u8>) -> Result<bool> {
    let mut byte = [0];
    match fd.with_fd(|fd| (&*SockRef::from(&fd)).read(&mut byte))? {
        Ok(1) if byte[0] > 0 => {
            numbers.send(byte[0])?;
            Ok(false)
        }
        Ok(_) => Ok(true), // forgets the callback, and the sender with it
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A task of tokio's, on whichever thread.
async fn add_up(mut inbox: mpsc::UnboundedReceiver<u8>, report: impl FnOnce(u64)) {
    let mut sum = 0;
    while let Some(number) = inbox.recv().await {
        sum += u64::from(number);
    }
    report(sum);
}

/// Futures of the dispatcher's stay on its thread: the closure that is returned may go to another.
fn report_to(done: NimFuture<u64>) -> impl FnOnce(u64) + Send {
    let (sender, answer) = tokio::sync::oneshot::channel();
    asyncdispatch::async_check(asyncdispatch::async_proc(async move {
        done.complete(answer.await?);
        Ok(())
    }));
    let loop_of_device = get_global_dispatcher().remote();
    move |sum| {
        let _gone = loop_of_device.call_soon_threadsafe(move || println!("told the loop: {sum}"));
        let _gone = sender.send(sum);
    }
}

fn beat() -> Result<Rc<Cell<u32>>> {
    let beats = Rc::new(Cell::new(0));
    let counted = beats.clone();
    add_timer(1, false, move |_| {
        counted.set(counted.get() + 1);
        false
    })?;
    Ok(beats)
}
