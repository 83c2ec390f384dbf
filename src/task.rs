//! An async proc at work: its body, its waker, and how it gets back into the queue.
//!
//! The dispatcher's table owns each task until its body ends; futures that it waits on hold it too. Resumption goes
//! through the `call_soon` queue: directly when the thing that it waited for is of this crate (no waker is touched),
//! through [`Alarm`] when a foreign waker was used.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::task::{Context, Poll, Wake, Waker};

use slab::Slab;

use crate::abandoned::cancelling;
use crate::call_soon::{Entry, Raised};
use crate::current::{enter, owner_of, set_task};
use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::mailbox::{Mail, Mailbox, Posted};
use crate::origin::Origin;
use crate::span::Span;

/// How many lazy operations one resumption may complete before the task goes on in the next turn.
const LAZY_BUDGET: u32 = 128;

/// How many tasks that have ended a dispatcher keeps, to use them again.
const SPARE_TASKS: usize = 256;

/// A place in the table and a number that is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskId {
    slot: u32,
    serial: u64,
}

/// What a task runs.
pub(crate) trait Body {
    /// Goes on; `Err` is an error that nobody else can hear of any more.
    fn resume(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>>;
    /// Drops what runs, then fails the proc's future, if it is pending.
    fn fail(self: Pin<Box<Self>>, error: Error);
    fn origin(&self) -> Origin;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Queued,
    Running,
    /// Woken while it was being polled: to be queued when that poll returns.
    RunningWoken,
    Ended,
}

/// See the module's docs.
pub(crate) struct Task {
    core: Rc<Core>,
    id: Cell<TaskId>,
    state: Cell<State>,
    /// Taken out while it is polled.
    body: RefCell<Option<Pin<Box<dyn Body>>>>,
    lazy_left: Cell<u32>,
    /// Whether the task stands in `Tasks::foreign`.
    noted: Cell<bool>,
    bell: Bell,
    /// Entered while it runs.
    span: RefCell<Span>,
}

impl Task {
    /// Makes a task and runs it to its first wait.
    pub(crate) fn start(core: &Rc<Core>, body: Pin<Box<dyn Body>>) -> Rc<Task> {
        let span = Span::proc(|| body.origin());
        let task = core.tasks.insert(core);
        drop(task.body.replace(Some(body)));
        let _none = task.span.replace(span);
        let machine = core.machine().ok();
        let _entered = machine.as_deref().map(enter);
        if let Err(raised) = task.run_caught() {
            core.soon.push(core, Entry::call(move || raised.leave()));
        }
        task
    }

    fn new(core: &Rc<Core>) -> Rc<Task> {
        Rc::new(Task {
            core: Rc::clone(core),
            id: Cell::new(TaskId { slot: 0, serial: 0 }),
            state: Cell::new(State::Ended),
            body: RefCell::new(None),
            lazy_left: Cell::new(LAZY_BUDGET),
            noted: Cell::new(false),
            bell: Bell::new(core.mailbox()),
            span: RefCell::new(Span::none()),
        })
    }

    /// Whether it may become another task: no queue, no future and nobody outside has a way to this one.
    fn is_unused(self: &Rc<Task>) -> bool {
        Rc::strong_count(self) == 1 && Rc::weak_count(self) == 0 && self.bell.is_free()
    }

    /// Where it was made, unless it is running.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.body.borrow().as_ref().map(|body| body.origin())
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.bell.waker
    }

    /// Queues the task, once.
    #[inline]
    pub(crate) fn schedule(self: &Rc<Task>) {
        match self.state.get() {
            State::Idle => {
                self.state.set(State::Queued);
                self.core.soon.push(&self.core, Entry::resume(Rc::clone(self)));
            }
            State::Running => self.state.set(State::RunningWoken),
            State::Queued | State::RunningWoken | State::Ended => {}
        }
    }

    /// Called by the queue, in a turn of the task's own dispatcher, whose runtime is entered.
    pub(crate) fn resume(self: Rc<Task>) -> Result<()> {
        self.run_caught().or_else(Raised::leave)
    }

    /// Polls the body. An error or a panic that has to leave through `poll` comes back.
    fn run_caught(self: &Rc<Task>) -> Result<(), Raised> {
        let Some(mut body) = self.body.borrow_mut().take() else { return Ok(()) };
        self.state.set(State::Running);
        self.lazy_left.set(LAZY_BUDGET);
        let polled = {
            let _polled = Polled::new(Rc::clone(self));
            let span = self.span.borrow().clone();
            let _in_span = span.enter();
            let mut cx = Context::from_waker(self.waker());
            catch_unwind(AssertUnwindSafe(|| body.as_mut().resume(&mut cx)))
        };
        match polled {
            Ok(Poll::Pending) => {
                self.wait(body);
                Ok(())
            }
            Ok(Poll::Ready(result)) => {
                let cancelled = self.state.get() == State::Ended;
                self.end();
                if cancelled { Ok(()) } else { result.map_err(Raised::Error) }
            }
            Err(payload) => {
                self.end();
                body.fail(Error::panicked(&*payload));
                Err(Raised::Panic(payload))
            }
        }
    }

    fn wait(self: &Rc<Task>, body: Pin<Box<dyn Body>>) {
        if self.state.get() == State::Ended {
            return cancelling(|| body.fail(Error::cancelled("while it was running")));
        }
        *self.body.borrow_mut() = Some(body);
        let woken = self.state.replace(State::Idle) == State::RunningWoken;
        if woken {
            self.schedule();
        }
        if self.core.tasks.note_foreign(self) {
            // A foreign loop that has the selector must hear that something waits in tokio.
            self.core.wake_if_parked();
        }
    }

    fn end(self: &Rc<Task>) {
        self.state.set(State::Ended);
        let _former = self.span.replace(Span::none());
        self.core.tasks.remove(self);
    }

    /// Ends the task: its body is dropped, now or when it returns to the loop, and its future fails with `error`.
    pub(crate) fn cancel(self: &Rc<Task>, error: Error) {
        if self.state.get() == State::Ended {
            return;
        }
        let body = self.body.take();
        self.end();
        if let Some(body) = body {
            cancelling(|| body.fail(error));
        }
    }

    /// Whether another lazy operation may be tried in this resumption.
    pub(crate) fn has_budget(&self) -> bool {
        self.lazy_left.get() > 0
    }

    /// Goes on in the next turn: it has used up its operations.
    pub(crate) fn go_on_next_turn(self: &Rc<Task>) {
        self.core.soon.push_next_turn(&self.core, Rc::clone(self));
    }

    /// Counts a completed lazy operation.
    pub(crate) fn spend(&self) {
        self.lazy_left.set(self.lazy_left.get() - 1);
    }

    /// Whether anybody outside holds this task's waker.
    fn is_awaited_outside(&self) -> bool {
        self.state.get() != State::Ended && Arc::strong_count(&self.bell.alarm) > Bell::OWN_HANDLES
    }
}

/// Says for its lifetime which task is being polled.
struct Polled(Option<Rc<Task>>);

impl Polled {
    fn new(task: Rc<Task>) -> Polled {
        Polled(set_task(Some(task)))
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        drop(set_task(self.0.take()));
    }
}

/// What wakes a task from anywhere, also from other threads.
struct Alarm {
    mailbox: Arc<Mailbox>,
    slot: AtomicU64,
    serial: AtomicU64,
    /// Set while a mail is on its way.
    rung: Posted,
}

impl Alarm {
    fn id(&self) -> TaskId {
        TaskId { slot: self.slot.load(Ordering::Relaxed) as u32, serial: self.serial.load(Ordering::Relaxed) }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// On the dispatcher's own thread the task is queued at once, so that its place is that of the wake-up.
    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(core) = owner_of(&self.mailbox) {
            return core.tasks.schedule(self.id());
        }
        if self.rung.begin() {
            let _gone = self.mailbox.post(Mail::Task(self.id()));
        }
    }
}

/// An alarm as the waker that a task is polled with.
struct Bell {
    alarm: Arc<Alarm>,
    waker: Waker,
}

impl Bell {
    /// `alarm` and `waker`.
    const OWN_HANDLES: usize = 2;

    /// Whether nobody else holds it. What the last who did has done with it comes before what its next task does.
    fn is_free(&self) -> bool {
        let free = Arc::strong_count(&self.alarm) == Bell::OWN_HANDLES;
        fence(Ordering::Acquire);
        free
    }

    fn new(mailbox: &Arc<Mailbox>) -> Bell {
        let alarm = Arc::new(Alarm {
            mailbox: Arc::clone(mailbox),
            slot: AtomicU64::new(0),
            serial: AtomicU64::new(0),
            rung: Posted::default(),
        });
        Bell { waker: Waker::from(Arc::clone(&alarm)), alarm }
    }

    /// For the next task of one that is free.
    fn set(&self, id: TaskId) {
        self.alarm.slot.store(u64::from(id.slot), Ordering::Relaxed);
        self.alarm.serial.store(id.serial, Ordering::Relaxed);
        self.alarm.rung.reset();
    }
}

/// The async procs of one dispatcher that have not ended.
#[derive(Default)]
pub(crate) struct Tasks {
    table: RefCell<Slab<Rc<Task>>>,
    serial: Cell<u64>,
    /// Some that have ended, to be used again when nobody holds them any more.
    spare: RefCell<Vec<Rc<Task>>>,
    /// Tasks that were last seen waiting on something foreign.
    foreign: RefCell<Vec<Rc<Task>>>,
    prune_at: Cell<usize>,
}

impl Tasks {
    /// A task without a body, in the table.
    fn insert(&self, core: &Rc<Core>) -> Rc<Task> {
        let spare = self.spare.borrow_mut().pop();
        let task = spare.filter(Task::is_unused).unwrap_or_else(|| Task::new(core));
        self.serial.set(self.serial.get() + 1);
        let mut table = self.table.borrow_mut();
        let place = table.vacant_entry();
        let id = TaskId { slot: place.key() as u32, serial: self.serial.get() };
        task.bell.set(id);
        task.id.set(id);
        task.state.set(State::Idle);
        place.insert(Rc::clone(&task));
        task
    }

    fn remove(&self, task: &Rc<Task>) {
        let slot = task.id.get().slot as usize;
        let mut table = self.table.borrow_mut();
        if !table.get(slot).is_some_and(|found| Rc::ptr_eq(found, task)) {
            return;
        }
        let ended = table.remove(slot);
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE_TASKS {
            spare.push(ended);
        }
    }

    fn get(&self, id: TaskId) -> Option<Rc<Task>> {
        self.table.borrow().get(id.slot as usize).filter(|task| task.id.get() == id).cloned()
    }

    /// Queues the task that an alarm names, if it has not ended.
    pub(crate) fn schedule(&self, id: TaskId) {
        if let Some(task) = self.get(id) {
            task.bell.alarm.rung.end();
            task.schedule();
        }
    }

    /// Remembers a task that somebody outside may wake, and answers whether it is new; the list is pruned whenever it
    /// has doubled.
    fn note_foreign(&self, task: &Rc<Task>) -> bool {
        if task.noted.get() || !task.is_awaited_outside() {
            return false;
        }
        task.noted.set(true);
        let mut foreign = self.foreign.borrow_mut();
        foreign.push(Rc::clone(task));
        if foreign.len() > self.prune_at.get() {
            drop(foreign);
            self.prune_foreign();
        }
        true
    }

    fn prune_foreign(&self) {
        let (kept, gone) = self.foreign.take().into_iter().partition::<Vec<_>, _>(|task| task.is_awaited_outside());
        gone.iter().for_each(|task| task.noted.set(false));
        self.prune_at.set(2 * kept.len() + 64);
        *self.foreign.borrow_mut() = kept;
    }

    /// Whether a proc waits on a future whose waker somebody outside holds.
    pub(crate) fn any_foreign(&self) -> bool {
        if self.foreign.borrow().is_empty() {
            return false;
        }
        self.prune_foreign();
        !self.foreign.borrow().is_empty()
    }

    /// Where the procs were made; `None` for those that are running.
    pub(crate) fn origins(&self) -> Vec<Option<Origin>> {
        self.table.borrow().iter().map(|(_, task)| task.origin()).collect()
    }

    /// All tasks, for the teardown.
    pub(crate) fn list(&self) -> Vec<Rc<Task>> {
        self.table.borrow().iter().map(|(_, task)| Rc::clone(task)).collect()
    }

    pub(crate) fn forget_spares(&self) {
        let spare = self.spare.take();
        let foreign = self.foreign.take();
        drop((spare, foreign));
    }
}
