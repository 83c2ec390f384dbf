//! Deadlines in order: earliest first, equal ones in the order of their making.
//!
//! A heap of four branches, and a slab of entries that know their places in it, so that any of them can be taken out. A
//! deadline that is later than all others, the common case, is added without moving any.

use std::cell::{Cell, RefCell};

use slab::Slab;
use tokio::time::Instant;

const BRANCHES: usize = 4;

/// A timer, as long as it is in the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerId {
    slot: usize,
    serial: u64,
}

/// Ordered by deadline, then by age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    deadline: Instant,
    serial: u64,
    slot: usize,
}

struct Entry<T> {
    place: usize,
    value: T,
}

struct Heap<T> {
    nodes: Vec<Node>,
    entries: Slab<Entry<T>>,
}

impl<T> Heap<T> {
    fn put(&mut self, place: usize, node: Node) {
        self.nodes[place] = node;
        self.entries[node.slot].place = place;
    }

    fn rise(&mut self, mut place: usize, node: Node) {
        while place > 0 {
            let above = (place - 1) / BRANCHES;
            if self.nodes[above] <= node {
                break;
            }
            self.put(place, self.nodes[above]);
            place = above;
        }
        self.put(place, node);
    }

    fn sink(&mut self, mut place: usize, node: Node) {
        loop {
            let below = place * BRANCHES + 1;
            let branches = below..self.nodes.len().min(below + BRANCHES);
            match branches.min_by_key(|branch| self.nodes[*branch]) {
                Some(least) if self.nodes[least] < node => {
                    self.put(place, self.nodes[least]);
                    place = least;
                }
                _ => break,
            }
        }
        self.put(place, node);
    }

    fn remove(&mut self, place: usize) -> T {
        let gone = self.nodes.swap_remove(place);
        if let Some(&moved) = self.nodes.get(place) {
            if moved < gone { self.rise(place, moved) } else { self.sink(place, moved) }
        }
        self.entries.remove(gone.slot).value
    }
}

/// Entries by deadline; insertion and removal are O(log n).
pub(crate) struct TimerQueue<T> {
    heap: RefCell<Heap<T>>,
    serial: Cell<u64>,
}

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        TimerQueue { heap: RefCell::new(Heap { nodes: Vec::new(), entries: Slab::new() }), serial: Cell::new(0) }
    }
}

impl<T> TimerQueue<T> {
    pub(crate) fn insert(&self, deadline: Instant, value: T) -> TimerId {
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        let mut heap = self.heap.borrow_mut();
        let place = heap.nodes.len();
        let slot = heap.entries.insert(Entry { place, value });
        let node = Node { deadline, serial, slot };
        heap.nodes.push(node);
        heap.rise(place, node);
        TimerId { slot, serial }
    }

    pub(crate) fn remove(&self, id: TimerId) -> Option<T> {
        let mut heap = self.heap.borrow_mut();
        let place = heap.entries.get(id.slot)?.place;
        (heap.nodes[place].serial == id.serial).then(|| heap.remove(place))
    }

    /// Takes the earliest entry out if its deadline is not after `now`.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<T> {
        let mut heap = self.heap.borrow_mut();
        (heap.nodes.first()?.deadline <= now).then(|| heap.remove(0))
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.heap.borrow().nodes.first().map(|node| node.deadline)
    }

    /// All deadlines, with what `f` tells of their entries.
    pub(crate) fn list<R>(&self, f: impl Fn(&T) -> R) -> Vec<(Instant, R)> {
        let heap = self.heap.borrow();
        let mut nodes = heap.nodes.clone();
        nodes.sort();
        nodes.iter().map(|node| (node.deadline, f(&heap.entries[node.slot].value))).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.borrow().nodes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heap.borrow().nodes.is_empty()
    }

    /// Empties the queue, in order.
    pub(crate) fn take_all(&self) -> Vec<T> {
        let mut heap = self.heap.borrow_mut();
        let mut nodes = std::mem::take(&mut heap.nodes);
        nodes.sort();
        nodes.iter().map(|node| heap.entries.remove(node.slot).value).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::TimerQueue;

    fn due<T>(queue: &TimerQueue<T>, now: Instant) -> Vec<T> {
        std::iter::from_fn(|| queue.pop_due(now)).collect()
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
                    assert_eq!(queue.pop_due(at(50)), first.map(|(_, serial, _)| serial));
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
