//! Deadlines in order: earliest first, equal ones in the order of their making.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tokio::time::Instant;

/// A deadline and a number that makes it unique.
pub(crate) type TimerId = (Instant, u64);

/// Entries by deadline; insertion and removal are O(log n).
pub(crate) struct TimerQueue<T> {
    entries: RefCell<BTreeMap<TimerId, T>>,
    serial: Cell<u64>,
}

impl<T> Default for TimerQueue<T> {
    fn default() -> Self {
        TimerQueue { entries: RefCell::default(), serial: Cell::new(0) }
    }
}

impl<T> TimerQueue<T> {
    pub(crate) fn insert(&self, deadline: Instant, entry: T) -> TimerId {
        let id = (deadline, self.serial.get());
        self.serial.set(id.1 + 1);
        self.entries.borrow_mut().insert(id, entry);
        id
    }

    pub(crate) fn remove(&self, id: TimerId) -> Option<T> {
        self.entries.borrow_mut().remove(&id)
    }

    /// Takes the earliest entry out if its deadline is not after `now`.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<T> {
        let mut entries = self.entries.borrow_mut();
        let first = entries.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.entries.borrow().first_key_value().map(|(id, _)| id.0)
    }

    /// All deadlines, with what `f` tells of their entries.
    pub(crate) fn list<R>(&self, f: impl Fn(&T) -> R) -> Vec<(Instant, R)> {
        self.entries.borrow().iter().map(|(id, entry)| (id.0, f(entry))).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    pub(crate) fn take_all(&self) -> BTreeMap<TimerId, T> {
        self.entries.take()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::TimerQueue;

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
        let due: Vec<_> = std::iter::from_fn(|| queue.pop_due(now)).collect();
        assert_eq!(due, ["a", "b"]);
        let due: Vec<_> = std::iter::from_fn(|| queue.pop_due(late)).collect();
        assert_eq!(due, ["c", "d"]);
        assert!(queue.is_empty());
    }
}
