//! The life of a registration: registered, waited on, unregistered or closed.

use std::io;
use std::mem;
use std::rc::Rc;

use crate::dispatcher::Core;
use crate::error::{Error, Result};
use crate::fd::AsyncFD;
use crate::fifo::Fifo;
use crate::future::NimFuture;
use crate::line::Waiting;
use crate::operation::Operation;
use crate::registry::{Gone, Side, Slot};
use crate::source::Source;
use crate::sys::{self, BorrowedFd, Descriptor, Interest, RawFd};
use crate::to_the_end::to_the_end;

impl Core {
    /// Refuses numbers that no open descriptor has.
    pub(crate) fn check_number(&self, raw: RawFd) -> Result<()> {
        match sys::number_of(raw).and_then(|number| usize::try_from(number).ok()) {
            Some(number) if number < sys::descriptor_limit() => Ok(()),
            Some(_) => Err(Error::too_many_descriptors().with_detail(format!("descriptor {raw}"))),
            None => Err(Error::invalid_input(format!("{raw} is not the number of a descriptor"))),
        }
    }

    /// Registers a descriptor. No system call; nobody waits on it yet.
    pub(crate) fn register(self: &Rc<Core>, descriptor: Descriptor) -> Result<AsyncFD> {
        if self.is_closed() {
            return Err(Error::dispatcher_gone());
        }
        if descriptor.is_owned() {
            self.evict(descriptor.number());
        }
        if self.fds.find(descriptor.number()).is_some() {
            return Err(Error::already_registered(descriptor.number()));
        }
        Ok(self.fds.insert(descriptor))
    }

    /// A descriptor that is owned cannot also be another registered one: that was closed behind our back. Its number is
    /// not ours to close any more.
    fn evict(self: &Rc<Core>, number: i32) {
        let Some(stale) = self.fds.find(number) else { return };
        if let Ok(descriptor) = self.remove_descriptor(stale, Gone::Unregistered) {
            if let Some(fd) = descriptor.into_owned() {
                mem::forget(fd); // closed elsewhere
            }
        }
    }

    /// A share of the descriptor, which keeps it open.
    pub(crate) fn descriptor(&self, fd: AsyncFD) -> Result<Rc<Descriptor>> {
        self.fds.with(fd, |slot| Rc::clone(&slot.descriptor))
    }

    /// Makes a system call on a registered descriptor; a stale key is answered like a closed one.
    pub(crate) fn with_descriptor<T>(
        &self,
        fd: AsyncFD,
        call: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let result = self.fds.with(fd, |slot| call(slot.descriptor.borrow()));
        result.unwrap_or_else(|_| Err(io::Error::from_raw_os_error(sys::EBADF)))
    }

    /// Makes a descriptor that we own non-blocking; answers whether it is.
    pub(crate) fn make_nonblocking(&self, fd: AsyncFD) -> Result<bool> {
        self.fds.with(fd, |slot| {
            if !slot.nonblocking {
                if slot.descriptor.is_owned() {
                    sys::set_nonblocking(slot.descriptor.borrow()).map_err(Error::from_io_plain)?;
                }
                slot.nonblocking = sys::is_nonblocking(slot.descriptor.borrow()).map_err(Error::from_io_plain)?;
            }
            Ok(slot.nonblocking)
        })?
    }

    /// Has the kernel watch one side of a descriptor, unless it does already; and the other, if that was forgotten.
    #[inline]
    pub(crate) fn watch(&self, slot: &mut Slot, side: Side) -> Result<()> {
        let forgotten = slot.forgotten(side.other());
        self.watch_for(slot, forgotten.with(side.interest()))
    }

    #[inline]
    pub(crate) fn watch_for(&self, slot: &mut Slot, wanted: Interest) -> Result<()> {
        if wanted == Interest::NONE || slot.is_watched(wanted) {
            return Ok(());
        }
        slot.watch(self.machine()?.watched().selector(), wanted)
    }

    /// Appends an entry to a list. If that cannot be, the entry is dropped: nothing is left behind.
    #[inline]
    pub(crate) fn append(&self, fd: AsyncFD, side: Side, waiting: Waiting) -> Result<()> {
        if self.fds.append(self, fd, side, waiting)? {
            self.wake_if_parked();
        }
        Ok(())
    }

    /// Starts an eager operation, whose future can be cancelled from now on.
    pub(crate) fn start<T: 'static>(
        self: &Rc<Core>,
        fd: AsyncFD,
        side: Side,
        future: &NimFuture<T>,
        operation: Operation,
    ) -> Result<()> {
        let id = self.fds.next_operation();
        self.append(fd, side, Waiting::Eager(id, operation))?;
        future.set_source(Source::Operation(Rc::clone(self), fd, side, id));
        Ok(())
    }

    /// Takes a cancelled operation off its descriptor; answers `error`, with what the operation had done.
    pub(crate) fn withdraw(&self, fd: AsyncFD, side: Side, id: u64, error: Error) -> Error {
        match self.fds.withdraw(fd, side, id) {
            Some(Waiting::Eager(_, operation)) => operation.after(error),
            _ => error,
        }
    }

    fn take_slot(&self, fd: AsyncFD, how: Gone) -> Result<Box<Slot>> {
        let machine = self.machine_if_made();
        self.fds.remove(fd, machine.as_ref().map(|machine| machine.watched().selector()), how)
    }

    /// Ends a registration: callbacks are dropped uncalled, operations fail as cancelled.
    pub(crate) fn remove_descriptor(self: &Rc<Core>, fd: AsyncFD, how: Gone) -> Result<Descriptor> {
        if self.fds.with(fd, |slot| Rc::strong_count(&slot.descriptor) > 1)? {
            return Err(Error::invalid_input(format!(
                "descriptor {fd} is lent by `with_fd`: unregister it after that"
            )));
        }
        let mut slot = self.take_slot(fd, how)?;
        self.give_up(take_both(&mut slot), how);
        let Slot { descriptor, .. } = *slot;
        Rc::into_inner(descriptor).ok_or_else(|| Error::invalid_input(format!("descriptor {fd} is lent")))
    }

    /// For the teardown: callbacks are dropped uncalled, operations fail, the descriptor is closed if it is ours.
    pub(crate) fn drop_descriptor(self: &Rc<Core>, fd: AsyncFD) {
        let Ok(mut slot) = self.take_slot(fd, Gone::Unregistered) else { return };
        self.fail_all(take_both(&mut slot), || Error::cancelled("the dispatcher was closed"));
    }

    /// `close_socket`: out of the selector, closed, then everybody who waited is called or failed, readers first.
    ///
    /// All are called even if one raises or panics. The first error or panic leaves when all is done.
    pub(crate) fn close_descriptor(self: &Rc<Core>, fd: AsyncFD) -> Result<()> {
        let mut slot = self.take_slot(fd, Gone::Closed)?;
        let waiting = take_both(&mut slot);
        drop(slot);
        let mut result = Ok(());
        to_the_end(waiting, |waiting| {
            if let Err(error) = self.settle_closed(fd, waiting) {
                result = mem::replace(&mut result, Ok(())).and(Err(error));
            }
        });
        result
    }

    fn settle_closed(self: &Rc<Core>, fd: AsyncFD, waiting: Waiting) -> Result<()> {
        match waiting {
            Waiting::Callback(mut callback) => match callback(fd)? {
                true => return Ok(()),
                false => return Err(Error::still_waiting()),
            },
            Waiting::Eager(_, operation) => operation.fail(self, Gone::Closed.error()),
            Waiting::Lazy(lazy) => lazy.wake(),
        }
        Ok(())
    }
}

/// Those who wait, readers first.
fn take_both(slot: &mut Slot) -> Fifo<Waiting> {
    let mut waiting = mem::take(&mut slot.line(Side::Read).list);
    waiting.append(mem::take(&mut slot.line(Side::Write).list));
    waiting
}
