//! A queue whose first entry needs no allocation: nearly all lists of this crate hold one entry at most.

use std::collections::VecDeque;
use std::mem;

/// First in, first out. `rest` is empty whenever `first` is; it is boxed because it is rarely there at all.
pub(crate) struct Fifo<T> {
    first: Option<T>,
    #[expect(clippy::box_collection, reason = "most lists have no rest, and there are two lists a descriptor")]
    rest: Option<Box<VecDeque<T>>>,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Fifo { first: None, rest: None }
    }
}

impl<T> Fifo<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| rest.len()) + usize::from(self.first.is_some())
    }

    #[inline]
    pub(crate) fn push_back(&mut self, entry: T) {
        match self.first {
            None => self.first = Some(entry),
            Some(_) => self.push_rest(entry),
        }
    }

    /// As `push_back`, of what is made where it stays.
    #[inline(always)]
    pub(crate) fn push_back_with(&mut self, make: impl FnOnce() -> T) {
        match self.first {
            None => self.first = Some(make()),
            Some(_) => self.push_rest(make()),
        }
    }

    #[cold]
    fn push_rest(&mut self, entry: T) {
        self.rest.get_or_insert_default().push_back(entry);
    }

    pub(crate) fn push_front(&mut self, entry: T) {
        if let Some(second) = self.first.replace(entry) {
            self.rest.get_or_insert_default().push_front(second);
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let first = self.first.take();
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop_front();
        }
        first
    }

    #[inline]
    pub(crate) fn drop_first(&mut self) {
        self.first = match &mut self.rest {
            None => None,
            Some(rest) => rest.pop_front(),
        };
    }

    /// Puts `later` behind what is here.
    pub(crate) fn append(&mut self, later: Fifo<T>) {
        if self.is_empty() {
            *self = later;
        } else {
            later.for_each(|entry| self.push_back(entry));
        }
    }

    /// Puts `earlier` in front of what is here.
    pub(crate) fn prepend(&mut self, mut earlier: Fifo<T>) {
        if earlier.is_empty() {
            return;
        }
        if !self.is_empty() {
            earlier.append(mem::take(self));
        }
        *self = earlier;
    }

    pub(crate) fn first_mut(&mut self) -> Option<&mut T> {
        self.first.as_mut()
    }

    /// The first entry, if there is no other.
    #[inline]
    pub(crate) fn alone_mut(&mut self) -> Option<&mut T> {
        if self.has_rest() { None } else { self.first.as_mut() }
    }

    /// Takes the first entry out, if there is no other.
    #[inline]
    pub(crate) fn take_alone(&mut self) -> Option<T> {
        if self.has_rest() { None } else { self.first.take() }
    }

    fn has_rest(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| !rest.is_empty())
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.first.iter_mut().chain(self.rest.iter_mut().flat_map(|rest| rest.iter_mut()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.rest.iter().flat_map(|rest| rest.iter()))
    }

    /// Takes the first entry that `matches` out.
    pub(crate) fn remove(&mut self, mut matches: impl FnMut(&T) -> bool) -> Option<T> {
        if self.first.as_ref().is_some_and(&mut matches) {
            return self.pop_front();
        }
        let rest = self.rest.as_mut()?;
        let index = rest.iter().position(matches)?;
        rest.remove(index)
    }
}

impl<T> Iterator for Fifo<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::Fifo;

    fn of(entries: &[i32]) -> Fifo<i32> {
        let mut fifo = Fifo::default();
        entries.iter().for_each(|&entry| fifo.push_back(entry));
        fifo
    }

    #[test]
    fn keeps_order_through_every_operation() {
        let mut fifo = of(&[2, 3, 4]);
        fifo.push_front(1);
        assert_eq!(fifo.remove(|&entry| entry == 3), Some(3));
        assert_eq!(fifo.remove(|&entry| entry == 1), Some(1));
        assert_eq!(fifo.remove(|&entry| entry == 9), None);
        fifo.prepend(of(&[7, 8]));
        assert_eq!(fifo.len(), 4);
        assert_eq!(fifo.collect::<Vec<_>>(), [7, 8, 2, 4]);
    }

    #[test]
    fn prepending_to_an_empty_list_and_an_empty_list() {
        let mut fifo = of(&[]);
        fifo.prepend(of(&[1]));
        fifo.prepend(of(&[]));
        assert_eq!(fifo.collect::<Vec<_>>(), [1]);
    }
}
