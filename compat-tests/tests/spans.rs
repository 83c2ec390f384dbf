//! The feature `tracing`: what a subscriber is told, with every kind of runtime underneath.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::sync::Once;
use std::thread;

use asyncdispatch::*;
use asyncdispatch_compat_tests::{Mode, World, run_in, stream_pair};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Writes down what it is told, thread by thread.
struct Listener;

/// A span's or an event's fields as text; of places only the file.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        let value = if field.name() == "made_at" && value.contains("tests/spans.rs:") { "here" } else { &value };
        self.0 += &format!(" {}={value}", field.name());
    }
}

fn tell(line: String) {
    TOLD.with_borrow_mut(|told| told.push(line));
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it is new");
        let parent = span.parent().map_or("", |parent| parent.name());
        let text = format!("{parent}/{}{}", span.name(), fields.0);
        tell(format!("begin {text}"));
        span.extensions_mut().insert(text);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("it is closing");
        let text = span.extensions().get::<String>().expect("told at its beginning").clone();
        tell(format!("end {text}"));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let within = context.event_span(event).map_or("", |span| span.name());
        tell(format!("{} {within}/{}", event.metadata().level(), fields.0));
    }
}

type Running = Pin<Box<dyn Future<Output = Result<()>>>>;

/// Runs `test` in each mode, on a thread of its own, and answers what was told of this crate.
fn told(test: fn(World) -> Running) -> Vec<(&'static str, Vec<String>)> {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing_subscriber::registry().with(Listener).init());
    let in_mode = |mode: &'static Mode| {
        let run = move || run_in(*mode, test).map(|()| TOLD.take());
        (mode.name(), thread::spawn(run).join().expect("the test panicked").expect("the test failed"))
    };
    Mode::ALL.iter().map(in_mode).collect()
}

/// Turns apart, whose number depends on the runtime.
fn without_turns(told: Vec<String>) -> Vec<String> {
    told.into_iter().filter(|line| !line.contains("/turn ")).collect()
}

async fn exchange(world: World) -> Result<()> {
    let (ours, theirs) = stream_pair()?;
    let (ours, theirs) = (register(ours)?, register(theirs)?);
    let echo = async_proc(async move {
        let word = theirs.recv(100).await?;
        sleep_async(0).await?;
        theirs.send(word).await
    });
    world.wait_for(ours.send("hello")).await?;
    let asker = async_proc(async move {
        sleep_async(0).await?; // a guest has to be driven
        ours.read_exact(&mut [0; 5]).await
    });
    world.wait_for(asker).await?;
    world.wait_for(echo).await
}

#[test]
fn operations_and_procs_have_spans_that_say_where_they_were_made() {
    for (mode, told) in told(|world| Box::pin(exchange(world))) {
        let told = without_turns(told);
        let told: Vec<_> = told.iter().map(|line| line.split(" fd=").next().expect("a part")).collect();
        let expected = [
            "begin /proc name=\"async_proc\" made_at=here",
            "begin proc/operation name=\"recv\" made_at=here",
            "begin /operation name=\"send\" made_at=here",
            "end /operation name=\"send\" made_at=here",
            "end proc/operation name=\"recv\" made_at=here",
            "begin proc/operation name=\"sleepAsync\" made_at=here",
            "end proc/operation name=\"sleepAsync\" made_at=here",
            "begin proc/operation name=\"send\" made_at=here",
            "end proc/operation name=\"send\" made_at=here",
            "begin proc/operation name=\"lazy, to read\"",
            "end proc/operation name=\"lazy, to read\"",
            "end /proc name=\"async_proc\" made_at=here",
        ];
        for line in expected {
            assert!(told.contains(&line), "{mode}: {line} is not in {told:#?}");
        }
        let begun = told.iter().filter(|line| line.starts_with("begin ")).count();
        assert_eq!((begun, told.len()), (8, 16), "{mode}: all that begins ends: {told:#?}");
    }
}

async fn turns(world: World) -> Result<()> {
    for _ in 0..3 {
        call_soon(|| tracing::info!("called"));
        world.poll_with(0).await?;
    }
    Ok(())
}

#[test]
fn callbacks_run_in_the_span_of_their_turn() {
    for (mode, told) in told(|world| Box::pin(turns(world))) {
        let expected = |number: usize| {
            let turn = format!("/turn number={number}");
            [format!("begin {turn}"), "INFO turn/ message=called".to_owned(), format!("end {turn}")]
        };
        assert_eq!(told, [expected(1), expected(2), expected(3)].concat(), "{mode}");
    }
}

async fn failures(world: World) -> Result<()> {
    drop(async_proc(async { Err::<(), _>("dropped".into()) }));
    async_check(async_proc(async { Err("checked".into()) }));
    assert_eq!(world.poll_with(0).await.unwrap_err().to_string(), "checked");
    let looked_at = async_proc(async { Err::<(), _>("looked at".into()) });
    assert!(world.wait_for(looked_at).await.is_err());
    Ok(())
}

#[test]
fn failures_that_nobody_looked_at_are_events() {
    for (mode, told) in told(|world| Box::pin(failures(world))) {
        let events: Vec<_> = told.iter().filter(|line| line.starts_with("ERROR ")).collect();
        let [dropped, checked] = events[..] else { panic!("{mode}: not two events: {events:?}") };
        let text =
            "ERROR / message=nobody looked at this failure error=dropped detail=nobody looked at this failure of";
        assert!(dropped.starts_with(text) && dropped.contains("tests/spans.rs:"), "{mode}: {dropped}");
        assert_eq!(checked, "ERROR turn/ message=nobody looked at this failure error=checked", "{mode}");
    }
}
