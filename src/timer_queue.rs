//! Deadlines in order: earliest first, equal ones in the order of their making.
//!
//! A heap of numbers, and a slab of what they stand for. Taking a timer out empties its place in the slab at once; its
//! number stays until it is found to be the first, or until most numbers are such leftovers. When many are due together
//! they are sorted and then taken one after the other, which is far cheaper than to rearrange a large heap for each.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::time::Duration;

use slab::Slab;
use tokio::time::Instant;

/// Heaps of so many are small: leftovers may stay, and nothing is sorted.
const SMALL: usize = 64;

/// What part of a heap must be due to go through the whole.
const PART: usize = 16;

/// A timer, as long as it is in the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerId {
    slot: u32,
    serial: u64,
}

/// Nanoseconds since the queue's beginning: half the size of an `Instant`, and compared at once. Deadlines are at most a
/// century away.
type Nanos = i64;

/// Ordered by deadline, then by age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    deadline: Nanos,
    serial: u64,
    slot: u32,
}

impl Node {
    fn id(self) -> TimerId {
        TimerId { slot: self.slot, serial: self.serial }
    }
}

/// What the numbers stand for, with their serials.
struct Values<T>(Slab<(u64, T)>);

impl<T> Values<T> {
    fn has(&self, id: TimerId) -> bool {
        self.0.get(id.slot as usize).is_some_and(|(serial, _)| *serial == id.serial)
    }
}

struct Timers<T> {
    /// The first deadline that there was.
    beginning: Option<Instant>,
    heap: BinaryHeap<Reverse<Node>>,
    /// Some that were due together, the earliest last.
    due: Vec<Node>,
    values: Values<T>,
}

impl<T> Timers<T> {
    fn insert(&mut self, deadline: Instant, serial: u64, value: T) -> TimerId {
        self.beginning.get_or_insert(deadline);
        let (deadline, slot) = (self.nanos(deadline), self.values.0.insert((serial, value)) as u32);
        self.heap.push(Reverse(Node { deadline, serial, slot }));
        TimerId { slot, serial }
    }

    fn nanos(&self, instant: Instant) -> Nanos {
        match self.beginning {
            Some(beginning) if instant < beginning => -((beginning - instant).as_nanos() as Nanos),
            Some(beginning) => (instant - beginning).as_nanos() as Nanos,
            None => 0,
        }
    }

    fn instant(&self, node: Node) -> Option<Instant> {
        let distance = Duration::from_nanos(node.deadline.unsigned_abs());
        self.beginning.and_then(|beginning| {
            if node.deadline < 0 { beginning.checked_sub(distance) } else { beginning.checked_add(distance) }
        })
    }

    fn first(&mut self) -> Option<Node> {
        let Timers { heap, due, values, .. } = self;
        while due.last().is_some_and(|node| !values.has(node.id())) {
            due.pop();
        }
        while heap.peek().is_some_and(|node| !values.has(node.0.id())) {
            heap.pop();
        }
        let later = heap.peek().map(|node| node.0);
        due.last().copied().into_iter().chain(later).min()
    }

    fn pop(&mut self) -> Option<T> {
        let first = self.first()?;
        self.remove(first.id())
    }

    fn remove(&mut self, id: TimerId) -> Option<T> {
        if !self.values.has(id) {
            return None;
        }
        let (_, value) = self.values.0.remove(id.slot as usize);
        self.drop_leftovers();
        Some(value)
    }

    fn drop_leftovers(&mut self) {
        let Timers { heap, values, .. } = self;
        if heap.len() > 2 * values.0.len() + SMALL {
            heap.retain(|node| values.has(node.0.id()));
        }
    }

    /// Whether a good part of a large heap is due; looks at no more of it than that.
    fn is_much_due(&self, now: Nanos) -> bool {
        let nodes = self.heap.as_slice();
        let is_due = |place: usize| nodes.get(place).is_some_and(|node| node.0.deadline <= now);
        if nodes.len() <= SMALL || !is_due(0) {
            return false;
        }
        let (mut left, mut places) = (nodes.len() / PART, vec![0]);
        while let Some(place) = places.pop().filter(|_| left > 0) {
            left -= 1;
            places.extend([2 * place + 1, 2 * place + 2].into_iter().filter(|place| is_due(*place)));
        }
        left == 0
    }

    fn sort_due(&mut self, now: Nanos) {
        let nodes = mem::take(&mut self.heap).into_iter().filter(|node| self.values.has(node.0.id()));
        let (due, later): (Vec<_>, Vec<_>) = nodes.partition(|node| node.0.deadline <= now);
        self.heap = later.into();
        self.due.extend(due.into_iter().map(|node| node.0));
        self.due.sort_unstable_by_key(|node| Reverse(*node));
    }
}

/// A queue of timers that stand for values of type `T`.
pub(crate) struct TimerQueue<T> {
    timers: RefCell<Timers<T>>,
    serial: Cell<u64>,
}

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        let timers = Timers { beginning: None, heap: BinaryHeap::new(), due: Vec::new(), values: Values(Slab::new()) };
        TimerQueue { timers: RefCell::new(timers), serial: Cell::new(0) }
    }
}

impl<T> TimerQueue<T> {
    pub(crate) fn insert(&self, deadline: Instant, value: T) -> TimerId {
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        self.timers.borrow_mut().insert(deadline, serial, value)
    }

    /// Takes a timer out, unless it is out already.
    pub(crate) fn remove(&self, id: TimerId) -> Option<T> {
        self.timers.borrow_mut().remove(id)
    }

    /// What is due at `now`, to be popped.
    pub(crate) fn due(&self, now: Instant) -> Due<'_, T> {
        let mut timers = self.timers.borrow_mut();
        let now = timers.nanos(now);
        if timers.is_much_due(now) {
            timers.sort_due(now);
        }
        Due { timers: &self.timers, now }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let mut timers = self.timers.borrow_mut();
        timers.first().and_then(|first| timers.instant(first))
    }

    /// What `f` says of each, in order.
    pub(crate) fn list<R>(&self, f: impl Fn(&T) -> R) -> Vec<(Instant, R)> {
        let timers = self.timers.borrow();
        let nodes = timers.heap.iter().map(|node| node.0).chain(timers.due.iter().copied());
        let mut nodes: Vec<_> = nodes.filter(|node| timers.values.has(node.id())).collect();
        nodes.sort();
        let told = |node: Node| Some((timers.instant(node)?, f(&timers.values.0[node.slot as usize].1)));
        nodes.into_iter().filter_map(told).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.timers.borrow().values.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.timers.borrow().values.0.is_empty()
    }

    /// Takes all out, in order.
    pub(crate) fn take_all(&self) -> Vec<T> {
        let mut timers = self.timers.borrow_mut();
        std::iter::from_fn(|| timers.pop()).collect()
    }
}

/// See [`TimerQueue::due`]: those whose deadline is not later, the earliest first. The queue may be changed meanwhile.
pub(crate) struct Due<'a, T> {
    timers: &'a RefCell<Timers<T>>,
    now: Nanos,
}

impl<T> Iterator for Due<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let mut timers = self.timers.borrow_mut();
        let first = timers.first().filter(|first| first.deadline <= self.now)?;
        timers.remove(first.id())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::TimerQueue;

    fn due<T>(queue: &TimerQueue<T>, now: Instant) -> Vec<T> {
        queue.due(now).collect()
    }

    #[test]
    fn due_entries_come_by_deadline_and_equal_ones_in_order() {
        let queue = TimerQueue::default();
        let now = Instant::now();
        let late = now + Duration::from_millis(2);
        for (deadline, name) in [(late, "c"), (now, "a"), (now, "b"), (late, "d")] {
            queue.insert(deadline, name);
        }
        let gone = queue.insert(now, "gone");
        assert_eq!(queue.remove(gone), Some("gone"));
        assert_eq!(queue.remove(gone), None);
        assert_eq!(queue.next_deadline(), Some(now));
        assert_eq!(due(&queue, now), ["a", "b"]);
        assert_eq!(due(&queue, late), ["c", "d"]);
        assert!(queue.is_empty());
    }

    /// Against a sorted list, with deadlines that repeat and removals from anywhere.
    #[test]
    fn it_is_in_order_whatever_is_added_and_removed() {
        let queue = TimerQueue::default();
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let (mut random, mut expected) = (1_u64, Vec::new());
        for serial in 0..20_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = random >> 33;
            match number % 8 {
                0..4 => expected.push((number % 97, serial, queue.insert(at(number % 97), serial))),
                4..6 if !expected.is_empty() => {
                    let (_, serial, id) = expected.swap_remove(number as usize % expected.len());
                    assert_eq!(queue.remove(id), Some(serial));
                    assert_eq!(queue.remove(id), None);
                }
                _ => {
                    expected.sort_by_key(|(millis, serial, _)| (*millis, *serial));
                    let first = expected.first().filter(|(millis, ..)| *millis <= 50).copied();
                    assert_eq!(queue.due(at(50)).next(), first.map(|(_, serial, _)| serial));
                    expected.drain(..usize::from(first.is_some()));
                }
            }
            assert_eq!(queue.len(), expected.len());
        }
        expected.sort_by_key(|(millis, serial, _)| (*millis, *serial));
        let sorted: Vec<_> = expected.iter().map(|(_, serial, _)| *serial).collect();
        assert_eq!(queue.list(|serial| *serial).into_iter().map(|(_, serial)| serial).collect::<Vec<_>>(), sorted);
        assert_eq!(queue.take_all(), sorted);
        assert!(queue.is_empty() && queue.next_deadline().is_none());
    }
}
